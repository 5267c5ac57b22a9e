"""Writes each request to a model into the ledger, whatever becomes of it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from ..usage.service import Call, Counts, UsageService
from .providers import Delta, End, Event, Outcome, ProviderError, ToolCall, Usage

UNBILLED: frozenset[Outcome] = frozenset(
    {"auth", "quota", "rate", "overloaded", "refused", "context"}
)
"""Of a request that was turned down before its first word nothing is billed."""
BYTES_A_TOKEN = 4

Price = Callable[[str, Usage], float | None]


def estimated_tokens(size: int) -> int:
    """About how many tokens so many bytes of UTF-8 are."""
    return -(-size // BYTES_A_TOKEN)


@dataclass
class Entry:
    """What is known of a request so far. written: bytes of its reply."""

    outcome: Outcome = "cancelled"
    used: Usage | None = None
    written: int = 0
    first_s: float | None = None

    def counts(self, call: Call, price: Price) -> Counts:
        """What it took: as the provider said, else estimated by what was sent and written."""
        used = self.used
        if used is not None and (used.input_tokens or used.output_tokens):
            cost = price(call.model, used)
            return Counts(used.input_tokens, used.output_tokens, used.cached_tokens, cost)
        if self.outcome in UNBILLED and not self.written:
            return Counts()
        guess = Usage(call.input_tokens, estimated_tokens(self.written))
        cost = price(call.model, guess)
        return Counts(guess.input_tokens, guess.output_tokens, 0, cost, estimated=True)


@asynccontextmanager
async def recorded(ledger: UsageService, call: Call, price: Price) -> AsyncGenerator[Entry, None]:
    """Write a request down: before it is made, with what it costs at least, and when it is over.
    Raises what UsageService.check_limit does."""
    entry = Entry()
    call = replace(
        call,
        input_usd=price(call.model, Usage(call.input_tokens)),
        most_usd=price(call.model, Usage(call.input_tokens, call.reply_tokens)),
    )
    await ledger.check_limit()
    ledger.begin(call)
    try:
        yield entry
    except ProviderError as error:
        entry.outcome = error.outcome
        raise
    finally:
        ledger.end(call, entry.outcome, entry.counts(call, price), entry.first_s)


async def metered(
    stream: AsyncGenerator[Event, None], ledger: UsageService, call: Call, price: Price
) -> AsyncGenerator[Event, None]:
    """Pass a reply on, and write it down. Raises as `recorded`."""
    async with recorded(ledger, call, price) as entry:
        began = time.monotonic()
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, Delta):
                    if entry.first_s is None:
                        entry.first_s = time.monotonic() - began
                    entry.written += len(event.text.encode("utf-8", "replace"))
                elif isinstance(event, ToolCall):
                    entry.written += len(json.dumps(event.arguments, ensure_ascii=False))
                elif isinstance(event, Usage):
                    entry.used = event
                elif isinstance(event, End):
                    entry.outcome = "ok" if entry.written else "malformed"
                yield event
        if entry.outcome == "cancelled":
            entry.outcome = "cut"
