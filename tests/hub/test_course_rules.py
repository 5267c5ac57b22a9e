"""Courses in the database: ceilings hold whatever comes at the same time."""

from __future__ import annotations

import asyncio

import pytest

from neoai_hub.courses import MAX_TEACHERS, Courses
from neoai_hub.db import HubDatabase
from neoai_hub.quotas.admin import QuotaBook
from neoai_hub.quotas.models import Quota
from neoai_server_ext import errors

SERVERS = ("servers", False)


def ceiling(limit: float | None) -> list[Quota]:
    return [Quota(kind="servers", limit=limit)]


async def test_no_limit_stands_above_a_ceiling_that_is_lowered_meanwhile(
    database: HubDatabase,
) -> None:
    courses = Courses(database)
    await courses.make("ml", "root")
    for number in range(10):
        await courses.set_ceiling("ml", ceiling(9), "root")
        asked = courses.set_limits("ml", {SERVERS: 9.0}, "prof")
        lowered = courses.set_ceiling("ml", ceiling(2), "root")
        both = (asked, lowered) if number % 2 else (lowered, asked)
        results = await asyncio.gather(*both, return_exceptions=True)
        assert all(each is None or isinstance(each, errors.Forbidden) for each in results)
        (quota,) = (await courses.get("ml")).quotas
        assert quota.limit == 2


async def test_a_ceiling_leaves_what_it_does_not_name_and_sets_what_nobody_has(
    database: HubDatabase,
) -> None:
    courses, book = Courses(database), QuotaBook(database)
    await courses.make("ml", "root")
    own = [Quota(kind="cpu", limit=4), Quota(kind="gpu-hours", limit=5, window="week")]
    await book.put("group", "ml", own, "root")
    top = [Quota(kind="gpu-hours", limit=50, window="month"), Quota(kind="servers", limit=None)]
    await courses.set_ceiling("ml", top, "root")
    found = {quota.kind: (quota.limit, quota.window) for quota in (await courses.get("ml")).quotas}
    assert found == {"cpu": (4, None), "gpu-hours": (50, "month"), "servers": (None, None)}
    limits = {SERVERS: None, ("gpu-hours", False): 1.0, ("cpu", False): 64.0}
    with pytest.raises(errors.Forbidden, match="names no such quota"):
        await courses.set_limits("ml", limits, "prof")
    await courses.set_limits("ml", {SERVERS: None, ("gpu-hours", False): 1.0}, "prof")
    with pytest.raises(errors.Invalid):
        await courses.set_ceiling("ml", [*top, *top], "root")


async def test_who_was_deleted_teaches_nothing_and_gets_nothing_back(database: HubDatabase) -> None:
    courses = Courses(database)
    for name in ("ml", "art"):
        await courses.make(name, "root")
        await courses.set_teachers(name, ["prof", "dean"], "root")
    await courses.forget_all_but(["dean", "root"])
    assert not await courses.teaches("prof")
    assert (await courses.get("ml")).teachers == ("dean",)
    assert [name for name, _ in await courses.every("dean")] == ["art", "ml"]
    assert await courses.every("prof") == []


async def test_what_a_course_cannot_be_is_refused(database: HubDatabase) -> None:
    courses = Courses(database)
    await courses.make("ml", "root")
    with pytest.raises(errors.Conflict):
        await courses.make("ml", "root")
    crowd = [f"teacher{number}" for number in range(MAX_TEACHERS + 1)]
    with pytest.raises(errors.Invalid):
        await courses.set_teachers("ml", crowd, "root")
    for asked in (
        courses.get("ML"),
        courses.end("ML", "root"),
        courses.set_ceiling("ML", [], "root"),
        courses.set_limits("ML", {}, "prof"),
    ):
        with pytest.raises(errors.NotFound):
            await asked
