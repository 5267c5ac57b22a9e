"""Conditional and range requests: RFC 9110, sections 13 and 14, as far as files need them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tornado.web import HTTPError

from .. import errors
from .files import Condition, FileState

TAG = re.compile(r'(?:W/)?"[^"]*"|\*')
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def condition(headers: Mapping[str, str]) -> Condition:
    """The condition of a write; raises BadInput for headers that cannot be read."""
    match: tuple[str, ...] | None = None
    if "If-Match" in headers:
        tags = TAG.findall(headers["If-Match"])
        if not tags or TAG.sub("", headers["If-Match"]).strip(" ,\t"):
            raise errors.BadInput('If-Match must be `*` or a list of quoted tags: `"…"`.')
        match = tuple(tag if tag.startswith("W/") else tag.strip('"') for tag in tags)
    none = headers.get("If-None-Match")
    if none is not None and none.strip() != "*":
        raise errors.BadInput("If-None-Match on a write can only be `*`.")
    return Condition(match, none is not None)


def wanted(headers: Mapping[str, str], state: FileState) -> tuple[int, int]:
    """The bytes asked for, from and up to; all of them where there is no usable range.

    Raises 416 for a range beyond the end.
    """
    whole = (0, state.size)
    found = RANGE.fullmatch(headers.get("Range", "").strip())
    if found is None or found[0] == "bytes=-":
        return whole
    if headers.get("If-Range", f'"{state.etag}"') != f'"{state.etag}"':
        return whole
    if not found[1]:
        start, end = max(0, state.size - int(found[2])), state.size
    else:
        start = int(found[1])
        end = min(state.size, int(found[2]) + 1) if found[2] else state.size
        if found[2] and int(found[2]) < start:
            return whole
    if start >= end:
        raise HTTPError(416, f"The file has {state.size} bytes.")
    return start, end
