"""The index for a command: no server runs, and folders are named by their paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import errors
from .service import IndexService


class NoProjects:
    """Where no server runs."""

    async def root(self, project_id: str) -> Path:
        """There is none."""
        raise errors.NotFound("There is no such project.")


def without_projects(index_dir: Path, parent: Any) -> IndexService:
    """An index of folders alone, with the settings of `parent`'s configuration; a command is too
    short to watch them."""
    return IndexService(projects=NoProjects(), index_dir=index_dir, parent=parent, watch=False)
