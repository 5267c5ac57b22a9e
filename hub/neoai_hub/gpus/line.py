"""Who gets which of the free devices, and when the next is expected: no database, no clock.

First come, first served: who waits longer takes first, and where there is not enough for them yet,
what is free on the node that lacks least is kept for them, so that a wish for many is not starved
by wishes for one.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from neoai_spawners.protocols import Device

FEWEST_PAST = 3


@dataclass(frozen=True)
class Wish:
    """So many devices of a kind (any, where it is empty), all of one node."""

    gpus: int
    kind: str = ""

    def fits(self, device: Device) -> bool:
        """Whether it is of the kind."""
        return not self.kind or device.kind.casefold() == self.kind.casefold()


def possible(wish: Wish, devices: Iterable[Device]) -> bool:
    """Whether there would be enough if all were free."""
    nodes = _by_node(wish, devices)
    return any(len(found) >= wish.gpus for found in nodes.values())


def pick(wish: Wish, free: Iterable[Device]) -> tuple[Device, ...]:
    """Devices for a wish, from the node where fewest stay behind; empty where there are not
    enough."""
    enough = [found for found in _by_node(wish, free).values() if len(found) >= wish.gpus]
    if not enough:
        return ()
    return tuple(min(enough, key=len)[: wish.gpus])


def left_for(ahead: Sequence[Wish], free: Sequence[Device], all_: Sequence[Device]) -> list[Device]:
    """What is free once those ahead in the line have taken, or are kept, theirs."""
    remaining = list(free)
    for wish in ahead:
        taken: Sequence[Device] = pick(wish, remaining)
        if not taken:
            able = {node for node, found in _by_node(wish, all_).items() if len(found) >= wish.gpus}
            nodes = _by_node(wish, (device for device in remaining if device.node in able))
            taken = max(nodes.values(), key=len, default=[])
        remaining = [device for device in remaining if device not in taken]
    return remaining


def position(wish: Wish, ahead: Sequence[Wish], devices: Sequence[Device]) -> int:
    """The place, from 1, among those who wait for the same devices."""
    return 1 + len(_rivals(wish, ahead, devices))


def lacking(
    wish: Wish, ahead: Sequence[Wish], free: Sequence[Device], devices: Sequence[Device]
) -> int:
    """How many devices must be given back until the wish can be met."""
    wanted = wish.gpus + sum(other.gpus for other in _rivals(wish, ahead, devices))
    return max(1, wanted - sum(wish.fits(device) for device in free))


def expected(
    needed: int, ages_s: Sequence[float], past_s: Sequence[float], now: datetime
) -> datetime | None:
    """When `needed` of the leases that have lasted so long will have ended, by how long those of
    the past lasted; None where too few have ended to tell, or too few are held."""
    if len(past_s) < FEWEST_PAST or needed > len(ages_s):
        return None
    ends = sorted(_left(age, past_s) for age in ages_s)
    return now + timedelta(seconds=ends[needed - 1])


def _left(age: float, past_s: Sequence[float]) -> float:
    longer = [past - age for past in past_s if past > age]
    return statistics.median(longer or past_s)


def _rivals(wish: Wish, ahead: Sequence[Wish], devices: Sequence[Device]) -> list[Wish]:
    mine = [device for device in devices if wish.fits(device)]
    return [other for other in ahead if any(other.fits(device) for device in mine)]


def _by_node(wish: Wish, devices: Iterable[Device]) -> dict[str, list[Device]]:
    nodes: dict[str, list[Device]] = {}
    kind = wish.kind.casefold()
    for device in devices:
        if not kind or device.kind == wish.kind or device.kind.casefold() == kind:
            nodes.setdefault(device.node, []).append(device)
    return nodes
