"""How fast models answer: moving percentiles of their last replies in this process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LAST = 32
"""So many of a model's last requests count."""
FRESH_S = 3600.0
"""Older ones do not, so that a model that was slow once is tried again."""
LEAST = 3
"""With fewer requests than these a model counts as not measured."""
SHORTEST_S = 0.02
SLOW = 0.75
"""The percentile that is compared: how long three replies of four take at most."""


@dataclass(frozen=True)
class Speed:
    """A model's usual reply: the medians. replies: so many were measured."""

    first_s: float
    tokens_per_s: float | None
    replies: int


@dataclass(frozen=True)
class _Reply:
    at: float
    first_s: float | None = None
    tokens_per_s: float | None = None


@dataclass
class Speeds:
    """The measurements, by model. `clock` counts seconds and never jumps."""

    clock: Callable[[], float] = time.monotonic
    _replies: dict[str, deque[_Reply]] = field(default_factory=dict)

    def took(self, model: str, first_s: float, whole_s: float, tokens: int) -> None:
        """A reply came: seconds until its first piece and its end, and its length."""
        wrote_s = whole_s - first_s
        rate = tokens / wrote_s if tokens and wrote_s >= SHORTEST_S else None
        self._note(model, _Reply(self.clock(), first_s, rate))

    def failed(self, model: str) -> None:
        """None came: the model has had its try."""
        self._note(model, _Reply(self.clock()))

    def tries(self, model: str) -> int:
        """How many of its requests count."""
        return len(self._fresh(model))

    def seconds(self, model: str, tokens: int) -> float | None:
        """How long a reply of so many tokens takes in three cases of four; None where none was
        measured."""
        fresh = self._fresh(model)
        first = [reply.first_s for reply in fresh if reply.first_s is not None]
        if not first:
            return None
        rates = [1 / reply.tokens_per_s for reply in fresh if reply.tokens_per_s]
        return _percentile(first, SLOW) + (tokens * _percentile(rates, SLOW) if rates else 0.0)

    def of(self, model: str) -> Speed | None:
        """What its replies are like; None where none was measured."""
        fresh = self._fresh(model)
        first = [reply.first_s for reply in fresh if reply.first_s is not None]
        rates = [reply.tokens_per_s for reply in fresh if reply.tokens_per_s]
        if not first:
            return None
        return Speed(
            _percentile(first, 0.5), _percentile(rates, 0.5) if rates else None, len(first)
        )

    def _note(self, model: str, reply: _Reply) -> None:
        self._replies.setdefault(model, deque(maxlen=LAST)).append(reply)

    def _fresh(self, model: str) -> Sequence[_Reply]:
        replies = self._replies.get(model)
        if replies is None:
            return ()
        while replies and self.clock() - replies[0].at > FRESH_S:
            replies.popleft()
        return replies


def _percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]
