"""A file's text with its syntax tree, and offsets in one as offsets in the other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from ...grammars import known, language_of, parsed

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_CHARS = 1_000_000
"""A longer text is not looked into."""
MAX_LINE = 20_000
"""Nor is one with a longer line: it was made by a program."""
MOST_OCCURRENCES = 2_000
MAGIC_SIGN = re.compile(r"^([ \t]*)[%!?]", re.MULTILINE)
MEASURED = re.compile(r"^([ \t]*)(%(?:time|timeit|prun)) (?=[^-\s])", re.MULTILINE)
WORD = re.compile(r"[\w$]+")


class Source:
    """A text in a language of `grammars.LANGUAGES`, or in none that has a tree.

    Offsets count characters. Looking at the tree blocks. go_on: raises what ends a look that takes
    too long, between its steps. original: what the text stands for, each line as long as here.
    """

    def __init__(
        self,
        text: str,
        language: str = "",
        go_on: Callable[[], None] = lambda: None,
        original: Source | None = None,
    ) -> None:
        self.text = text
        self.language = language
        self.go_on = go_on
        self._original = original

    @property
    def original(self) -> Source:
        """The text as it was written, IPython's own lines too; it may have no tree."""
        return self._original or self

    def is_magic(self, line: int) -> bool:
        """Whether a line, from 0, is IPython's own."""
        return self.lines[line] != self.original.lines[line]

    @cached_property
    def is_readable(self) -> bool:
        """Whether it is short enough to be looked into."""
        return len(self.text) <= MAX_CHARS and max(map(len, self.lines), default=0) <= MAX_LINE

    @cached_property
    def lines(self) -> list[str]:
        """Its lines, with their ends."""
        return re.findall(r"[^\n]*\n|[^\n]+$", self.text)

    @cached_property
    def starts(self) -> list[int]:
        """Where its lines begin, and where the text ends."""
        return [0, *accumulate(map(len, self.lines))]

    @cached_property
    def root(self) -> Node | None:
        """Its tree; None without a grammar, and where it takes too long to read."""
        if not self.language or not self.is_readable:
            return None
        return parsed(self.text, self.language)

    @cached_property
    def _byte_starts(self) -> list[int]:
        return [0, *accumulate(len(_encoded(line)) for line in self.lines)]

    def line_of(self, offset: int) -> int:
        """The line that an offset is in, from 0."""
        return min(bisect_right(self.starts, offset) - 1, max(0, len(self.lines) - 1))

    def position(self, offset: int) -> tuple[int, int]:
        """An offset as line and column from 1, in UTF-16 units as editors count."""
        if self.lines and offset >= len(self.text) and self.text.endswith("\n"):
            return len(self.lines) + 1, 1
        row = self.line_of(offset)
        before = self.text[self.starts[row] : offset]
        units = len(before) if before.isascii() else len(_utf16(before)) // 2
        return row + 1, units + 1

    def offset(self, line: int, column: int) -> int | None:
        """The character at a line and a column as editors count; None where there is none."""
        if not 0 < line <= len(self.lines):
            return None
        row = self.lines[line - 1]
        if row.isascii():
            before = row[: column - 1]
        else:
            before = _utf16(row)[: 2 * (column - 1)].decode("utf-16-le", "surrogatepass")
        return self.starts[line - 1] + len(before)

    def words(self, name: str) -> Iterator[int]:
        """Where a word stands as a whole."""
        pattern = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        for number, match in enumerate(pattern.finditer(self.text)):
            self.go_on()
            if number >= MOST_OCCURRENCES:
                return
            yield match.start()

    def node(self, start: int, end: int) -> Node | None:
        """The smallest node that has these characters."""
        if self.root is None:
            return None
        return self.root.descendant_for_byte_range(self._byte(start), self._byte(end))

    def upward(self, node: Node | None) -> Iterator[Node]:
        """A node and those that it is in. Each takes as long as it is deep."""
        while node is not None:
            self.go_on()
            yield node
            node = node.parent

    def range(self, node: Node) -> tuple[int, int]:
        """Where a node begins and ends, in characters."""
        return self._char(node.start_byte), self._char(node.end_byte)

    def _byte(self, offset: int) -> int:
        if self.text.isascii():
            return offset
        row = self.line_of(offset)
        return self._byte_starts[row] + len(_encoded(self.text[self.starts[row] : offset]))

    def _char(self, offset: int) -> int:
        if self.text.isascii():
            return offset
        row = min(bisect_right(self._byte_starts, offset) - 1, max(0, len(self.lines) - 1))
        if not self.lines:
            return 0
        piece = _encoded(self.lines[row])[: offset - self._byte_starts[row]]
        return self.starts[row] + len(piece.decode("utf-8", "surrogatepass"))


def source_of(
    path: str, text: str, language: str = "", go_on: Callable[[], None] = lambda: None
) -> Source:
    """A file's text, in the language that its ending says, else in this one. Of a notebook's cells
    IPython's own lines are comments, and what `%time` measures is assigned."""
    language = language_of(path) or known(language)
    if is_notebook(path) and language == "python":
        code = MAGIC_SIGN.sub(r"\1#", MEASURED.sub(_assigned, text))
        return Source(code, language, go_on, Source(text, "", go_on))
    return Source(text, language, go_on)


def is_notebook(path: str) -> bool:
    """Whether nobody imports from it, and its file has its code in another shape."""
    return path.endswith(".ipynb")


def text_of(node: Node) -> str:
    """What a node spans."""
    return (node.text or b"").decode("utf-8", "replace")


def _assigned(match: re.Match[str]) -> str:
    """As long as it was."""
    return f"{match[1]}{'_' * len(match[2])}="


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
