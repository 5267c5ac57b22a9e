"""What is looked for, as one regular expression that Rust's and Python's engines read alike, and
which files are looked at."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property

from .. import globs, ignore
from ..ignore import Level, Rule
from ..temporaries import TEMPORARY
from ..tree import GIT

META = frozenset("\\.+*?()|[]{}^$#&-~")
MAX_PATTERNS = 200


def expression(query: str, *, regex: bool, word: bool) -> str:
    """The regular expression of a query.

    A whole word is bounded where the query itself begins or ends with a letter, a digit or `_`.
    """
    if regex:
        return rf"\b(?:{query})\b" if word else query
    pattern = "".join(f"\\{char}" if char in META else char for char in query)
    if word:
        pattern = ("\\b" if _is_word(query[0]) else "") + pattern
        pattern += "\\b" if _is_word(query[-1]) else ""
    return pattern


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def split_globs(text: str) -> list[str]:
    """`*.py, src/**, *.{ts,tsx}`: the patterns between commas, braces spelled out."""
    found: list[str] = []
    for part in _split(text):
        for pattern in _expanded(part.strip()):
            cleaned = pattern.removeprefix("./").rstrip("/")
            if cleaned and len(found) < MAX_PATTERNS:
                found.append(cleaned)
    return found


def _split(text: str) -> list[str]:
    """Cut at the commas that stand outside braces."""
    parts, depth = [""], 0
    for char in text:
        depth += (char == "{") - (char == "}" and depth > 0)
        if char == "," and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def _expanded(pattern: str) -> list[str]:
    opening = pattern.find("{")
    depth = 0
    for position in range(max(opening, 0), len(pattern)) if opening >= 0 else ():
        depth += (pattern[position] == "{") - (pattern[position] == "}")
        if depth == 0:
            head, tail = pattern[:opening], pattern[position + 1 :]
            inner = _split(pattern[opening + 1 : position])[:MAX_PATTERNS]
            return [
                full
                for choice in inner
                for full in _expanded(head + choice + tail)[: MAX_PATTERNS // len(inner) + 1]
            ]
    return [pattern]


@dataclass(frozen=True)
class Scope:
    """Which of a project's files are looked at; folders stand for all that is in them."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, include: str, exclude: str) -> Scope:
        """From what a person typed."""
        return cls(tuple(split_globs(include)), tuple(split_globs(exclude)))

    def holds(self, path: str) -> bool:
        """Whether a file, by its path relative to the project, is looked at."""
        if self._exclude is not None and _meets(self._exclude, path):
            return False
        return self._include is None or _meets(self._include, path)

    @cached_property
    def _include(self) -> Level | None:
        return _level(self.include)

    @cached_property
    def _exclude(self) -> Level | None:
        return _level(self.exclude)


def _level(patterns: tuple[str, ...]) -> Level | None:
    if not patterns:
        return None
    return Level().plus([Rule(globs.split(pattern)) for pattern in patterns])


def _meets(level: Level, path: str) -> bool:
    """Whether the file itself or a folder that it is in matches."""
    parts = path.split("/")
    for position, name in enumerate(parts):
        is_folder = position < len(parts) - 1
        if level.matches(name, is_folder):
            return True
        if is_folder:
            level = level.enter(name)
    return False


class Visible:
    """Whether a file is shown in its project's tree: not ignored, and not git's own."""

    def __init__(self, root: str) -> None:
        self._root = root
        start = ignore.level_at(root)
        self._levels: dict[str, Level | None] = {"": start.plus(ignore.read(f"{root}/.gitignore"))}

    def __call__(self, path: str) -> bool:
        """Whether the file at a path relative to the project is shown."""
        folder, _, name = path.rpartition("/")
        level = self._level(folder)
        return level is not None and not _hidden(name) and not level.matches(name, False)

    def _level(self, folder: str) -> Level | None:
        if folder not in self._levels:
            above, _, name = folder.rpartition("/")
            level = self._level(above)
            if level is None or _hidden(name) or level.matches(name, True):
                self._levels[folder] = None
            else:
                own = ignore.read(os.path.join(self._root, folder, ignore.FILE))  # noqa: PTH118
                self._levels[folder] = level.enter(name).plus(own)
        return self._levels[folder]


def _hidden(name: str) -> bool:
    return name in GIT or name.startswith(TEMPORARY)
