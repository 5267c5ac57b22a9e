"""What people attach to a message: files and pictures, folders, selections, cells of notebooks, and
what cells put out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ... import errors
from ...notebooks import sources
from .. import images
from ..context import Part, Place
from ..context.place import PRIVATE
from ..ownfiles import Hidden, located
from ..providers import Image

if TYPE_CHECKING:
    from jupyterlab_chat.models import AttachmentSelection, FileAttachment, NotebookAttachment

MOST = 50
MAX_BYTES = 1_000_000
MAX_EXCERPT = 60_000
"""Characters of what the page itself brings along: a selection, an output."""
NOT_HERE = "It is no file that may be attached here."
GONE = "It is not there any more."
NO_TEXT = "It is no text."
ELSEWHERE = (
    "Only files of this server are attached by their address: nothing else is fetched, and running "
    "apps cannot be attached yet."
)
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
EXCERPT = "application/vnd.neoai.excerpt"
"""The type of an attachment that is a text of the page's: `…; kind=output; cell=3`."""
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:/|//", re.IGNORECASE)


@dataclass
class Brought:
    """What goes along of the attachments. folders: those whose passages are to be found; missing:
    what does not go along, and why."""

    parts: list[Part] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def _selected(given: AttachmentSelection | dict[str, Any]) -> AttachmentSelection:
    """jupyterlab-chat makes an attachment of what its document has, but not what is in that."""
    from jupyterlab_chat.models import AttachmentSelection

    return AttachmentSelection(**given) if isinstance(given, dict) else given


@dataclass(frozen=True)
class Shelf:
    """Where attached files lie: paths are relative to the served folder, and they must be within
    the place that may be read."""

    served: Path
    place: Place

    def bring(
        self,
        attachments: Mapping[str, FileAttachment | NotebookAttachment],
        wanted: Sequence[str],
    ) -> Brought:
        """All of them. Reads files: call it in a thread."""
        brought = Brought()
        for identity in list(wanted)[:MOST]:
            attachment = attachments.get(identity)
            if attachment is not None:
                self._bring(attachment, brought)
        for part in brought.parts:
            if part.note and not part.text:
                brought.missing.append(f"`{part.name}`: {part.note}")
        if len(wanted) > MOST:
            brought.missing.append(f"Of {len(wanted)} attachments the first {MOST} go along.")
        return brought

    def _bring(self, attachment: FileAttachment | NotebookAttachment, brought: Brought) -> None:
        name = attachment.value
        if PurePosixPath(name).suffix.lower() in PICTURES and not _excerpt(attachment):
            found = self._picture(name)
            if isinstance(found, Image):
                if len(brought.images) < images.AT_MOST:
                    brought.images.append(found)
                    return
                found = Part("attachment", name, "", note="There are too many pictures.")
            brought.parts.append(found)
        elif self._is_folder(name):
            brought.folders.append(name.strip("/"))
        else:
            brought.parts.append(self._part(attachment))

    def _is_folder(self, name: str) -> bool:
        if self.place.root is None:
            return False
        try:
            return located(self.served / name, self.place.root, self.place.hidden).is_dir()
        except (OSError, RuntimeError, ValueError):
            return False

    def _picture(self, name: str) -> Image | Part:
        content = self._read(name, images.MAX_BYTES + 1)
        if isinstance(content, Part):
            return content
        try:
            return images.recognised(content)
        except ValueError as error:
            return Part("attachment", name, "", note=f"The picture {error}.")

    def _read(self, name: str, most: int) -> bytes | Part:
        try:
            return self.place.read(self.served / name, most)
        except Hidden:
            note = PRIVATE
        except FileNotFoundError:
            note = GONE if self.place.root is not None else NOT_HERE
        except (OSError, RuntimeError, ValueError):
            note = NOT_HERE
        return Part("attachment", name, "", note=ELSEWHERE if ADDRESS.match(name) else note)

    def _part(self, attachment: FileAttachment | NotebookAttachment) -> Part:
        name = attachment.value
        content = self._read(name, sources.read_at_most(name, MAX_BYTES))
        if isinstance(content, Part):
            return content
        if found := _excerpt(attachment):
            return found
        if b"\0" in content:
            return Part("attachment", name, "", note=NO_TEXT)
        text = content.decode("utf-8", "replace")
        cells: set[str] = set()
        if attachment.type == "notebook":
            cells = {cell.id for cell in attachment.cells or ()}
        try:
            shown = sources.as_text(name, text, cells)
        except errors.TooLarge as error:
            return Part("attachment", name, "", note=error.detail)
        return Part("attachment", name, shown, note="" if shown or not cells else GONE)


def _excerpt(attachment: FileAttachment | NotebookAttachment) -> Part | None:
    """What the page itself brings along of a file that may be read."""
    given = getattr(attachment, "selection", None)
    if given is None:
        return None
    chosen, name = _selected(given), attachment.value
    text = chosen.content[:MAX_EXCERPT]
    if not text.strip():
        return None
    kind, _, about = (attachment.mimetype or "").partition(";")
    lost = len(chosen.content) - len(text)
    note = f"{lost:,} characters at the end are left out." if lost else ""
    if kind.strip() != EXCERPT:
        return Part("selection", f"{name}:{int(chosen.start[0]) + 1}", text, note=note)
    said = {key.strip(): value[0] for key, value in parse_qs(about, separator=";").items()}
    where = f", cell {said['cell']}" if said.get("cell", "").isdigit() else ""
    match said.get("kind"):
        case "output":
            return Part("attachment", f"{name}{where}, what it put out", text, note=note)
        case "variables":
            return Part("variables", name, text, note=note)
        case _:
            return Part("selection", f"{name}{where}", text, note=note)
