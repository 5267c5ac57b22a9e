"""The system's clock jumps: what waits goes by another, and what is of a month goes by it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai.providers import Delta
from neoai_server_ext.usage import service as ledger_module

from ..fakes.provider import FakeProvider, Script
from ..usage.conftest import Ledger, db, db_url, ledger  # noqa: F401
from ..usage.test_ledger import service as metered_service
from .test_policies import Models, models  # noqa: F401
from .test_routing import ASKED, outcomes, shown

YEARS = 10 * 365 * 86400.0


class Clock:
    """The system's clock, which somebody sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + self.ahead)
        clock = self

        class Set(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) + timedelta(seconds=clock.ahead)

        monkeypatch.setattr(ledger_module, "datetime", Set)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock, as it is until `ahead` is set."""
    return Clock(monkeypatch)


@pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["forward", "back"])
async def test_a_reply_that_is_under_way_comes_to_its_end(
    models: Models,  # noqa: F811
    clock: Clock,
    jump: float,
) -> None:
    async with models:
        await models.open(None, None, a={})
        models.fakes["a"].scripts = [Script(text="All is well.", chunks=6, delay_s=0.02)]
        events = []
        async for event in models.ai.chat(ASKED):
            events.append(event)
            if isinstance(event, Delta):
                clock.ahead = jump
        assert shown(events) == "All is well."
        (made,) = [attempt for event in events for attempt in getattr(event, "items", ())]
        assert 0 < made.first_s < made.latency_s < 30


@pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["forward", "back"])
async def test_a_silent_model_is_given_up_and_left_alone_for_as_long_as_without_the_jump(
    models: Models,  # noqa: F811
    clock: Clock,
    jump: float,
) -> None:
    async with models:
        await models.open({"chat": ["a/m", "b/m"]}, None, a={}, b={})
        models.fakes["a"].default = lambda _: Script(fault="hang", after=0)
        models.ai.router.breaker("a/m").failures = 1
        asking = asyncio.ensure_future(models.ask())
        while not models.fakes["a"].requests:
            await asyncio.sleep(0)
        clock.ahead = jump
        began = time.monotonic()
        assert await asking == "I am b."
        assert 1.0 < time.monotonic() - began < 30
        assert 0 < models.ai.router.breaker("a/m").wait_s <= models.ai.breaker_cooldown_s
        assert await models.ask("More?") == "I am b."
        assert models.asked() == "a1b2"


@pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["forward", "back"])
async def test_a_conversation_keeps_its_model_and_what_was_measured_counts(
    models: Models,  # noqa: F811
    clock: Clock,
    jump: float,
) -> None:
    async with models:
        await models.open(None, None, a={}, b={})
        assert await models.ask(conversation="one", model="b/m") == "I am b."
        clock.ahead = jump
        assert await models.ask(conversation="one") == "I am b."
        assert models.ai.router.speeds.tries("b/m") == 2


@pytest.mark.parametrize("jump", [YEARS, -YEARS], ids=["forward", "back"])
async def test_a_kept_reply_is_not_given_in_another_time(
    models: Models,  # noqa: F811
    clock: Clock,
    tmp_path: Any,
    jump: float,
) -> None:
    async with models:
        await models.open(None, tmp_path, a={})
        for ahead in (0.0, 0.0, jump):
            clock.ahead = ahead
            assert await models.ask() == "I am a."
        assert models.asked() == "a2"


async def test_the_ledgers_month_is_the_clocks_and_its_durations_are_not(
    ledger: Ledger,  # noqa: F811
    clock: Clock,
    tmp_path: Any,
) -> None:
    usage = ledger(hard_limit_usd=0.0001)
    async with FakeProvider(default=lambda _: Script(text="All is well, at some length.")) as fake:
        ai = metered_service(tmp_path, fake.url, usage=usage)

        async def ask() -> list[Any]:
            return [event async for event in ai.chat(ASKED, cache=False)]

        assert outcomes(await ask()) == [("p0/m", "ok")]
        with pytest.raises(errors.Limited) as raised:
            await ask()
        assert 0 < raised.value.retry_after <= 31 * 86400

        once = (await usage.limits()).cost_usd
        clock.ahead = 32 * 86400.0  # another month: its limit is a new one
        assert outcomes(await ask()) == [("p0/m", "ok")]
        await usage.fold()
        month = datetime.now(UTC) + timedelta(seconds=clock.ahead)
        assert (await usage.limits()).month == f"{month:%Y-%m}"

        clock.ahead = 0.0  # and back: this month's is as it was
        with pytest.raises(errors.Limited):
            await ask()
        limits = await usage.limits()
        assert limits.cost_usd == pytest.approx(once)
        await ai.close()
    assert len(fake.requests) == 2
