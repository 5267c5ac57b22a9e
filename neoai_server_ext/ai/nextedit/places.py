"""A place that must change too, the files in which such places may lie, and how long one looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ...grammars import language_of
from .source import Source

Kind = Literal["rename", "signature", "repeat", "text"]
MOST_PLACES = 100
MOST_FILES = 200
"""Files with a name that are looked into."""


@dataclass(frozen=True)
class Place:
    """Characters of a file as it is now, and what should stand there; None: that is not known.

    kind: `text` is a name within a comment or a string. reason: what the place follows from.
    """

    path: str
    start: int
    end: int
    old: str
    new: str | None
    kind: Kind
    reason: str


class Files(Protocol):
    """The other files of a project. Both block."""

    def using(self, word: str) -> Iterable[str]:
        """The files that have this word, relative to the project; nothing is promised of others."""

    def read(self, path: str) -> str | None:
        """A file's text as it is now; None where there is none."""


class Stopped(Exception):
    """The time is up, or nobody waits for the answer any more."""


@dataclass
class Look:
    """How long is looked, and into which files; each is read once."""

    files: Files | None
    seconds: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    sources: dict[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The time begins."""
        self._ends = time.monotonic() + self.seconds
        self._using: dict[str, list[str]] = {}

    def go_on(self) -> None:
        """Raises Stopped."""
        if self.cancelled.is_set() or time.monotonic() > self._ends:
            raise Stopped

    def others(self, word: str, *but: str) -> Iterable[tuple[str, Source]]:
        """The other files that have a word."""
        if self.files is None:
            return
        if word not in self._using:
            self._using[word] = list(self.files.using(word))
        seen = 0
        for path in self._using[word]:
            if path in but or seen >= MOST_FILES:
                continue
            self.go_on()
            source = self._source(path)
            if source is not None and source.is_readable and word in source.text:
                seen += 1
                yield path, source

    def _source(self, path: str) -> Source | None:
        if path not in self.sources and self.files is not None:
            text = self.files.read(path)
            if text is None:
                return None
            self.sources[path] = Source(text, language_of(path), self.go_on)
        return self.sources.get(path)
