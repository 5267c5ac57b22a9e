"""Keeps how the user had errors mended, and finds it when the same error comes again.

These are the user's own data and no cache: they lie in the database and go with their project,
whatever becomes of its search index. A project has few of them, so the text search over them is
made in memory for each question, and the database may be any.
"""

from __future__ import annotations

import asyncio
import difflib
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from traitlets import Bool, Int
from traitlets.config import LoggingConfigurable

from ... import errors
from ...db import Database
from ..service import ProjectFolders
from . import failures, likeness
from .applying import TOKEN, applied
from .failures import Failure
from .models import ErrorGiven, Fix, FixRecord, FixRow, FixSearch, Match

OTHERS = 3
"""Where nothing else is found, so many fixes of errors with words in common."""

RECENT_S = 10.0
RECENT_PROJECTS = 20


class FixService(LoggingConfigurable):
    """The fixes of each project. projects: where they are. hide: takes secrets out of a text."""

    remember_fixes = Bool(
        True,
        help="Fixes of errors that you accept are kept with the project, and offered when the same "
        "error comes again.",
    ).tag(config=True)
    max_fixes = Int(200, min=1, help="Of a project so many fixes are kept, the latest.").tag(
        config=True
    )

    def __init__(
        self, db: Database, projects: ProjectFolders, hide: Callable[[str], str], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._db = db
        self._projects = projects
        self._hide = hide
        self._known: dict[str, tuple[float, Sequence[FixRow]]] = {}

    async def record(self, wanted: FixRecord) -> Fix:
        """Keep a fix; one that is known already becomes the latest. Raises NotFound and Conflict
        for the project, Conflict (`fixes-off`), and Invalid (`no-error`)."""
        await self._projects.root(wanted.project_id)
        if not self.remember_fixes:
            raise errors.Conflict("Fixes are not kept on this server.", code="fixes-off")
        row = await asyncio.to_thread(self._row, wanted)
        async with self._db.session() as session:
            await session.execute(
                delete(FixRow).where(
                    FixRow.project_id == row.project_id,
                    FixRow.name == row.name,
                    FixRow.kind == row.kind,
                    FixRow.before == row.before,
                    FixRow.after == row.after,
                )
            )
            session.add(row)
            await session.flush()
            kept = (
                select(FixRow.id)
                .where(FixRow.project_id == row.project_id)
                .order_by(FixRow.at.desc(), FixRow.id)
                .limit(self.max_fixes)
            )
            await session.execute(
                delete(FixRow).where(FixRow.project_id == row.project_id, FixRow.id.not_in(kept))
            )
        self._forget_recent()
        return _shown(row, "same", None)

    async def search(self, wanted: FixSearch) -> list[Fix]:
        """How an error was mended before, the best first: those of the same error, the wording, the
        fit with the code and the functions deciding; then those with words in common. Raises
        NotFound and Conflict for the project, and Invalid (`no-error`)."""
        await self._projects.root(wanted.project_id)
        rows = await self._rows(wanted.project_id)
        return await asyncio.to_thread(self._found, rows, wanted)

    async def earlier(self, project_id: str, text: str) -> list[Fix]:
        """The fixes of the very error that a text is about; none where it is about none."""
        if await asyncio.to_thread(failures.read, text) is None:
            return []
        rows = await self._rows(project_id)
        given = ErrorGiven(traceback=text[-failures.MOST :])
        wanted = FixSearch(project_id=project_id, error=given)
        found = await asyncio.to_thread(self._found, rows, wanted)
        return [fix for fix in found if fix.match != "similar"]

    async def like(self, project_id: str, query: str) -> list[Fix]:
        """The fixes in the project's files of the error that a query is about: the text of one, or
        words that name it or say the same. At most a few, the best first."""
        rows = [row for row in await self._recent(project_id) if row.path]
        return await asyncio.to_thread(self._like, rows, query) if rows else []

    async def forget(self, project_id: str, fix_id: str) -> None:
        """Drop a fix; raises NotFound."""
        await self._projects.root(project_id)
        async with self._db.session() as session:
            of_project = FixRow.project_id == project_id
            row = await session.scalar(select(FixRow).where(FixRow.id == fix_id, of_project))
            if row is None:
                raise errors.NotFound("There is no such fix.")
            await session.delete(row)
        self._forget_recent()

    async def _recent(self, project_id: str) -> Sequence[FixRow]:
        """As `_rows`, but perhaps as another server left them some seconds ago: questions come in
        bursts, and asking the database takes a tenth of a search."""
        at, rows = self._known.get(project_id, (-RECENT_S, ()))
        if time.monotonic() - at >= RECENT_S:
            known, now = self._known, time.monotonic()
            rows = await self._rows(project_id)
            known[project_id] = (now, rows)  # which is another's by now if any were changed
            if len(known) > RECENT_PROJECTS:
                self._forget_recent()
        return rows

    def _forget_recent(self) -> None:
        self._known = {}

    async def _rows(self, project_id: str) -> Sequence[FixRow]:
        query = select(FixRow).where(FixRow.project_id == project_id)
        async with self._db.session() as session:
            found = await session.scalars(query.order_by(FixRow.at.desc(), FixRow.id))
            return list(found)

    def _like(self, rows: Sequence[FixRow], query: str) -> list[Fix]:
        if failures.read(query) is not None:
            wanted = FixSearch(project_id=rows[0].project_id, error=ErrorGiven(traceback=query))
            found = [fix for fix in self._found(rows, wanted) if fix.match != "similar"]
            if found:
                return found[:OTHERS]
        about = [r for r in rows if likeness.speaks_of(query, f"{r.name} {r.message}", r.name)]
        order = likeness.ranked([(f"{r.name} {r.message}", r.before) for r in about], query)
        return [_shown(about[at], "similar", None) for at in order[:OTHERS]]

    def _row(self, wanted: FixRecord) -> FixRow:
        failure = self._failure(wanted.error, wanted.language)
        return FixRow(
            id=uuid.uuid4().hex,
            project_id=wanted.project_id,
            at=datetime.now(UTC),
            name=failure.name,
            message=failure.message,
            kind=failure.kind,
            frames=list(failure.frames),
            language=failure.language,
            path=_storable(wanted.path),
            cell=_storable(wanted.cell),
            before=self._hide(_storable(wanted.before)),
            after=self._hide(_storable(wanted.after)),
        )

    def _failure(self, given: ErrorGiven, language: str = "") -> Failure:
        """The error without its secrets: what is kept and what is asked are the same then."""
        found = failures.read(
            self._hide(given.traceback), given.name, self._hide(given.message), language
        )
        if found is None:
            raise errors.Invalid("There is no error in this text.", code="no-error")
        return found

    def _found(self, rows: Sequence[FixRow], wanted: FixSearch) -> list[Fix]:
        failure = self._failure(wanted.error)
        alike = [row for row in rows if (row.name, row.kind) == (failure.name, failure.kind)]
        fixes = [_compared(row, failure, wanted.code) for row in alike]
        fixes.sort(key=lambda fix: _rank(fix, failure, wanted.code), reverse=True)
        best = fixes[: wanted.k]
        others = [row for row in rows if row not in alike]
        texts = [(f"{row.name} {row.message} {' '.join(row.frames)}", row.before) for row in others]
        query = f"{failure.name} {failure.message} {wanted.code}"
        more = likeness.ranked(texts, query) if len(best) < wanted.k else []
        room = min(OTHERS, wanted.k - len(best))
        return best + [_shown(others[i], "similar", None) for i in more[:room]]


def _compared(row: FixRow, failure: Failure, code: str) -> Fix:
    is_same = Failure(row.name, row.message).wording == failure.wording
    fitting = applied(row.before, row.after, code) if code.strip() else None
    return _shown(row, "same" if is_same else "kind", fitting)


def _rank(fix: Fix, failure: Failure, code: str) -> tuple[bool, bool, bool, int, float]:
    """The same words first, then what can be applied, the same code, what came through the same
    functions, and what the code has in common."""
    mine, theirs = set(TOKEN.findall(code)), set(TOKEN.findall(fix.before))
    common = len(mine & theirs) / max(1, len(mine | theirs))
    shared = len(set(fix.frames) & set(failure.frames))
    return fix.match == "same", fix.applied is not None, common == 1, shared, common


def _shown(row: FixRow, match: Match, fitting: str | None) -> Fix:
    lines = difflib.unified_diff(
        row.before.splitlines(), row.after.splitlines(), "before", "after", lineterm=""
    )
    return Fix(
        id=row.id,
        at=row.at,
        name=row.name,
        message=row.message,
        frames=row.frames,
        language=row.language,
        path=row.path,
        cell=row.cell,
        before=row.before,
        after=row.after,
        diff="\n".join(lines),
        match=match,
        applied=fitting,
    )


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL."""
    return text.replace("\0", "")
