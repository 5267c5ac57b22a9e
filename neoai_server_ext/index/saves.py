"""Tells the index of what the server itself writes: it need not wait for the system's news."""

from __future__ import annotations

from collections.abc import Sequence

from ..projects.models import Project
from .service import IndexService


class Saves:
    """A `SnapshotHook` of the projects."""

    def __init__(self, index: IndexService) -> None:
        self._index = index

    async def changing(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """Nothing has changed yet."""

    async def saved(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """These files are indexed at once."""
        root = await self._index.projects.root(project.id)
        for path in paths:
            self._index.changed(root / path)

    async def moved(self, project: Project, old: str, new: str) -> None:
        """This file or folder is found under its new path."""
        await self.saved(project, [old, new], "move")
