"""Courses: a course is a group with teachers, who manage its members and, below the course's own
ceiling, its quotas."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from neoai_server_ext import errors

from . import audit
from .clock import Clock, SystemClock
from .db import HubBase, HubDatabase, in_chunks
from .quotas.admin import check_unique, read_quotas, replace_quotas
from .quotas.models import KINDS, Quota

MAX_TEACHERS = 100


class CourseRow(HubBase):
    """One course, by the name of its group. `ceiling`: quotas as they are stored elsewhere."""

    __tablename__ = "neoai_courses"

    name: Mapped[str] = mapped_column(primary_key=True)
    ceiling: Mapped[list[Any]]
    made_at: Mapped[datetime]


class TeacherRow(HubBase):
    """Who teaches a course."""

    __tablename__ = "neoai_teachers"

    course: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True, index=True)


@dataclass(frozen=True)
class Course:
    """One course, with what is set for its group."""

    name: str
    teachers: tuple[str, ...]
    ceiling: tuple[Quota, ...]
    quotas: tuple[Quota, ...]


class Courses:
    """All courses. Each change is one transaction, with its entry in the audit log."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def every(self, teacher: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """The names of courses and their teachers; those of one teacher."""

        def work(session: Session) -> list[tuple[str, tuple[str, ...]]]:
            taught: dict[str, list[str]] = {}
            for row in session.scalars(select(TeacherRow).order_by(TeacherRow.user)):
                taught.setdefault(row.course, []).append(row.user)
            names = session.scalars(select(CourseRow.name).order_by(CourseRow.name))
            return [
                (name, tuple(taught.get(name, ())))
                for name in names
                if teacher is None or teacher in taught.get(name, ())
            ]

        return await self._database.read(work)

    async def teaches(self, user: str) -> bool:
        """Whether there is a course that the user teaches."""
        query = select(func.count()).select_from(TeacherRow).where(TeacherRow.user == user)
        return bool(await self._database.read(lambda session: session.scalar(query)))

    async def get(self, name: str) -> Course:
        """One course. Raises NotFound."""
        return await self._database.read(lambda session: _course(session, name))

    async def make(self, name: str, actor: str) -> None:
        """Make a group a course. Raises Conflict where it is one."""

        def work(session: Session, at: datetime) -> None:
            if session.get(CourseRow, name) is not None:
                raise errors.Conflict(f"{name} is a course already.")
            session.add(CourseRow(name=name, ceiling=[], made_at=at))
            audit.record(session, at, actor, "course.made", f"group:{name}")

        await self._write(work)

    async def end(self, name: str, actor: str) -> None:
        """It is no course any more; group, members and quotas stay. Raises NotFound."""

        def work(session: Session, at: datetime) -> None:
            course = _course(session, name, change=True)
            session.execute(delete(TeacherRow).where(TeacherRow.course == name))
            session.execute(delete(CourseRow).where(CourseRow.name == name))
            audit.record(
                session, at, actor, "course.ended", f"group:{name}",
                teachers=list(course.teachers), ceiling=_dumped(course.ceiling),
            )  # fmt: skip

        await self._write(work)

    async def set_teachers(self, name: str, teachers: Sequence[str], actor: str) -> None:
        """Replace the teachers. Raises NotFound, Invalid."""
        chosen = tuple(sorted(set(teachers)))
        if len(chosen) > MAX_TEACHERS:
            raise errors.Invalid(f"A course has at most {MAX_TEACHERS} teachers.")

        def work(session: Session, at: datetime) -> None:
            before = _course(session, name, change=True).teachers
            session.execute(delete(TeacherRow).where(TeacherRow.course == name))
            session.add_all(TeacherRow(course=name, user=user) for user in chosen)
            audit.record(
                session, at, actor, "course.teachers", f"group:{name}",
                before=list(before), after=list(chosen),
            )  # fmt: skip

        await self._write(work)

    async def set_ceiling(self, name: str, ceiling: Sequence[Quota], actor: str) -> None:
        """Replace the ceiling; the group's quotas above it come down to it, and those that it names
        and nobody has set are set to it. Raises NotFound, Invalid."""
        check_unique("group", ceiling)

        def work(session: Session, at: datetime) -> None:
            course = _course(session, name, change=True)
            row = session.get_one(CourseRow, name)
            row.ceiling = _dumped(ceiling)
            audit.record(
                session, at, actor, "course.ceiling", f"group:{name}",
                before=_dumped(course.ceiling), after=_dumped(ceiling),
            )  # fmt: skip
            lowered = _below(course.quotas, ceiling)
            if lowered != list(course.quotas):
                replace_quotas(session, at, "group", name, lowered, actor)

        await self._write(work)

    async def set_limits(
        self, name: str, limits: dict[tuple[str, bool], float | None], actor: str
    ) -> None:
        """A teacher's limits, by kind and `shared`, for what the ceiling names; windows are the
        ceiling's, other quotas stay. Raises NotFound, Forbidden above the ceiling."""

        def work(session: Session, at: datetime) -> None:
            course = _course(session, name, change=True)
            if not course.ceiling:
                raise errors.Forbidden("An administrator has set no ceiling for this course.")
            wanted = [_lowered(top, limits) for top in course.ceiling]
            named = {_key(top) for top in course.ceiling}
            if set(limits) - named:
                raise errors.Forbidden("The course's ceiling names no such quota.")
            others = [quota for quota in course.quotas if _key(quota) not in named]
            replace_quotas(session, at, "group", name, [*others, *wanted], actor)

        await self._write(work)

    async def forget_all_but(self, users: Collection[str]) -> None:
        """Who was deleted teaches nothing: whoever gets the name later is somebody else."""

        def work(session: Session) -> None:
            gone = sorted(set(session.scalars(select(TeacherRow.user).distinct())) - set(users))
            for some in in_chunks(gone):
                session.execute(delete(TeacherRow).where(TeacherRow.user.in_(some)))

        await self._database.write(work)

    async def _write(self, work: Callable[[Session, datetime], None]) -> None:
        at = self._clock.now()
        await self._database.write(lambda session: work(session, at))


def _course(session: Session, name: str, *, change: bool = False) -> Course:
    row = session.get(CourseRow, name, with_for_update=change)
    if row is None:
        raise errors.NotFound("There is no such course.")
    query = select(TeacherRow.user).where(TeacherRow.course == name).order_by(TeacherRow.user)
    ceiling = tuple(Quota.model_validate(each) for each in row.ceiling)
    quotas = tuple(read_quotas(session, "group", name))
    return Course(name, tuple(session.scalars(query)), ceiling, quotas)


def _key(quota: Quota) -> tuple[str, bool]:
    return quota.kind, quota.shared


def _dumped(quotas: Sequence[Quota]) -> list[Any]:
    return [quota.model_dump() for quota in quotas]


def _above(limit: float | None, top: float | None) -> bool:
    return top is not None and (limit is None or limit > top)


def _below(quotas: Sequence[Quota], ceiling: Sequence[Quota]) -> list[Quota]:
    tops = {_key(top): top for top in ceiling}
    kept = []
    for quota in quotas:
        top = tops.pop(_key(quota), None)
        fits = top is None or (quota.window == top.window and not _above(quota.limit, top.limit))
        kept.append(quota if fits or top is None else top)
    return [*kept, *tops.values()]


def _lowered(top: Quota, limits: dict[tuple[str, bool], float | None]) -> Quota:
    if _key(top) not in limits:
        raise errors.Invalid(f"{KINDS[top.kind].label}: a limit is needed.")
    limit = limits[_key(top)]
    if _above(limit, top.limit):
        raise errors.Forbidden(f"{KINDS[top.kind].label}: this is above what the course may give.")
    return Quota(kind=top.kind, limit=limit, window=top.window, shared=top.shared)
