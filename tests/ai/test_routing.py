"""From model to model: each fault with and without another one left, over real sockets."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any, Self

import pytest

from neoai_server_ext.ai.breaker import Breaker
from neoai_server_ext.ai.context import Place
from neoai_server_ext.ai.providers import Delta, End, Message
from neoai_server_ext.ai.routing import Attempts, Chosen, NoReply, Restart

from ..fakes.provider import FakeProvider, Script, rate_limited, refused_key, too_long
from .test_service import service

ASKED = [Message("user", "How do I boil water?")]
GOOD = "All is well, says the other."

FAULTS = {
    "rate": rate_limited(0),
    "auth": refused_key("sk-very-secret-0123456789"),
    "quota": Script(
        fault="status",
        status=429,
        error={"message": "You exceeded your current quota", "code": "insufficient_quota"},
    ),
    "overloaded": Script(fault="status", status=503),
    "unreachable": Script(fault="abort", after=0),
    "refused": Script(fault="status", status=400, error={"message": "no"}),
    "silent": Script(fault="hang", after=0),
    "stalled": Script(text="Wrong words here.", fault="hang", after=2),
    "cut": Script(text="Wrong words here.", fault="cut", after=2),
    "aborted": Script(text="Wrong words here.", fault="abort", after=2),
    "malformed": Script(text="Wrong words here.", fault="malformed", after=2),
    "empty": Script(text=""),
}
OUTCOMES = {
    "unreachable": "cut",
    "silent": "timeout",
    "stalled": "timeout",
    "aborted": "cut",
    "empty": "malformed",
}
PARTIAL = {"stalled", "cut", "aborted", "malformed"}


class Two:
    """A service with two models, each of its own provider: `p0/m0`, then `p1/m1`, which is well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = AsyncExitStack()
        self.first, self.second = FakeProvider(), FakeProvider(default=lambda _: Script(text=GOOD))

    async def __aenter__(self) -> Self:
        given = []
        for number, fake in enumerate((self.first, self.second)):
            await self._stack.enter_async_context(fake)
            models = [{"id": f"m{number}"}]
            kind = "openai-compatible"
            given.append(
                {"name": f"p{number}", "kind": kind, "base_url": fake.url, "models": models}
            )
        times = {"first_timeout_s": 1.0, "idle_timeout_s": 0.5, "longest_wait_s": 1.0}
        self.ai = service(self._folder, providers=given, **times)
        self._stack.push_async_callback(self.ai.close)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    async def ask(self, **options: Any) -> list[Any]:
        """All events of a reply."""
        return [event async for event in self.ai.chat(ASKED, **options)]


@pytest.fixture
def two(tmp_path: Path) -> Two:
    """`async with two:` opens them."""
    return Two(tmp_path)


def shown(events: list[Any]) -> str:
    """What a reader has in front of him at the end."""
    text = ""
    for event in events:
        if isinstance(event, Restart):
            text = ""
        elif isinstance(event, Delta):
            text += event.text
    return text


def outcomes(events: list[Any]) -> list[tuple[str, str]]:
    (attempts,) = [event for event in events if isinstance(event, Attempts)]
    return [(attempt.model, attempt.outcome) for attempt in attempts.items]


@pytest.mark.parametrize("fault", FAULTS)
async def test_where_one_model_fails_the_next_answers_and_no_two_texts_are_glued_together(
    two: Two, fault: str
) -> None:
    async with two:
        two.first.scripts = [FAULTS[fault]]
        events = await two.ask()
        assert shown(events) == GOOD
        assert isinstance(events[-1], End)
        restarts = [event for event in events if isinstance(event, Restart)]
        assert len(restarts) == (1 if fault in PARTIAL else 0)
        assert outcomes(events) == [("p0/m0", OUTCOMES.get(fault, fault)), ("p1/m1", "ok")]
        assert [event for event in events if isinstance(event, Chosen)][-1] == Chosen("p1/m1", "p1")
        assert len(two.first.requests) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_where_no_model_is_left_the_last_reason_is_told_with_all_attempts(
    two: Two, fault: str
) -> None:
    async with two:
        two.first.default = lambda _: FAULTS[fault]
        two.ai.router.retries = 1
        with pytest.raises(NoReply) as raised:
            await two.ask(model="p0/m0")
        outcome = OUTCOMES.get(fault, fault)
        assert raised.value.outcome == outcome
        assert raised.value.detail
        tries = 1 if outcome in ("auth", "quota", "refused") else 2
        assert [attempt.outcome for attempt in raised.value.attempts] == [outcome] * tries
        assert len(two.first.requests) == tries
        assert two.second.requests == []


async def test_the_last_model_is_asked_again_after_the_time_that_it_names(two: Two) -> None:
    async with two:
        two.first.scripts = [rate_limited(1), Script(text="Now.")]
        began = time.monotonic()
        events = await two.ask(model="p0/m0")
        assert time.monotonic() - began >= 1.0
        assert shown(events) == "Now."
        assert outcomes(events) == [("p0/m0", "rate"), ("p0/m0", "ok")]


async def test_whoever_asks_within_the_time_that_a_model_named_is_answered_after_it(
    two: Two,
) -> None:
    async with two:
        two.ai.router.retries = 0
        two.first.scripts = [rate_limited(1), Script(text="Now.")]
        with pytest.raises(NoReply):
            await two.ask(model="p0/m0")
        assert shown(await two.ask(model="p0/m0")) == "Now."


async def test_a_wait_that_is_too_long_is_left_to_the_reader(two: Two) -> None:
    async with two:
        two.first.scripts = [rate_limited(120)]
        with pytest.raises(NoReply) as raised:
            await two.ask(model="p0/m0")
        assert raised.value.retry_after == 120
        assert len(two.first.requests) == 1
        with pytest.raises(NoReply) as again:
            await two.ask(model="p0/m0")
        assert (again.value.outcome, again.value.attempts) == ("rate", ())
        assert 100 < (again.value.retry_after or 0) <= 120
        assert len(two.first.requests) == 1


async def test_a_model_that_keeps_failing_is_left_alone_and_then_probed(two: Two) -> None:
    async with two:
        clock = [0.0]
        two.ai.router.breaker("p0/m0").clock = lambda: clock[0]
        two.first.default = lambda _: Script(fault="status", status=500)
        for _ in range(5):
            assert shown(await two.ask()) == GOOD
        assert len(two.first.requests) == 3

        clock[0] = 31.0
        assert shown(await two.ask()) == GOOD
        assert len(two.first.requests) == 4
        clock[0] = 62.0  # the probe failed: twice as long now
        await two.ask()
        assert len(two.first.requests) == 4

        clock[0] = 92.0
        two.first.default = lambda _: Script(text="I am back.")
        assert shown(await two.ask()) == "I am back."
        assert shown(await two.ask()) == "I am back."


async def test_where_all_are_left_alone_somebody_who_asks_is_not(two: Two) -> None:
    async with two:
        two.first.default = lambda _: Script(fault="status", status=500)
        for _ in range(2):
            with pytest.raises(NoReply):
                await two.ask(model="p0/m0")
        two.first.default = lambda _: Script(text="I am back.")
        assert shown(await two.ask(model="p0/m0")) == "I am back."


async def test_too_much_context_is_trimmed_and_asked_again(two: Two, tmp_path: Path) -> None:
    async with two:
        two.first.scripts = [too_long(), too_long(), Script(text="That fits.")]
        history = [Message("user", "Long ago."), Message("assistant", "Yes."), *ASKED]
        stream = two.ai.chat(history, Place(root=tmp_path / "project"), model="p0/m0")
        events = [event async for event in stream]
        assert shown(events) == "That fits."
        assert [outcome for _, outcome in outcomes(events)] == ["context", "context", "ok"]
        said = [str(request.body["messages"]) for request in two.first.requests]
        assert ["Long ago." in text for text in said] == [True, False, False]
        assert ["kitchen.py" in text for text in said] == [True, True, False]
        assert all("How do I boil water?" in text for text in said)


async def test_search_at_the_end_of_a_route_answers_where_no_model_does(
    two: Two, tmp_path: Path
) -> None:
    async with two:
        two.ai.routes = {"chat": ["p0/m0", "neoai/search"]}
        two.first.default = lambda _: Script(text="Wrong words here.", fault="cut", after=1)
        two.ai.router.retries = 0
        events = [event async for event in two.ai.chat(ASKED, Place(root=tmp_path / "project"))]
        assert "kitchen.py:1" in shown(events)
        assert "Wrong" not in shown(events)
        assert outcomes(events)[-1] == ("neoai/search", "ok")


async def test_leaving_drops_the_request_and_asks_nobody_else(two: Two) -> None:
    async with two:
        two.first.scripts = [Script(text="a" * 100, chunks=100, delay_s=0.05)]
        async with aclosing(two.ai.chat(ASKED)) as stream:
            async for event in stream:
                if isinstance(event, Delta):
                    break
        await two.first.gone.wait()
        assert two.second.requests == []
        assert two.ai.router.breaker("p0/m0").admit()


def test_a_breaker_lets_one_probe_through_at_a_time() -> None:
    clock = [0.0]
    breaker = Breaker(failures=1, cooldown_s=10.0, clock=lambda: clock[0])
    breaker.failed("timeout")
    assert not breaker.admit()
    clock[0] = 10.0
    assert breaker.admit()
    assert not breaker.admit()
    breaker.failed("cancelled")  # says nothing about the model: the next one may probe
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.admit()
    assert breaker.admit()


def test_what_is_not_the_models_fault_opens_no_breaker() -> None:
    breaker = Breaker(failures=1)
    for outcome in ("refused", "context", "cancelled"):
        breaker.failed(outcome)  # type: ignore[arg-type]
        assert breaker.admit()
