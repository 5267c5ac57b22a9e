"""What the searching program prints, file by file, in the words of the API."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

from pydantic_core import from_json

from ...utf16 import units

BEGIN = b'{"type":"begin"'
PREVIEW = 400
BEFORE = 80

Match = dict[str, Any]


class Results:
    """Collects the program's lines into files: `{path, stamp, matches}`, matches in order.

    A match is `{line, start, end, text, at}`: its line from 1, its columns in UTF-16 units, a
    part of the line, and where in the line that part begins.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._matches: list[Match] = []
        self.finished = False

    def feed(self, line: bytes) -> tuple[str, list[Match]] | None:
        """Take one line; a file's path and matches at its end, where it is no binary file."""
        if line.startswith(BEGIN):
            return None
        message = from_json(line)
        kind, content = message["type"], message["data"]
        if kind == "match":
            self._matches.extend(_matches(content))
        elif kind == "end":
            found, self._matches = self._matches, []
            path = _bytes(content["path"]).decode("utf-8", "surrogateescape").removeprefix("./")
            if found and content["binary_offset"] is None and path.isprintable():
                return path, found
        elif kind == "summary":
            self.finished = True
        return None

    def stamp(self, path: str) -> str | None:
        """By which a change of the file shows; None where it has gone."""
        return stamp(f"{self._root}/{path}")


def stamp(location: str) -> str | None:
    """Of a file on disk: its size and its time."""
    try:
        found = os.stat(location, follow_symlinks=False)  # noqa: PTH116
    except OSError:
        return None
    return f"{found.st_size:x}-{found.st_mtime_ns:x}"


def _matches(content: dict[str, Any]) -> Iterator[Match]:
    line = _bytes(content["lines"]).removesuffix(b"\n").removesuffix(b"\r")
    text = line.decode("utf-8", "replace")
    plain = text.isascii() and len(text) == len(line)
    for match in content["submatches"]:
        start, end = match["start"], min(match["end"], len(line))
        if start >= end:
            continue
        if not plain:
            first = line[:start].decode("utf-8", "replace")
            second = line[start:end].decode("utf-8", "replace")
            start, end = len(first), len(first) + len(second)
        at = max(0, start - BEFORE) if len(text) > PREVIEW else 0
        shown = text[at : at + PREVIEW]
        if plain:
            yield _match(content["line_number"], start, end, shown, at)
        else:
            start, end, at = (units(text[:position]) for position in (start, end, at))
            yield _match(content["line_number"], start, end, shown, at)


def _match(line: int, start: int, end: int, text: str, at: int) -> Match:
    return {"line": line, "start": start, "end": end, "text": text, "at": at}


def _bytes(value: dict[str, str]) -> bytes:
    return value["text"].encode() if "text" in value else b64decode(value["bytes"])
