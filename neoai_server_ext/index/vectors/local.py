"""Vectors made on this machine by fastembed (ONNX, no GPU, no torch), where it is installed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ... import errors

PREFIX = "fastembed/"
MISSING = "fastembed is not installed: pip install 'neoai[embeddings]'."


class LocalEmbedder:
    """The model `name` is `fastembed/` and one of fastembed's models. It is downloaded when it is
    first used, into `cache_dir`; nothing of the texts leaves this machine."""

    def __init__(self, name: str, cache_dir: Path) -> None:
        self.name = name
        self._cache_dir = cache_dir
        self._model: Any = None
        self._loading = asyncio.Lock()

    async def hidden(self, root: Path) -> tuple[str, ...]:
        """Nothing is: it all stays here."""
        return ()

    async def embed(self, root: Path, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text; raises Unavailable where there is no fastembed or no model."""
        async with self._loading:
            if self._model is None:
                self._model = await asyncio.to_thread(self._loaded)
            return await asyncio.to_thread(self._embedded, list(texts))

    def _loaded(self) -> Any:
        if find_spec("fastembed") is None:
            raise errors.Unavailable(MISSING, code="no-fastembed")
        from fastembed import TextEmbedding

        try:
            return TextEmbedding(
                self.name.removeprefix(PREFIX), cache_dir=str(self._cache_dir), threads=1
            )
        except Exception as error:  # fastembed raises whatever its download does
            raise errors.Unavailable(
                f"fastembed has no model {self.name.removeprefix(PREFIX)}: {error}",
                code="no-embedder",
            ) from error

    def _embedded(self, texts: list[str]) -> list[list[float]]:
        return [[float(number) for number in vector] for vector in self._model.embed(texts)]
