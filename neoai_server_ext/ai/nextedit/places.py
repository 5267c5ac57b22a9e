"""A place that must change too, the files in which such places may lie, and how long one looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from .source import Source, is_notebook, source_of

Kind = Literal["rename", "signature", "repeat", "import", "text"]
MOST_PLACES = 100
MOST_FILES = 200
"""Files with a name that are looked into."""


@dataclass(frozen=True)
class Place:
    """Characters of a file as it is now, and what should stand there; None: that is not known.

    kind: `text` is a name within a comment or a string. reason: what the place follows from.
    doubtful: a language server that was asked did not name it.
    """

    path: str
    start: int
    end: int
    old: str
    new: str | None
    kind: Kind
    reason: str
    doubtful: bool = False


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
    """How long is looked, and into which files; each is read once.

    languages: of those whose path does not say it.
    """

    files: Files | None
    seconds: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    sources: dict[str, Source] = field(default_factory=dict)
    languages: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The time begins."""
        self._ends = time.monotonic() + self.seconds
        self._using: dict[str, list[str]] = {}

    def go_on(self) -> None:
        """Raises Stopped."""
        if self.cancelled.is_set() or time.monotonic() > self._ends:
            raise Stopped

    def users(self, word: str, path: str) -> Iterable[tuple[str, Source]]:
        """The other files that may use what a file defines."""
        return () if is_notebook(path) else self.others(word, path)

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
            source = self.source(path)
            if source is not None and source.is_readable and word in source.text:
                seen += 1
                yield path, source

    def source(self, path: str) -> Source | None:
        """Another file's text; None where there is none."""
        if path not in self.sources and self.files is not None:
            text = self.files.read(path)
            if text is None:
                return None
            self.sources[path] = source_of(path, text, self.languages.get(path, ""), self.go_on)
        return self.sources.get(path)
