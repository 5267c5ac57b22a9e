"""Chats are written whole or not at all, with and without rooms.

Without rooms jupyterlab-chat writes over its file in place, and opens one that a killed server left
by halves as an empty chat. `install` puts our reading and writing in the place of its own. With
rooms Jupyter's contents manager writes in place too; ours asks `write_whole`.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..collaboration.chats import is_sound, mended
from ..logs import logger
from .files import Condition, Writing

if TYPE_CHECKING:
    from jupyterlab_chat.websocket_model import WsChatModel

ENDING = ".chat"
DAMAGED = ".damaged"
"""What is put after the name of a file that could not be read, where that is kept."""

log = logger("chat")


def write_whole(root: str, path: str, content: bytes) -> None:
    """Write a file in one step; its path is relative to the root. Raises NeoAIError. Blocks."""
    writing = Writing(root, path, limit=max(len(content), 1))
    try:
        writing.write(content)
    except BaseException:
        writing.abort()
        raise
    writing.commit(Condition())


def read_mended(file: Path) -> str:
    """A chat as it is to be opened; what is no chat is kept beside it first. Blocks."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return ""
    text = content.decode("utf-8", "replace")
    before = ""
    with suppress(OSError):  # what a save in place would have put back
        before = file.with_name(f".~{file.name}").read_text("utf-8", "replace")
    whole = mended(text, before)
    if not is_sound(text):
        aside = file.with_name(file.name + DAMAGED)
        write_whole(str(aside.parent), aside.name, content)
        log.warning("%s was written by halves: what was in it is kept as %s", file, aside.name)
    return whole


def install() -> None:
    """From now on and in this process."""
    from jupyterlab_chat.websocket_model import WsChatModel

    WsChatModel.save = _save
    WsChatModel.load_from_file = _load


def _save(chat: WsChatModel) -> None:
    content = json.dumps(chat.to_dict(), indent=2)
    write_whole(os.fspath(chat.root_dir), chat.path, content.encode("utf-8", "surrogatepass"))


def _load(chat: WsChatModel) -> None:
    found = json.loads(read_mended(Path(chat.root_dir, chat.path)) or "{}")
    chat._messages = found.get("messages", [])
    chat._users = found.get("users", {})
    chat._attachments = found.get("attachments", {})
    chat._metadata = found.get("metadata", {})
    chat._metadata.setdefault("id", uuid.uuid4().hex)
    chat._indexes_by_id = {m["id"]: i for i, m in enumerate(chat._messages) if "id" in m}
