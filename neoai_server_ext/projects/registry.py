"""The rows of projects, as far as they lie within one server's root."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, or_, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from .. import errors
from ..db import Database
from .models import ProjectRow

RECENT_S = 1.0
RECENT_ROWS = 100


def new_id() -> str:
    """An identifier for a project."""
    return uuid.uuid4().hex


@dataclass
class _Recent:
    """What was read, and when. A change begins another, so that what was being read meanwhile is
    not taken for what there is."""

    rows: dict[str, tuple[float, ProjectRow]] = field(default_factory=dict)
    all: tuple[float, list[ProjectRow]] | None = None


class Registry:
    """Finds, adds and changes rows; another server's projects, outside `root`, are not seen."""

    def __init__(self, db: Database, root: Path) -> None:
        self._db = db
        # Made once: each completion asks by it.
        self._here = self._within(str(root))
        self._recent = _Recent()

    def _within(self, location: str) -> ColumnElement[bool]:
        inside = location.rstrip("/") + "/"
        beginning = func.substr(ProjectRow.location, 1, len(inside))
        return or_(ProjectRow.location == location, beginning == inside)

    async def get(self, project_id: str) -> ProjectRow:
        """The row; raises NotFound."""
        async with self._db.session() as session:
            row = await session.scalar(
                select(ProjectRow).where(ProjectRow.id == project_id, self._here)
            )
        if row is None:
            raise errors.NotFound("There is no such project.")
        return row

    async def recent(self, project_id: str) -> ProjectRow:
        """As `get`, but perhaps as another server left it up to a second ago. The pages of a tree
        and the saves of an editor come in bursts, and a query costs as much as a page."""
        recent, now = self._recent, time.monotonic()
        known = recent.rows.get(project_id)
        if known is not None and now - known[0] < RECENT_S:
            return known[1]
        row = await self.get(project_id)
        if row.state == "ready":
            if len(recent.rows) >= RECENT_ROWS:
                recent.rows.clear()
            recent.rows[project_id] = (now, row)
        return row

    async def recent_rows(self) -> list[ProjectRow]:
        """All rows as `page` gives them, but perhaps as in `recent`: each completion asks which
        projects are private."""
        recent, now = self._recent, time.monotonic()
        if recent.all is None or now - recent.all[0] >= RECENT_S:
            recent.all = (now, await self.page())
        return recent.all[1]

    async def page(
        self, limit: int | None = None, after: tuple[datetime, str] | None = None
    ) -> list[ProjectRow]:
        """Rows, the newest first."""
        query = select(ProjectRow).where(self._here)
        if after is not None:
            query = query.where(tuple_(ProjectRow.created_at, ProjectRow.id) < after)
        query = query.order_by(ProjectRow.created_at.desc(), ProjectRow.id.desc()).limit(limit)
        async with self._db.session() as session:
            return list(await session.scalars(query))

    async def inside(self, location: Path) -> list[ProjectRow]:
        """The rows at a folder and below it; no project lies at a path that is not UTF-8."""
        try:
            str(location).encode()
        except UnicodeEncodeError:
            return []
        async with self._db.session() as session:
            found = await session.scalars(select(ProjectRow).where(self._within(str(location))))
            return list(found)

    async def cloning(self) -> list[ProjectRow]:
        """Every row that says it is being cloned, of whatever server."""
        async with self._db.session() as session:
            found = await session.scalars(select(ProjectRow).where(ProjectRow.state == "cloning"))
            return list(found)

    async def add(self, location: Path, name: str, **values: Any) -> ProjectRow:
        """A new row, in the place of a failed clone's; raises Conflict (`registered`)."""
        now = datetime.now(UTC)
        values.setdefault("id", new_id())
        row = ProjectRow(
            name=name,
            location=str(location),
            trusted=False,
            created_at=now,
            updated_at=now,
            **values,
        )
        try:
            async with self._db.session() as session:
                await session.execute(
                    delete(ProjectRow).where(
                        ProjectRow.location == str(location), ProjectRow.state == "failed"
                    )
                )
                session.add(row)
            self._recent = _Recent()
        except IntegrityError:
            await self.refuse_known(location)
            raise
        return row

    async def refuse_known(self, location: Path) -> None:
        """Raise Conflict (`registered`) where the folder is a project, one of a failed clone
        apart."""
        async with self._db.session() as session:
            known = await session.scalar(
                select(ProjectRow).where(
                    ProjectRow.location == str(location), ProjectRow.state != "failed"
                )
            )
        if known is not None:
            raise errors.Conflict(
                "This folder is a project already.", code="registered", project_id=known.id
            )

    async def change(self, project_id: str, **values: Any) -> None:
        """Set columns."""
        values["updated_at"] = datetime.now(UTC)
        async with self._db.session() as session:
            await session.execute(
                update(ProjectRow).where(ProjectRow.id == project_id).values(**values)
            )
        self._recent = _Recent()

    async def remove(self, project_id: str) -> None:
        """Forget a project."""
        async with self._db.session() as session:
            await session.execute(delete(ProjectRow).where(ProjectRow.id == project_id))
        self._recent = _Recent()

    async def moved(self, old: Path, new: Path) -> None:
        """Follow the projects within a folder that was moved."""
        for row in await self.inside(old):
            there = new / Path(row.location).relative_to(old)
            try:
                await self.change(row.id, location=str(there))
            except IntegrityError:
                continue  # a project whose folder is missing claims the place; this one is missing
