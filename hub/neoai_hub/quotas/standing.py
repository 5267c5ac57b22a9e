"""How much of a quota is used, and what is said of it to people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from neoai_spawners.protocols import Denial, Notice

from .rules import Rule

HOUR_S = 3600.0
ROUNDING = 1e-9


@dataclass(frozen=True)
class Standing:
    """A quota as it stands, in its unit. `held` is reserved and not yet used, `rate` is what
    running servers use a second; `slots` is what was used when."""

    rule: Rule
    used: float
    held: float = 0.0
    rate: float = 0.0
    slots: tuple[tuple[datetime, float], ...] = ()

    @property
    def left(self) -> float:
        """What may still be taken; negative where more was used than is allowed now."""
        return self.rule.limit - self.used - self.held

    def room_for(self, asked: float) -> bool:
        """Whether a start may take so much. One that asks for nothing is refused above the limit
        alone."""
        return self.left - asked >= -ROUNDING * max(1.0, self.rule.limit)

    def denial(self, asked: float, now: datetime, zone: ZoneInfo) -> Denial:
        """Why there is no room."""
        rule = self.rule
        refills = None
        if rule.window is not None:
            refills = rule.window.refill(asked - self.left, self.slots, now, zone)
        return Denial(
            quota=rule.kind.name,
            scope=rule.scope,
            limit=rule.limit,
            used=self.used + self.held,
            asked=asked,
            unit=rule.kind.unit,
            refills_at=refills,
            message=self._why(asked, refills, zone),
        )

    def notice(
        self, now: datetime, zone: ZoneInfo, warn_minutes: list[int], ahead: timedelta
    ) -> Notice | None:
        """What running servers are told: once it runs out within the first warning's time, to be
        said not later than that, so `ahead` of it."""
        rule = self.rule
        if rule.window is None or self.rate <= 0:
            return None
        left = rule.limit - self.used
        ends = rule.window.runs_out(left, self.rate, self.slots, now, zone)
        due = [
            minutes for minutes in warn_minutes if ends - now <= timedelta(minutes=minutes) + ahead
        ]
        if ends <= now:
            return Notice(rule.kind.name, ends, self._over(), 0)
        if not due:
            return None
        minutes = min(due)
        about = max(1, round((ends - now) / timedelta(minutes=1)))
        return Notice(rule.kind.name, ends, self._soon(about), minutes)

    def _why(self, asked: float, refills: datetime | None, zone: ZoneInfo) -> str:
        rule = self.rule
        words = f" {rule.window.words}" if rule.window else ""
        text = (
            f"{rule.kind.label}: {whose(rule.scope)} {amount(rule.limit, rule.kind.unit)}{words}, "
            f"{amount(self.used + self.held, rule.kind.unit)} "
            + ("used or reserved" if rule.window else "in use")
        )
        if asked:
            text += f", and this needs {amount(asked, rule.kind.unit)}"
        return f"{text}. {self._way_out(refills, zone)}"

    def _way_out(self, refills: datetime | None, zone: ZoneInfo) -> str:
        if refills is not None:
            local = refills.astimezone(zone)
            return f"There is enough again from {local:%Y-%m-%d %H:%M} ({zone.key})."
        if self.rule.kind.name == "storage":
            return (
                "Delete files in a server that you start to clean up, or ask an administrator for "
                "more."
            )
        if self.rule.window is None and self.rule.limit > 0:
            return "Stop another server first, or ask an administrator for more."
        return "Ask an administrator for more."

    def _soon(self, minutes: int) -> str:
        plural = "" if minutes == 1 else "s"
        return (
            f"{self.rule.kind.label} run out in about {minutes} minute{plural}: "
            "your work is saved and the server is stopped then. Ask an administrator for more."
        )

    def _over(self) -> str:
        rule = self.rule
        return (
            f"{rule.kind.label} have run out: {whose(rule.scope)} "
            f"{amount(rule.limit, rule.kind.unit)}{f' {rule.window.words}' if rule.window else ''}."
        )


def whose(scope: str) -> str:
    """The beginning of a sentence about what a scope allows."""
    if scope.startswith("group:"):
        return f"the group {scope[6:]} allows"
    return "your own quota is" if scope == "user" else "the hub's default is"


def amount(value: float, unit: str) -> str:
    """A quantity for people: `12 GiB`, `1.5 h`, `$3.00`, `2 cores`."""
    if unit == "bytes":
        for name in ("B", "KiB", "MiB", "GiB"):
            if abs(value) < 1024:
                return f"{_short(value)} {name}"
            value /= 1024
        return f"{_short(value)} TiB"
    if unit == "usd":
        return f"${value:.2f}"
    if unit == "hours":
        return f"{_short(value)} h"
    return f"{_short(value)} {unit.removesuffix('s') if value == 1 else unit}"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
