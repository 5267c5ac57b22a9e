"""What forms send; quotas as their fields: people write GiB and `none`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import Request

from ..quotas.models import KINDS, Kind, Quota, Scope

GIB = 2**30
NO_LIMIT = "none"
UNITS = {"cores": "cores", "bytes": "GiB", "servers": "servers", "hours": "hours", "usd": "$"}


class Mistake(Exception):
    """A field cannot be read; the text names it."""


@dataclass(frozen=True)
class Row:
    """One quota's fields as they stand in the form."""

    kind: Kind
    shared: bool
    limit: str
    window: str

    @property
    def field(self) -> str:
        """The name that its fields begin with."""
        return _field(self.kind, self.shared)

    @property
    def unit(self) -> str:
        """What the limit is written in."""
        return UNITS[self.kind.unit]


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of the form that was sent, as text."""
    return {key: str(value) for key, value in (await request.form()).items()}


def rows(scope: Scope, fields: Mapping[str, str]) -> list[Row]:
    """Every quota that can be set for a scope, with what the fields say."""
    return [
        Row(
            kind,
            shared,
            fields.get(f"{_field(kind, shared)}.limit", ""),
            fields.get(f"{_field(kind, shared)}.window", ""),
        )
        for shared in ((False,) if scope == "user" else (False, True))
        for kind in KINDS.values()
    ]


def written(quotas: Sequence[Quota]) -> dict[str, str]:
    """The fields of quotas that are set."""
    fields = {}
    for quota in quotas:
        kind = KINDS[quota.kind]
        name = _field(kind, quota.shared)
        limit = quota.limit
        if limit is not None and kind.unit == "bytes":
            limit /= GIB
        fields[f"{name}.limit"] = NO_LIMIT if limit is None else f"{limit:.10g}"
        fields[f"{name}.window"] = quota.window or ""
    return fields


def read(scope: Scope, fields: Mapping[str, str]) -> list[Quota]:
    """The quotas that the fields say; an empty limit sets none. Raises Mistake, ValidationError."""
    return [_quota(row) for row in rows(scope, fields) if row.limit.strip()]


def limit_of(row: Row) -> float | None:
    """The limit in the kind's unit; None for no limit. Raises Mistake."""
    text = row.limit.strip().casefold()
    if text == NO_LIMIT:
        return None
    try:
        limit = float(text)
    except ValueError:
        limit = math.nan
    if not 0 <= limit < math.inf:
        label = row.kind.label
        raise Mistake(f"{label}: “{row.limit}” is neither a number nor “none”.")
    return limit * GIB if row.kind.unit == "bytes" else limit


def _quota(row: Row) -> Quota:
    limit = limit_of(row)
    window = row.window.strip() or None
    if row.kind.timed and window is None:
        raise Mistake(f"{row.kind.label}: a window is needed, like week or 24h.")
    return Quota(kind=row.kind.name, limit=limit, window=window, shared=row.shared)


def _field(kind: Kind, shared: bool) -> str:
    return f"{kind.name}.{'shared' if shared else 'each'}"
