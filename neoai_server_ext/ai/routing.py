"""Asks one model after the other until one has given a complete reply."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from .breaker import COUNTED, Breaker
from .providers import (
    Delta,
    End,
    Event,
    KeyProblem,
    Outcome,
    ProviderError,
    ToolCall,
    Unusable,
    Usage,
)
from .speeds import Speeds

WORTH_RETRYING: frozenset[Outcome] = frozenset(
    {"rate", "overloaded", "timeout", "malformed", "cut"}
)
FIRST_PAUSE_S = 0.5
TRIMMINGS = 2
CHARACTERS_A_TOKEN = 4
LONGEST_REPLY = 8_000_000
"""In characters: a model that writes on and on is stopped."""

Begin = Callable[[int], Awaitable[AsyncGenerator[Event, None]]]


@dataclass(frozen=True)
class Candidate:
    """A model that may answer. `begin(n)` starts its reply, the context trimmed n times; it may
    raise KeyProblem or ProviderError. may_be_empty: whether no text at all is a reply."""

    id: str
    provider: str
    begin: Begin
    may_be_empty: bool = False


@dataclass(frozen=True)
class Chosen:
    """Which model answers: what follows is its reply."""

    model: str
    provider: str


@dataclass(frozen=True)
class Restart:
    """The reply begins anew, by another attempt: what came so far does not count."""


@dataclass(frozen=True)
class Attempt:
    """What became of one request. latency_s: until its end; first_s: until its first piece."""

    provider: str
    model: str
    outcome: Outcome
    latency_s: float
    first_s: float | None = None


@dataclass(frozen=True)
class Attempts:
    """All of a reply's attempts, the last of them the one that answered; comes before End."""

    items: tuple[Attempt, ...]


RoutedEvent = Chosen | Restart | Delta | Usage | ToolCall | Attempts | End


class NoReply(ProviderError):
    """No model gave a complete reply: the last one's reason, and all attempts."""

    def __init__(self, last: ProviderError, attempts: Sequence[Attempt]) -> None:
        super().__init__(last.outcome, last.detail, last.retry_after)
        self.attempts = tuple(attempts)


@dataclass
class Router:
    """How patient routing is. retries: of the last model that is left; longest_wait_s: between
    two attempts, a provider's `Retry-After` included; deadline_s: for all attempts together."""

    retries: int = 2
    longest_wait_s: float = 20.0
    deadline_s: float = 600.0
    failures: int = 3
    cooldown_s: float = 30.0
    speeds: Speeds = field(default_factory=Speeds)
    _breakers: dict[str, Breaker] = field(default_factory=dict)

    def breaker(self, model: str) -> Breaker:
        """A model's breaker."""
        return self._breakers.setdefault(model, Breaker(self.failures, self.cooldown_s))

    def forget(self, provider: str) -> None:
        """Whatever a provider's models did: it has another key or address now."""
        for model in [name for name in self._breakers if name.startswith(f"{provider}/")]:
            del self._breakers[model]

    async def reply(
        self, candidates: Sequence[Candidate], *, retries: int | None = None
    ) -> AsyncGenerator[RoutedEvent, None]:
        """The first complete reply: Chosen, Deltas, Usage, Attempts, End. Where a reply broke off
        after a part of it was passed on, Restart comes before the next attempt's Chosen.

        retries: other than usual. Raises NoReply. Closing the iterator drops the request that is
        under way.
        """
        course = _Course(self, candidates, self.retries if retries is None else retries)
        async with aclosing(course.events()) as events:
            async for event in events:
                yield event


class _Course:
    """One reply's way through the candidates."""

    def __init__(self, router: Router, candidates: Sequence[Candidate], retries: int) -> None:
        self._router = router
        self._retries = retries
        self._candidates = candidates
        self._deadline = time.monotonic() + router.deadline_s
        self._attempts: list[Attempt] = []
        self._shown = False
        self._last: ProviderError | None = None

    async def events(self) -> AsyncGenerator[RoutedEvent, None]:
        breaker = self._router.breaker
        # Where all are left alone somebody is waiting all the same: they are asked again.
        force = all(breaker(candidate.id).wait_s > 0 for candidate in self._candidates)
        if force and all(breaker(candidate.id).was_told for candidate in self._candidates):
            soonest = min(self._candidates, key=lambda candidate: breaker(candidate.id).wait_s)
            self._note_closed(soonest)
            await self._pause(1)
        for position, candidate in enumerate(self._candidates):
            is_last = force or not any(
                breaker(other.id).wait_s == 0 for other in self._candidates[position + 1 :]
            )
            tries, trimmed = self._retries if is_last and not force else 0, 0
            again = True
            while True:
                if not breaker(candidate.id).admit(force=force or trimmed > 0):
                    self._note_closed(candidate)
                    break
                attempt = self._attempt(candidate, trimmed)
                async with aclosing(attempt):
                    async for event in attempt:
                        yield event
                        if isinstance(event, End):
                            return
                assert self._last is not None
                if self._last.outcome == "context" and trimmed < TRIMMINGS:
                    trimmed += 1
                elif isinstance(self._last, Unusable) and again:
                    again, tries = False, max(0, tries - 1)
                elif self._last.outcome in WORTH_RETRYING and tries > 0:
                    tries -= 1
                    if not await self._pause(self._retries - tries):
                        break
                else:
                    break
        raise NoReply(self._last or ProviderError("refused", "No model is left."), self._attempts)

    async def _attempt(
        self, candidate: Candidate, trimmed: int
    ) -> AsyncGenerator[RoutedEvent, None]:
        """One request; where it fails, `_last` says why."""
        began = time.monotonic()
        first: float | None = None
        size = written = 0
        failure: ProviderError | None = None
        outcome: Outcome = "cancelled"
        try:
            reply = await candidate.begin(trimmed)
            asked = time.monotonic()
            async with aclosing(reply) as stream:
                async for event in stream:
                    if isinstance(event, End):
                        if not size and not candidate.may_be_empty:
                            raise ProviderError("malformed", "The model gave an empty reply.")
                        outcome = "ok"
                        self._note(candidate, outcome, began, first)
                        self._router.breaker(candidate.id).succeeded()
                        if first is not None and not event.cached:
                            whole_s = time.monotonic() - asked
                            first_s = first - (asked - began)
                            tokens = written or size // CHARACTERS_A_TOKEN
                            self._router.speeds.took(candidate.id, first_s, whole_s, tokens)
                        yield Attempts(tuple(self._attempts))
                    elif first is None:
                        first = time.monotonic() - began
                        if self._shown:
                            self._shown = False
                            yield Restart()
                        yield Chosen(candidate.id, candidate.provider)
                    if isinstance(event, Delta):
                        self._shown = True
                        size += len(event.text)
                        if size > LONGEST_REPLY:
                            raise ProviderError("malformed", "The reply has no end.")
                    elif isinstance(event, ToolCall):
                        self._shown = True
                        size += 1
                    elif isinstance(event, Usage):
                        written = event.output_tokens
                    yield event
            if outcome == "cancelled":
                raise ProviderError("cut", "The provider's reply broke off before its end.")
        except KeyProblem as problem:
            failure = ProviderError("auth", str(problem))
        except ProviderError as error:
            failure = error
        finally:
            if outcome != "ok":
                outcome = failure.outcome if failure is not None else "cancelled"
                self._failed(candidate, outcome, failure, began, first)

    def _failed(
        self,
        candidate: Candidate,
        outcome: Outcome,
        failure: ProviderError | None,
        began: float,
        first: float | None,
    ) -> None:
        self._last = failure
        self._note(candidate, outcome, began, first)
        wait = failure.retry_after if failure is not None else None
        self._router.breaker(candidate.id).failed(outcome, wait)
        if outcome in COUNTED:
            self._router.speeds.failed(candidate.id)

    def _note(
        self, candidate: Candidate, outcome: Outcome, began: float, first: float | None
    ) -> None:
        took = time.monotonic() - began
        self._attempts.append(Attempt(candidate.provider, candidate.id, outcome, took, first))

    def _note_closed(self, candidate: Candidate) -> None:
        """The candidate is left alone: it is no attempt, but the reason where there is no other."""
        breaker = self._router.breaker(candidate.id)
        wait = breaker.wait_s
        if breaker.was_told:
            closed = ProviderError("rate", f"`{candidate.id}` asks to be left alone.", wait)
        else:
            closed = ProviderError(
                "overloaded", f"`{candidate.id}` has failed several times.", wait
            )
        self._last = self._last or closed

    async def _pause(self, attempt: int) -> bool:
        """Wait before another attempt, with jitter; False where that would be too long."""
        assert self._last is not None
        pause = self._last.retry_after
        if pause is None:
            pause = random.uniform(0.5, 1.0) * FIRST_PAUSE_S * 2 ** (attempt - 1)  # noqa: S311
        longest = min(self._router.longest_wait_s, self._deadline - time.monotonic())
        if pause > longest:
            return False
        await asyncio.sleep(pause)
        return True
