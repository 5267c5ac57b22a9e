"""A folder that is attached: its files by name, and the passages in it that fit the question."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ... import errors
from ...index.service import Hit, IndexService
from ..context import Part, Place
from .attachments import Shelf

MOST_NAMES = 300
PASSAGES = 8
LOOKED_AT = 200
"""So many of the project's best passages are looked at for those in the folder."""


async def folder_parts(
    index: IndexService, shelf: Shelf, place: Place, folder: str, question: str
) -> list[Part]:
    """What goes along of a folder, whose path is relative to the served one; of a large one its
    names are cut. place: the project's, whose index is searched where the folder is in it."""
    root, above = _root(shelf.served / folder, place)
    name = f"{folder or '.'}/"
    try:
        outline = await index.outline(root)
        hits = await index.search_folder(root, question, LOOKED_AT)
    except errors.NeoAIError as error:
        return [Part("attachment", name, "", note=error.detail)]

    def seen(path: str) -> bool:
        return path.startswith(above) and not shelf.place.conceals(str(root / path))

    paths = await asyncio.to_thread(lambda: sorted(filter(seen, outline.paths)))
    listing = "\n".join(path.removeprefix(above) for path in paths[:MOST_NAMES])
    left = len(paths) - MOST_NAMES
    note = f"{left:,} more files are not listed." if left > 0 else ""
    if not paths:
        note = "There is no text in it that the search knows."
    found = [hit for hit in hits if seen(hit.path)][:PASSAGES]
    return [Part("attachment", name, listing, note=note), *(_part(hit) for hit in found)]


def _root(folder: Path, place: Place) -> tuple[Path, str]:
    """The folder whose index is searched, and what stands before paths in the one that is meant."""
    real = folder.resolve()
    if place.root is None or not real.is_relative_to(place.root.resolve()):
        return real, ""
    inner = real.relative_to(place.root.resolve()).as_posix()
    return place.root, "" if inner == "." else f"{inner}/"


def _part(hit: Hit) -> Part:
    return Part("attachment", f"{hit.path}:{hit.start_line}", hit.text)
