"""Jupyter Server's own news of paths: those who follow contents (file ids, and by them the rooms of
open documents) hear of what NeoAI moves and deletes as they hear of Jupyter's own."""

from __future__ import annotations

from typing import Any

SCHEMA = "https://events.jupyter.org/jupyter_server/contents_service/v1"


class ContentsEvents:
    """Emits the events of Jupyter's contents service (paths relative to the server's root)."""

    def __init__(self, event_logger: Any) -> None:
        self._event_logger = event_logger

    def renamed(self, old: str, new: str) -> None:
        """A file or folder has another path now."""
        self._emit({"action": "rename", "path": new, "source_path": old})

    def deleted(self, path: str) -> None:
        """A file or folder is in the trash."""
        self._emit({"action": "delete", "path": path})

    def _emit(self, data: dict[str, str]) -> None:
        self._event_logger.emit(schema_id=SCHEMA, data=data)
