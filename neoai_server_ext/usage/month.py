"""What this month came to, without asking the database before each request to a model."""

from __future__ import annotations

import time
from collections.abc import Iterable

from .journal import Record

FRESH_S = 10.0
"""Commands in terminals write into the same ledger: their costs are seen after so long."""


class MonthCost:
    """The database's sum of a month, and what has ended in this process since."""

    def __init__(self) -> None:
        self._month = ""
        self._summed = 0.0
        self._asked_at = 0.0
        self._pending: dict[str, tuple[str, float]] = {}

    def ended(self, call_id: str, month: str, cost_usd: float) -> None:
        """A call ended; it is not in the database yet."""
        self._pending[call_id] = (month, cost_usd)

    def brought_in(self, records: Iterable[Record]) -> None:
        """These are in the database now."""
        for record in records:
            if "outcome" in record and record["id"] in self._pending:
                month, cost = self._pending.pop(record["id"])
                if month == self._month:
                    self._summed += cost

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
        return summed + sum(cost for of, cost in self._pending.values() if of == month)
