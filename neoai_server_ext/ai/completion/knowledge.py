"""What a completion is told of the project: passages about the names near the cursor, and what the
file imports. Typing does not wait for it."""

from __future__ import annotations

import asyncio
import keyword
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ... import errors
from ...index.service import Hit, IndexService
from ..context import Part, Place, passages
from ..context.imports import MAX_BYTES, imported
from ..context.parts import tokens

LINES = 12
"""So many lines before the cursor and the next say what is being written about."""
WORDS = 40
PASSAGES = 4
PASSAGE_LINES = 30
FILES = 64
FRESH_S = 3.0
ALIKE = 0.5
IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")
USUAL = frozenset(keyword.kwlist) | {"self", "const", "function", "return", "let", "var", "this"}

Key = tuple[Path, tuple[str, ...], str]


@dataclass(frozen=True)
class Near:
    """Where the cursor is. path: relative to the project. text: what stands around it."""

    path: str
    before: str
    after: str

    @property
    def names(self) -> tuple[str, ...]:
        """What is being written about, the nearest last."""
        lines = [*self.before.split("\n")[-LINES:], self.after.partition("\n")[0]]
        found = dict.fromkeys(IDENTIFIER.findall("\n".join(lines)))
        return tuple(name for name in found if name not in USUAL)[-WORDS:]


@dataclass(frozen=True)
class _Known:
    at: float
    names: frozenset[str]
    parts: tuple[Part, ...]


class Knowledge:
    """Gathers it. What was found for a file a moment ago goes along at once, and is brought up to
    date meanwhile: only the first completion in a file waits, and that shortly.

    wait_s: how long. limit: about how many tokens go along.
    """

    def __init__(self, index: IndexService, wait_s: float, limit: int) -> None:
        self._index = index
        self._wait_s = wait_s
        self._limit = limit
        self._known: OrderedDict[Key, _Known] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[None]] = {}

    async def about(self, place: Place, near: Near) -> tuple[Part, ...]:
        """The parts, the most important first; none where they take too long."""
        if place.root is None or not self._limit:
            return ()
        key = (place.root, place.hidden, near.path)
        names, now = frozenset(near.names), time.monotonic()
        known = self._known.get(key)
        is_alike = known is not None and _is_alike(known.names, names)
        if known is None or not is_alike or now - known.at > FRESH_S:
            self._refresh(key, place, near)
        if not is_alike:
            task = self._under_way.get(key)
            if task is not None:
                await asyncio.wait([task], timeout=self._wait_s)
            known = self._known.get(key)
        return known.parts if known is not None else ()

    async def close(self) -> None:
        """Stop gathering."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _refresh(self, key: Key, place: Place, near: Near) -> None:
        """Begin to gather, one at a time for each file."""
        if key not in self._under_way:
            task = asyncio.create_task(self._gather(key, place, near))
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._under_way.pop(key, None))

    async def _gather(self, key: Key, place: Place, near: Near) -> None:
        root, names = key[0], near.names
        try:
            hits = await self._index.search_folder(root, " ".join(names), 2 * PASSAGES)
            outline = await self._index.outline(root)
        except errors.NeoAIError:
            return  # there is no index yet, or it is damaged: another time
        shown = [h for h in hits if h.path != near.path and place.shows(h.path)]

        def gather() -> tuple[Part, ...]:
            paths = {path for path in outline.paths if place.shows(path)}
            found = [*_imports(place, near, paths), *passages(_shortened(shown))]
            return _fitting(found, self._limit)

        self._known[key] = _Known(
            time.monotonic(), frozenset(names), await asyncio.to_thread(gather)
        )
        self._known.move_to_end(key)
        if len(self._known) > FILES:
            self._known.popitem(last=False)


def _is_alike(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether they are about the same."""
    every = some | others
    return not every or len(some & others) >= ALIKE * len(every)


def _imports(place: Place, near: Near, paths: set[str]) -> list[Part]:
    """What it imports: a notebook's as those of a file in its place; a file's as saved, too."""
    path, text = near.path, near.before + near.after
    if path.endswith(".ipynb"):
        path = str(PurePosixPath(path).with_suffix(".py"))
    elif path in paths:
        with suppress(OSError, RuntimeError, ValueError):
            text = place.read(path, MAX_BYTES).decode("utf-8", "replace") + "\n" + text
    return imported(path, text, paths, place.read)


def _shortened(hits: Sequence[Hit]) -> list[Hit]:
    return [h for h in hits if h.text.count("\n") <= PASSAGE_LINES][:PASSAGES]


def _fitting(parts: Sequence[Part], limit: int) -> tuple[Part, ...]:
    """As many as there is room for; what is imported takes half of it at most."""
    found: list[Part] = []
    left = {"imports": limit // 2, "passage": limit}
    for part in parts:
        size = tokens(part.text)
        if size <= min(left[part.kind], left["passage"]):
            found.append(part)
            left[part.kind] -= size
            if part.kind != "passage":
                left["passage"] -= size
    return tuple(found)
