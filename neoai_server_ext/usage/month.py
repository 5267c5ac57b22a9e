"""What this month came to, without asking the database before each request to a model."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from .journal import Record

FRESH_S = 10.0
"""Commands in terminals write into the same ledger: their costs are seen after so long."""


@dataclass
class _Own:
    """A call of this process. most: what it may cost. ended: what it cost, when it is over.
    counted: what the database's sum has of it."""

    month: str
    most: float
    ended: float | None = None
    counted: float = 0.0


class MonthCost:
    """The database's sum of a month, and what this process knows besides."""

    def __init__(self) -> None:
        self._month = ""
        self._summed = 0.0
        self._asked_at = 0.0
        self._own: dict[str, _Own] = {}

    def begun(self, call_id: str, month: str, most_usd: float) -> None:
        """A call is about to be made, and may cost so much."""
        self._own[call_id] = _Own(month, most_usd)

    def ended(self, call_id: str, cost_usd: float) -> None:
        """A call ended; that is not in the database yet."""
        self._own[call_id].ended = cost_usd

    def brought_in(self, records: Iterable[Record]) -> None:
        """These are in the database now."""
        for record in records:
            own = self._own.get(record["id"])
            if own is None:
                continue
            before, own.counted = own.counted, record.get("cost_usd") or 0.0
            if own.month == self._month:
                self._summed += own.counted - before
            if "outcome" in record:
                del self._own[record["id"]]

    def summed(self, month: str, cost_usd: float) -> None:
        """The database says so."""
        self._month, self._summed = month, cost_usd
        self.asked()

    def asked(self) -> None:
        """The database was asked just now, whatever came of it."""
        self._asked_at = time.monotonic()

    def is_known(self, month: str) -> bool:
        """Whether the database ever said what the month came to."""
        return self._month == month

    def is_fresh(self, month: str) -> bool:
        """Whether it need not be asked again yet."""
        return self.is_known(month) and time.monotonic() - self._asked_at < FRESH_S

    def cost(self, month: str) -> float:
        """All that is known of the month's costs in USD."""
        summed = self._summed if self._month == month else 0.0
        own = (call for call in self._own.values() if call.month == month)
        return summed + sum(call.ended - call.counted for call in own if call.ended is not None)

    def set_aside(self, month: str) -> float:
        """What this process's calls that are under way may still cost in USD."""
        own = (call for call in self._own.values() if call.month == month)
        return sum(max(0.0, call.most - call.counted) for call in own if call.ended is None)
