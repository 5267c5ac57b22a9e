"""What can be found in projects, and replaced. Knows no HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from traitlets import Float, Integer, Unicode
from traitlets.config import LoggingConfigurable

from ... import errors
from ...events import Event
from .. import paths
from ..files import BLOCK, Condition
from ..service import ProjectService
from . import names
from .command import find_ripgrep
from .findings import Limits
from .models import FileEdits, FileOutcome, Replacement, TextQuery
from .patterns import Scope, expression
from .replacing import Before, Changed, History, check_still_valid, edited
from .results import stamp
from .search import TextSearch


class FindService(LoggingConfigurable):
    """Finds files by name and text in them, and replaces text across a project."""

    ripgrep = Unicode(
        "rg",
        help="The ripgrep program that searches; where it is not there, or this is empty, a slower "
        "search of our own finds the same.",
    ).tag(config=True)
    max_matches = Integer(10_000, min=1, help="How many matches one search gives at the most.").tag(
        config=True
    )
    timeout_s = Float(60.0, help="Seconds that one search may take.").tag(config=True)
    max_file_bytes = Integer(
        20 * 1024**2, min=1, help="Files larger than this, in bytes, are not searched."
    ).tag(config=True)

    def __init__(self, projects: ProjectService, data_dir: Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._projects = projects
        self._history = History(data_dir)
        self._one_at_a_time = asyncio.Lock()

    async def paths(self, project_id: str, known: str | None) -> bytes:
        """The names of the project's files, a `Paths` as JSON; raises NotFound, Conflict."""
        root = str(await self._projects.root(project_id))

        def walk() -> bytes:
            with paths.disk_errors(), paths.folder(root, ()):
                return names.encoded(root, known)

        return await asyncio.to_thread(walk)

    async def text(self, project_id: str, query: TextQuery) -> AsyncIterator[Event]:
        """Search; raises Invalid (`bad-regex`), NotFound, Conflict. The events are `files` and,
        at last, `end`; closing them ends the search."""
        root = str(await self._projects.root(project_id))
        if not await asyncio.to_thread(os.path.isdir, root):
            raise paths.missing_root()
        limits = Limits(
            matches=min(query.limit or self.max_matches, self.max_matches),
            seconds=self.timeout_s,
            file_bytes=self.max_file_bytes,
        )
        pattern = expression(query.query, regex=query.regex, word=query.word)
        search = await TextSearch.begin(
            root,
            pattern,
            case=query.case,
            scope=Scope.of(query.include, query.exclude),
            limits=limits,
            program=find_ripgrep(self.ripgrep),
        )
        return search.events()

    async def replace(self, project_id: str, files: Sequence[FileEdits]) -> Replacement:
        """Make the edits, each file's all or none; what changed since the search is left alone.

        Raises NotFound and Conflict for the project, StorageFull where nothing can be put by.
        """
        root = str(await self._projects.root(project_id))
        outcomes, done = [], 0
        async with self._one_at_a_time:
            with paths.disk_errors():
                replacement_id = await asyncio.to_thread(self._history.begin, project_id)
            for number, file in enumerate(files):
                outcome = await self._replace_one(root, project_id, replacement_id, number, file)
                outcomes.append(outcome)
                done += len(file.edits) if outcome.state == "done" else 0
            if not done:
                await asyncio.to_thread(self._history.forget, replacement_id)
        return Replacement(id=replacement_id, files=outcomes, edits=done)

    async def _replace_one(
        self, root: str, project_id: str, replacement_id: str, number: int, file: FileEdits
    ) -> FileOutcome:
        try:
            etag, content = await self._read(project_id, file.path)
            if await asyncio.to_thread(stamp, f"{root}/{file.path}") != file.stamp:
                raise Changed
            new = await asyncio.to_thread(edited, content, file.edits)
            await asyncio.to_thread(check_still_valid, file.path, new)
            with paths.disk_errors():
                await asyncio.to_thread(self._history.keep, replacement_id, number, content)
            written = await self._write(project_id, file.path, new, etag)
            await asyncio.to_thread(self._history.wrote, replacement_id, number, file.path, written)
        except (Changed, errors.Stale):
            return _changed(file.path)
        except errors.NeoAIError as error:
            return _failed(file.path, error)
        return FileOutcome(path=file.path, state="done")

    async def undo(self, project_id: str, replacement_id: str) -> Replacement:
        """Put back every file that has not changed since; raises NotFound (`not-kept`)."""
        await self._projects.root(project_id)
        outcomes = []
        async with self._one_at_a_time:
            kept = await asyncio.to_thread(self._history.written, project_id, replacement_id)
            for before in kept:
                outcomes.append(await self._restore(project_id, before))
            if all(outcome.state == "done" for outcome in outcomes):
                await asyncio.to_thread(self._history.forget, replacement_id)
        done = sum(outcome.state == "done" for outcome in outcomes)
        return Replacement(id=replacement_id, files=outcomes, edits=done)

    async def _restore(self, project_id: str, before: Before) -> FileOutcome:
        try:
            await self._write(project_id, before.path, before.content, before.etag)
        except errors.Stale:
            return _changed(before.path)
        except errors.NeoAIError as error:
            return _failed(before.path, error)
        return FileOutcome(path=before.path, state="done")

    async def _read(self, project_id: str, path: str) -> tuple[str, bytes]:
        """A file's etag and content."""
        reading = await self._projects.read(project_id, path)
        try:
            size = reading.state.size
            if size > self.max_file_bytes:
                raise errors.TooLarge("The file is larger than those that are searched.")
            content = await asyncio.to_thread(reading.settled, 0, size + 1)
        finally:
            reading.close()
        if len(content) != size:
            raise Changed
        return reading.state.etag, content

    async def _write(self, project_id: str, path: str, content: bytes, etag: str) -> str:
        """Write over the file that has this etag; the new one's. Raises Stale."""
        writing = await self._projects.write(project_id, path)
        try:
            for offset in range(0, len(content), BLOCK):
                await asyncio.to_thread(writing.write, content[offset : offset + BLOCK])
        except BaseException:
            writing.abort()
            raise
        state = await self._projects.save(project_id, path, writing, Condition(match=(etag,)))
        return state.etag


def _changed(path: str) -> FileOutcome:
    return FileOutcome(
        path=path,
        state="changed",
        detail="The file has changed meanwhile, and was left as it is. Search again.",
    )


def _failed(path: str, error: errors.NeoAIError) -> FileOutcome:
    state = "missing" if isinstance(error, errors.NotFound) else "failed"
    return FileOutcome(path=path, state=state, detail=error.detail)
