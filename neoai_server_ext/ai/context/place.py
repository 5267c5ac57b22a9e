"""The project that a question is about, and what it asks of whoever answers."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...projects.models import Project
from ...projects.service import ProjectService
from ..ownfiles import Hidden, located, read_within
from .parts import Part

PRIVATE = "It lies in a private project."


@dataclass(frozen=True)
class Place:
    """A folder, and how it wants to be treated.

    private: nothing of it leaves this network, and nothing is kept. trusted: its files may say how
    to answer. rules: what its settings say about that. hidden: folders in it, with a slash at the
    end, of which nothing goes along: private projects in one that is not.
    """

    root: Path | None = None
    project_id: str | None = None
    private: bool = False
    trusted: bool = False
    rules: str = ""
    hidden: tuple[str, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """What of it goes along with every question, besides its files."""
        if not self.rules.strip():
            return ()
        return (Part("rules", "the project's settings", self.rules),)

    def shows(self, path: str) -> bool:
        """Whether a file of the index, which follows no links, may go along; relative to the
        folder."""
        return not path.startswith(self.hidden)

    def conceals(self, path: str) -> bool:
        """Whether a path, relative to the folder, leads to what may not go along, through links
        too. Blocks."""
        if self.root is None or not self.hidden:
            return False
        try:
            located(self.root / path, self.root, self.hidden)
        except Hidden:
            return True
        except (OSError, RuntimeError, ValueError):
            return False  # it is no file of the place at all
        return False

    async def keeps(self, path: str | None) -> bool:
        """Whether what stands in a file, relative to the folder, must not leave this network."""
        if self.private or not path or not self.hidden:
            return self.private
        return await asyncio.to_thread(self.conceals, path)

    def read(self, path: str | Path, most: int) -> bytes:
        """The first `most` bytes of a file, relative to the folder: whatever of a place goes to a
        model is read here. Raises as ownfiles.read_within, FileNotFoundError where there is no
        folder. Blocks."""
        if self.root is None:
            raise FileNotFoundError(path)
        return read_within(self.root / path, self.root, most, self.hidden)


async def place_of(projects: ProjectService, project_id: str | None) -> Place:
    """A project's place; nowhere without one. Raises NotFound, and Conflict (`project-missing`)."""
    if project_id is None:
        return Place()
    root, known = await asyncio.gather(projects.root(project_id), projects.recent())
    project = next((p for p in known if p.id == project_id), None)
    if project is None:
        project = await projects.get(project_id)
    private = bool(project.settings.get("private"))
    return Place(
        root=root,
        project_id=project_id,
        private=private,
        trusted=project.trusted,
        rules=str(project.settings.get("rules") or ""),
        hidden=() if private else private_folders(projects, root, known),
    )


async def place_around(projects: ProjectService, folder: Path) -> Place:
    """The place of a folder that is no project's."""
    known = await projects.list_all()
    return Place(root=folder, hidden=private_folders(projects, folder, known))


async def is_private(projects: ProjectService, path: str) -> bool:
    """Whether a path, relative to the served folder, leads into a private project or stands in
    one."""
    for each in (path, posixpath.dirname(path)):
        project = await projects.find(each)
        if project is not None and project.settings.get("private"):
            return True
    return False


def deepest(projects: ProjectService, known: Iterable[Project], folder: Path) -> Project | None:
    """Of projects, the deepest that a folder is or lies in."""
    around = (p for p in known if folder.is_relative_to(projects.root_dir / p.path))
    return max(around, key=lambda p: len(p.path), default=None)


def private_folders(
    projects: ProjectService, root: Path, known: Iterable[Project]
) -> tuple[str, ...]:
    """Of the projects `known`, the private ones within a folder: see `private_within`."""
    return private_within(
        root, ((projects.root_dir / p.path, bool(p.settings.get("private"))) for p in known)
    )


def private_within(root: Path, projects: Iterable[tuple[Path, bool]]) -> tuple[str, ...]:
    """Of projects, where they lie and whether they are private, the private ones in a folder:
    relative to it, with a slash at the end."""
    return tuple(
        sorted(
            f"{location.relative_to(root).as_posix()}/"
            for location, private in projects
            if private and location.is_relative_to(root) and location != root
        )
    )
