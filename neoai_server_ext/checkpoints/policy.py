"""Which checkpoints and versions are kept as they age: all of the last day, then one an hour, one
a day, one a week. Pure functions of the moments."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from .history import moment_of

STEPS = (
    (timedelta(days=1), None),
    (timedelta(days=7), timedelta(hours=1)),
    (timedelta(days=30), timedelta(days=1)),
    (timedelta.max, timedelta(days=7)),
)


def kept(identities: Iterable[str], now: datetime, max_age: timedelta) -> set[str]:
    """Those that stay: the newest of each period of its age's step, and always the newest."""
    newest_first = sorted(identities, reverse=True)
    stay = set(newest_first[:1])
    periods: set[tuple[timedelta, int]] = set()
    for identity in newest_first:
        age = now - moment_of("-".join(identity.split("-")[:2]))
        if age > max_age:
            continue
        period = next(period for limit, period in STEPS if age < limit)
        if period is None:
            stay.add(identity)
            continue
        slot = (period, int((now - age).timestamp() // period.total_seconds()))
        if slot not in periods:
            periods.add(slot)
            stay.add(identity)
    return stay
