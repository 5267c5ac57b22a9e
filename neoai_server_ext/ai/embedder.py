"""Makes the index's vectors with a model that is configured, as the projects allow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..projects.service import ProjectService
from .answers import problem
from .context.place import is_private, private_folders
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
        if await is_private(self._projects, self._path(root)):
            return ()
        known = await self._projects.list_all()
        return private_folders(self._projects, root, known)

    async def embed(self, root: Path, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text. Raises NotFound for the model, Unavailable, and what `problem`
        makes of a provider's failure."""
        path = self._path(root)
        private = await is_private(self._projects, path)
        project = await self._projects.find(path)
        try:
            _, vectors = await self._ai.embed(
                texts,
                self.name,
                private=private,
                project_id=project.id if project is not None else None,
            )
        except NoReply as error:
            raise problem(error) from error
        return vectors

    def _path(self, root: Path) -> str:
        """Relative to the served folder."""
        served = self._projects.root_dir.resolve()
        return root.relative_to(served).as_posix() if root.is_relative_to(served) else str(root)
