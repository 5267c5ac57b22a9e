"""The chats that are open, and a project's chats on disk."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import errors
from ...logs import logger
from ...projects.service import ProjectService
from ..requests import UsageCounts
from .models import Conversation, Conversations
from .transcript import Transcript

if TYPE_CHECKING:
    from .persona import NeoAIPersona

PERSONA = "jupyter-ai-personas::neoai_server_ext::NeoAIPersona"
MOST_BYTES = 50 << 20
SNIPPET = 160
LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")

log = logger("chat")


@dataclass(frozen=True)
class Stored:
    """A chat's file."""

    path: str
    changed_at: float
    transcript: Transcript


class Chats:
    """projects: where the chats lie. managers: gives Jupyter AI's persona managers of the chats
    that are open."""

    def __init__(self, projects: ProjectService, managers: Callable[[], Iterable[Any]]) -> None:
        self._projects = projects
        self._managers = managers
        self._under_way: set[asyncio.Task[None]] = set()

    def answer_again(self, path: str, message_id: str, model: str = "") -> None:
        """Have a message of an open chat answered once more, behind the scenes. Raises NotFound
        (`not-open`, or no such message)."""
        persona = self._persona(path)
        message = persona.chat.get_message(message_id)
        if message is None or message.deleted:
            raise errors.NotFound("There is no such message in this chat.")
        task = asyncio.ensure_future(persona.answer_again(message_id, model))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A reply could not be made again: %r", error)

    def show_version(self, path: str, message_id: str, version: int) -> None:
        """Show another of the replies to a message. Raises NotFound, Conflict while one is being
        written."""
        self._persona(path).show_version(message_id, version)

    def _persona(self, path: str) -> NeoAIPersona:
        for manager in self._managers():
            if str(manager.chat.get_path()).strip("/") == path.strip("/"):
                found: NeoAIPersona | None = manager.personas.get(PERSONA)
                if found is not None:
                    return found
        raise errors.NotFound(f"The chat `{path}` is not open.", code="not-open")

    async def conversations(self, project_id: str, words: str = "") -> Conversations:
        """A project's chats that have all of the words, the one written last first; those of
        projects within it are theirs. Raises NotFound."""
        root = await self._projects.root(project_id)
        project = await self._projects.get(project_id)
        above = f"{project.path}/" if project.path not in ("", ".") else ""
        others = [
            each.path.removeprefix(above) + "/"
            for each in await self._projects.list_all()
            if each.id != project_id and each.path.startswith(above)
        ]
        wanted = words.casefold().split()
        found = await asyncio.to_thread(self._stored, root, tuple(others))
        items = [
            _item(stored, wanted)
            for stored in found
            if all(word in stored.transcript.text.casefold() for word in wanted)
        ]
        return Conversations(items=sorted(items, key=lambda item: item.updated_at, reverse=True))

    def _stored(self, root: Path, others: tuple[str, ...]) -> list[Stored]:
        found = []
        for path, size, _ in self._projects.walk(root):
            if path.endswith(".chat") and size <= MOST_BYTES and not path.startswith(others):
                try:
                    changed_at = (root / path).stat().st_mtime
                    content = json.loads((root / path).read_bytes() or b"{}")
                except (OSError, ValueError):
                    continue
                if isinstance(content, dict):
                    found.append(Stored(path, changed_at, Transcript(content)))
        return found

    async def exported(self, project_id: str, path: str, form: str) -> bytes:
        """A chat as `markdown` or `json`. Raises NotFound, Invalid where it is no chat."""
        reading = await self._projects.read(project_id, path)
        try:
            content = await asyncio.to_thread(reading.read, 0, reading.state.size)
        finally:
            reading.close()
        try:
            found = json.loads(content or b"{}")
            transcript = Transcript(found)
        except (ValueError, AttributeError):
            raise errors.Invalid(f"`{path}` is no chat.", code="no-chat") from None
        if form == "json":
            return json.dumps(transcript.as_json(path), ensure_ascii=False, indent=2).encode()
        return transcript.as_markdown(path).encode()

    async def stop(self) -> None:
        """End what is under way."""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)


def _item(stored: Stored, words: list[str]) -> Conversation:
    transcript = stored.transcript
    return Conversation(
        path=stored.path,
        title=stored.path.rpartition("/")[2].removesuffix(".chat"),
        messages=len(transcript.said),
        updated_at=datetime.fromtimestamp(stored.changed_at, UTC),
        usage=UsageCounts(**transcript.usage),
        snippet=_around(transcript, words),
    )


def _around(transcript: Transcript, words: list[str]) -> str:
    """What the newest message says around the first of the words that it has."""
    bodies = [" ".join(_read(body).split()) for _, _, body in reversed(transcript.said)]
    for body in bodies:
        places = [body.casefold().find(word) for word in words if word in body.casefold()]
        if places or not words:
            start = max(0, min(places, default=0) - SNIPPET // 3)
            end = start + SNIPPET
            return ("…" if start else "") + body[start:end] + ("…" if end < len(body) else "")
    return ""


def _read(body: str) -> str:
    """A message as it is read: links by their names, without marks of code."""
    return LINK.sub(r"\1", body).replace("`", "")
