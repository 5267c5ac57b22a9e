"""What people attach to a message: files, a selection in one, and cells of notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import errors
from ...notebooks import sources
from ..context import Part, Place
from ..context.place import PRIVATE
from ..ownfiles import Hidden

if TYPE_CHECKING:
    from jupyterlab_chat.models import AttachmentSelection, FileAttachment, NotebookAttachment

MOST = 50
MAX_BYTES = 1_000_000
NOT_HERE = "It is no file that may be attached here."


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

    def parts(
        self,
        attachments: Mapping[str, FileAttachment | NotebookAttachment],
        wanted: Sequence[str],
    ) -> list[Part]:
        """Each as a part by its path. Reads files: call it in a thread."""
        found = (attachments.get(identity) for identity in list(wanted)[:MOST])
        return [self._part(attachment) for attachment in found if attachment is not None]

    def _part(self, attachment: FileAttachment | NotebookAttachment) -> Part:
        name = attachment.value
        try:
            most = sources.read_at_most(name, MAX_BYTES)
            content = self.place.read(self.served / name, most)
        except Hidden:
            return Part("attachment", name, "", note=PRIVATE)
        except (OSError, RuntimeError, ValueError):
            return Part("attachment", name, "", note=NOT_HERE)
        if b"\0" in content:
            return Part("attachment", name, "", note="It is no text.")
        text = content.decode("utf-8", "replace")
        cells: set[str] = set()
        if attachment.type == "notebook":
            cells = {cell.id for cell in attachment.cells or ()}
        elif attachment.selection is not None:
            chosen = _selected(attachment.selection)
            if chosen.content.strip():
                return Part("selection", f"{name}:{chosen.start[0] + 1}", chosen.content)
        try:
            return Part("attachment", name, sources.as_text(name, text, cells))
        except errors.TooLarge as error:
            return Part("attachment", name, "", note=error.detail)
