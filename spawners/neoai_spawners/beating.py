"""The heartbeat of a running server: metered, warned, culled, saved, ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from jupyterhub.utils import maybe_future
from traitlets import Any as AnyTrait
from traitlets import Float, Unicode, validate

from .culling import IDLE, Culling
from .ending import Holds
from .measuring import Measures
from .protocols import Meter, Notice
from .session import Reply, Report, Session


class Beats(Measures, Holds):
    """Stands before a spawner of JupyterHub, whose look at a running server is its heartbeat."""

    culling = AnyTrait(
        Culling(),
        help="""When servers are ended that nobody uses: a `neoai_spawners.culling.Culling`, or the
        dict of one.""",
    ).tag(config=True)

    save_s = Float(
        30.0,
        min=0,
        help="""Seconds that a server has to save everything before it is ended; others that do
        not answer keep nobody waiting but their own user.""",
    ).tag(config=True)

    ended = Unicode(
        "", help="""Why the last server ended by itself or was ended; told before the next."""
    )

    announcements = AnyTrait(
        None,
        allow_none=True,
        help="""Called with a user's groups: what is announced to their members, as
        `neoai_spawners.session.Announced`.""",
    ).tag(config=True)

    # JupyterHub's own, which have no types
    user: Any
    pending: Any
    active: bool
    stop_polling: Callable[[], None]
    _callbacks: list[Callable[[], Any]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.notices: Sequence[Notice] = ()
        self.session = Session()
        self._end: asyncio.Task[None] | None = None
        self._ends_for_idleness = False
        super().__init__(*args, **kwargs)

    @validate("culling")
    def _checked_culling(self, proposal: Any) -> Any:
        return Culling.model_validate(proposal.value)

    @property
    def group_names(self) -> list[str]:
        """The user's groups, as the hub knows them now."""
        return sorted(group.name for group in self.user.groups)

    # --- what a spawner below this one says of itself

    def overuse(self, meter: Meter) -> str:
        """Why a running server has to be ended for what it uses; empty where it has not."""
        return ""

    # --- the heartbeat

    async def hear(self, report: Report) -> Reply:
        """What a running server says of itself; what it is to know, once there is something that it
        does not know yet, or after the time that it grants."""
        self.session.hear(report)
        self.session.tell([*self.notices, *self._culled()])
        self._announce()
        await self.session.changes(report.seen, report.hold_s)
        return self.session.reply(self.poll_interval)

    async def poll_and_notify(self) -> Any:
        """JupyterHub's periodic look at a running server, which is its heartbeat too."""
        status = await super().poll_and_notify()  # type: ignore[misc]
        if status is not None or self.holding is None or self.pending:
            return status
        reason = await self._beat(self.holding.key)
        if reason and (self._end is None or self._end.done()):
            self._end = asyncio.create_task(self._ended_for(reason))
        return None

    async def _ended_for(self, reason: str) -> None:
        try:
            await self.end(reason)
        except Exception:
            self.log.exception("%s was not ended", self._log_name)

    async def end(self, reason: str) -> None:
        """Have a running server save everything and stop it, for a reason that its user reads
        before the next start. One that was idle and is used again goes on."""
        key = self.holding.key if self.holding else ""
        self.log.warning("Ending the server of %s: %s", self._log_name, reason)
        unsaved = await self.session.saved(self.save_s)
        if self.pending or self.holding is None or self.holding.key != key:
            return  # somebody has stopped it meanwhile
        if self._is_used_again():
            self.log.warning("The server of %s is used again, and goes on", self._log_name)
            self.session.call_off()
            return
        self.ended = f"{reason} {unsaved}".strip()
        self.stop_polling()
        self._callbacks, callbacks = [], self._callbacks
        for callback in callbacks:  # the hub's own: it removes the route, then stops the server
            await maybe_future(callback())

    async def _beat(self, key: str) -> str:
        """Tell the ledger that the server runs. Why it has to be ended now; empty where it has not.

        A ledger that does not answer ends nothing: the next heartbeat tells it. What cannot be
        measured now is not known, and the server runs all the same.
        """
        self._announce()
        meter = await self._measured()
        try:
            self.notices = await self.account.beat(key, meter)
        except Exception:
            self.log.exception("No heartbeat of %s this time", self._log_name)
            return ""
        notices = [*self.notices, *self._culled()]
        self.session.tell(notices)
        over = _over(notices)
        self._ends_for_idleness = bool(over) and all(notice.quota == IDLE for notice in over)
        reasons = [notice.message for notice in over]
        overused = self.overuse(meter)
        if overused:
            self._ends_for_idleness = False
        return overused or next(iter(reasons), "")

    def _announce(self) -> None:
        if self.announcements is not None:
            self.session.announce(self.announcements(self.group_names))

    def _is_used_again(self) -> bool:
        """Whether the server was to end for being idle alone, and is not any more."""
        return self._ends_for_idleness and not _over(self._culled())

    def _culled(self) -> list[Notice]:
        """What culling has to say to this server."""
        times = self.culling.times_of(self.group_names)
        now = datetime.now(UTC).replace(tzinfo=None)  # as JupyterHub keeps its times
        used = self.orm_spawner.last_activity
        used_s_ago = max(0.0, (now - used).total_seconds()) if used else None
        idle_s = self.session.idle_s(self.culling.cull_busy, used_s_ago)
        started = self.orm_spawner.started
        age_s = (now - started).total_seconds() if started else 0.0
        return self.session.ends(self.culling, times, idle_s, age_s, self.poll_interval)


def _over(notices: Sequence[Notice]) -> list[Notice]:
    now = datetime.now(UTC)
    return [notice for notice in notices if notice.ends_at <= now]
