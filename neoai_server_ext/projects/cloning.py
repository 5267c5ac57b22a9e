"""The projects that are being cloned or made from a template: their rows, their events, their end,
whatever it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from logging import Logger
from pathlib import Path
from typing import Any

from .. import errors
from ..events import EventLog
from .clone import Report, Workplace
from .models import ProjectRow
from .registry import Registry, new_id

LOGS_KEPT = 100
AGAIN = "Clone it again, or remove this project."
MAKE_AGAIN = "Remove this project, and make it again."

Work = Callable[[Workplace, Report], Awaitable[dict[str, Any]]]
"""Fills `workplace.repository` and puts it in place with `workplace.finish`; what it gives is told
with the final event."""


@dataclass
class Running:
    """A project on its way."""

    task: asyncio.Task[None]
    forget: bool = False
    """Whether its row goes with it."""
    failure: errors.NeoAIError | None = None
    outcome: dict[str, Any] = field(default_factory=dict)


class Clones:
    """Runs clones and remembers their events for readers who come late."""

    def __init__(self, registry: Registry, log: Logger | Any) -> None:
        self._registry = registry
        self._log = log
        self._running: dict[str, Running] = {}
        self._logs: OrderedDict[str, EventLog] = OrderedDict()

    def log_of(self, project_id: str) -> EventLog | None:
        """The events of a clone of this server's, running or over."""
        return self._logs.get(project_id)

    async def begin(
        self,
        work: Work,
        location: Path,
        name: str,
        settings: dict[str, Any],
        *,
        git_url: str | None = None,
    ) -> ProjectRow:
        """Register the project as `cloning` and start; raises Conflict where the place is taken."""
        await self._registry.refuse_known(location)
        project_id = new_id()
        workplace = Workplace(location, project_id)
        try:
            # Locked before the row is there: another server takes an unlocked one for a crash's.
            await asyncio.to_thread(workplace.open)
            row = await self._registry.add(
                location,
                name,
                id=project_id,
                settings=settings,
                state="cloning",
                git_url=git_url,
            )
        except BaseException:
            await asyncio.to_thread(workplace.remove)
            raise
        events = self._logs[row.id] = EventLog()
        while len(self._logs) > LOGS_KEPT:
            self._logs.popitem(last=False)
        running = self._run(row, work, workplace, events)
        self._running[row.id] = Running(asyncio.create_task(running))
        await asyncio.sleep(0)  # it has begun, so that whoever cancels it meets its clean-up
        return row

    async def finished(self, project_id: str) -> tuple[ProjectRow, dict[str, Any]]:
        """Wait for the end, and give what the work gave; where it failed, forget the project and
        raise why."""
        outcome: dict[str, Any] = {}
        running = self._running.get(project_id)
        if running is not None:
            await asyncio.wait([running.task])
            if running.failure is not None:
                await self._registry.remove(project_id)
                raise running.failure
            outcome = running.outcome
        return await self._registry.get(project_id), outcome

    async def cancel(self, project_id: str) -> bool:
        """End a clone and forget its project; False where none is running here."""
        running = self._running.get(project_id)
        if running is None:
            return False
        running.forget = True
        running.task.cancel()
        await asyncio.wait([running.task])
        return True

    async def stop(self) -> None:
        """End all of them; their projects stay, as failed."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def recover(self) -> None:
        """Settle what crashed servers left: what is complete is ready, the rest has failed."""
        for row in await self._registry.cloning():
            if row.id in self._running:
                continue
            workplace = Workplace(Path(row.location), row.id)
            if not await asyncio.to_thread(workplace.abandoned):
                continue
            placed = await asyncio.to_thread(workplace.placed)
            await asyncio.to_thread(workplace.remove)
            if placed:
                await self._registry.change(row.id, state="ready")
            else:
                reason = f"The server stopped in the middle of it. {_again(row)}"
                await self._registry.change(row.id, state="failed", error=reason)

    async def _run(
        self,
        row: ProjectRow,
        work: Work,
        workplace: Workplace,
        events: EventLog,
    ) -> None:
        def report(phase: str, percent: int | None, counts: str) -> None:
            events.append("progress", {"phase": phase, "percent": percent, "counts": counts})

        try:
            outcome = self._running[row.id].outcome = await work(workplace, report)
            await self._registry.change(row.id, state="ready")
            events.append("ready", {"id": row.id, **outcome})
        except asyncio.CancelledError:
            await asyncio.shield(self._cancelled(row, workplace, events))
        except errors.NeoAIError as error:
            await self._failed(row, workplace, events, error)
        except Exception as error:
            self._log.exception("a project could not be made")
            unknown = errors.Unavailable(f"It failed: {type(error).__name__}.")
            await self._failed(row, workplace, events, unknown)
        finally:
            self._running.pop(row.id, None)
            events.close()

    async def _cancelled(self, row: ProjectRow, workplace: Workplace, events: EventLog) -> None:
        placed = await asyncio.to_thread(workplace.placed)
        await asyncio.to_thread(workplace.remove)
        if self._running[row.id].forget:
            await self._registry.remove(row.id)
        elif placed:
            await self._registry.change(row.id, state="ready")
        else:
            reason = f"The server was stopped in the middle of it. {_again(row)}"
            await self._registry.change(row.id, state="failed", error=reason)
        events.append("cancelled", {"id": row.id})

    async def _failed(
        self, row: ProjectRow, workplace: Workplace, events: EventLog, error: errors.NeoAIError
    ) -> None:
        await asyncio.to_thread(workplace.remove)
        self._running[row.id].failure = error
        reason = f"{error.detail} {_again(row)}"
        await self._registry.change(row.id, state="failed", error=reason)
        told = {"id": row.id, "code": error.code, "detail": error.detail, **_more(error)}
        events.append("failed", told)


def _again(row: ProjectRow) -> str:
    return AGAIN if row.git_url is not None else MAKE_AGAIN


def _more(error: errors.NeoAIError) -> dict[str, Any]:
    """What a problem document says beside the detail."""
    fields = getattr(error, "errors", None)
    return {**error.extra, **({"errors": fields} if fields else {})}
