"""Keeps an index for each project, and answers questions from it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar, get_args

from traitlets import Bool, Float, Int, Unicode
from traitlets.config import LoggingConfigurable

from .. import errors
from ..events import Event, EventLog
from ..logs import logger
from ..projects import ignore
from . import fusing, passages, ranking, words
from .commits import Commit, CommitHistory
from .keeping import IndexState, Keeper, Patience
from .outline import Outline
from .ranking import Hit
from .scanning import Rules
from .store import Damaged, Store
from .symbols import Symbol
from .updating import Updater
from .vectors import Embedder, nearest
from .vectors.following import Following
from .vectors.local import PREFIX, LocalEmbedder

__all__ = [
    "Commit",
    "CommitHistory",
    "Embedder",
    "Hit",
    "IndexService",
    "IndexState",
    "Outline",
    "ProjectFolders",
    "Symbol",
]

Found = TypeVar("Found")

log = logger("index")


class ProjectFolders(Protocol):
    """What search needs to know of projects."""

    async def root(self, project_id: str) -> Path:
        """The project's folder; raises NotFound, and Conflict where it is not there."""


class IndexService(LoggingConfigurable):
    """Full-text search over the projects' files.

    projects: where the projects' folders are.
    index_dir: where the indexes lie, one file a project; a cache that may be deleted.
    embedder_of: whoever makes vectors with a model of a provider; None: only those made here.
    history: what the projects' commits say of their files; None: nothing is known of it.
    """

    max_file_bytes = Int(
        4_000_000, min=1, help="Files larger than this many bytes are not indexed."
    ).tag(config=True)
    max_files = Int(
        100_000, min=1, help="At most so many files of a project are indexed, in the tree's order."
    ).tag(config=True)
    watch = Bool(
        True,
        help="Changed files are indexed as the system reports them; otherwise, and where it cannot "
        "watch so many folders, each search looks for them.",
    ).tag(config=True)
    idle_s = Float(
        3600.0,
        min=0,
        help="A project is not watched any more that nobody has asked of for so many seconds.",
    ).tag(config=True)
    processes = Int(
        min(2, os.cpu_count() or 1),
        min=1,
        help="So many processes read and cut files where many have to be.",
    ).tag(config=True)
    fresh_s = Float(
        0.5,
        min=0,
        help="Where a project is not watched, a search looks for changed files first, unless that "
        "was done within so many seconds.",
    ).tag(config=True)
    wait_s = Float(
        20.0,
        min=0,
        help="A search waits so many seconds for the first index of a project.",
    ).tag(config=True)
    wait_changed_s = Float(
        2.0,
        min=0,
        help="A search waits so many seconds for changed files to be indexed; then it searches "
        "what is there.",
    ).tag(config=True)
    outline_wait_s = Float(
        2.0,
        min=0,
        help="A question to the AI waits so many seconds for the map of the project; then it goes "
        "without, or with the last one.",
    ).tag(config=True)

    embedder = Unicode(
        "",
        help="The model whose vectors let search find by meaning too: `provider/model` of "
        "`c.AIService.providers`, for the task `embed`; or `fastembed/` and one of fastembed's "
        "models, such as `fastembed/BAAI/bge-small-en-v1.5`, which runs here. Everything that is "
        "indexed goes to that model. Empty: words alone.",
    ).tag(config=True)
    embed_wait_s = Float(
        1.5,
        min=0,
        help="A search waits so many seconds for the embedder; then it goes by words alone.",
    ).tag(config=True)

    def __init__(
        self,
        *,
        projects: ProjectFolders,
        index_dir: Path,
        embedder_of: Callable[[str], Embedder] | None = None,
        history: CommitHistory | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.projects = projects
        self.index_dir = index_dir
        self._embedder_of = embedder_of
        self._followings: dict[Path, Following] = {}
        self.history = history
        self._keepers: dict[Path, Keeper] = {}
        self._outlines: dict[Path, _Map] = {}

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
        following = self._following(self._keeper(root))
        if following is None:
            return await self._asked(root, lambda store: ranking.search(store, question, wanted, k))
        semantic, further = following.semantic, max(0, fusing.MOST - k)

        def by_words(store: Store) -> list[Hit]:
            return ranking.search(store, question, wanted, k, further)

        def by_both(store: Store) -> list[Hit]:
            near = semantic.near_known(query, wanted, fusing.MOST)
            return fusing.fused(by_words(store), near, question, k)

        if semantic.knows(query):
            # In one thread: two would wait for each other's turns of the interpreter.
            return await self._asked(root, by_both)
        await self._keeper(root).freshen()
        nearing = asyncio.ensure_future(
            semantic.near(query, wanted, fusing.MOST, self.embed_wait_s)
        )
        try:
            hits = await self._asked(root, by_words)
            near = await nearing
        finally:
            nearing.cancel()
        return fusing.fused(hits, near, question, k)

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
        keeper = self._keeper(root)
        await keeper.freshen()
        try:
            try:
                return await self._find(keeper, ask)
            except Damaged as error:
                log.warning("the index is damaged: %s", error)
            keeper.start(suspect=True)
            await keeper.wait(self.wait_s)
            return await self._find(keeper, ask)
        except sqlite3.Error as error:
            raise errors.Unavailable(
                f"The index cannot be read: {error}", code="index-failed"
            ) from error

    async def _find(self, keeper: Keeper, ask: Callable[[Store], list[Found]]) -> list[Found]:
        if keeper.totals is None:
            raise keeper.not_ready()
        return await asyncio.to_thread(ask, keeper.store)

    async def outline(self, root: Path) -> Outline:
        """What the files of a folder define, and which use it; of a moment ago where that takes
        long. Raises Unavailable while there is none yet."""
        keeper = self._keeper(root)
        await keeper.freshen()
        if keeper.totals is None:
            raise keeper.not_ready()
        made = self._outlines.setdefault(keeper.updater.rules.root, _Map())
        if made.task is None or made.task.done():
            made.task = asyncio.create_task(made.update(keeper.store))
        await asyncio.wait([made.task], timeout=self.outline_wait_s)
        if made.outline is None:
            raise errors.Unavailable(
                "The map of the project is being made. Try again shortly.", code="outlining"
            )
        return made.outline

    async def build(self, project_id: str) -> IndexState:
        """Start bringing a project's index up to date, unless that is under way."""
        keeper = await self._of(project_id)
        keeper.start(shown=True)
        return await asyncio.to_thread(self._state, keeper)

    async def rebuild(self, project_id: str) -> IndexState:
        """Start making a project's index from nothing."""
        keeper = await self._of(project_id)
        await keeper.stop()
        following = self._following(keeper)
        if following is not None:
            await following.stop()
            await asyncio.to_thread(following.semantic.delete)
        keeper.start(shown=True, anew=True)
        return await asyncio.to_thread(self._state, keeper)

    async def pause(self, project_id: str, paused: bool) -> IndexState:
        """Leave a project's changed files alone, or go on with them; holds over restarts."""
        keeper = await self._of(project_id)
        following = self._following(keeper)
        if following is not None and paused:
            await following.stop()
        try:
            await (keeper.pause() if paused else keeper.resume())
        except OSError as error:
            raise errors.Unavailable(
                f"The index cannot be written: {error}", code="index-failed"
            ) from error
        await keeper.load()
        return await asyncio.to_thread(self._state, keeper)

    @property
    def building(self) -> int:
        """How many indexes are being brought up to date."""
        return sum(keeper.building for keeper in self._keepers.values())

    async def state(self, project_id: str) -> IndexState:
        """How a project's index stands; `absent` until something was searched or built."""
        keeper = await self._of(project_id)
        await keeper.load()
        return await asyncio.to_thread(self._state, keeper)

    async def events(self, project_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events of a project's last update: `progress {done, total}`, then one of `ready`,
        `failed` and `cancelled`, with `{files, chunks, detail}`."""
        keeper = await self._of(project_id)
        return (keeper.events or _none()).follow(after)

    async def cancel(self, project_id: str) -> IndexState:
        """Stop indexing a project until somebody asks; what was indexed stays."""
        keeper = await self._of(project_id)
        await keeper.stop()
        following = self._following(keeper)
        if following is not None:
            await following.stop()
        return await asyncio.to_thread(self._state, keeper)

    def changed(self, path: Path) -> None:
        """A file or folder was written, moved or deleted by this server."""
        for root, keeper in self._keepers.items():
            if root in path.parents:
                if path.name in (ignore.FILE, ignore.OWN_FILE):
                    keeper.changed(None)
                else:
                    folder = path.relative_to(root).parent.as_posix()
                    keeper.changed(["" if folder == "." else folder])

    def check(self) -> tuple[bool, str]:
        """Whether vectors can be used as configured, and what there is, for `doctor`."""
        builds = nearest.builds()
        if len(builds) > 1:
            return False, f"{' and '.join(builds)} overwrite each other: uninstall both, then one."
        found = builds[0] if builds else "no faiss"
        if not self.embedder:
            return True, f"{found}; no embedder is configured: search goes by words"
        if not builds:
            return False, nearest.MISSING
        return True, f"{found}, embedded by {self.embedder}"

    async def close(self) -> None:
        """Stop all indexing."""
        tasks = [made.task for made in self._outlines.values() if made.task is not None]
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers.values()), *tasks)
        await asyncio.gather(*(following.stop() for following in self._followings.values()))

    async def _of(self, project_id: str) -> Keeper:
        return self._keeper(await self.projects.root(project_id))

    def _keeper(self, root: Path) -> Keeper:
        root = root.resolve()
        if root not in self._keepers:
            name = hashlib.sha256(str(root).encode("utf-8", "surrogateescape")).hexdigest()[:32]
            store = Store(self.index_dir / f"{name}.sqlite")
            rules = Rules(root, self.max_file_bytes, self.max_files)
            updater = Updater(store, rules, self.processes, self.history)
            self._keepers[root] = keeper = Keeper(updater, self._patience)
            following = self._following(keeper)
            if following is not None:
                keeper.updated = following.follow
        return self._keepers[root]

    def _following(self, keeper: Keeper) -> Following | None:
        """The vectors of an index; None where no embedder is configured."""
        if not self.embedder:
            return None
        root = keeper.updater.rules.root
        if root not in self._followings:
            self._followings[root] = Following(keeper.store, root, self._embedder())
        return self._followings[root]

    def _embedder(self) -> Embedder:
        if self.embedder.startswith(PREFIX) or self._embedder_of is None:
            return LocalEmbedder(self.embedder, self.index_dir.parent / "fastembed")
        return self._embedder_of(self.embedder)

    def _state(self, keeper: Keeper) -> IndexState:
        """Blocks for some looks at the disk."""
        state = keeper.state()
        following = self._following(keeper)
        if following is None:
            return state
        semantic = following.semantic
        return replace(
            state,
            embedder=self.embedder,
            embedding=semantic.progress,
            index_bytes=state.index_bytes + semantic.size,
            detail=state.detail or semantic.problem,
        )

    def _patience(self) -> Patience:
        return Patience(
            fresh_s=self.fresh_s,
            wait_s=self.wait_s,
            wait_changed_s=self.wait_changed_s,
            idle_s=self.idle_s,
            watch=self.watch,
        )


@dataclass
class _Map:
    """The last map of a folder, and the task that makes the next one."""

    outline: Outline | None = None
    task: asyncio.Task[None] | None = None

    async def update(self, store: Store) -> None:
        before = self.outline or Outline()
        try:
            self.outline = await asyncio.to_thread(before.updated, store)
        except sqlite3.Error as error:
            log.warning("the map is not made: %s", error)


def _none() -> EventLog:
    events = EventLog()
    events.close()
    return events
