"""Which quotas apply to a user, and how several combine.

Of one kind: a user's own quota replaces what the groups give; of several groups the one that
leaves most room now applies; the default is for users with neither. A shared quota, of a group or
of the whole hub, applies beside these, each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .models import KINDS, Kind
from .windows import Window

HUB = "hub"


def user_subject(name: str) -> str:
    """What stands for a user's own use in the ledger."""
    return f"user:{name}"


def group_subject(name: str) -> str:
    """What stands for the use of all members of a group."""
    return f"group:{name}"


def subjects_of(user: str, groups: Iterable[str]) -> list[str]:
    """Everything that a user's use counts in."""
    return [user_subject(user), *(group_subject(group) for group in sorted(set(groups))), HUB]


class SetQuota(NamedTuple):
    """A quota as the database has it: the fields of a `QuotaRow`."""

    scope: str
    name: str
    kind: str
    shared: bool
    limit: float | None
    window: str | None


@dataclass(frozen=True)
class Rule:
    """A quota that applies: where it was set, how much, and whose use counts."""

    kind: Kind
    scope: str
    subject: str
    limit: float
    window: Window | None


# All clauses must have room; of a clause's rules the one with most room counts.
Clause = tuple[Rule, ...]


def clauses(rows: Sequence[SetQuota], user: str, groups: Iterable[str]) -> list[Clause]:
    """What applies to this user, from the rows of the user, the groups and the default."""
    names = set(groups)
    mine = [row for row in rows if row.scope != "group" or row.name in names]
    found: list[Clause] = []
    for kind in KINDS:
        of_kind = [row for row in mine if row.kind == kind]
        for scope in ("user", "group", "default"):
            own = [row for row in of_kind if row.scope == scope and not row.shared]
            if own:
                found.append(tuple(_rule(row, user_subject(user)) for row in own if _limited(row)))
                if not all(_limited(row) for row in own):
                    found.pop()
                break
        found += [
            (_rule(row, group_subject(row.name) if row.scope == "group" else HUB),)
            for row in of_kind
            if row.shared and _limited(row)
        ]
    return found


def _limited(row: SetQuota) -> bool:
    return row.limit is not None


def _rule(row: SetQuota, subject: str) -> Rule:
    assert row.limit is not None
    scope = {"user": "user", "default": "default"}.get(row.scope, f"group:{row.name}")
    window = Window(row.window) if row.window else None
    return Rule(KINDS[row.kind], scope, subject, row.limit, window)
