"""When to show a reply that is still growing.

The chat sends a message's whole body with every update, so updates are rationed: a reply of 30 KB
goes to each client in less than three times its size, however many pieces the model sends. Short
replies, which most are, are shown as they grow.
"""

from __future__ import annotations

ALLOWANCE = 16_000
STEP = 200
INTERVAL_S = 0.1
ENVELOPE = 450
LATER = (5_000, 10_000, 18_000, 45_000)
GROWTH = 2.5


class Pace:
    """Decides, for a growing body, when the next update is due.

    While ALLOWANCE bytes last, that is every STEP bytes (or a tenth more) and INTERVAL_S seconds;
    after that at the sizes LATER, and then whenever it has grown by GROWTH.
    """

    def __init__(self) -> None:
        self._spent = 0
        self._shown = 0
        self._at = float("-inf")

    def due(self, size: int, now: float) -> bool:
        """Whether to show a body of `size` bytes at `now` (seconds); if so it counts as shown."""
        if now - self._at < INTERVAL_S or size < self._next():
            return False
        self._spent += size + ENVELOPE
        self._shown = size
        self._at = now
        return True

    def _next(self) -> float:
        step = self._shown + max(STEP, self._shown // 10)
        if self._spent + step + ENVELOPE <= ALLOWANCE:
            return step if self._shown else 1
        return next((size for size in LATER if size > self._shown), self._shown * GROWTH)
