"""Who keeps what a merge replaces."""

from __future__ import annotations

from typing import Protocol


class Keeper(Protocol):
    """Keeps a content that is about to be replaced; paths are relative to the server's root."""

    async def keep(self, path: str, content: bytes) -> None:
        """Record it as a version of the file."""
