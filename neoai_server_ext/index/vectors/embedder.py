"""What the index needs of whoever makes vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class Embedder(Protocol):
    """Makes a vector of a text; near ones mean alike."""

    @property
    def name(self) -> str:
        """The model; vectors of models with other names are not comparable."""

    async def hidden(self, root: Path) -> tuple[str, ...]:
        """The folders within `root`, with a slash at the end, of which nothing may be embedded
        with it: private projects in one that is not."""

    async def embed(self, root: Path, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text of a folder, all of one dimension. Raises errors of NeoAI."""
