"""A table of medians, ours beside the peer's, each with its goal and whether it was met."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from statistics import median

Samples = Sequence[float]


@dataclasses.dataclass(frozen=True)
class Goal:
    """What is asked of a measurement."""

    said: str
    met: Callable[[float, float | None], bool]
    """Given our median and the peer's."""


def at_most(limit: float, unit: str) -> Goal:
    """Our value, whatever the peer's."""
    return Goal(f"at most {limit:g} {unit}", lambda ours, _: ours <= limit)


def at_least(limit: float, unit: str) -> Goal:
    """Our value, whatever the peer's."""
    return Goal(f"at least {limit:g} {unit}".rstrip(), lambda ours, _: ours >= limit)


def at_most_over(limit: float, unit: str) -> Goal:
    """So much over the peer's."""
    return Goal(
        f"at most +{limit:g} {unit}", lambda ours, peer: peer is not None and ours - peer <= limit
    )


def at_most_times(limit: float) -> Goal:
    """So many times the peer's."""
    return Goal(
        f"at most {limit:g} x", lambda ours, peer: peer is not None and ours <= limit * peer
    )


class Report:
    """Rows of measurements, printed one by one as they come; make it before the first of them."""

    def __init__(self, ours: str, peer: str) -> None:
        self._met = True
        load, cores = os.getloadavg()[0], os.cpu_count() or 1
        if load > cores / 2:
            print(f"the machine is busy: load {load:.1f} on {cores} cores; times will scatter")
        print(f"{'median (least … most)':<36}{peer:>26}{ours:>26}{'':>18}  goal", flush=True)

    def add(
        self, what: str, unit: str, ours: Samples, peer: Samples = (), goal: Goal | None = None
    ) -> None:
        """Print a row; a goal that it misses makes the whole miss."""
        our, other = median(ours), median(peer) if peer else None
        against = "" if other is None else f"{our - other:+.2f} {our / other:>7.2f} x"
        verdict = ""
        if goal:
            met = goal.met(our, other)
            self._met = self._met and met
            verdict = f"{goal.said}: {'met' if met else 'MISSED'}"
        label = f"{what}, {unit}" if unit else what
        print(
            f"{label:<36}{_spread(peer):>26}{_spread(ours):>26}{against:>18}  {verdict}",
            flush=True,
        )

    def status(self) -> int:
        """Say whether every goal was met; 0 if so, for the process."""
        print("goals kept" if self._met else "GOALS MISSED", flush=True)
        return 0 if self._met else 1


def _spread(samples: Samples) -> str:
    if not samples:
        return "-"
    if len(samples) == 1:
        return f"{samples[0]:.2f}"
    return f"{median(samples):.2f} ({min(samples):.2f} … {max(samples):.2f})"
