"""Who is culled when, and what a server is told of it, by a clock that the tests move."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from pydantic import ValidationError

from neoai_spawners.culling import AGE, IDLE, Culling, CullTimes, span
from neoai_spawners.protocols import Notice
from neoai_spawners.session import Announced, Report, Session

HOUR = 3600.0
BEAT = 60.0
TIMES = CullTimes(idle_s=HOUR, max_age_s=0)


class Moved:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Moved:
    return Moved()


@pytest.fixture
def session(clock: Moved) -> Session:
    return Session(clock)


def ends(
    session: Session, culling: Culling | None = None, times: CullTimes = TIMES, age_s: float = 0.0
) -> list[tuple[str, int, int]]:
    """Kind, warning and whole seconds left of each notice."""
    culling = culling or Culling()
    idle_s = session.idle_s(culling.cull_busy, None)
    found = session.ends(culling, times, idle_s, age_s, BEAT)
    session.tell(found)
    lefts = [notice.left_s for notice in session.reply(BEAT).notices]
    return [
        (notice.quota, notice.minutes, round(left))
        for notice, left in zip(found, lefts, strict=True)
    ]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], (600, 7200)),
        (["unknown"], (600, 7200)),
        (["short"], (60, 7200)),
        (["short", "long"], (900, 7200)),
        (["short", "never"], (0, 7200)),
        (["aged", "short"], (60, 100)),
    ],
)
def test_of_several_groups_each_time_is_the_longest_that_one_of_them_names(
    groups: list[str], expected: tuple[float, float]
) -> None:
    culling = Culling.model_validate(
        {
            "idle_s": 600,
            "max_age_s": 7200,
            "groups": {
                "short": {"idle_s": 60},
                "long": {"idle_s": 900},
                "never": {"idle_s": 0},
                "aged": {"max_age_s": 100},
            },
        }
    )
    times = culling.times_of(groups)
    assert (times.idle_s, times.max_age_s) == expected


def test_what_is_no_time_is_refused() -> None:
    for wrong in ({"idle_s": -1}, {"groups": {"a": {"idle": 3}}}, {"warn_minutes": [-5]}):
        with pytest.raises(ValidationError):
            Culling.model_validate(wrong)


def test_nobody_is_culled_unless_a_time_is_set(session: Session, clock: Moved) -> None:
    session.hear(Report(idle_s=1e9))
    times = Culling().times_of(["any"])
    assert ends(session, times=times, age_s=1e9) == []


def test_an_idle_server_is_warned_15_and_5_minutes_before_its_end(
    session: Session, clock: Moved
) -> None:
    session.hear(Report(idle_s=0))
    told = []
    for _ in range(int(HOUR / BEAT)):
        clock.now += BEAT
        told += ends(session)
    changes = [next(group) for _, group in itertools.groupby(told, key=lambda each: each[1])]
    assert changes == [(IDLE, 15, 960), (IDLE, 5, 300), (IDLE, 0, 0)]


@pytest.mark.parametrize("busy", ["kernels", "terminals", "agents", "anything new"])
def test_what_keeps_a_server_busy_keeps_it(session: Session, clock: Moved, busy: str) -> None:
    session.hear(Report(idle_s=5 * HOUR, busy={busy: 1}))
    clock.now += BEAT
    assert ends(session) == []


def test_what_is_said_to_keep_nothing_keeps_nothing(session: Session) -> None:
    session.hear(Report(idle_s=HOUR - 300, busy={"kernels": 2, "agents": 0}))
    assert ends(session, Culling(cull_busy=("kernels",))) == [(IDLE, 5, 300)]


def test_who_was_busy_and_is_not_heard_of_any_more_is_idle_since_then(
    session: Session, clock: Moved
) -> None:
    session.hear(Report(idle_s=0, busy={"kernels": 1}))
    clock.now += HOUR - 600
    assert ends(session) == [(IDLE, 15, 600)]


def test_a_hub_that_has_just_started_culls_nobody_of_whom_it_knows_nothing(
    session: Session, clock: Moved
) -> None:
    idle = [session.idle_s((), used_s_ago) for used_s_ago in (None, 1e6)]
    assert idle == [0, 0]
    clock.now += 100
    assert session.idle_s((), 1e6) == 100
    assert session.idle_s((), 7) == 7


def test_who_was_idle_for_long_while_the_hub_was_down_is_warned_before_the_end(
    session: Session, clock: Moved
) -> None:
    session.hear(Report(idle_s=9 * HOUR))
    assert ends(session) == [(IDLE, 5, 300)]
    clock.now += 200
    assert ends(session) == [(IDLE, 5, 100)]
    clock.now += 100
    assert ends(session) == [(IDLE, 0, 0)]


def test_activity_takes_the_warning_back(session: Session, clock: Moved) -> None:
    session.hear(Report(idle_s=HOUR - 100))
    assert ends(session) != []
    session.hear(Report(idle_s=0))
    assert ends(session) == []


def test_a_short_time_is_warned_of_for_half_of_it(session: Session, clock: Moved) -> None:
    times = CullTimes(idle_s=600, max_age_s=0)
    session.hear(Report(idle_s=200))
    assert ends(session, times=times) == []
    clock.now += 100
    assert ends(session, times=times) == [(IDLE, 5, 300)]


def test_the_longest_age_is_no_matter_of_activity(session: Session) -> None:
    session.hear(Report(idle_s=0, busy={"kernels": 1}))
    times = CullTimes(idle_s=HOUR, max_age_s=10 * HOUR)
    assert ends(session, times=times, age_s=10 * HOUR - 240) == [(AGE, 5, 300)]
    (told,) = session.reply(BEAT).notices
    assert not told.can_keep
    assert "10 hours" in told.message


def test_words_that_change_with_the_time_alone_are_no_news(session: Session) -> None:
    session.hear(Report(idle_s=HOUR - 100))
    ends(session)
    version = session.version
    ends(session)
    assert session.version == version
    session.tell([])
    assert session.version != version


async def test_a_save_is_over_when_the_server_says_so_and_names_what_is_not_saved(
    session: Session,
) -> None:
    import asyncio

    assert await session.saved(5) == ""  # it has never told of itself: nobody waits
    session.hear(Report(idle_s=0))
    waiting = asyncio.ensure_future(session.saved(5))
    await asyncio.sleep(0)
    session.hear(Report(idle_s=0, saved="of another time"))
    await asyncio.sleep(0)
    assert not waiting.done()
    save = session.reply(BEAT).save
    session.hear(Report(idle_s=0, saved=save, unsaved=["a.py", "b.py", "c.py", "d.py"]))
    assert await waiting == "Not saved: a.py, b.py, c.py and 1 more."


async def test_who_does_not_answer_is_not_waited_for_longer_than_was_said(session: Session) -> None:
    session.hear(Report(idle_s=0))
    assert "may be lost" in await session.saved(0.01)


def test_times_read_as_people_say_them() -> None:
    said = [span(seconds) for seconds in (0.2, 40, 60, 290, 3600, 5400)]
    assert said == ["1 second", "40 seconds", "1 minute", "5 minutes", "1 hour", "1.5 hours"]


def test_a_notice_of_a_quota_cannot_be_kept_off_by_working(session: Session) -> None:
    from datetime import UTC, datetime, timedelta

    session.tell([Notice("gpu-hours", datetime.now(UTC) + timedelta(minutes=5), "GPU hours", 5)])
    (told,) = session.reply(BEAT).notices
    assert (told.kind, told.can_keep, round(told.left_s)) == ("gpu-hours", False, 300)


async def test_a_question_that_is_open_is_answered_once_something_is_announced(
    session: Session,
) -> None:
    exam = Announced(id="2", level="danger", text="Exam in room 5")
    seen = session.version
    waiting = asyncio.create_task(session.changes(seen, 60))
    session.announce([])
    assert session.version == seen
    session.announce([exam])
    await asyncio.wait_for(waiting, 5)
    assert session.reply(BEAT).announcements == [exam]
    seen = session.version
    session.announce([exam])
    assert session.version == seen
