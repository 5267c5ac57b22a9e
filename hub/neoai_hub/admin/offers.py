"""Why a profile is offered to somebody, or not: the catalogue's rule in words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from neoai_spawners.profiles import Catalogue, Limits, Profile

from ..quotas.standing import amount

LABELS = {"cpus": "CPU cores", "memory": "Memory", "gpus": "GPUs", "storage": "Storage"}
UNITS = {"cpus": "cores", "memory": "bytes", "gpus": "GPUs", "storage": "bytes"}
SECRET_NAME = re.compile(
    r"KEY|TOKEN|SECRET|PASS|PWD|CREDENTIAL|AUTH|PRIVATE|COOKIE|DSN|CONNECTION", re.IGNORECASE
)
SECRET_VALUE = re.compile(r"://[^/\s]*@|[A-Za-z0-9+_=-]{32,}|-----BEGIN")
HIDDEN = "hidden"


@dataclass(frozen=True)
class Holding:
    """The most of one resource that a server of somebody's may take, and who says so."""

    label: str
    most: str
    said_by: str


@dataclass(frozen=True)
class Offer:
    """A profile, and what keeps somebody from it; nothing where it is offered."""

    profile: Profile
    against: tuple[str, ...]


def holdings(catalogue: Catalogue, groups: Collection[str]) -> list[Holding]:
    """What `Catalogue.limits_of` finds, with the groups that it comes from."""
    return [
        Holding(
            LABELS[resource],
            "not limited" if value is None else amount(value, UNITS[resource]),
            _said_by(catalogue, resource, value, groups),
        )
        for resource, value in catalogue.limits_of(groups)
    ]


def offers(catalogue: Catalogue, groups: Collection[str]) -> list[Offer]:
    """Every profile in the hub's order; those with nothing against them are
    `Catalogue.offered`."""
    limits = catalogue.limits_of(groups)
    return [
        Offer(profile, tuple(_against(profile, limits, groups))) for profile in catalogue.profiles
    ]


def named_groups(catalogue: Catalogue) -> list[str]:
    """The groups that profiles or limits name."""
    named = {group for profile in catalogue.profiles for group in profile.groups}
    return sorted(named | set(catalogue.limits))


def shown(profile: Profile) -> list[tuple[str, str]]:
    """The environment by name; what may be a secret is hidden."""
    return [
        (name, HIDDEN if SECRET_NAME.search(name) or SECRET_VALUE.search(value) else value)
        for name, value in profile.environment.items()
    ]


def _said_by(
    catalogue: Catalogue, resource: str, value: float | None, groups: Collection[str]
) -> str:
    naming = {
        group: said
        for group in sorted(groups)
        if group in catalogue.limits
        and (said := getattr(catalogue.limits[group], resource)) is not None
    }
    if not naming:
        return "nobody" if value is None else "the default"
    most = [group for group, said in naming.items() if said == value]
    words = f"the group {most[0]}" if len(most) == 1 else f"the groups {', '.join(most)}"
    less = [
        f"{group} says {amount(said, UNITS[resource])}"
        for group, said in naming.items()
        if said != value
    ]
    return f"{words}, the most generous ({'; '.join(less)})" if less else words


def _against(profile: Profile, limits: Limits, groups: Collection[str]) -> Iterator[str]:
    if profile.groups and not set(profile.groups) & set(groups):
        words = " or ".join(profile.groups)
        yield f"only for members of {words}"
    for resource, most in limits:
        takes = getattr(profile, resource)
        if most is not None and takes > most:
            wants, limit = (amount(each, UNITS[resource]) for each in (takes, most))
            yield f"{LABELS[resource]}: takes {wants}, the limit is {limit}"
