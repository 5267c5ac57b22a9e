"""What stands around the files that a question is about: their imports, the project's map."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from ... import errors
from ...index.service import Hit, IndexService, Outline
from .imports import MAX_BYTES, imported
from .parts import Part, tokens
from .place import Place

FILES = 3
"""Of so many files at most the imports go along."""
DEFINITIONS = 8
IDENTIFIER = re.compile(r"[^\W\d]\w{2,}")


class Surroundings:
    """Finds it in the index. map_tokens: of the map, at most; 0: there is none."""

    def __init__(self, index: IndexService, map_tokens: int) -> None:
        self._index = index
        self._map_tokens = map_tokens

    async def parts(
        self, place: Place, focus: Mapping[str, str], question: str, hits: Sequence[Hit]
    ) -> list[Part]:
        """The imports and the map. focus: the files in front, and their text where it may differ
        from what is saved, else nothing. hits: the passages that were found."""
        root = place.root
        if root is None:
            return []
        try:
            outline = await self._index.outline(root)
        except errors.NeoAIError as error:
            return [Part("map", "", "", note=error.detail)] if self._map_tokens else []

        def gather() -> list[Part]:
            seen = {path for path in outline.paths if place.shows(path)}
            found = []
            for path in list(focus)[:FILES]:
                saved = _saved(place, path) if path in seen else ""
                found += imported(path, focus[path] or saved, seen, place.read)
            if self._map_tokens:
                seeds = [*focus, *(hit.path for hit in hits)]
                text = self._map(outline, seeds, question, seen - focus.keys())
                found.append(Part("map", "", text))
            return list({part.name: part for part in reversed(found)}.values())[::-1]

        return await asyncio.to_thread(gather)

    def _map(self, outline: Outline, seeds: Sequence[str], question: str, seen: set[str]) -> str:
        """The files that matter most, each with its definitions that do, in the file's order."""
        lines: list[str] = []
        left = self._map_tokens
        for ranked in outline.ranked(seeds, IDENTIFIER.findall(question)):
            if ranked.path not in seen:
                continue
            best = sorted(ranked.definitions[:DEFINITIONS], key=lambda each: each.line)
            shown = [f"{ranked.path}:", *(f"  {definition.text}" for definition in best)]
            left -= tokens("\n".join(shown)) + 1
            if left < 0:
                break
            lines += shown
        return "\n".join(lines)


def _saved(place: Place, path: str) -> str:
    try:
        return place.read(path, MAX_BYTES).decode("utf-8", "replace")
    except (OSError, RuntimeError, ValueError):
        return ""
