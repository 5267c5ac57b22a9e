"""Writes each request to a model into the ledger, whatever becomes of it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from ..usage.service import Call, Counts, UsageService
from .providers import Delta, End, Event, Outcome, ProviderError, Usage

UNBILLED: frozenset[Outcome] = frozenset(
    {"auth", "quota", "rate", "overloaded", "refused", "context"}
)
"""Of a request that was turned down before its first word nothing is billed."""
BYTES_A_TOKEN = 4

Price = Callable[[str, Usage], float | None]


def estimated_tokens(size: int) -> int:
    """About how many tokens so many bytes of UTF-8 are."""
    return -(-size // BYTES_A_TOKEN)


def counts(call: Call, price: Price, outcome: Outcome, used: Usage | None, written: int) -> Counts:
    """What a request took: as the provider said, else estimated by what was sent and written."""
    if used is not None and (used.input_tokens or used.output_tokens):
        cost = price(call.model, used)
        return Counts(used.input_tokens, used.output_tokens, used.cached_tokens, cost)
    if outcome in UNBILLED and not written:
        return Counts()
    guess = Usage(call.input_tokens, estimated_tokens(written))
    cost = price(call.model, guess)
    return Counts(guess.input_tokens, guess.output_tokens, 0, cost, estimated=True)


async def metered(
    stream: AsyncGenerator[Event, None], ledger: UsageService, call: Call, price: Price
) -> AsyncGenerator[Event, None]:
    """Pass a reply on, and write it down: before it is asked for, and when it is over."""
    outcome: Outcome = "cancelled"
    used: Usage | None = None
    first: float | None = None
    written = 0
    began = time.monotonic()
    ledger.begin(call)
    try:
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Delta):
                    first = time.monotonic() - began if first is None else first
                    written += len(event.text.encode("utf-8", "replace"))
                elif isinstance(event, Usage):
                    used = event
                elif isinstance(event, End):
                    outcome = "ok" if written else "malformed"
                yield event
        if outcome == "cancelled":
            outcome = "cut"
    except ProviderError as error:
        outcome = error.outcome
        raise
    finally:
        ledger.end(call, outcome, counts(call, price, outcome, used, written), first)
