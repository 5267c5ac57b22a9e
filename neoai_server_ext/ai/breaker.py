"""Circuit breakers: a model that keeps failing is left alone for a while, then probed by one
request.

After M. Nygard, *Release It!* (closed, open, half-open), with the provider's own `Retry-After`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .providers import Outcome

AT_ONCE: frozenset[Outcome] = frozenset({"auth", "quota"})
COUNTED: frozenset[Outcome] = frozenset(
    {"overloaded", "timeout", "malformed", "cut", "rate", *AT_ONCE}
)
LONGEST_S = 600.0


@dataclass
class Breaker:
    """One model's. failures: so many in a row open it; cooldown_s: for how long at first, twice as
    long each time a probe fails. `clock` counts seconds and never jumps."""

    failures: int = 3
    cooldown_s: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failed: int = 0
    _openings: int = 0
    _until: float = 0.0
    _probing: bool = False
    _was_told: bool = False

    @property
    def wait_s(self) -> float:
        """Seconds until it lets a request through again; 0 where it does."""
        return max(0.0, self._until - self.clock())

    @property
    def was_told(self) -> bool:
        """Whether it is the provider that asked to wait."""
        return self._was_told and self.wait_s > 0

    def admit(self, *, force: bool = False) -> bool:
        """Whether a request may go out now; half-open, one at a time may. Tell how it ended.

        force: even while it is open, for where nothing else is left; not while the provider
        itself asked to wait.
        """
        if self.wait_s > 0 and not (force and not self.was_told):
            return False
        if self._openings:
            if self._probing and not force:
                return False
            self._probing = True
        return True

    def succeeded(self) -> None:
        """The model answered: it is closed."""
        self._failed = self._openings = 0
        self._until = 0.0
        self._probing = self._was_told = False

    def failed(self, outcome: Outcome, retry_after: float | None = None) -> None:
        """The model did not answer. What is not its fault (`refused`, `context`, `cancelled`)
        only ends a probe."""
        was_probing, self._probing = self._probing, False
        if outcome not in COUNTED:
            return
        self._failed += 1
        self._was_told = outcome == "rate" and retry_after is not None
        if outcome == "rate" and retry_after is not None:
            self._until = self.clock() + min(retry_after, LONGEST_S)
        elif was_probing or outcome in AT_ONCE or self._failed >= self.failures:
            self._openings += 1
            pause = self.cooldown_s * 2 ** (self._openings - 1)
            self._until = self.clock() + min(pause, LONGEST_S)
