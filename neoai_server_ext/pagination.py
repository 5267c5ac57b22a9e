"""Cursor pagination: `?limit=&cursor=` in, `{items, next_cursor}` out."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from .errors import BadInput

T = TypeVar("T")

MAX_CURSOR = 8192


class PageQuery(BaseModel):
    """The query of a list."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many items at the most.")
    cursor: str | None = Field(
        default=None,
        max_length=MAX_CURSOR,
        description="`next_cursor` of the page before; absent for the first page.",
    )


class Page(BaseModel, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None = None


def encode_cursor(position: Any) -> str:
    """Pack a position (any JSON value) into an opaque, URL-safe cursor."""
    raw = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> Any:
    """Unpack a cursor of `encode_cursor`; raises BadInput for anything else."""
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        raise BadInput("The cursor is not one that this list gave out.") from None
