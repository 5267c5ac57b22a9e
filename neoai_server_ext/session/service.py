"""Tells the hub of this server and its people of the hub; saves before the end. Knows no HTTP."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from traitlets import Bool
from traitlets.config import LoggingConfigurable

from .. import errors
from ..logs import logger
from .activity import Activity
from .models import Announcement, HubNotice, HubReply, PageSaves, Session, SessionNotice

log = logger("session")

FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 60.0
REFUSED_S, LONGEST_REFUSED_S = 60.0, 600.0
BETWEEN_S = 0.2
PAGES_WITHIN_S = 2.0
MOST_UNSAVED = 100
SAME_S = 2.0


class HubAway(Exception):
    """The hub does not answer now."""


class HubRefuses(Exception):
    """There is no such route at this hub, or this server's token is not taken there."""


class Hub(Protocol):
    """Whoever has started this server."""

    async def tell(self, report: dict[str, Any]) -> HubReply:
        """Send a report; the reply may wait for `hold_s`. Raises HubAway and HubRefuses."""

    def close(self) -> None:
        """End every question that is open."""


class SessionService(LoggingConfigurable):
    """The server's life under a hub; without one it does nothing.

    save: saves what no page has to, and says what could not be saved.
    emit: tells the pages that something has changed.
    """

    report_to_hub = Bool(
        True,
        help="Tell the hub that has started this server what keeps it busy, and hear from it what "
        "is going to end it. Off: the hub takes it for idle by its traffic alone, and nothing "
        "is saved before it is stopped.",
    ).tag(config=True)

    def __init__(
        self,
        *,
        hub: Hub | None,
        activity: Activity,
        save: Callable[[], Awaitable[Iterable[str]]],
        emit: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.activity = activity
        self._hub = hub if self.report_to_hub else None
        self._save_rest, self._emit, self._clock = save, emit, clock
        self._heartbeat_s = 0.0
        self._seen = ""
        self._is_heard = False
        self._notices: list[tuple[HubNotice, float]] = []
        self._announcements: list[Announcement] = []
        self._saving = _Saving("")
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_saving(self) -> bool:
        """Whether everything is being saved, because the server is about to end."""
        return bool(self._saving.id)

    def start(self) -> None:
        """Begin to speak with the hub, in the loop that runs now."""
        if self._hub is not None:
            self._in_background(self._listen())

    async def stop(self) -> None:
        """Stop speaking with it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if self._hub is not None:
            self._hub.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    def session(self) -> Session:
        """How the server stands with its hub."""
        now, at = self._clock(), datetime.now(UTC)
        notices = []
        for notice, ends in self._notices:
            left_s = max(0.0, ends - now)
            fields = notice.model_dump() | {"left_s": left_s}
            notices.append(SessionNotice(**fields, ends_at=at + timedelta(seconds=left_s)))
        return Session(
            hub=self._is_heard,
            notices=notices,
            announcements=self._announcements,
            save=self._saving.id,
            busy=self.activity.busy,
        )

    async def active(self) -> Session:
        """Somebody is at work; where the server would end as idle, the hub hears of it at once."""
        self.activity.touch()
        if any(notice.can_keep for notice, _ in self._notices):
            with suppress(HubAway, HubRefuses):
                await self._tell()
        return self.session()

    def page_saves(self, save_id: str, saves: PageSaves) -> None:
        """A page begins to save, or has. Raises NotFound where nothing is to be saved (any more)
        under this id."""
        if not save_id or save_id != self._saving.id:
            raise errors.NotFound("Nothing is to be saved under this id.")
        self._saving.heard(saves)

    # --- with the hub

    async def _listen(self) -> None:
        """Keep a question open at the hub, as long as this server lives."""
        away_s, refused_s = FIRST_DELAY_S, REFUSED_S
        while True:
            try:
                await self._tell(self._heartbeat_s)
            except HubAway as error:
                log.debug("the hub does not answer: %s", error)
                await asyncio.sleep(away_s * random.uniform(0.8, 1.2))  # noqa: S311
                away_s = min(2 * away_s, LONGEST_DELAY_S)
            except HubRefuses as error:
                log.info("the hub takes no reports of this server: %s", error)
                self._forget()
                await asyncio.sleep(refused_s)
                refused_s = min(2 * refused_s, LONGEST_REFUSED_S)
            else:
                away_s, refused_s = FIRST_DELAY_S, REFUSED_S
                await asyncio.sleep(BETWEEN_S)

    async def _tell(self, hold_s: float = 0.0) -> None:
        assert self._hub is not None
        saving = self._saving
        idle_s = self.activity.idle_s
        report = {
            "idle_s": idle_s,
            "busy": self.activity.busy,
            "seen": self._seen,
            "hold_s": hold_s,
            "saved": saving.id if saving.done else "",
            "unsaved": saving.unsaved[:MOST_UNSAVED] if saving.done else [],
        }
        told_at = self._clock()
        reply = await self._hub.tell(report)
        if hold_s and self._is_used_since(reply, told_at - idle_s):
            reply = await self._hub.tell({**report, "hold_s": 0, "idle_s": self.activity.idle_s})
        self._take(reply)

    def _is_used_since(self, reply: HubReply, active_at: float) -> bool:
        """Whether a warning goes by what was known before somebody did something."""
        if not any(notice.can_keep for notice in reply.notices):
            return False
        return self._clock() - self.activity.idle_s > active_at + SAME_S

    def _take(self, reply: HubReply) -> None:
        before, now = self._notices, self._clock()
        is_first = not self._is_heard
        self._is_heard, self._seen = True, reply.version
        self._heartbeat_s = reply.heartbeat_s
        notices = sorted(reply.notices, key=lambda notice: notice.left_s)
        self._notices = [(notice, now + notice.left_s) for notice in notices]
        changed = is_first or not _alike(before, self._notices)
        if reply.announcements != self._announcements:
            self._announcements, changed = reply.announcements, True
        if reply.save != self._saving.id:
            changed = True
            self._saving.end()
            self._saving = _Saving(reply.save)
            if reply.save:
                self._in_background(self._save(self._saving, reply.save_s))
        if changed:
            self._emit()

    def _forget(self) -> None:
        if self._is_heard:
            self._is_heard, self._notices, self._announcements = False, [], []
            self._emit()

    # --- saving

    async def _save(self, saving: _Saving, longest_s: float) -> None:
        """Have the open pages save, then save the rest, and tell the hub: all within its time."""
        ends = self._clock() + longest_s
        log.warning("the hub is going to stop this server: everything is saved")
        await saving.pages(min(PAGES_WITHIN_S, longest_s / 4), longest_s * 0.6)
        rest: Iterable[str] = ()
        try:
            async with asyncio.timeout(max(0.1, (ends - self._clock()) * 0.8)):
                rest = await self._save_rest()
        except TimeoutError:
            log.error("not everything could be saved in time")
        saving.finish(rest)
        if saving is self._saving:
            await self._tell_of_it()

    async def _tell_of_it(self) -> None:
        try:
            await self._tell()
        except (HubAway, HubRefuses) as error:  # the question that is kept open tells it, too
            log.warning("the hub was not told that everything is saved: %s", error)

    def _in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Saving:
    """One time that everything is saved. Without an id: none."""

    def __init__(self, id: str) -> None:
        self.id = id
        self.done = False
        self.unsaved: list[str] = []
        self._pages: dict[str, PageSaves] = {}
        self._changed = asyncio.Event()

    def heard(self, saves: PageSaves) -> None:
        """A page begins, or is done."""
        self._pages[saves.page] = saves
        self._changed.set()

    def end(self) -> None:
        """Nobody waits for it any more."""
        self.id = ""
        self._changed.set()

    async def pages(self, begin_s: float, done_s: float) -> None:
        """Wait until the pages are done that begin to save within `begin_s`."""
        await asyncio.sleep(begin_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(done_s):
                while self.id and not all(saves.done for saves in self._pages.values()):
                    self._changed.clear()
                    await self._changed.wait()

    def finish(self, rest: Iterable[str]) -> None:
        """All is done; `rest` could not be saved, beside what pages said of theirs."""
        paths = [path for saves in self._pages.values() for path in saves.unsaved]
        self.unsaved = list(dict.fromkeys([*paths, *rest]))
        self.done = True


def _alike(some: list[tuple[HubNotice, float]], others: list[tuple[HubNotice, float]]) -> bool:
    """Whether people would see no difference: the time that is left runs by itself."""
    return len(some) == len(others) and all(
        (one.kind, one.minutes, one.message) == (other.kind, other.minutes, other.message)
        and abs(ends - others_end) < SAME_S
        for (one, ends), (other, others_end) in zip(some, others, strict=True)
    )
