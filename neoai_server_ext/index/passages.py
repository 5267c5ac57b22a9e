"""Cuts a file into passages: by definitions, sections and cells where there are any, by lines with
overlap elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Literal

from ..grammars import MAGIC, indexed, known
from ..notebooks.sources import CELL, is_notebook
from .definitions import CONTAINERS, DEFINITION, Definition, by_headings, by_patterns, by_titles
from .syntax import by_grammar

Kind = Literal["source", "test", "doc", "config"]

WINDOW = 40
OVERLAP = 8
LONGEST = 64
MAX_LINE = 500

OPENING = ("{", "(", ",", "}")
NO_FUNCTIONS = CONTAINERS | {"type"}
WORD = re.compile(r"\w")
COMMENT = re.compile(r"^\s*(?:#(?!!)|//[/!]?|/\*\*?|\*(?!/))\s*\w")
QUOTES = re.compile(r"""^\s*[rbuf]?(?:\"\"\"|''')""")
PREAMBLE = re.compile(r"^\s*(?:import|from|#include|use|require|using|package|export \*)\b")

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


@dataclass(frozen=True, slots=True)
class _Region:
    """Rows `start` up to `end`, from 0, of what is cut into passages; `defined` is the line, from
    1, that begins its definition, or 0 where that is none of these."""

    start: int
    end: int
    symbol: str
    defined: int


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


def cut(path: str, text: str, language: str = "") -> list[Passage]:
    """The passages of a file, in order of lines; none for a file without words.

    language: of a notebook's code. Its passages are never of two cells.
    """
    lines = text.split("\n")
    shown = lines
    if max(map(len, lines)) > MAX_LINE:
        shown = [line[:MAX_LINE] for line in lines]
    return [
        passage
        for region in _regions(path, text, lines, shown, language)
        for passage in _pieces(shown, region)
    ]


def _regions(
    path: str, text: str, lines: list[str], shown: list[str], language: str
) -> Iterator[_Region]:
    if is_notebook(path) and CELL.match(text):
        yield from _cells(lines, shown, language)
    else:
        yield from _split(_definitions(path, text, shown), shown)


def _cells(lines: list[str], shown: list[str], language: str) -> Iterator[_Region]:
    """What is in each cell; the line above it goes with its first region."""
    language = known(language)
    marks = [(i, found[1]) for i, line in enumerate(shown) if (found := CELL.match(line))]
    for (row, kind), (end, _) in pairwise([*marks, (len(lines), "")]):
        first = row + 1
        body = shown[first:end]
        if not any(map(str.strip, body)):
            continue
        definitions: list[Definition] = []
        if kind == "markdown":
            definitions = by_headings(body)
        elif kind == "code":
            definitions = _in_code(_code(lines[first:end], language), body, language)
        for region in _split(definitions, body):
            start = region.start + first
            yield _Region(
                row if start == first else start,
                region.end + first,
                region.symbol,
                region.defined + first if region.defined else 0,
            )


def _code(lines: list[str], language: str) -> str:
    code = "\n".join(lines)
    return MAGIC.sub(r"\1pass", code) if language == "python" else code


def _definitions(path: str, text: str, lines: list[str]) -> list[Definition]:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in {".md", ".markdown"}:
        return by_headings(lines)
    if suffix in {".rst", ".rest"}:
        return by_titles(lines)
    if kind_of(path) in ("doc", "config"):
        return []
    return _in_code(text, lines, indexed(path))


def _in_code(text: str, lines: list[str], language: str) -> list[Definition]:
    found = by_grammar(text, lines, language) if language else None
    return found if found is not None else by_patterns(lines)


def _split(definitions: list[Definition], lines: list[str]) -> Iterator[_Region]:
    """The lines by the innermost definition that they are in; those without a word go with what
    is above them."""
    last: _Region | None = None
    for region in _innermost(definitions, len(lines)):
        inside = lines[region.start : region.end]
        if last is not None and not any(map(WORD.search, inside)):
            if any(map(str.strip, inside)):
                last = replace(last, end=region.end)
            continue
        if last is not None:
            yield last
        last = region
    if last is not None:
        yield last


def _innermost(definitions: list[Definition], count: int) -> Iterator[_Region]:
    around = [Definition(-1, -1, count, "")]
    at = 0
    for definition in [*definitions, Definition(count, count, count, "")]:
        while around[-1].end <= definition.top and len(around) > 1:
            inner = around.pop()
            if at < inner.end:
                yield _region(inner, at, inner.end)
                at = inner.end
        if at < definition.top:
            yield _region(around[-1], at, definition.top)
            at = definition.top
        around.append(definition)


def _region(around: Definition, start: int, end: int) -> _Region:
    is_first = start == around.top
    return _Region(start, end, around.symbol, around.line + 1 if is_first else 0)


def defines_function(passage: Passage) -> bool:
    """Whether it is (a part of) a function, to be cited from its first line."""
    if not passage.start <= passage.defined <= passage.end:
        return bool(passage.symbol)
    line = passage.text.split("\n")[passage.defined - passage.start].rstrip()
    found = DEFINITION.match(line)
    if found is None:
        return bool(passage.symbol) and "(" in line and line.endswith(OPENING)
    return found["keyword"] not in NO_FUNCTIONS


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


def _pieces(lines: list[str], region: _Region) -> Iterator[Passage]:
    start, end, symbol, defined = region.start, region.end, region.symbol, region.defined
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
