"""A chat's document as people read it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .notes import Note, note_of, total

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message


class Transcript:
    """content: a chat's document. Raises AttributeError where it is none."""

    def __init__(self, content: dict[str, Any]) -> None:
        messages = content.get("messages") or []
        self._users = content.get("users") or {}
        self._messages = [_message(each) for each in messages if isinstance(each, dict)]

    @cached_property
    def said(self) -> list[tuple[str, datetime, str]]:
        """Who said when what, without what was deleted."""
        return [
            (self._name(m.sender), datetime.fromtimestamp(m.time, UTC), m.body)
            for m in self._messages
            if not m.deleted
        ]

    @cached_property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(body for _, _, body in self.said)

    @property
    def usage(self) -> Note:
        """What all replies took."""
        return total(self._messages)

    def as_markdown(self, path: str) -> str:
        """For people."""
        parts = [f"# {path.rpartition('/')[2].removesuffix('.chat')}"]
        for message in self._messages:
            if message.deleted:
                continue
            model = note_of(message).get("model")
            at = datetime.fromtimestamp(message.time, UTC).strftime("%Y-%m-%d %H:%M UTC")
            by = f"{self._name(message.sender)}{f' ({model})' if model else ''}"
            parts.append(f"## {by}, {at}\n\n{message.body.strip()}")
        return "\n\n".join(parts) + "\n"

    def as_json(self, path: str) -> Note:
        """For programs."""
        return {
            "title": path.rpartition("/")[2].removesuffix(".chat"),
            "usage": self.usage,
            "messages": [
                {
                    "id": message.id,
                    "sender": self._name(message.sender),
                    "time": datetime.fromtimestamp(message.time, UTC).isoformat(),
                    "body": message.body,
                    **{k: v for k, v in note_of(message).items() if k != "view"},
                }
                for message in self._messages
                if not message.deleted
            ],
        }

    def _name(self, sender: str) -> str:
        user = self._users.get(sender) or {}
        return str(user.get("display_name") or user.get("name") or sender)


def _message(given: dict[str, Any]) -> Message:
    from jupyterlab_chat.models import Message

    metadata = given.get("metadata")
    return Message(
        id=str(given.get("id", "")),
        body=str(given.get("body", "")),
        time=float(given.get("time") or 0),
        sender=str(given.get("sender", "")),
        deleted=bool(given.get("deleted")),
        metadata=metadata if isinstance(metadata, dict) else None,
    )
