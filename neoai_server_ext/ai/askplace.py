"""What `jupyter neoai ask` may tell of the folders and files that it is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from .. import errors
from ..db import Database
from ..projects.models import ProjectRow
from .context import Place
from .context.place import private_within

UNKNOWN = (
    "Which projects are private is not known, so only models on this machine or in a private "
    "network are asked."
)


def place_of_command(
    db: Database, folder: Path | None, others: Sequence[Path]
) -> tuple[Place, str]:
    """The place of a question about a folder, and a remark where the projects cannot be read.

    others: whatever else something goes along of. It is private where any of these lies in a
    private project; of private projects within the folder nothing goes along. Blocks.
    """
    about = [path.resolve() for path in (*others, *([folder] if folder is not None else ()))]
    if not about:
        return Place(root=folder), ""
    try:
        rows = db.look(select(ProjectRow.location, ProjectRow.settings))
    except errors.NeoAIError as error:
        return Place(root=folder, private=True), f"{error.detail} {UNKNOWN}"
    projects = {Path(row.location): bool((row.settings or {}).get("private")) for row in rows}
    if any(_is_private(path, projects) for path in about):
        return Place(root=folder, private=True), ""
    hidden = private_within(folder.resolve(), projects.items()) if folder is not None else ()
    return Place(root=folder, hidden=hidden), ""


def _is_private(path: Path, projects: dict[Path, bool]) -> bool:
    """By the deepest project around it."""
    around = [location for location in projects if path.is_relative_to(location)]
    return bool(around) and projects[max(around, key=lambda each: len(each.parts))]
