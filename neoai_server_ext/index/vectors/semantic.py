"""Keeps the vectors of an index's passages up to date, and finds the passages near a question."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ... import errors
from ...logs import logger
from ..passages import Passage
from ..store import Damaged, Store
from . import nearest
from .embedder import Embedder
from .kept import Kept, Lost, Text
from .nearest import Nearest

if TYPE_CHECKING:
    import numpy

BATCH = 64
FILES = 50
QUESTIONS = 200
REST_S = 60.0
"""After a failure the embedder is left alone for so long."""

log = logger("index")

Files = dict[str, tuple[bytes, Sequence[Text]]]
"""The digests of files, and what is embedded of each."""


class Semantic:
    """The vectors of the index in `store`, whose files lie below `root`.

    problem: why some are missing, for a person. progress: how much of what is new has its
    vectors, up to 1; None while nothing was looked at.
    """

    def __init__(self, store: Store, root: Path, embedder: Embedder) -> None:
        self.embedder = embedder
        self.problem = ""
        self.progress: float | None = None
        self._store = store
        self._root = root
        self._kept = Kept(store.file.path.with_suffix(".vectors.sqlite"), embedder.name)
        self._file = store.file.path.with_suffix(".faiss")
        self._nearest: Nearest | None = None
        self._note = ""
        self._questions: OrderedDict[str, numpy.ndarray] = OrderedDict()
        self._failed_at: float | None = None
        self._lock = asyncio.Lock()

    @property
    def size(self) -> int:
        """How many bytes there are on the disk. Blocks."""
        file = self._file.stat().st_size if self._file.exists() else 0
        return self._kept.file.bytes() + file

    def delete(self) -> None:
        """Remove the vectors from the disk. Blocks."""
        self._nearest, self._note = None, ""
        self._kept.file.delete()
        self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """Close what is open for the next question."""
        self._kept.file.close()

    async def update(self, cancelled: Callable[[], bool]) -> None:
        """Embed what is new in the index. Never raises for the embedder: `problem` says why some
        is missing, and the next call goes on."""
        if not nearest.is_installed():
            self.problem = nearest.MISSING
            return
        if self._failed_at is not None and time.monotonic() - self._failed_at < REST_S:
            return
        async with self._lock:
            try:
                try:
                    await self._update(cancelled)
                except Lost as error:
                    log.warning("all vectors are made anew: %s", error)
                    await self._begin_anew()
                    await self._update(cancelled)
            except Damaged as error:
                self.problem = f"The index is being made anew: {error}"
            except errors.NeoAIError as error:
                self._failed(error.detail)
            except (sqlite3.Error, OSError, Lost) as error:
                self._failed(f"The vectors cannot be kept: {error}")

    async def near(
        self, question: str, kinds: Sequence[str], k: int, wait_s: float
    ) -> list[tuple[str, Passage]]:
        """The `k` passages nearest to a question, with their files, the nearest first, less those
        of other kinds; none where the embedder fails, or takes longer than `wait_s` seconds."""
        if self._nearest is None:
            return []
        try:
            async with asyncio.timeout(wait_s):
                vector = await self._vector(question)
        except TimeoutError:
            log.info("the embedder took too long for a question")
            return []
        except errors.NeoAIError as error:
            self._failed(error.detail)
            return []
        if vector is None:
            return []
        return await asyncio.to_thread(self.near_known, question, kinds, k)

    def knows(self, question: str) -> bool:
        """Whether the question's vector is remembered; then it stays so for a while."""
        if question not in self._questions:
            return False
        self._questions.move_to_end(question)
        return True

    def near_known(self, question: str, kinds: Sequence[str], k: int) -> list[tuple[str, Passage]]:
        """As `near`, for a question whose vector is remembered; none for another. Blocks."""
        found, vector = self._nearest, self._questions.get(question)
        if found is None or vector is None or len(vector) != found.dimension:
            return []
        try:
            places = self._kept.places([identity for identity, _ in found.search(vector, k)])
            return self._store.passages_at(places, kinds)
        except (sqlite3.Error, Lost) as error:
            log.warning("the vectors cannot be read: %s", error)
            return []

    async def _vector(self, question: str) -> numpy.ndarray | None:
        if self.knows(question):
            return self._questions[question]
        if self._failed_at is not None and time.monotonic() - self._failed_at < REST_S:
            return None
        (vector,) = await self.embedder.embed(self._root, [question])
        import numpy

        made = numpy.asarray(vector, numpy.float32)
        length = float(numpy.linalg.norm(made))
        self._questions[question] = made / length if length > 0 else made
        if len(self._questions) > QUESTIONS:
            self._questions.popitem(last=False)
        return self._questions[question]

    async def _update(self, cancelled: Callable[[], bool]) -> None:
        hidden = await self.embedder.hidden(self._root)
        digests, changed, gone = await asyncio.to_thread(self._stale, hidden)
        self.progress = 0.0
        await asyncio.to_thread(self._kept.remove, gone)
        done = 0
        for start in range(0, len(changed), FILES):
            if cancelled():
                break
            paths = changed[start : start + FILES]
            files, missing = await asyncio.to_thread(self._texts, paths, digests)
            if not await self._embedded(files, missing, cancelled):
                break
            done += len(paths)
            self.progress = done / (len(changed) + 1)  # the rest: that they are searched
        await asyncio.to_thread(self._refresh)
        if done == len(changed):
            self.progress = 1.0
        self.problem, self._failed_at = "", None

    def _stale(self, hidden: tuple[str, ...]) -> tuple[dict[str, bytes], list[str], list[str]]:
        known = self._store.known().items()
        digests = {path: of.digest for path, of in known if not path.startswith(hidden or "/")}
        return (digests, *self._kept.stale(digests))

    def _texts(self, paths: Sequence[str], digests: dict[str, bytes]) -> tuple[Files, list[Text]]:
        files: Files = {path: (digests[path], ()) for path in paths}
        for path, cut in self._store.passages_of(paths):
            files[path] = (digests[path], [Text.of(path, passage) for passage in cut])
        return files, self._kept.missing(text for _, texts in files.values() for text in texts)

    async def _embedded(
        self, files: Files, missing: list[Text], cancelled: Callable[[], bool]
    ) -> bool:
        """Embed what is missing and keep it; False where that was ended."""
        vectors: dict[int, list[float]] = {}
        for batch in _batches(missing):
            if cancelled():
                return False
            made = await self.embedder.embed(self._root, [text.text for text in batch])
            vectors.update(zip((text.id for text in batch), made, strict=True))
        await asyncio.to_thread(self._kept.put, files, vectors)
        return True

    async def _begin_anew(self) -> None:
        self._nearest, self._note = None, ""
        self._questions.clear()
        await asyncio.to_thread(self._kept.clear)

    def _refresh(self) -> None:
        """Let the nearest be those of the vectors that are kept; nothing is to be done where no
        server has changed these since it was."""
        if self._note and self._note == self._kept.saved:
            return
        self._kept.tidy()
        dimension = self._kept.dimension
        if dimension == 0:
            self._nearest = None
            return
        found = self._nearest or Nearest.load(self._file, self._kept.saved, dimension)
        wanted = self._kept.ids()
        if found is None or found.dimension != dimension or found.has_outgrown:
            found = Nearest(dimension, len(wanted), self._kept.vectors())
        else:
            there = found.ids
            if there != wanted:
                found.change(self._kept.vectors(wanted - there), there - wanted)
        self._nearest = found
        if not self._kept.saved:
            self._kept.saved = found.save(self._file)
        nearest.give_back()
        self._note = self._kept.saved

    def _failed(self, why: str) -> None:
        self.problem = why
        self._failed_at = time.monotonic()
        log.warning("the project is not embedded: %s", why)


def _batches(texts: list[Text]) -> Iterator[list[Text]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
