"""Limits on a month's costs: the user's own and the administrator's, over several processes."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.usage import month
from neoai_server_ext.usage.models import LimitsWanted, UsageQuery
from neoai_server_ext.usage.service import MANY_JOURNALS, Call, Counts, UsageService

from .conftest import Ledger


def spend(usage: UsageService, cost_usd: float) -> None:
    call = Call("chat", "p", "p/m", input_tokens=7)
    usage.begin(call)
    usage.end(call, "ok", Counts(7, 3, 0, cost_usd))


@pytest.mark.parametrize(
    ("own", "administrators", "counts", "way"),
    [
        ((1, 5), (0, 0), (1, 5), "Usage panel"),
        ((None, None), (2, 4), (2, 4), "c.UsageService.hard_limit_usd"),
        ((3, 9), (2, 4), (2, 4), "c.UsageService.hard_limit_usd"),
        ((1, 3), (2, 4), (1, 3), "Usage panel"),
        ((None, 0), (0, 0), (None, 0), "Usage panel"),
        ((None, None), (0, 0), (None, None), ""),
    ],
)
async def test_the_lower_limit_counts_and_the_refusal_says_who_can_raise_it(
    ledger: Ledger,
    own: tuple[float | None, float | None],
    administrators: tuple[float, float],
    counts: tuple[float | None, float | None],
    way: str,
) -> None:
    usage = ledger(soft_limit_usd=administrators[0], hard_limit_usd=administrators[1])
    await usage.set_limits(LimitsWanted(soft_usd=own[0], hard_usd=own[1]))
    limits = await usage.limits()
    assert (limits.soft_limit_usd, limits.hard_limit_usd) == counts
    spend(usage, 100.0)
    if not way:
        await usage.check_limit()
        return
    with pytest.raises(errors.Limited) as raised:
        await usage.check_limit()
    assert raised.value.code == "limit-reached"
    assert way in raised.value.detail
    assert f"${counts[1]:.2f}" in raised.value.detail


async def test_own_limits_outlive_the_server_and_count_at_once_in_others(ledger: Ledger) -> None:
    first, second = ledger(), ledger()
    spend(first, 2.0)
    await first.fold()
    await second.check_limit()
    await first.set_limits(LimitsWanted(hard_usd=1.5))
    with pytest.raises(errors.Limited):
        await second.check_limit()
    assert (await ledger().limits_set()).hard_usd == 1.5
    await second.set_limits(LimitsWanted(hard_usd=2.5))
    await first.check_limit()


async def test_what_another_process_spent_counts_soon(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, command = ledger(hard_limit_usd=1.0), ledger()
    await server.check_limit()
    spend(command, 1.5)
    await command.leave()
    await server.check_limit()
    monkeypatch.setattr(month, "FRESH_S", 0.0)
    with pytest.raises(errors.Limited):
        await server.check_limit()
    spend(server, 0.5)
    total = (await server.usage(UsageQuery())).total
    assert (total.calls, total.cost_usd) == (2, 2.0)
    assert (await server.limits()).cost_usd == 2.0


async def test_a_locked_database_costs_no_call_where_there_is_a_limit(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = ledger(hard_limit_usd=1.0)
    usage._db.busy_timeout_s = 0.1
    await usage.check_limit()
    monkeypatch.setattr(month, "FRESH_S", 0.0)
    other = sqlite3.connect(tmp_path / "neoai.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    spend(usage, 0.75)
    await usage.check_limit()
    spend(usage, 0.75)
    with pytest.raises(errors.Limited):
        await usage.check_limit()
    other.execute("ROLLBACK")
    other.close()
    assert (await usage.usage(UsageQuery())).limits.cost_usd == 1.5


async def test_limits_that_cannot_be_read_let_nothing_pass_until_they_are_set_again(
    ledger: Ledger, tmp_path: Path
) -> None:
    usage = ledger()
    await usage.set_limits(LimitsWanted(hard_usd=5))
    (tmp_path / "usage" / "limits.json").write_text('{"hard_usd": 5')
    with pytest.raises(errors.Unavailable, match="cannot be read") as raised:
        await usage.check_limit()
    assert raised.value.code == "limits-unreadable"
    shown = await usage.limits_set()
    assert (shown.hard_usd, shown.effective.state) == (None, "hard")
    assert "Set them again" in shown.effective.notice
    await usage.set_limits(LimitsWanted())
    await usage.check_limit()


async def test_over_the_soft_limit_people_are_told_once_a_month_and_programs_each_time(
    ledger: Ledger,
) -> None:
    usage = ledger()
    await usage.set_limits(LimitsWanted(soft_usd=1, hard_usd=3))
    assert (await usage.notice(), await usage.news()) == ("", "")
    spend(usage, 1.0)
    assert "soft limit of $1.00" in await usage.notice()
    assert "soft limit of $1.00" in await usage.news()
    assert await usage.news() == ""
    assert "soft limit of $1.00" in await usage.notice()
    await usage.set_limits(LimitsWanted(soft_usd=0.5, hard_usd=3))
    assert "soft limit of $0.50" in await usage.news()
    assert (await usage.limits()).state == "soft"


async def test_commands_without_a_server_do_not_pile_up_files_for_ever(
    ledger: Ledger, tmp_path: Path
) -> None:
    files = []
    for _ in range(MANY_JOURNALS + 1):
        command = ledger()
        spend(command, 0.01)
        await command.leave()
        files.append(len(list((tmp_path / "usage").glob("*.jsonl"))))
    assert files[:3] == [1, 2, 3]
    assert max(files) == MANY_JOURNALS
    assert files[-1] == 1
    assert (await ledger().usage(UsageQuery())).total.calls == MANY_JOURNALS + 1


async def test_a_stopped_ledger_leaves_no_task_and_loses_no_call_that_ends_later(
    ledger: Ledger,
) -> None:
    usage = ledger()
    before = asyncio.all_tasks()
    late = Call("chat", "p", "p/m", input_tokens=7)
    usage.begin(late)
    spend(usage, 1.0)
    await usage.stop()
    usage.end(late, "cancelled", Counts(7, 0, 0, 0.5))
    assert asyncio.all_tasks() == before
    usage._journal.close()
    total = (await ledger().usage(UsageQuery())).total
    assert (total.calls, total.cost_usd) == (2, 1.5)


async def test_a_call_counts_with_its_input_while_it_is_under_way_and_once_when_it_is_over(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, other = ledger(hard_limit_usd=1.0), ledger(hard_limit_usd=1.0)
    call = Call("chat", "p", "p/m", input_tokens=7, input_usd=0.5)
    server.begin(call)
    await server.fold()
    assert (await server.limits()).cost_usd == 0.5
    assert (await other.limits()).cost_usd == 0.5
    server.end(call, "ok", Counts(7, 3, 0, 0.75))
    assert (await server.limits()).cost_usd == 0.75
    await server.fold()
    assert (await server.limits()).cost_usd == 0.75
    monkeypatch.setattr(month, "FRESH_S", 0.0)
    assert (await server.limits()).cost_usd == 0.75
    refused = Call("chat", "p", "p/m", input_tokens=7, input_usd=0.5)
    server.begin(refused)
    assert (await server.limits()).cost_usd == 1.25
    server.end(refused, "rate", Counts())
    assert (await other.limits()).cost_usd == 1.25
    assert (await server.limits()).cost_usd == 0.75
    assert (await other.limits()).cost_usd == 0.75
