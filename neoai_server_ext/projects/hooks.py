"""Several that are told of every change of a project's files."""

from __future__ import annotations

from collections.abc import Sequence

from .models import Project
from .service import SnapshotHook


class Hooks:
    """Tells each in turn; the last may fail without keeping the others from hearing."""

    def __init__(self, *hooks: SnapshotHook) -> None:
        self._hooks = hooks

    async def changing(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """These files or folders are about to be changed."""
        for hook in self._hooks:
            await hook.changing(project, paths, reason)

    async def saved(self, project: Project, paths: Sequence[str], reason: str) -> None:
        """These files were written."""
        for hook in self._hooks:
            await hook.saved(project, paths, reason)

    async def moved(self, project: Project, old: str, new: str) -> None:
        """This file or folder has another path now."""
        for hook in self._hooks:
            await hook.moved(project, old, new)
