"""An embedder whose vectors can be foretold: texts with words of the same meaning are near."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from neoai_server_ext import errors

MEANINGS = (
    ("boil", "water", "pot", "heat", "kettle", "cook"),
    ("bread", "flour", "bake", "oven", "dough"),
    ("car", "wheel", "drive", "engine", "motor"),
)


class Meanings:
    """Counts words of each meaning."""

    def __init__(self, name: str = "test/meanings", extra: int = 0) -> None:
        self.name = name
        self.extra = extra
        self.texts: list[str] = []
        self.failure: str | None = None
        self.stalled = False
        self.private: tuple[str, ...] = ()

    async def hidden(self, root: Path) -> tuple[str, ...]:
        return self.private

    async def embed(self, root: Path, texts: Sequence[str]) -> list[list[float]]:
        if self.stalled:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise errors.Unavailable(self.failure)
        self.texts.extend(texts)
        return [[*vector_of(text), *([0.0] * self.extra)] for text in texts]


def vector_of(text: str) -> list[float]:
    """How often a text speaks of each of the meanings."""
    words = re.findall(r"[a-z]+", text.lower())
    counts = [sum(word in meaning for word in words) for meaning in MEANINGS]
    return [*(float(count) for count in counts), 0.01]
