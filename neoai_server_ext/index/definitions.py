"""Where definitions and headings begin and end, by patterns: what any language has in common.

It is how a text is cut that has no grammar here, or that its grammar cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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
DEEPEST = 20
HEADING = re.compile(r"^#{1,6}\s+(?P<title>\S.*?)\s*#*$")
UNDERLINE = re.compile(r"^([=\-`:'\"~^_*+#<>.])\1{2,}\s*$")
ABOVE = re.compile(r"^\s*(?:@|#(?!!)|//|/\*|\*|\"\"\")")
CLOSING = re.compile(r"""^[)\]}>,;]|^(?:\"\"\"|''')|^end\b|^else\b|^#""")
CONTAINERS = frozenset(
    {"class", "interface", "trait", "struct", "enum", "impl", "module", "namespace", "object"}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition or a section: rows `top` up to `end` of a text, from 0, with what belongs to
    it above and the definitions in it; `line` is its own first row."""

    line: int
    top: int
    end: int
    symbol: str


@dataclass(frozen=True, slots=True)
class _Start:
    line: int
    top: int
    indent: int
    symbol: str
    is_container: bool


def by_patterns(lines: list[str]) -> list[Definition]:
    """The definitions in their order; those in functions belong to these."""
    starts = list(_starts(lines))
    ends = [len(lines)] * len(starts)
    containers: list[int] = []
    for i, start in enumerate(starts):
        while containers and starts[containers[-1]].indent >= start.indent:
            ends[containers.pop()] = start.top
        if start.is_container:
            containers.append(i)
        else:
            after = starts[i + 1].top if i + 1 < len(starts) else len(lines)
            ends[i] = _end_of_body(lines, start, after)
    return [
        Definition(start.line, start.top, end, start.symbol)
        for start, end in zip(starts, ends, strict=True)
    ]


def by_headings(lines: list[str]) -> list[Definition]:
    """The sections of Markdown."""
    return _sections(list(_headings(lines)), len(lines))


def by_titles(lines: list[str]) -> list[Definition]:
    """The sections of reStructuredText."""
    return _sections(list(_underlined(lines)), len(lines))


def _sections(found: list[tuple[int, int, str]], count: int) -> list[Definition]:
    after = [*found, (count, count, "")]
    return [
        Definition(line, top, end, title) for (line, top, title), (_, end, _) in pairwise(after)
    ]


def _starts(lines: list[str]) -> Iterator[_Start]:
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
        if not inside_function and len(open_) < DEEPEST:
            symbol = ".".join([*(outer for _, outer, _ in open_), name])
            yield _Start(i, top(lines, i), indent, symbol, container)
        open_.append((indent, name, container))


def top(lines: list[str], line: int, floor: int = 0) -> int:
    """Where a definition begins, with the decorators and comments right above it, if they stand
    below the row `floor`."""
    first = line
    while first > floor and ABOVE.match(lines[first - 1]) and not lines[first - 1].endswith('"""'):
        first -= 1
    return first


def _end_of_body(lines: list[str], definition: _Start, end: int) -> int:
    """The line after a definition's last: the next one that stands no deeper than it."""
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


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    fenced = False
    for i, line in enumerate(lines):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        found = None if fenced else HEADING.match(line)
        if found is not None:
            yield i, i, found["title"]


def _underlined(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """The headings of reStructuredText: a line of signs below a title, and maybe one above."""
    for i in range(1, len(lines)):
        title = lines[i - 1].rstrip()
        if not UNDERLINE.match(lines[i]) or len(lines[i].rstrip()) < len(title.strip()):
            continue
        over = i > 1 and lines[i - 2].rstrip() == lines[i].rstrip()
        alone = i < 2 or not lines[i - 2].strip()
        if title.strip() and not UNDERLINE.match(title) and (over or alone):
            yield i - 1, i - 1 - over, title.strip()
