"""Makes the index's vectors with a model that is configured, as the projects allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..projects.models import Project
from ..projects.service import ProjectService
from .answers import problem
from .context.place import deepest, private_folders
from .routing import NoReply
from .service import AIService


class ModelEmbedder:
    """The model `name`, as `provider/model`, for the task `embed`. What it costs is in the ledger;
    of a private project nothing goes to a model that is not nearby."""

    def __init__(self, ai: AIService, projects: ProjectService, name: str) -> None:
        self.name = name
        self._ai = ai
        self._projects = projects

    async def hidden(self, root: Path) -> tuple[str, ...]:
        """The private projects in a folder of one that is not."""
        known = await self._projects.recent()
        if self._is_private(known, root):
            return ()
        return private_folders(self._projects, root, known)

    async def embed(self, root: Path, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text. Raises NotFound for the model, Unavailable, and what `problem`
        makes of a provider's failure."""
        known = await self._projects.recent()
        project = deepest(self._projects, known, root)
        try:
            _, vectors = await self._ai.embed(
                texts,
                self.name,
                private=self._is_private(known, root),
                project_id=project.id if project is not None else None,
            )
        except NoReply as error:
            raise problem(error) from error
        return vectors

    def _is_private(self, known: Sequence[Project], root: Path) -> bool:
        """Whether the folder lies in a private project, or is one."""
        around = (deepest(self._projects, known, each) for each in (root, root.parent))
        return any(each is not None and bool(each.settings.get("private")) for each in around)
