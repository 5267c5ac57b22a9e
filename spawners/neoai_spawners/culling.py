"""When a server is ended because nobody uses it, or because it has run for long enough."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from .profiles import Frozen
from .protocols import Notice

IDLE = "idle"
AGE = "age"
Minutes = Annotated[int, Field(ge=0, le=24 * 60)]


class CullTimes(Frozen):
    """After how many seconds the servers of a group's members are ended."""

    idle_s: float | None = Field(
        None, ge=0, description="Seconds without activity. 0: never. Not set: it does not say."
    )
    max_age_s: float | None = Field(
        None, ge=0, description="Seconds after the start, whatever it does. 0: never."
    )


class Culling(Frozen):
    """The times of the hub and of its groups.

    Several groups combine so: of each time by itself, the longest that the user's groups name
    holds, where 0, never, is the longest of all; the hub's own holds where none of them names one.
    """

    idle_s: float = Field(
        0.0,
        ge=0,
        description="A server that was idle for so many seconds is stopped. 0: never.",
    )
    max_age_s: float = Field(
        0.0,
        ge=0,
        description="A server that has run for so many seconds is stopped, whatever it does. "
        "0: never.",
    )
    warn_minutes: tuple[Minutes, ...] = Field(
        (15, 5),
        description="Minutes before the end at which its user is warned, at most half of the time.",
    )
    cull_busy: tuple[str, ...] = Field(
        (),
        description="What keeps no server from being idle: `kernels` (running cells), `terminals` "
        "(running programs), `index`, `replies` (of models), `builds`, `previews`, `agents`.",
    )
    groups: Mapping[str, CullTimes] = Field(
        default_factory=dict,
        description="Tables by the group's name with `idle_s` and `max_age_s`, in place of the "
        "hub's own; of a user's several groups the longest time holds.",
    )

    def times_of(self, groups: Collection[str]) -> CullTimes:
        """What holds for a member of these groups; neither is None."""
        named = [self.groups[name] for name in groups if name in self.groups]
        return CullTimes(
            idle_s=_longest([each.idle_s for each in named], self.idle_s),
            max_age_s=_longest([each.max_age_s for each in named], self.max_age_s),
        )

    def due_s(self, after_s: float) -> float:
        """How long before an end after `after_s` the first warning is."""
        return min(max(self.warn_minutes, default=0) * 60.0, after_s / 2)

    def grace_s(self, after_s: float) -> float:
        """How long a server is left alone at least that is warned for the first time."""
        return min(min(self.warn_minutes, default=0) * 60.0, after_s / 2)

    def notice(self, kind: str, after_s: float, left_s: float, now: datetime) -> Notice:
        """The warning of an end in `left_s`, or that it has come."""
        ends = now + timedelta(seconds=left_s)
        if left_s <= 0:
            return Notice(kind, ends, _over(kind, after_s))
        due = [m for m in self.warn_minutes if left_s <= min(m * 60.0, after_s / 2)]
        first = max(self.warn_minutes, default=1)
        return Notice(kind, ends, _soon(kind, after_s, left_s), min(due, default=first) or 1)


def _longest(named: list[float | None], otherwise: float) -> float:
    said = [value for value in named if value is not None]
    if not said:
        return otherwise
    return 0.0 if 0.0 in said else max(said)


def _soon(kind: str, after_s: float, left_s: float) -> str:
    within = span(left_s)
    if kind == AGE:
        return (
            f"Servers run for {span(after_s)} at most here. In about {within} your work is saved "
            "and this one is stopped; you can start it again."
        )
    return (
        f"Nothing has been done here for a while. Unless you go on within about {within}, your "
        "work is saved and the server is stopped."
    )


def _over(kind: str, after_s: float) -> str:
    if kind == AGE:
        return f"Your server was stopped: it had run for {span(after_s)}, the longest allowed."
    return f"Your server was stopped: nothing had been done on it for {span(after_s)}."


def span(seconds: float) -> str:
    """A time for people: `40 seconds`, `5 minutes`, `1.5 hours`."""
    for unit, length in (("hour", 3600.0), ("minute", 60.0)):
        if seconds >= length:
            return _counted(seconds / length, unit, 1 if unit == "hour" else 0)
    return _counted(max(1.0, seconds), "second", 0)


def _counted(count: float, unit: str, digits: int) -> str:
    text = f"{count:.{digits}f}".removesuffix(".0")
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"
