"""Requests that are under way count to the hard limit with what they may cost."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import islice
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai.providers import Message
from neoai_server_ext.ai.service import AIService
from neoai_server_ext.db import Database

from ..fakes.provider import FakeProvider, Script
from .conftest import Ledger
from .test_ledger import PRICES, rows, service

MOST = 1000
ROOM = 5 * MOST * PRICES["price_out_usd"] / 1e6


async def write(ai: AIService) -> None:
    question = [Message("user", "How are you?")]
    async with aclosing(ai.chat(question, cache=False, max_tokens=MOST)) as events:
        async for _ in events:
            pass


async def test_of_fifty_requests_at_once_as_many_are_made_as_there_is_room_for(
    tmp_path: Path, db: Database, ledger: Ledger
) -> None:
    usage = ledger(hard_limit_usd=ROOM)
    async with FakeProvider() as fake:
        fake.default = lambda _: Script(text="A word and then none.", fault="hang", after=1)
        ai = service(tmp_path, fake.url, usage=usage)
        asked = [asyncio.create_task(write(ai)) for _ in range(50)]
        for done in islice(asyncio.as_completed(asked), 45):
            with pytest.raises(errors.Limited, match="under way") as raised:
                await done
            assert (raised.value.code, raised.value.retry_after) == ("limit-held", 10)
        under_way = [task for task in asked if not task.done()]
        assert len(under_way) == 5
        assert (await usage.limits()).state == "ok"
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await usage.fold()
        assert len(await rows(db)) == 5

        fake.default = lambda _: Script()
        await asyncio.gather(write(ai), write(ai))
        await ai.close()
    await usage.fold()
    assert [row.outcome for row in await rows(db)] == ["cancelled"] * 5 + ["ok"] * 2


async def test_one_request_alone_is_made_while_the_limit_is_not_reached(
    tmp_path: Path, ledger: Ledger
) -> None:
    usage = ledger(hard_limit_usd=0.0002)
    async with FakeProvider() as fake:
        fake.default = lambda _: Script()
        ai = service(tmp_path, fake.url, usage=usage)
        await write(ai)
        await write(ai)
        with pytest.raises(errors.Limited) as raised:
            await write(ai)
        await ai.close()
        assert len(fake.requests) == 2
    assert raised.value.code == "limit-reached"
