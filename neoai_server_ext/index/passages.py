"""Cuts a file into passages: by definition where there are any, by lines with overlap elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["source", "test", "doc", "config"]

WINDOW = 40
OVERLAP = 8
LONGEST = 64
MAX_LINE = 500

DEFINITION = re.compile(
    r"""^(?P<indent>[ \t]*)
    (?:(?:export|default|public|private|protected|internal|static|abstract|final|override|async
        |inline|virtual|unsafe|pub(?:\([^)]*\))?)\s+)*
    (?:(?P<keyword>def|class|function\*?|func|fn|interface|trait|struct|enum|impl|module|namespace
        |type|object)\s+(?:\([^)]*\)\s*)?(?P<name>[A-Za-z_$][\w$]*)
     |(?:const|let|var)\s+(?P<arrow>[A-Za-z_$][\w$]*)\s*(?::[^=]+)?=\s*(?:async\s*)?
        (?:function|\(|[\w$]+\s*=>))""",
    re.VERBOSE,
)
HEADING = re.compile(r"^#{1,6}\s+(?P<title>\S.*?)\s*#*$")
UNDERLINE = re.compile(r"^([=\-`:'\"~^_*+#<>.])\1{2,}\s*$")
ABOVE = re.compile(r"^\s*(?:@|#(?!!)|//|/\*|\*|\"\"\")")
COMMENT = re.compile(r"^\s*(?:#(?!!)|//|/\*\*?|\*(?!/))\s*\w")
QUOTES = re.compile(r"""^\s*[rbuf]?(?:\"\"\"|''')""")
CLOSING = re.compile(r"""^[)\]}>,;]|^(?:\"\"\"|''')|^end\b|^else\b|^#""")
PREAMBLE = re.compile(r"^\s*(?:import|from|#include|use|require|using|package|export \*)\b")
CONTAINERS = frozenset(
    {"class", "interface", "trait", "struct", "enum", "impl", "module", "namespace", "object"}
)

DOC_SUFFIXES = frozenset({".md", ".rst", ".txt", ".adoc", ".tex", ".po", ".pot"})
CONFIG_SUFFIXES = frozenset(
    {".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".csv", ".tsv", ".xml", ".svg", ".lock"}
)
TEST_FOLDERS = frozenset({"test", "tests", "testing", "spec", "specs", "__tests__", "fixtures"})
DOC_FOLDERS = frozenset({"doc", "docs", "documentation", "examples", "example", "changelog"})
TEST_NAME = re.compile(r"^test_|_test\.|\.test\.|\.spec\.|^conftest\.", re.IGNORECASE)


@dataclass(frozen=True)
class Passage:
    """Lines `start` to `end` of a file (from 1, inclusive), and what they are a part of.

    symbol: the definition, `Class.method`, or the heading; empty where there is none.
    defined: the line that begins its definition (decorators stand above it), or `start`.
    until: the definition's last line, or `end`.
    """

    start: int
    end: int
    symbol: str
    defined: int
    until: int
    text: str


@dataclass(frozen=True)
class _Definition:
    """A definition's line (from 0), where what belongs to it begins, and its keyword, if any."""

    line: int
    top: int
    indent: int
    symbol: str
    keyword: str


def kind_of(path: str) -> Kind:
    """What a file is for, by its path: source comes before tests and documentation."""
    pure = PurePosixPath(path)
    folders = {part.lower() for part in pure.parts[:-1]}
    if folders & TEST_FOLDERS or TEST_NAME.search(pure.name):
        return "test"
    suffix = pure.suffix.lower()
    if suffix in DOC_SUFFIXES or folders & DOC_FOLDERS:
        return "doc"
    if suffix in CONFIG_SUFFIXES:
        return "config"
    return "source"


def cut(path: str, text: str) -> list[Passage]:
    """The passages of a file, in order of lines; none for a file without words."""
    lines = [line[:MAX_LINE] for line in text.split("\n")]
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in {".md", ".markdown"}:
        definitions = list(_headings(lines))
    elif suffix in {".rst", ".rest"}:
        definitions = list(_underlined(lines))
    elif kind_of(path) in ("doc", "config"):
        definitions = []
    else:
        definitions = list(_definitions(lines))
    passages: list[Passage] = []
    edges = [definition.top for definition in definitions]
    starts = [_Definition(0, 0, 0, "", ""), *definitions]
    for definition, end in zip(starts, [*edges, len(lines)], strict=True):
        body = _end_of_body(lines, definition, end) if definition.keyword else end
        defined = definition.line + 1 if definition.symbol else 0
        passages.extend(_pieces(lines, definition.top, body, definition.symbol, defined))
        passages.extend(_pieces(lines, body, end, definition.symbol.rpartition(".")[0], 0))
    return passages


def defines_function(passage: Passage) -> bool:
    """Whether it is (a part of) a function, to be cited from its first line."""
    if not passage.start <= passage.defined <= passage.end:
        return bool(passage.symbol)
    found = DEFINITION.match(passage.text.split("\n")[passage.defined - passage.start])
    return found is not None and found["keyword"] not in CONTAINERS


def answers_little(passage: Passage) -> bool:
    """Whether a passage only imports, or only declares what others do."""
    lines = [line for line in passage.text.split("\n") if line.strip()]
    imports = sum(1 for line in lines if PREAMBLE.match(line))
    return 3 * imports > len(lines) or "NotImplementedError" in passage.text


def summary(passage: Passage) -> str:
    """What its author says of a passage: the comments above it and the docstring's first lines."""
    lines = passage.text.split("\n")
    said = [line for line in lines if COMMENT.match(line)]
    body = max(0, passage.defined - passage.start)
    for i in range(body, min(len(lines), body + 12)):
        if QUOTES.match(lines[i]):
            said.extend(_paragraph(lines, i))
            break
    return "\n".join(said)


def _paragraph(lines: list[str], start: int) -> Iterator[str]:
    for i in range(start, min(len(lines), start + 6)):
        if i > start and not lines[i].strip():
            return
        yield lines[i]
        if lines[i].rstrip().endswith(('"""', "'''")) and (i > start or len(lines[i].strip()) > 6):
            return


def _definitions(lines: list[str]) -> Iterator[_Definition]:
    """Definitions that stand alone or in a class; those inside functions belong to them."""
    open_: list[tuple[int, str, bool]] = []
    for i, line in enumerate(lines):
        found = DEFINITION.match(line)
        if found is None:
            continue
        indent = len(found["indent"].expandtabs(4))
        name = found["name"] or found["arrow"]
        while open_ and open_[-1][0] >= indent:
            open_.pop()
        inside_function = bool(open_) and not open_[-1][2]
        container = found["keyword"] in CONTAINERS
        if not inside_function:
            symbol = ".".join([*(outer for _, outer, _ in open_), name])
            yield _Definition(i, _top(lines, i), indent, symbol, found["keyword"] or "const")
        open_.append((indent, name, container))


def _top(lines: list[str], line: int) -> int:
    """Where a definition begins, with the decorators and comments right above it."""
    top = line
    while top > 0 and ABOVE.match(lines[top - 1]) and not lines[top - 1].endswith('"""'):
        top -= 1
    return top


def _end_of_body(lines: list[str], definition: _Definition, end: int) -> int:
    """The line after a definition's last: the next one that stands no deeper than it."""
    if definition.keyword in CONTAINERS:
        return end
    signature = True
    for i in range(definition.line, end):
        line = lines[i]
        text = line.strip()
        if not text or (i > definition.line and CLOSING.match(text)):
            signature = signature and not text.endswith(("{", ":"))
            continue
        indent = len(line) - len(line.lstrip())
        if (
            i > definition.line
            and not signature
            and len(line[:indent].expandtabs(4)) <= (definition.indent)
        ):
            return i
        if signature and text.endswith(("{", ":", ";", "=>", "...")):
            signature = False
    return end


def _headings(lines: list[str]) -> Iterator[_Definition]:
    fenced = False
    for i, line in enumerate(lines):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = None if fenced else HEADING.match(line)
        if found is not None:
            yield _Definition(i, i, 0, found["title"], "")


def _underlined(lines: list[str]) -> Iterator[_Definition]:
    """The headings of reStructuredText: a line of signs below a title, and maybe one above."""
    for i in range(1, len(lines)):
        title = lines[i - 1].rstrip()
        if not UNDERLINE.match(lines[i]) or len(lines[i].rstrip()) < len(title.strip()):
            continue
        over = i > 1 and lines[i - 2].rstrip() == lines[i].rstrip()
        alone = i < 2 or not lines[i - 2].strip()
        if title.strip() and not UNDERLINE.match(title) and (over or alone):
            yield _Definition(i - 1, i - 1 - over, 0, title.strip(), "")


def _pieces(lines: list[str], start: int, end: int, symbol: str, defined: int) -> Iterator[Passage]:
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    if start == end:
        return
    if end - start <= LONGEST:
        text = "\n".join(lines[start:end])
        yield Passage(start + 1, end, symbol, defined or start + 1, end, text)
        return
    position = start
    while True:
        stop = min(position + WINDOW, end)
        if end - stop < OVERLAP:
            stop = end
        text = "\n".join(lines[position:stop])
        until = end if symbol else stop
        yield Passage(position + 1, stop, symbol, defined or position + 1, until, text)
        if stop == end:
            return
        position = stop - OVERLAP
