"""Thinning by age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from neoai_server_ext.checkpoints.history import moment_of, new_id
from neoai_server_ext.checkpoints.policy import kept

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR = timedelta(days=365)


def every(step: timedelta, count: int) -> list[str]:
    return [new_id(NOW - step * number) for number in range(count)]


def test_all_of_the_last_day_stays() -> None:
    identities = every(timedelta(minutes=5), 280)
    assert kept(identities, NOW, YEAR) == set(identities)


def test_then_one_an_hour_a_day_and_a_week() -> None:
    stay = kept(every(timedelta(minutes=10), 6 * 24 * 100), NOW, YEAR)
    ages = [NOW - moment_of(identity) for identity in stay]
    day, week, month = timedelta(days=1), timedelta(days=7), timedelta(days=30)
    assert sum(age < day for age in ages) == 144
    assert sum(day <= age < week for age in ages) in range(144, 147)
    assert sum(week <= age < month for age in ages) in range(23, 26)
    assert sum(month <= age for age in ages) in range(10, 13)


def test_nothing_older_than_the_limit_stays_but_the_newest_always() -> None:
    old = [new_id(NOW - YEAR * 2), new_id(NOW - YEAR * 3)]
    assert kept(old, NOW, YEAR) == {old[0]}


def test_thinning_again_changes_nothing() -> None:
    stay = kept(every(timedelta(minutes=37), 5000), NOW, YEAR)
    assert kept(stay, NOW, YEAR) == stay


def test_names_with_a_reason_are_understood() -> None:
    name = f"{new_id(NOW)}-save"
    assert kept([name], NOW, YEAR) == {name}
