"""Counts that cannot be, from providers and from older rows: the ledger goes on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.db import Database
from neoai_server_ext.usage.models import CallRow, UsageQuery
from neoai_server_ext.usage.service import Call, Counts

from ..fakes.provider import FakeProvider, Script
from .conftest import Ledger
from .test_ledger import PRICES, ask, rows, service

TEXT = "All is well, and that at some length."


def reported(input_tokens: Any, output_tokens: Any) -> Script:
    usage = {"prompt_tokens": input_tokens, "completion_tokens": output_tokens, "total_tokens": 0}
    return Script(text=TEXT, reports=(usage,))


@pytest.mark.parametrize(
    ("input_tokens", "output_tokens"),
    [
        (1.5, 2.5),
        (2**63 - 1, 10),
        (100, 10**30),
        (10**400, 10**400),
        (-5, 10),
        ("many", "few"),
        (float("nan"), float("inf")),
    ],
)
async def test_counts_that_cannot_be_are_estimated_in_place_of_them(
    tmp_path: Path, db: Database, ledger: Ledger, input_tokens: Any, output_tokens: Any
) -> None:
    usage = ledger(hard_limit_usd=1.0)
    async with FakeProvider() as fake:
        fake.scripts = [reported(input_tokens, output_tokens)]
        ai = service(tmp_path, fake.url, usage=usage)
        await ask(ai, None)
        await ask(ai, None)
        await ai.close()
    found = await rows_of(db, usage)
    assert [row.estimated for row in found] == [True, False]
    guess = found[0]
    assert guess.output_tokens == -(-len(TEXT) // 4)
    cost = guess.input_tokens * PRICES["price_in_usd"] + guess.output_tokens * 5.0
    assert guess.cost_usd == pytest.approx(cost / 1e6)
    total = (await usage.usage(UsageQuery())).total
    assert (total.calls, total.estimated, total.unpriced) == (2, 1, 0)


async def rows_of(db: Database, usage: Any) -> list[CallRow]:
    await usage.fold()
    return await rows(db)


async def test_a_record_that_the_database_cannot_take_keeps_no_other_waiting(
    db: Database, ledger: Ledger, tmp_path: Path
) -> None:
    usage = ledger()
    for number in range(7):
        call = Call("chat", "p", "p/m", input_tokens=7)
        usage.begin(call)
        most = 10**30 if number == 3 else 3
        usage.end(call, "ok", Counts(7, most, 0, 0.5))
    usage.begin(Call("chat", "p", "p/m", input_tokens=10**30))
    begun = {"id": "old", "at": "never", "task": 5}
    (tmp_path / "usage" / "1-gone.jsonl").write_text(
        "\n".join(json.dumps(record) for record in (begun, {"id": [1]}, {"id": 2})) + "\n"
    )
    found = await rows_of(db, usage)
    assert sorted(row.outcome for row in found) == ["cut", *["ok"] * 6]
    assert [path.name for path in (tmp_path / "usage").glob("1-*")] == []
    assert await usage.fold() is None
    assert (await usage.usage(UsageQuery())).total.cost_usd == 3.0


async def test_sums_leave_out_what_older_rows_hold_that_cannot_be(
    db: Database, ledger: Ledger
) -> None:
    usage = ledger(hard_limit_usd=1.0)
    bad: list[tuple[Any, float | None]] = [
        (1.5, 0.25),
        (2**63 - 1, 9e12),
        (2**63 - 1, 9e12),
        (-5, 0.0),
        (3, float("inf")),
        (3, None),
    ]
    async with db.session() as session:
        for number, (tokens, cost) in enumerate(bad):
            session.add(
                CallRow(
                    id=str(number),
                    at=datetime.now(UTC),
                    day="2026-01-01",
                    task="chat",
                    project_id=None,
                    provider="p",
                    model="p/m",
                    outcome="ok",
                    input_tokens=tokens,
                    output_tokens=2,
                    cached_tokens=0,
                    cost_usd=cost,
                    latency_s=0.0,
                    first_s=None,
                    estimated=False,
                )
            )
    summed = await usage.usage(UsageQuery(group_by="model,day"))
    total = summed.total
    assert (total.calls, total.unpriced, total.cost_usd) == (6, 5, 0.25)
    assert (total.input_tokens, total.output_tokens) == (7, 12)
    assert len(summed.items) == 1
    await usage.check_limit()


@pytest.mark.parametrize("counts", [[(100, 2), (100, 5), (100, 10)], [(100, 10), (0, 0)]])
async def test_of_many_reports_in_one_reply_the_highest_counts(
    tmp_path: Path, db: Database, ledger: Ledger, counts: list[tuple[int, int]]
) -> None:
    usage = ledger()
    reports = tuple(
        report for sent, written in counts for report in reported(sent, written).reports
    )
    async with FakeProvider() as fake:
        fake.scripts = [Script(text=TEXT, reports=reports)]
        ai = service(tmp_path, fake.url, usage=usage)
        await ask(ai, None)
        await ai.close()
    (row,) = await rows_of(db, usage)
    assert (row.input_tokens, row.output_tokens, row.estimated) == (100, 10, False)
