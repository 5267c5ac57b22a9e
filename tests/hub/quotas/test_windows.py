"""Windows by the calendar and rolling ones: where they begin, and when something is free again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from neoai_hub.quotas.windows import Window, slot_of

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")
NOW = datetime(2026, 11, 4, 10, 7, tzinfo=UTC)


def at(day: int, hour: int = 0, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "hour", "0d", "-1h", "1w", "99999h", "401d", "24 h"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        Window(text)


def test_the_calendars_windows_begin_in_the_hubs_time_zone() -> None:
    assert Window("day").start(NOW, BERLIN) == at(3, 23)
    assert Window("week").start(NOW, BERLIN) == at(1, 23)
    assert Window("month").start(NOW, BERLIN) == at(31, 23, month=10)
    assert Window("day").start(NOW, KATHMANDU) == at(3, 18, 15)


def test_they_end_where_the_next_begins_also_when_summer_time_ends() -> None:
    night = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
    assert Window("day").end(night, BERLIN) == at(25, 23, month=10)
    assert Window("day").start(night, BERLIN) == at(24, 22, month=10)
    assert Window("month").end(NOW, BERLIN) == at(30, 23)
    assert Window("month").end(at(31, 12, month=12), BERLIN) == at(31, 23, month=12)
    assert Window("week").end(NOW, BERLIN) == at(8, 23)


def test_a_rolling_window_counts_a_slot_until_all_of_it_has_left() -> None:
    window = Window("24h")
    assert window.start(NOW, BERLIN) == at(3, 10)
    assert window.leaves(at(3, 10)) == at(4, 10, 15)
    assert slot_of(NOW) == at(4, 10)


def test_something_is_free_again_when_enough_old_slots_have_left() -> None:
    slots = [(at(3, 12), 1.0), (at(3, 14), 2.0)]
    assert Window("24h").refill(0.5, slots, NOW, BERLIN) == at(4, 12, 15)
    assert Window("24h").refill(2.5, slots, NOW, BERLIN) == at(4, 14, 15)
    assert Window("24h").refill(3.5, slots, NOW, BERLIN) is None
    assert Window("day").refill(2.5, slots, NOW, BERLIN) == at(4, 23)
    assert Window("day").refill(3.5, slots, NOW, BERLIN) is None


def test_the_end_is_foreseen_with_what_becomes_free_meanwhile() -> None:
    rate = 1 / 3600
    assert Window("24h").runs_out(0.5, rate, [], NOW, BERLIN) == NOW + timedelta(minutes=30)
    freed = [(at(3, 10), 0.25)]  # leaves at 10:15, eight minutes from now
    assert Window("24h").runs_out(0.5, rate, freed, NOW, BERLIN) == NOW + timedelta(minutes=45)
    assert Window("24h").runs_out(0.1, rate, freed, NOW, BERLIN) == NOW + timedelta(minutes=6)
    assert Window("24h").runs_out(-1.0, rate, freed, NOW, BERLIN) == NOW
