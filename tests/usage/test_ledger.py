"""The ledger against the scripted provider's own count, whatever happens on the way."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from neoai_server_ext import errors
from neoai_server_ext.ai.providers import Delta, Message, ProviderError
from neoai_server_ext.ai.service import AIService
from neoai_server_ext.db import Database
from neoai_server_ext.index.service import IndexService
from neoai_server_ext.usage.models import CallRow, ProductEvent, UsageQuery
from neoai_server_ext.usage.service import Call, Counts, UsageService

from ..fakes.provider import FakeProvider, Script, rate_limited, refused_key, too_long
from ..index.test_index import Folders
from .conftest import Ledger

RUNS = int(os.environ.get("NEOAI_TEST_RUNS", "40"))
PRICES = {"price_in_usd": 1.0, "price_out_usd": 5.0}
SCRIPTS = [
    lambda: Script(text="All is well, and that at some length.", chunks=5),
    lambda: Script(text="Cut off here, sadly.", fault="cut", after=2),
    lambda: Script(text="Dropped here, sadly.", fault="abort", after=2),
    lambda: Script(text="Not JSON.", fault="malformed", after=1),
    lambda: Script(fault="status", status=500),
    lambda: rate_limited(1),
    lambda: refused_key("sk-w"),
    too_long,
]


def service(tmp_path: Path, *urls: str, usage: UsageService) -> AIService:
    providers = [
        {
            "name": f"p{number}",
            "kind": "openai-compatible",
            "base_url": url,
            "models": [{"id": "m", **PRICES}],
        }
        for number, url in enumerate(urls)
    ]
    index = IndexService(projects=Folders(p=tmp_path), index_dir=tmp_path / "index")
    return AIService(
        index=index,
        usage=usage,
        environ={},
        providers=providers,
        retries=1,
        longest_wait_s=0.01,
        breaker_failures=1000,
    )


async def rows(db: Database) -> list[CallRow]:
    async with db.session() as session:
        return list((await session.scalars(select(CallRow).order_by(CallRow.at))).all())


async def ask(ai: AIService, leave_after: int | None) -> None:
    seen = 0
    try:
        async with aclosing(ai.chat([Message("user", "How are you?")], cache=False)) as events:
            async for event in events:
                seen += isinstance(event, Delta)
                if leave_after is not None and seen >= leave_after:
                    return
    except ProviderError:
        pass


async def test_each_request_is_in_the_ledger_once_under_random_faults_and_cancels(
    tmp_path: Path, db: Database, ledger: Ledger
) -> None:
    usage = ledger()
    draw = random.Random(4)
    async with FakeProvider() as first, FakeProvider() as second:
        ai = service(tmp_path, first.url, second.url, usage=usage)
        for fake in (first, second):
            fake.default = lambda _: draw.choice(SCRIPTS)()
        for _ in range(RUNS):
            await ask(ai, draw.choice([None, None, None, 1, 2]))
        await ai.close()
        await usage.fold()
        found = await rows(db)
        assert len(found) == len(first.requests) + len(second.requests)
        assert sum(row.provider == "p1" for row in found) == len(second.requests)
    assert all(row.outcome != "running" for row in found)
    told = [row for row in found if row.outcome == "ok"]
    assert {(row.input_tokens, row.output_tokens, row.estimated) for row in told} == {
        (100, 10, False)
    }
    assert {row.cost_usd for row in told} == {(100 * 1.0 + 10 * 5.0) / 1e6}
    turned_down = [row for row in found if row.outcome in ("rate", "auth", "context")]
    assert {(row.input_tokens, row.output_tokens, row.cost_usd) for row in turned_down} == {
        (0, 0, 0.0)
    }
    broken = [row for row in found if row.outcome in ("cut", "cancelled")]
    assert broken
    assert all(row.estimated and row.input_tokens for row in broken)
    total = (await usage.usage(UsageQuery())).total
    assert total.calls == len(found)
    assert total.cost_usd == pytest.approx(sum(row.cost_usd or 0 for row in found))


VICTIM = """
import asyncio, sys
from pathlib import Path
from neoai_server_ext.db import Database
from neoai_server_ext.usage.service import UsageService
from tests.usage.test_ledger import ask, service

async def main(folder, url, db_url):
    usage = UsageService(Database(db_url), folder / "usage")
    ai = service(folder, url, usage=usage)
    while True:
        await asyncio.gather(*(ask(ai, None) for _ in range(3)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
"""


async def test_a_killed_server_loses_no_request_and_counts_none_twice(
    tmp_path: Path, db_url: str, db: Database, ledger: Ledger
) -> None:
    draw = random.Random(7)
    usage = ledger()
    async with FakeProvider() as fake:
        fake.default = lambda _: Script(text="word " * 20, chunks=20, delay_s=0.002)
        for _ in range(max(2, RUNS // 20)):
            until = len(fake.requests) + draw.randint(1, 12)
            command = [sys.executable, "-c", VICTIM, str(tmp_path), fake.url, db_url]
            victim = subprocess.Popen(command, cwd=Path(__file__).parents[2])
            async with asyncio.timeout(60):
                while len(fake.requests) < until:
                    await asyncio.sleep(0.001)
            victim.kill()
            await asyncio.to_thread(victim.wait)
            await usage.start()
            await usage.start()
            found = await rows(db)
            # A request may have been written down whose bytes never left the killed process.
            assert len(fake.requests) <= len(found) <= len(fake.requests) + 3
            assert all(row.outcome in ("ok", "cut") for row in found)
            cut = [row for row in found if row.outcome == "cut"]
            assert all(row.estimated and row.cost_usd == row.input_tokens / 1e6 for row in cut)
            # A server that lives looks again every few seconds: one that starts now does at once.
            looking = ledger()
            total = (await looking.limits()).cost_usd
            await looking.stop()
            assert total == pytest.approx(sum(row.cost_usd for row in found))
            fake.requests.extend(fake.requests[:1] * (len(found) - len(fake.requests)))
    assert list((tmp_path / "usage").glob("*.jsonl")) == []


async def test_a_locked_database_costs_no_call_and_gets_it_later(
    tmp_path: Path, db: Database, ledger: Ledger
) -> None:
    await db.open()
    usage = ledger()
    call = Call("chat", "p", "p/m", input_tokens=7)
    other = sqlite3.connect(tmp_path / "neoai.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    usage.begin(call)
    usage.end(call, "ok", Counts(7, 3, 0, 0.5))
    with pytest.raises(errors.NeoAIError):
        await usage.fold()
    other.execute("ROLLBACK")
    other.close()
    await usage.fold()
    await usage.fold()
    (row,) = await rows(db)
    assert (row.outcome, row.input_tokens, row.cost_usd) == ("ok", 7, 0.5)


async def test_a_call_that_cannot_be_written_down_is_in_the_ledger_all_the_same(
    tmp_path: Path, db: Database, ledger: Ledger
) -> None:
    (tmp_path / "usage").write_text("in the way")
    usage = ledger()
    call = Call("chat", "p", "p/m", input_tokens=7)
    usage.begin(call)
    usage.end(call, "ok", Counts(7, 3, 0, 0.5))
    await usage.fold()
    (row,) = await rows(db)
    assert (row.outcome, row.output_tokens) == ("ok", 3)


async def test_over_the_hard_limit_no_model_is_asked_until_the_month_ends(
    tmp_path: Path, db: Database, ledger: Ledger
) -> None:
    usage = ledger(soft_limit_usd=0.0001, hard_limit_usd=0.0003)
    async with FakeProvider() as fake:
        fake.default = lambda _: Script(text="All is well, and that at some length.")
        ai = service(tmp_path, fake.url, usage=usage)
        await ask(ai, None)
        assert (await usage.limits()).state == "soft"
        await ask(ai, None)
        with pytest.raises(errors.Limited) as raised:
            await ask(ai, None)
        assert len(fake.requests) == 2
        await ai.close()
    assert raised.value.code == "limit-reached"
    assert 0 < raised.value.retry_after <= 31 * 86400
    assert (await usage.limits()).state == "hard"
    await usage.fold()
    again = ledger(hard_limit_usd=0.0003)
    with pytest.raises(errors.Limited):
        await again.check_limit()


async def test_events_are_kept_once_by_their_id(ledger: Ledger) -> None:
    usage = ledger()
    now = datetime.now(UTC)
    made: list[Any] = [
        ProductEvent(id="a", kind="opened", at=now, project_id="p"),
        ProductEvent(id="b", kind="opened", at=now, project_id="p"),
        ProductEvent(id="a", kind="opened", at=now, project_id="p"),
    ]
    first = await usage.keep_events(made)
    again = await usage.keep_events(made[:2])
    assert (first.accepted, first.known) == (2, 1)
    assert (again.accepted, again.known) == (0, 2)
    assert (await usage.of_project("p")).events == {"opened": 2}
