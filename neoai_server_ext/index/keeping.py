"""Keeps a folder's index up to date while it is in use: by watching, or by looking before each
question where the folder cannot be watched."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from .. import errors
from ..events import EventLog
from ..logs import logger
from .store import Totals
from .updating import Updater
from .watching import News, Unwatchable, Watcher
from .writing import MOST_HERE

State = Literal["absent", "building", "ready", "failed"]
Watching = Literal["watch", "scan", "none"]

REST = 10
"""What was read in a second is read again after so many at the earliest, however often it changes
(a log, say); a question does not wait for that."""
LONGEST_REST_S = 30.0
CHECK_S = 300.0
"""What is watched is walked too after so long, for file systems of which not all news comes."""

log = logger("index")


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
    index_bytes: int = 0
    paused: bool = False
    watching: Watching = "none"
    embedder: str | None = None
    embedding: float | None = None


@dataclass(frozen=True)
class Patience:
    """How long a question waits, in seconds, and whether folders are watched; as the settings of
    `IndexService` have it."""

    fresh_s: float
    wait_s: float
    wait_changed_s: float
    idle_s: float
    watch: bool


class Keeper:
    """The index of one folder; lives on the event loop and works in threads.

    updated: called whenever the index is as the files are.
    """

    def __init__(self, updater: Updater, patience: Callable[[], Patience]) -> None:
        self.updater = updater
        self.store = updater.store
        self.totals: Totals | None = None
        self.failure = ""
        self.progress = 0.0
        self.events: EventLog | None = None
        self.updated: Callable[[], None] = lambda: None
        self._patience = patience
        self._updated_at: datetime | None = None
        self._task: asyncio.Task[None] | None = None
        self._cancelled = threading.Event()
        self._is_whole = False
        self._is_shown = False
        self._wants_anew = False
        self._pending = _Pending()
        self._timer: asyncio.TimerHandle | None = None
        self._checked = self._used = 0.0
        self._watcher: Watcher | None = None
        self._unwatchable = ""

    @property
    def building(self) -> bool:
        """Whether the index is being brought up to date."""
        return self._task is not None and not self._task.done()

    @property
    def paused(self) -> bool:
        """Whether changes of files are left alone for now."""
        return self._pause.exists()

    @property
    def _pause(self) -> Path:
        path = self.store.file.path
        return path.with_name(path.name + ".paused")

    def state(self) -> IndexState:
        """How it stands. Blocks for some looks at the disk."""
        totals = self.totals or Totals(0, 0, 0)
        state: State = "ready" if self.totals else "absent"
        if self.building and (self._is_shown or not self._is_whole):
            state = "building"
        elif self.failure:
            state = "failed"
        return IndexState(
            state=state,
            files=totals.files,
            chunks=totals.passages,
            bytes=totals.bytes,
            progress=1.0 if state == "ready" else self.progress,
            updated_at=self._updated_at,
            detail=self.failure or self._unwatchable or self.updater.rules.notice,
            index_bytes=self.store.file.bytes(),
            paused=self.paused,
            watching="watch" if self._watcher else "scan" if self.totals else "none",
        )

    def not_ready(self) -> errors.Unavailable:
        """Why there is nothing to be asked yet."""
        if self.building:
            return errors.Unavailable(
                f"The project is being indexed, {self.progress:.0%} done. Try again shortly.",
                code="indexing",
            )
        if self.paused:
            return errors.Unavailable(
                "Indexing is paused, and there is no index of this project yet. Resume it first.",
                code="index-paused",
            )
        return errors.Unavailable(self.failure or "There is no index.", code="index-failed")

    async def load(self) -> None:
        """What an earlier server left of the index; it may be of another time."""
        if self.totals is None and not self.building and self.store.file.exists:
            try:
                self.totals = await asyncio.to_thread(self.store.totals)
            except sqlite3.DatabaseError as error:
                self.failure = self.failure or (
                    f"The index is damaged ({error}); the next search makes it anew."
                )

    async def freshen(self) -> None:
        """Bring the index up to date for a question, as far as it is worth waiting for that."""
        patience = self._patience()
        self._used = now = time.monotonic()
        if self.paused:
            await self.load()
            return
        if not self.building and self._is_whole and self._watcher:
            if now - self._checked > CHECK_S:
                self.start()
                return
            self._pending.hurry()
            self._go_on()
        elif not self.building and not (self._is_whole and now - self._checked < patience.fresh_s):
            self.start()
        await self.wait(patience.wait_changed_s if self._is_whole else patience.wait_s)
        if (
            self._is_whole
            and not (self.building or self._watcher)
            and not now - self._checked < patience.fresh_s
        ):
            # What was going on had looked at the files before the question came.
            self.start()
            await self.wait(patience.wait_changed_s)
        if self.totals is None and self.failure:
            await self.load()

    async def wait(self, seconds: float) -> None:
        """Wait for the end of an update, at most so long."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=seconds)

    def start(self, *, shown: bool = False, anew: bool = False, suspect: bool = False) -> None:
        """Look at all files; shown: somebody asked for it; anew: with nothing kept; suspect: the
        index seems to be damaged."""
        self._used = time.monotonic()
        self._is_shown = self._is_shown or shown
        self.updater.is_checked = self.updater.is_checked and not suspect
        if anew:
            self._wants_anew, self._is_whole, self.totals = True, False, None
        self._pending.add(None)
        self._pending.hurry()
        self._go_on()

    def changed(self, folders: Collection[str] | None) -> None:
        """The entries of these folders have changed; None: of any."""
        if self.paused or not self._is_whole:
            return
        if time.monotonic() - self._used > self._patience().idle_s:
            self._unwatch()
            return
        self._pending.add(folders)
        self._go_on()

    async def pause(self) -> None:
        """Leave changes alone until `resume`, also after a restart; raises OSError."""
        await asyncio.to_thread(self._pause.parent.mkdir, 0o700, True, True)
        await asyncio.to_thread(self._pause.touch, 0o600)
        await self.stop()

    async def resume(self) -> None:
        """Catch up, and follow the changes again; raises OSError."""
        await asyncio.to_thread(self._pause.unlink, True)
        self.start(shown=True)

    async def stop(self) -> None:
        """End what is going on; what was indexed stays."""
        self._cancelled.set()
        self._pending = _Pending()
        if self._timer is not None:
            self._timer.cancel()
        self._unwatch()
        if self._task is not None:
            await asyncio.wait([self._task])
            self._unwatch()  # it may have begun to watch meanwhile

    def _unwatch(self) -> None:
        """The next question looks at all files again."""
        if self._watcher is not None:
            self._watcher.close()
        self._watcher, self._checked = None, 0.0
        self.store.file.close()

    def _go_on(self) -> None:
        if self.building:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wait_s = self._pending.wait_s()
        if wait_s is None:
            return
        if wait_s > 0:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._go_on)
            return
        self._cancelled = threading.Event()
        self.progress = 0.0
        self.events = EventLog()
        self._task = asyncio.create_task(self._run(self.events))
        self._task.add_done_callback(lambda _: self._go_on())

    async def _run(self, events: EventLog) -> None:
        outcome = "ready"
        while not self._cancelled.is_set() and self._pending.wait_s() == 0:
            anew, self._wants_anew = self._wants_anew, False
            folders = self._pending.take()
            began = time.monotonic()
            try:
                self.totals = await asyncio.to_thread(
                    self._work, folders, anew, asyncio.get_running_loop(), events
                )
            except (sqlite3.Error, OSError) as error:
                self.failure, self._is_whole = f"The project could not be indexed: {error}", False
                log.warning(
                    "indexing failed", extra={"path": str(self.updater.rules.root)}, exc_info=error
                )
                outcome = "failed"
                break
            self.failure = ""
            self._updated_at = datetime.now(UTC)
            self._is_whole = self._is_whole or not self._cancelled.is_set()
            if folders is None:
                self._checked = began
            self._pending.rest(folders, time.monotonic() - began)
        if self._cancelled.is_set():
            outcome, self._is_whole = "cancelled", False
        elif outcome == "ready":
            self.updated()
        self._is_shown = False
        events.append(outcome, self._progress_of(self.totals or Totals(0, 0, 0)))
        events.close()

    def _work(
        self,
        folders: Collection[str] | None,
        anew: bool,
        loop: asyncio.AbstractEventLoop,
        events: EventLog,
    ) -> Totals:
        """Blocks."""

        def tell(done: int, total: int) -> None:
            self.progress = done / total if total else 1.0
            if total > MOST_HERE and not events.closed:
                events.append("progress", {"done": done, "total": total})

        def progress(done: int, total: int) -> None:
            loop.call_soon_threadsafe(tell, done, total)

        is_off = self._cancelled.is_set
        if anew:
            totals = self.updater.rebuild(progress, is_off)
        else:
            totals = self.updater.update(progress, is_off, folders)
        if not is_off() and self._watch_anew(loop):
            totals = self.updater.update(progress, is_off)  # what changed in between
        return totals

    def _watch_anew(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Watch the folders that there are; whether they were not watched before. Blocks."""
        before = self._watcher
        if not self._patience().watch or (before and before.folders == self.updater.folders):
            return False

        def told(news: News) -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self.changed, news.folders)

        try:
            self._watcher = Watcher(self.updater.rules.root, self.updater.folders, told)
            self._unwatchable = ""
        except Unwatchable as error:
            self._watcher, self._unwatchable = None, f"{error} Each search looks for changes."
        if before is not None:
            before.close()
        return self._watcher is not None

    def _progress_of(self, totals: Totals) -> dict[str, object]:
        return {"files": totals.files, "chunks": totals.passages, "detail": self.failure or None}


class _Pending:
    """What is to be looked at: folders, or all; and which were looked at so lately that they have
    to wait."""

    def __init__(self) -> None:
        self._folders: set[str] = set()
        self._all = False
        self._until: dict[str | None, float] = {}

    def add(self, folders: Collection[str] | None) -> None:
        """These have changed; None: all may have."""
        if folders is None:
            self._all = True
        else:
            self._folders.update(folders)

    def wait_s(self) -> float | None:
        """How long until the first of them may be looked at; None where there are none."""
        waiting: list[str | None] = [*self._folders, *([None] if self._all else [])]
        if not waiting:
            return None
        now = time.monotonic()
        self._until = {name: until for name, until in self._until.items() if until > now}
        return max(0.0, min(self._until.get(name, now) for name in waiting) - now)

    def take(self) -> Collection[str] | None:
        """Those that may be looked at now; None for all."""
        if self._all and None not in self._until:
            self._folders.clear()
            self._all = False
            return None
        ready = self._folders - self._until.keys()
        self._folders -= ready
        return ready

    def rest(self, folders: Collection[str] | None, seconds: float) -> None:
        """These were looked at, which took so long."""
        until = time.monotonic() + min(REST * seconds, LONGEST_REST_S)
        for name in [None] if folders is None else folders:
            self._until[name] = until

    def hurry(self) -> None:
        """Somebody waits: nothing rests."""
        self._until.clear()
