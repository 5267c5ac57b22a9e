"""Announcements: what admins tell everybody, or the members of groups, for a time."""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session

from neoai_server_ext import errors
from neoai_spawners.session import Announced

from . import audit
from .clock import Clock, SystemClock
from .db import HubBase, HubDatabase, Serial

Level = Literal["info", "warning", "danger"]
READ_S = 2.0
MOST = 500
GroupName = Annotated[
    str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, strip_whitespace=True, pattern=r"^[^\x00]+$"),
]


class Announcement(BaseModel):
    """What is told, to whom and when."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    level: Level = "info"
    groups: list[GroupName] = Field(
        default=[], max_length=50, description="Their members see it; everybody where it is empty."
    )
    starts_at: AwareDatetime | None = Field(default=None, description="At once where it is null.")
    ends_at: AwareDatetime | None = Field(default=None, description="Until removed, where null.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            raise ValueError("it ends before it begins")
        return self


class AnnouncementRow(HubBase):
    """One announcement."""

    __tablename__ = "neoai_announcements"

    id: Mapped[Serial]
    text: Mapped[str]
    level: Mapped[str]
    groups: Mapped[list[str]]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    made_by: Mapped[str]
    made_at: Mapped[datetime]

    def holds(self, now: datetime) -> bool:
        """Whether it is told now."""
        begun = self.starts_at is None or self.starts_at <= now
        return begun and (self.ends_at is None or now < self.ends_at)

    def is_for(self, groups: Collection[str]) -> bool:
        """Whether members of these groups see it."""
        return not self.groups or bool(set(self.groups) & set(groups))

    def is_within(self, groups: Collection[str]) -> bool:
        """Whether it is for members of some of these alone."""
        return bool(self.groups) and set(self.groups) <= set(groups)


class Announcements:
    """All of them; `shown` is what `refresh` last read, for pages that cannot wait."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()
        self._read: list[AnnouncementRow] = []
        self._read_at = -math.inf

    async def every(self) -> list[AnnouncementRow]:
        """The newest MOST, newest first, past and future ones too."""
        query = select(AnnouncementRow).order_by(AnnouncementRow.id.desc()).limit(MOST)
        return await self._database.read(lambda session: list(session.scalars(query)))

    async def now_for(self, groups: Collection[str]) -> list[AnnouncementRow]:
        """What the members of these groups are told now, a moment ago at the earliest."""
        if time.monotonic() - self._read_at > READ_S:
            await self.refresh()
        return self.shown(groups)

    async def refresh(self) -> None:
        """Read them for `shown`."""
        self._read, self._read_at = await self.every(), time.monotonic()

    def shown(self, groups: Collection[str]) -> list[AnnouncementRow]:
        """What the members of these groups are told now, as it was when last read."""
        now = self._clock.now()
        return [row for row in self._read if row.holds(now) and row.is_for(groups)]

    def told(self, groups: Collection[str]) -> list[Announced]:
        """The same, as users' servers get it."""
        return [
            Announced(id=str(row.id), level=row.level, text=row.text) for row in self.shown(groups)
        ]

    def shown_to(self, user: Any = None) -> list[AnnouncementRow]:
        """The same for a user of JupyterHub's, or whoever has not signed in: for its templates."""
        groups = [group.name for group in user.groups] if user is not None else []
        return self.shown(groups)

    def __deepcopy__(self, memo: dict[int, Any]) -> Announcements:
        return self  # traitlets copies what it is configured with

    async def add(self, given: Announcement, actor: str) -> int:
        """Its id."""
        at = self._clock.now()

        def work(session: Session) -> int:
            row = AnnouncementRow(**given.model_dump(), made_by=actor, made_at=at)
            session.add(row)
            session.flush()
            details = given.model_dump(mode="json")
            audit.record(
                session, at, actor, "announcement.made", f"announcement:{row.id}", **details
            )
            return row.id

        made: int = await self._database.write(work)
        self._read_at = -math.inf
        return made

    async def remove(self, number: int, actor: str, courses: Collection[str] | None = None) -> None:
        """It is told no more. A teacher removes those for the own `courses` alone. Raises
        NotFound."""
        at = self._clock.now()

        def work(session: Session) -> None:
            row = session.get(AnnouncementRow, number)
            if row is None or not (courses is None or row.is_within(courses)):
                raise errors.NotFound("There is no such announcement.")
            session.delete(row)
            audit.record(
                session, at, actor, "announcement.removed", f"announcement:{number}",
                text=row.text, groups=row.groups,
            )  # fmt: skip

        await self._database.write(work)
        self._read_at = -math.inf
