"""Where a chat is, and what of the files around it may be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ... import errors
from ...projects.service import ProjectService
from ..context import Part
from ..context.place import Place, place_around, place_of

NO_PROJECT = "This chat lies in no registered project, so all of the server's folder was searched."


@dataclass(frozen=True)
class Seat:
    """Where a chat is: what it is about, that folder relative to the server's root, and what is to
    be said about it."""

    place: Place
    folder: str
    note: str = ""

    @property
    def above(self) -> str:
        """What stands before the place's paths in those of the server."""
        return f"{self.folder}/" if self.folder not in ("", ".") else ""

    def noting(self, missing: Sequence[str]) -> Seat:
        """With what is to be said about attachments that do not go along."""
        if not missing:
            return self
        said = "Did not go along: " + " · ".join(missing)
        return replace(self, note=f"{said} {self.note}".rstrip())

    def focus(self, parts: Sequence[Part]) -> dict[str, str]:
        """The attached files of the place."""
        names = [part.name for part in parts if part.kind == "attachment" and part.text]
        return {n.removeprefix(self.above): "" for n in names if n.startswith(self.above)}


async def seat_of(projects: ProjectService, chat: str) -> Seat:
    """At the deepest registered project around a chat's file, whose path is relative to the
    server's root; else at the root."""
    try:
        project = await projects.find(str(PurePosixPath(chat).parent))
        if project is not None:
            return Seat(await place_of(projects, project.id), project.path)
        return Seat(await place_around(projects, Path(projects.root_dir)), "", NO_PROJECT)
    except errors.NeoAIError as error:
        # what is private is not known either
        return Seat(Place(), "", f"{error.detail} So nothing was searched.")
