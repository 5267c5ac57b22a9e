"""The clones that are running: their rows, their events, their end, whatever it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from logging import Logger
from pathlib import Path
from typing import Any

from .. import errors
from ..events import EventLog
from .clone import Workplace, clone
from .giturl import Source
from .models import ProjectRow
from .registry import Registry, new_id

LOGS_KEPT = 100
AGAIN = "Clone it again, or remove this project."


@dataclass
class Running:
    """A clone on its way."""

    task: asyncio.Task[None]
    forget: bool = False
    """Whether its row goes with it."""
    failure: errors.NeoAIError | None = None


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
        source: Source,
        location: Path,
        name: str,
        settings: dict[str, Any],
        *,
        timeout_s: float,
        stall_s: float,
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
                git_url=source.url,
            )
        except BaseException:
            await asyncio.to_thread(workplace.remove)
            raise
        events = self._logs[row.id] = EventLog()
        while len(self._logs) > LOGS_KEPT:
            self._logs.popitem(last=False)
        work = self._run(row, source, workplace, events, timeout_s, stall_s)
        self._running[row.id] = Running(asyncio.create_task(work))
        await asyncio.sleep(0)  # it has begun, so that whoever cancels it meets its clean-up
        return row

    async def finished(self, project_id: str) -> ProjectRow:
        """Wait for the end; where the clone failed, forget the project and raise why."""
        running = self._running.get(project_id)
        if running is not None:
            await asyncio.wait([running.task])
            if running.failure is not None:
                await self._registry.remove(project_id)
                raise running.failure
        return await self._registry.get(project_id)

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
                reason = f"The server stopped in the middle of the clone. {AGAIN}"
                await self._registry.change(row.id, state="failed", error=reason)

    async def _run(
        self,
        row: ProjectRow,
        source: Source,
        workplace: Workplace,
        events: EventLog,
        timeout_s: float,
        stall_s: float,
    ) -> None:
        def report(phase: str, percent: int | None, counts: str) -> None:
            events.append("progress", {"phase": phase, "percent": percent, "counts": counts})

        try:
            await clone(source, workplace.repository, report, timeout_s=timeout_s, stall_s=stall_s)
            await asyncio.to_thread(workplace.finish)
            await self._registry.change(row.id, state="ready")
            events.append("ready", {"id": row.id})
        except asyncio.CancelledError:
            await asyncio.shield(self._cancelled(row, workplace, events))
        except errors.NeoAIError as error:
            await self._failed(row, workplace, events, error)
        except Exception as error:
            self._log.exception("a clone failed")
            unknown = errors.Unavailable(f"The clone failed: {type(error).__name__}.")
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
            reason = f"The server was stopped in the middle of the clone. {AGAIN}"
            await self._registry.change(row.id, state="failed", error=reason)
        events.append("cancelled", {"id": row.id})

    async def _failed(
        self, row: ProjectRow, workplace: Workplace, events: EventLog, error: errors.NeoAIError
    ) -> None:
        await asyncio.to_thread(workplace.remove)
        self._running[row.id].failure = error
        reason = f"{error.detail} {AGAIN}"
        await self._registry.change(row.id, state="failed", error=reason)
        events.append("failed", {"id": row.id, "code": error.code, "detail": error.detail})
