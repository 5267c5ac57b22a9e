"""Exports of projects that are kept, on this disk or on object storage. Knows no HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from traitlets import Dict, Float, Integer, Unicode
from traitlets.config import LoggingConfigurable

from .. import errors
from ..checkpoints.cipher import Cipher
from ..checkpoints.history import new_id
from ..checkpoints.storage import Storage
from ..events import Event
from ..pagination import decode_cursor, encode_cursor
from ..projects.service import ProjectService
from .archives import Archives, is_id, not_kept
from .job import Job
from .models import Export, Record
from .spool import Spool

T = TypeVar("T")
WORKERS = 2
READERS = 8


class ExportService(LoggingConfigurable):
    """Packs projects, sends the archives to where they are kept, and reads them from there.

    An archive is packed on the local disk, under `exports-outgoing`, and sent from there in
    parts: after a cut, or when the server comes up again, the rest is sent.
    """

    url = Unicode(
        help="Where kept exports go, as an address for fsspec: `s3://bucket/folder`, "
        "`file:///mnt/share/exports`. By default the folder `exports` in NeoAI's data folder."
    ).tag(config=True)
    options = Dict(
        help="What fsspec's file system takes for `url`: `{'key': …, 'secret': …, "
        "'endpoint_url': …}`. S3 needs the `s3` extra."
    ).tag(config=True)
    keep_count = Integer(
        10,
        min=1,
        help="How many exports of a project are kept. The oldest go when a new one is complete.",
    ).tag(config=True)
    keep_days = Float(
        365.0,
        min=0.01,
        help="Exports older than this go when a new one is complete, in days; so do the notes of "
        "those that failed or were cancelled.",
    ).tag(config=True)
    max_running = Integer(
        3, min=1, help="How many exports of one project may be on their way at once."
    ).tag(config=True)

    def __init__(
        self,
        projects: ProjectService,
        data_dir: Path,
        cipher: Callable[[], Cipher | None],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._projects = projects
        self._cipher = cipher
        self._outgoing = data_dir / "exports-outgoing"
        self._local = data_dir / "exports"
        self._jobs: dict[str, Job] = {}
        self._workers = ThreadPoolExecutor(WORKERS, "exports")
        self._readers = ThreadPoolExecutor(READERS, "exports-read")

    async def start(self) -> None:
        """Go on with what a server before this one was sending."""
        for record, spool in await self._read(self._abandoned):
            if record.packed:
                self._begin(Job(record, spool), None)
                continue
            record.state = "failed"
            record.error = "The server stopped while this was being packed. Start another export."
            await self._read(partial(spool.settle, record))

    def _abandoned(self) -> list[tuple[Record, Spool]]:
        found = []
        for record, spool in self._noted():
            if record.state == "running" and record.id not in self._jobs and spool.lock():
                again = spool.record()
                if again is not None and again.state == "running":
                    found.append((again, spool))
                else:
                    spool.unlock()
        return found

    async def stop(self) -> None:
        """End; what is packed is sent when a server is up again."""
        tasks = []
        for job in self._jobs.values():
            job.end("stop")
            if job.task is not None:
                tasks.append(job.task)
        if tasks:
            await asyncio.wait(tasks, timeout=10)
        await asyncio.to_thread(self._workers.shutdown, wait=False, cancel_futures=True)
        await asyncio.to_thread(self._readers.shutdown, wait=False, cancel_futures=True)

    # What one can ask for

    async def create(self, project_id: str, path: str = "", *, ignored: bool = False) -> Export:
        """Start one. Raises NotFound, Conflict (its folder is missing), Limited (too many are
        on their way), StorageFull."""
        record = Record(
            id=new_id(datetime.now(UTC)),
            project_id=project_id,
            name="",
            path=path,
            ignored=ignored,
            created_at=datetime.now(UTC),
        )
        job = Job(record, Spool(self._outgoing / record.id))
        record.name, blocks = await self._projects.entries.export(
            project_id, path, ignored=ignored, told=job.packing
        )
        self._refuse_more(project_id)
        self._jobs[record.id] = job  # counted from here on
        try:
            await self._read(partial(job.spool.begin, record))
        except BaseException:
            del self._jobs[record.id]
            await asyncio.to_thread(job.spool.remove)
            raise
        self._begin(job, blocks)
        return record.shown()

    def _refuse_more(self, project_id: str) -> None:
        running = [
            job
            for job in self._jobs.values()
            if job.record.project_id == project_id and job.record.state == "running"
        ]
        if len(running) >= self.max_running:
            raise errors.Limited(
                f"{len(running)} exports of this project are on their way. Wait for one to end, "
                "or cancel it.",
                retry_after=10,
            )

    async def page(
        self, project_id: str, limit: int, cursor: str | None = None
    ) -> tuple[list[Export], str | None]:
        """A page of a project's exports, the newest first. Raises NotFound, Unavailable."""
        await self._projects.get(project_id)
        after = decode_cursor(cursor) if cursor is not None else None
        if cursor is not None and not isinstance(after, str):
            raise errors.BadInput("The cursor is not one that this list gave out.")

        def read() -> tuple[list[Export], str | None]:
            archives = self._archives(project_id)
            ready = archives.ids()
            coming = self._coming(project_id)
            ids = sorted({*ready, *coming}, reverse=True)
            if after is not None:
                ids = [export_id for export_id in ids if export_id < after]
            more = encode_cursor(ids[limit - 1]) if len(ids) > limit else None
            items = []
            for export_id in ids[:limit]:
                if export_id in coming and export_id not in ready:
                    items.append(coming[export_id])
                    continue
                with suppress(errors.NotFound):  # it went meanwhile
                    items.append(archives.get(export_id).shown())
            return items, more

        return await self._read(read)

    async def get(self, project_id: str, export_id: str) -> Export:
        """One export; raises NotFound, Unavailable."""
        await self._known(project_id, export_id)

        def read() -> Export:
            coming = self._coming(project_id).get(export_id)
            if coming is not None:
                return coming
            return self._archives(project_id).get(export_id).shown()

        return await self._read(read)

    async def events(self, project_id: str, export_id: str, after: int = 0) -> AsyncIterator[Event]:
        """`progress {progress}`, then `ready`, `failed` or `cancelled` with the export. One that
        is not on its way here has its state as the only event."""
        found = await self.get(project_id, export_id)
        job = self._jobs.get(export_id)
        if job is not None:
            return job.events.follow(after)
        return _single(Event(1, found.state, found.model_dump(mode="json")), after)

    async def content(self, project_id: str, export_id: str) -> tuple[Export, AsyncIterator[bytes]]:
        """A complete export and its bytes; raises NotFound, Conflict (it is not complete) and,
        in the middle too, Unavailable."""
        found = await self.get(project_id, export_id)
        if found.state != "ready":
            raise errors.Conflict(
                f"This export is not complete: it is {found.state}.", code="not-ready"
            )
        archives = await self._read(lambda: self._archives(project_id))
        record = await self._read(lambda: archives.get(export_id))
        return found, self._blocks(archives.read(record))

    async def _blocks(self, blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
        while (block := await self._read(partial(next, blocks, None))) is not None:
            yield block

    async def cancel(self, project_id: str, export_id: str) -> Export:
        """End one that is on its way; nothing is left of it but the note that it was cancelled.
        Raises NotFound, Conflict (it is over, or another server's)."""
        found = await self.get(project_id, export_id)
        job = self._jobs.get(export_id)
        if found.state != "running" or job is None or job.task is None:
            if found.state == "running" and await self._read(partial(self._give_up, export_id)):
                return await self.get(project_id, export_id)
            whose = "being made by another server" if found.state == "running" else found.state
            raise errors.Conflict(f"This export is {whose}.", code="not-running")
        job.end("cancel")
        await asyncio.wait([job.task], timeout=10)
        return job.shown()

    def _give_up(self, export_id: str) -> bool:
        """Cancel what a server left that is no more; whether it was that."""
        spool = Spool(self._outgoing / export_id)
        record = spool.record() if spool.lock() else None
        if record is None or record.state != "running":
            spool.unlock()
            return False
        record.state, record.packed = "cancelled", False
        with suppress(errors.Unavailable):
            self._archives(record.project_id).remove(export_id)
        spool.settle(record)
        return True

    async def resume(self, project_id: str, export_id: str) -> Export:
        """Send the rest of one that failed. Raises NotFound, Conflict (there is no rest)."""
        found = await self.get(project_id, export_id)
        if not found.resumable:
            raise errors.Conflict(
                "There is nothing left to send of this export. Start another one.",
                code="not-resumable",
            )
        self._refuse_more(project_id)
        spool = Spool(self._outgoing / export_id)
        record = await self._read(lambda: spool.record() if spool.lock() else None)
        if record is None or record.state != "failed" or not record.packed:
            spool.unlock()
            raise errors.Conflict("This export is on its way already.", code="not-resumable")
        record.state, record.error = "running", None
        job = Job(record, spool)
        await self._read(partial(spool.save, record))
        self._begin(job, None)
        return job.shown()

    async def delete(self, project_id: str, export_id: str) -> None:
        """Remove one for good. Raises NotFound, Conflict (it is on its way), Unavailable."""
        found = await self.get(project_id, export_id)
        if found.state == "running":
            raise errors.Conflict("This export is on its way: cancel it first.", code="running")

        def remove() -> None:
            self._archives(project_id).remove(export_id)
            Spool(self._outgoing / export_id).remove()

        await self._read(remove)
        self._jobs.pop(export_id, None)

    # How one is made

    def _begin(self, job: Job, blocks: Iterator[bytes] | None) -> None:
        self._jobs[job.record.id] = job
        job.task = asyncio.ensure_future(self._run(job, blocks))

    async def _run(self, job: Job, blocks: Iterator[bytes] | None) -> None:
        record = job.record
        try:
            if blocks is not None:
                await self._pack(job, blocks)
            await self._projects.get(record.project_id)
            archives = await self._work(lambda: self._archives(record.project_id))
            await self._work(lambda: job.send(archives))
            await self._projects.get(record.project_id)
            job.go_on()
            whole = record.model_copy(update={"state": "ready"})
            await self._work(lambda: archives.complete(whole))
        except BaseException as error:
            await self._ended(job, error)
        else:
            record.state = "ready"
            self._jobs.pop(record.id, None)
            await self._work(job.spool.remove)
            await self._prune(record.project_id)
        finally:
            job.close()

    async def _pack(self, job: Job, blocks: Iterator[bytes]) -> None:
        await self._work(lambda: job.pack(blocks, self._cipher()))
        try:  # the folder may have gone in the middle, which the walk takes for its end
            await self._projects.entries.export(job.record.project_id, job.record.path)
        except errors.NeoAIError:
            job.record.packed = False
            raise

    async def _ended(self, job: Job, error: BaseException) -> None:
        """It is not complete: leave of it what can be sent later, or nothing but a note."""
        record = job.record
        gone = await self._is_gone(record.project_id)
        if job.ending == "stop" and not gone:  # on the disk it is running, for the next server
            await asyncio.to_thread(job.spool.unlock)
            return
        after = record.model_copy(update={"state": "failed", "error": _reason(error)})
        if gone or job.ending == "cancel":
            after.state, after.error, after.packed = "cancelled", None, False
        elif not isinstance(error, errors.NeoAIError):
            self.log.error("an export failed", exc_info=error)
        elif error.code == "export-damaged":
            after.packed = False
        await self._read(partial(self._leave, job.spool, after, gone))
        job.record = after
        if gone:
            self._jobs.pop(record.id, None)

    def _leave(self, spool: Spool, record: Record, gone: bool) -> None:
        if not record.packed:
            with suppress(errors.NeoAIError):  # what stays there is removed with a later one
                self._archives(record.project_id).remove(record.id)
        if gone:
            spool.remove()
            return
        with suppress(OSError, errors.NeoAIError):  # a full disk: the note stays in memory
            spool.settle(record)
            self._jobs.pop(record.id, None)
        spool.unlock()

    async def _is_gone(self, project_id: str) -> bool:
        try:
            await self._projects.get(project_id)
        except errors.NotFound:
            return True
        except errors.NeoAIError:
            pass
        return False

    async def _prune(self, project_id: str) -> None:
        def prune() -> None:
            coming = self._coming(project_id)
            archives = self._archives(project_id)
            archives.prune(self.keep_count, self.keep_days, set(coming))
            oldest = datetime.now(UTC) - timedelta(days=self.keep_days)
            for export_id, export in coming.items():
                if export.state != "running" and export.created_at < oldest:
                    archives.remove(export_id)
                    Spool(self._outgoing / export_id).remove()
                    self._jobs.pop(export_id, None)

        try:
            await self._work(prune)
        except errors.NeoAIError as error:
            self.log.warning("exports: %s", error.detail)

    # Where they are

    async def _known(self, project_id: str, export_id: str) -> None:
        await self._projects.get(project_id)
        if not is_id(export_id):
            raise not_kept()

    def _archives(self, project_id: str) -> Archives:
        if self.url:
            storage = Storage.at(self.url, dict(self.options), project_id)
        else:
            storage = Storage.on_disk(self._local.absolute() / project_id)
        return Archives(storage, self._cipher())

    def _noted(self) -> list[tuple[Record, Spool]]:
        """What lies on this disk."""
        if not self._outgoing.is_dir():
            return []
        spools = [Spool(folder) for folder in self._outgoing.iterdir() if is_id(folder.name)]
        return [(record, spool) for spool in spools if (record := spool.record()) is not None]

    def _coming(self, project_id: str) -> dict[str, Export]:
        """The exports that are not complete: those on this disk, and those in memory."""
        found = {
            record.id: record.shown()
            for record, _ in self._noted()
            if record.project_id == project_id
        }
        for job in list(self._jobs.values()):
            if job.record.project_id == project_id:
                found[job.record.id] = job.shown()
        return found

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work)

    async def _read(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)


def _reason(error: BaseException) -> str:
    if isinstance(error, errors.NeoAIError):
        return error.detail
    return f"The export failed: {type(error).__name__}. Start another export."


async def _single(event: Event, after: int) -> AsyncIterator[Event]:
    if after < event.id:
        yield event
