"""Applies what is written as a patch: unified hunks, or blocks to search for and to put there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .lines import Unplaced

HUNK = re.compile(r"^@@ -(?P<row>\d+)(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
SEARCH = re.compile(
    r"^<{5,9} ?SEARCH\s*\n(?P<old>.*?)^={5,9}\s*\n(?P<new>.*?)^>{5,9} ?REPLACE",
    re.MULTILINE | re.DOTALL,
)
HEADS = ("--- ", "+++ ", "diff ", "index ", "\\ No newline")


def is_patch(code: str) -> bool:
    """Whether code says what to change instead of being it."""
    return bool(HUNK.search(code) or SEARCH.search(code))


def patched(old: str, code: str) -> str:
    """The old text, changed. Raises Unplaced where what is to be changed is not there once."""
    lines = old.split("\n")
    shift = 0
    for row, before, after in _changes(code):
        at = _located(lines, before, None if row is None else row - 1 + shift)
        lines[at : at + len(before)] = after
        shift += len(after) - len(before)
    return "\n".join(lines)


def _changes(code: str) -> Iterator[tuple[int | None, list[str], list[str]]]:
    for block in SEARCH.finditer(code):
        yield None, block["old"].splitlines(), block["new"].splitlines()
    heads = list(HUNK.finditer(code)) if SEARCH.search(code) is None else []
    ends = [*(head.start() for head in heads[1:]), len(code)]
    for head, end in zip(heads, ends, strict=False):
        body = code[code.index("\n", head.start()) + 1 : end].split("\n")
        said = [line for line in body if not line.startswith(HEADS)]
        while said and not said[-1]:
            said.pop()
        yield (
            int(head["row"]),
            [line[1:] for line in said if not line.startswith("+")],
            [line[1:] for line in said if not line.startswith("-")],
        )


def _located(lines: Sequence[str], before: Sequence[str], near: int | None) -> int:
    """Where lines stand: exactly, else but for their indentation; of several the nearest."""
    if not before:
        return min(max(near or 0, 0), len(lines))
    for bare in (str.rstrip, str.strip):
        wanted = [bare(line) for line in before]
        have = [bare(line) for line in lines]
        at = [
            row
            for row in range(len(have) - len(wanted) + 1)
            if have[row] == wanted[0] and have[row : row + len(wanted)] == wanted
        ]
        if near is not None and at:
            return min(at, key=lambda row: abs(row - near))
        if len(at) == 1:
            return at[0]
    shown = next((line.strip() for line in before if line.strip()), "")[:60]
    raise Unplaced(f"What it changes, near `{shown}`, does not stand in the file once.")
