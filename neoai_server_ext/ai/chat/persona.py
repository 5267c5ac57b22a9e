"""NeoAI as a persona of Jupyter AI: a thin adapter over AIService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from jupyter_ai_persona_manager import BasePersona, PersonaDefaults

from ... import errors
from ...logs import logger
from ..checks import remarks
from ..context import Part
from ..context.place import Place, place_around, place_of
from ..prompts.chat import PAGE
from ..providers import Delta, End, Message
from ..service import AnswerEvent, Chosen, NoReply, Restart, Sources
from .attachments import Shelf
from .links import Linker
from .mailbox import Mailbox
from .reply import ChatReply

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message as ChatMessage

AVATAR = Path(__file__).parent / "neoai.svg"
HISTORY_TURNS = 400
HISTORY_CHARS = 400_000
"""What is too long of it for a model is summed up."""
FOOTER = "\n\n---\n"
REMARK = "> "
NO_PROJECT = "This chat lies in no registered project, so all of the server's folder was searched."
SOURCES = 5
FINDINGS = 5

ADVICE = {
    "auth": f"Check the key under {PAGE}, or where the configuration has it.",
    "quota": "Raise the limit of the account at the provider, or add another model.",
    "rate": "Wait a little and send the message again.",
    "overloaded": "Check that the provider is up and its address right, or try again later.",
    "timeout": "Send the message again; `c.AIService` has the time limits.",
    "context": "Start a new chat or ask with fewer attachments.",
    "refused": "Check the model's name and address in `c.AIService.providers`, or rephrase.",
    "malformed": "Check that the address is that of an OpenAI-compatible API, ending in `/v1`.",
    "cut": "What came is above. Send the message again for a complete reply.",
    "cancelled": "",
}

log = logger("chat")


@dataclass(frozen=True)
class Seat:
    """Where a chat is: what it is about, that folder relative to the server's root, and what is to
    be said about it."""

    place: Place
    folder: str
    note: str = ""

    def focus(self, parts: Sequence[Part]) -> dict[str, str]:
        """The attached files of the place."""
        above = f"{self.folder}/" if self.folder not in ("", ".") else ""
        names = [part.name for part in parts if part.kind == "attachment" and part.text]
        return {n.removeprefix(above): "" for n in names if n.startswith(above)}


class NeoAIPersona(BasePersona):
    """Answers about the project that the chat's file lies in."""

    _answering: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mailbox = Mailbox(self.chat, self.id, self.on_message)

    @property
    def defaults(self) -> PersonaDefaults:
        """Its name and face."""
        return PersonaDefaults(
            name="NeoAI",
            description="Answers about your project and cites the files and lines.",
            avatar_path=str(AVATAR),
            system_prompt="",
        )

    async def on_message(self, message: ChatMessage) -> None:
        """Take a message, whether the router or the mailbox brought it first."""
        if self._mailbox.first_time(message.id):
            await super().on_message(message)

    async def process_message(self, message: ChatMessage) -> None:
        """Reply to a message; ends when the reply is complete, failed or cancelled."""
        self.set_status("is searching the project…")
        answering = asyncio.ensure_future(self._answer(message))
        self._answering = answering
        try:
            await asyncio.wait([answering])
            if not answering.cancelled():
                answering.result()
        finally:
            answering.cancel()
            await asyncio.wait([answering])
            self._answering = None
            self.clear_status()

    async def cancel_response(self) -> None:
        """Stop the reply, and the provider's request with it."""
        if self._answering is not None:
            self._answering.cancel()

    async def shutdown(self) -> None:
        """Stop whatever is under way."""
        self._mailbox.close()
        await self.cancel_response()
        await super().shutdown()

    async def handle_uncaught_exception(self, exc: Exception) -> None:
        """Say that something went wrong, without a traceback."""
        self.send_message(
            "NeoAI failed on this message because of a fault of its own. The server's log says "
            "more; sending the message again may help."
        )

    @property
    def _neoai(self) -> Any:
        """The server extension, which holds the services."""
        found = self.parent.parent.serverapp.web_app.settings.get("neoai")
        if found is None:
            raise errors.Unavailable(
                "The NeoAI server extension is not loaded. Run `jupyter neoai doctor`."
            )
        return found

    async def _answer(self, message: ChatMessage) -> None:
        reply = ChatReply(self.chat, self.id)
        try:
            seat = await self._seat()
            parts = await self._attached(message, seat.place)
            turns = [*self._history(message), Message("user", message.body)]
            conversation = f"chat:{self.get_chat_path(relative=True)}"
            stream = self._neoai.ai.chat(
                turns, seat.place, parts=parts, focus=seat.focus(parts), conversation=conversation
            )
        except errors.NeoAIError as error:
            reply.complete(REMARK + error.detail)
            return
        linker = Linker(self._base_url, seat.folder, ())
        await _Answer(reply, linker, seat, self._neoai.usage.news).follow(
            stream, self._base_url, self.set_status
        )

    @property
    def _base_url(self) -> str:
        return str(getattr(self.parent, "base_url", "/"))

    async def _attached(self, message: ChatMessage, place: Place) -> list[Part]:
        """Where others may write in this chat too, they attach what they see: the project's files.
        Where everybody has the whole account, any file that is not private."""
        if not message.attachments:
            return []
        server = self.parent.parent.serverapp
        within, served = place, Path(self.parent.root_dir)
        if not getattr(server.authorizer, "tells_people_apart", True):
            within = await place_around(self._neoai.projects, served)
            within = replace(within, hidden=()) if place.private else within
        attachments = self.chat.get_attachments()
        shelf = Shelf(served, within)
        return await asyncio.to_thread(shelf.parts, attachments, message.attachments)

    async def _seat(self) -> Seat:
        """At the deepest registered project around the chat's file, else at the server's root."""
        chat = str(self.get_chat_path(relative=True))
        root = Path(self.parent.root_dir)
        projects = self._neoai.projects
        try:
            project = await projects.find(str(PurePosixPath(chat).parent))
            if project is not None:
                return Seat(await place_of(projects, project.id), project.path)
            return Seat(await place_around(projects, root), "", NO_PROJECT)
        except errors.NeoAIError as error:
            # what is private is not known either
            return Seat(Place(), "", f"{error.detail} So nothing was searched.")

    def _history(self, message: ChatMessage) -> list[Message]:
        """The turns before this message, without footers, the oldest first."""
        turns: list[Message] = []
        left = HISTORY_CHARS
        for earlier in reversed(self.chat.get_messages()):
            if earlier.id == message.id or earlier.time > message.time or earlier.deleted:
                continue
            mine = earlier.sender == self.id
            if not mine and earlier.sender.startswith("jupyter-ai-personas"):
                continue
            body = earlier.body.rpartition(FOOTER)[0] or earlier.body if mine else earlier.body
            left -= len(body)
            if left < 0 or len(turns) == HISTORY_TURNS:
                break
            if body.strip() and not (mine and body.startswith(REMARK)):
                turns.append(Message("assistant" if mine else "user", body))
        return turns[::-1]


class _Answer:
    """Follows an answer's events and keeps the chat's message in step."""

    def __init__(
        self, reply: ChatReply, linker: Linker, seat: Seat, news: Callable[[], Awaitable[str]]
    ) -> None:
        self._reply = reply
        self._linker = linker
        self._seat = seat
        self._ask_for_news = news
        self._news = ""
        self._text = ""
        self._size = 0
        self._sources = Sources(())
        self._findings: list[str] = []
        self._model = ""

    async def follow(
        self, stream: AsyncGenerator[AnswerEvent, None], base_url: str, set_status: Any
    ) -> None:
        try:
            async with aclosing(stream):
                async for event in stream:
                    match event:
                        case Chosen():
                            self._model = event.model
                        case Sources():
                            self._sources = event
                            paths = [hit.path for hit in event.hits]
                            self._linker = Linker(base_url, self._seat.folder, paths)
                            set_status("is writing…")
                        case Restart():
                            self._text, self._size = "", 0
                        case Delta():
                            self._grow(event.text)
                        case End():
                            cut = event.reason in ("length", "max_tokens")
                            if not self._model.startswith("neoai/"):
                                self._findings = await remarks(self._text)
                                self._news = await self._ask_for_news()
                            self._end("The reply reached the model's limit." if cut else "")
        except NoReply as error:
            self._model = error.attempts[-1].model if error.attempts else self._model
            wait = f" (in {error.retry_after:.0f} s)" if error.retry_after else ""
            self._end(f"**{self._named()}:** {error.detail} {ADVICE[error.outcome]}{wait}")
        except errors.NeoAIError as error:
            self._end(error.detail)
        except asyncio.CancelledError:
            self._end("Stopped.")
            raise

    def _grow(self, more: str) -> None:
        self._text += more
        self._size += len(more.encode())
        if self._text.strip() and self._reply.due(self._size):
            self._reply.show(self._linker(self._text))

    def _named(self) -> str:
        return self._model or "The model"

    def _end(self, remark: str) -> None:
        parts = [remark] if remark else []
        if self._findings:
            found = "\n".join(f"- {finding}" for finding in self._findings[:FINDINGS])
            parts.append(f"Look at this code before you run it:\n{found}")
        if self._model and not self._model.startswith("neoai/") and self._sources.hits:
            parts.append(f"Passages: {' · '.join(self._links())}")
        if self._sources.problem:
            parts.append(f"The project was not searched: {self._sources.problem}")
        if self._news:
            parts.append(self._news)
        if self._seat.note and self._model:
            parts.append(f"*{self._seat.note}*")
        body = self._linker(self._text)
        footer = "\n\n".join(parts)
        if body:
            self._reply.complete(f"{body}{FOOTER}{footer}" if footer else body)
        else:
            self._reply.complete(REMARK + (footer or "The model gave an empty reply."))

    def _links(self) -> list[str]:
        """The passages that the reply cites; where it cites none, the best that it was given."""
        cited = [path for path, _ in self._linker.cited(self._text)]
        hits = [hit for hit in self._sources.hits if hit.path in cited] or self._sources.hits
        return [self._linker.link(hit.path, hit.start_line) for hit in hits[:SOURCES]]
