"""Keeps an index for each project, and answers questions from it."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar, get_args

from traitlets import Float, Int
from traitlets.config import LoggingConfigurable

from .. import errors
from ..logs import logger
from . import passages, ranking, words
from .outline import Outline
from .ranking import Hit
from .store import Damaged, Store, Totals
from .symbols import Symbol
from .updating import Updater

__all__ = ["Hit", "IndexService", "IndexState", "Outline", "ProjectFolders", "Symbol"]

Found = TypeVar("Found")
State = Literal["absent", "building", "ready", "failed"]

log = logger("index")


class ProjectFolders(Protocol):
    """What search needs to know of projects."""

    async def root(self, project_id: str) -> Path:
        """The project's folder; raises NotFound, and Conflict where it is not there."""


@dataclass(frozen=True)
class IndexState:
    """An index as `GET /ai/index/{project_id}` shows it."""

    state: State
    files: int = 0
    chunks: int = 0
    bytes: int = 0
    progress: float = 0.0
    updated_at: datetime | None = None
    detail: str = ""


@dataclass
class _Index:
    """A project's store, the task that is bringing it up to date, and how far that is."""

    updater: Updater
    totals: Totals | None = None
    progress: float = 0.0
    updated_at: datetime | None = None
    checked: float = 0.0
    failure: str = ""
    task: asyncio.Task[None] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    outline: Outline | None = None
    outlining: asyncio.Task[None] | None = None

    @property
    def store(self) -> Store:
        return self.updater.store

    @property
    def building(self) -> bool:
        return self.task is not None and not self.task.done()


class IndexService(LoggingConfigurable):
    """Full-text search over the projects' files.

    projects: where the projects' folders are.
    index_dir: where the indexes lie, one file a project; a cache that may be deleted.
    """

    max_file_bytes = Int(
        1_000_000, min=1, help="Files larger than this many bytes are not indexed."
    ).tag(config=True)
    max_files = Int(
        100_000, min=1, help="At most so many files of a project are indexed, in the tree's order."
    ).tag(config=True)
    fresh_s = Float(
        2.0,
        min=0,
        help="A search looks for changed files first, unless that was done within so many seconds.",
    ).tag(config=True)
    wait_s = Float(
        20.0,
        min=0,
        help="A search waits so many seconds for the index; then it searches what is there.",
    ).tag(config=True)

    outline_wait_s = Float(
        2.0,
        min=0,
        help="A question to the AI waits so many seconds for the map of the project; then it goes "
        "without, or with the last one.",
    ).tag(config=True)

    def __init__(self, *, projects: ProjectFolders, index_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.projects = projects
        self.index_dir = index_dir
        self._indexes: dict[Path, _Index] = {}

    async def search(
        self, project_id: str, query: str, k: int = 10, kinds: list[passages.Kind] | None = None
    ) -> list[Hit]:
        """The `k` passages of a project that answer a query best, the best first.

        Any text is a query; one without words finds nothing. Raises NotFound and Conflict for
        the project, and Unavailable while a large project is being indexed.
        """
        return await self.search_folder(await self.projects.root(project_id), query, k, kinds)

    async def search_folder(
        self, root: Path, query: str, k: int = 10, kinds: list[passages.Kind] | None = None
    ) -> list[Hit]:
        """As `search`, for any folder that the user may read."""
        question = words.question(query)
        if not question.groups:
            return []
        wanted = kinds or list(get_args(passages.Kind))
        return await self._asked(root, lambda store: ranking.search(store, question, wanted, k))

    async def symbols(self, project_id: str, query: str, limit: int = 50) -> list[Symbol]:
        """The `limit` definitions of a project whose names have what is typed, the best first.

        Raises as `search` does.
        """
        root = await self.projects.root(project_id)
        return await self.symbols_of_folder(root, query, limit)

    async def symbols_of_folder(self, root: Path, query: str, limit: int = 50) -> list[Symbol]:
        """As `symbols`, for any folder that the user may read."""
        return await self._asked(root, lambda store: store.symbols(query, limit))

    async def _asked(self, root: Path, ask: Callable[[Store], list[Found]]) -> list[Found]:
        """What a store finds that is as the files are, made anew where it is damaged."""
        index = self._index(root)
        await self._freshen(index)
        try:
            return await self._find(index, ask)
        except Damaged as error:
            log.warning("the index is made anew: %s", error)
        self._start(index)
        await self._wait(index)
        return await self._find(index, ask)

    async def outline(self, root: Path) -> Outline:
        """What the files of a folder define, and which use it; of a moment ago where that takes
        long. Raises Unavailable while there is none yet."""
        index = self._index(root)
        await self._freshen(index)
        if index.totals is None:
            raise self._not_ready(index)
        if index.outlining is None or index.outlining.done():
            index.outlining = asyncio.create_task(self._outline(index))
        await asyncio.wait([index.outlining], timeout=self.outline_wait_s)
        if index.outline is None:
            raise errors.Unavailable(
                "The map of the project is being made. Try again shortly.", code="outlining"
            )
        return index.outline

    async def _outline(self, index: _Index) -> None:
        before = index.outline or Outline()
        try:
            index.outline = await asyncio.to_thread(before.updated, index.store)
        except sqlite3.Error as error:
            log.warning("the map is not made: %s", error)

    async def build(self, project_id: str) -> IndexState:
        """Start bringing a project's index up to date, unless that is under way."""
        index = self._index(await self.projects.root(project_id))
        if not index.building:
            self._start(index)
        return self._state(index)

    async def state(self, project_id: str) -> IndexState:
        """How a project's index stands; `absent` until something was searched or built."""
        index = self._index(await self.projects.root(project_id))
        if index.totals is None and not index.building and index.store.exists:
            try:
                index.totals = await asyncio.to_thread(index.store.totals)
            except Damaged as error:
                index.failure = f"The index is damaged ({error}); the next search makes it anew."
        return self._state(index)

    async def cancel(self, project_id: str) -> None:
        """Stop indexing a project; what was indexed stays."""
        await self._stop(self._index(await self.projects.root(project_id)))

    async def close(self) -> None:
        """Stop all indexing."""
        await asyncio.gather(*(self._stop(index) for index in self._indexes.values()))

    def _index(self, root: Path) -> _Index:
        root = root.resolve()
        if root not in self._indexes:
            name = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:32]
            store = Store(self.index_dir / f"{name}.sqlite")
            updater = Updater(store, root, self.max_file_bytes, self.max_files)
            self._indexes[root] = _Index(updater)
        return self._indexes[root]

    def _state(self, index: _Index) -> IndexState:
        totals = index.totals or Totals(0, 0, 0)
        state: State = "building" if index.building else "ready" if index.totals else "absent"
        if index.failure and not index.building:
            state = "failed"
        return IndexState(
            state=state,
            files=totals.files,
            chunks=totals.passages,
            bytes=totals.bytes,
            progress=1.0 if state == "ready" else index.progress,
            updated_at=index.updated_at,
            detail=index.failure,
        )

    async def _freshen(self, index: _Index) -> None:
        stale = time.monotonic() - index.checked >= self.fresh_s
        if not index.building and (stale or index.totals is None):
            self._start(index)
        await self._wait(index)

    async def _find(self, index: _Index, ask: Callable[[Store], list[Found]]) -> list[Found]:
        if index.totals is None:
            raise self._not_ready(index)
        return await asyncio.to_thread(ask, index.store)

    async def _wait(self, index: _Index) -> None:
        if index.task is not None:
            await asyncio.wait([index.task], timeout=self.wait_s)

    def _start(self, index: _Index) -> None:
        index.cancelled = threading.Event()
        index.progress = 0.0
        index.task = asyncio.create_task(self._update(index))

    async def _update(self, index: _Index) -> None:
        def progress(done: int, total: int) -> None:
            index.progress = done / total if total else 1.0

        try:
            index.totals = await asyncio.to_thread(
                index.updater.update, progress, index.cancelled.is_set
            )
        except (sqlite3.Error, OSError) as error:
            index.failure = f"The project could not be indexed: {error}"
            log.warning("indexing failed", extra={"path": str(index.updater.root)}, exc_info=error)
            return
        index.failure = ""
        index.checked = time.monotonic()
        index.updated_at = datetime.now(UTC)

    async def _stop(self, index: _Index) -> None:
        index.cancelled.set()
        for task in (index.task, index.outlining):
            if task is not None:
                await asyncio.wait([task])

    def _not_ready(self, index: _Index) -> errors.Unavailable:
        if index.building:
            return errors.Unavailable(
                f"The project is being indexed, {index.progress:.0%} done. Try again shortly.",
                code="indexing",
            )
        return errors.Unavailable(index.failure or "There is no index.", code="index-failed")
