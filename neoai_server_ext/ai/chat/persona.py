"""NeoAI as a persona of Jupyter AI: a thin adapter over AIService."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_ai_persona_manager import BasePersona, PersonaDefaults
from jupyter_ai_persona_manager.awareness_models import CommandOption

from ... import errors
from ..context.place import Place, place_around
from ..prompts import PAGE, PromptError, found
from ..providers import Message
from . import commands, notes
from .answer import FOOTER, REMARK, Answer
from .attachments import Brought, Shelf
from .folders import folder_parts
from .links import Linker
from .mailbox import Mailbox
from .picker import Picker
from .reply import ChatReply
from .seat import Seat, seat_of

if TYPE_CHECKING:
    from jupyterlab_chat.models import Message as ChatMessage

AVATAR = Path(__file__).parent / "neoai.svg"
HISTORY_TURNS = 400
HISTORY_CHARS = 400_000
"""What is too long of it for a model is summed up."""
SEARCHED = 8
NO_MODEL = "`/{name}` needs a model, and none is configured. {page} adds one."


class NeoAIPersona(BasePersona):
    """Answers about the project that the chat's file lies in."""

    _answering: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mailbox = Mailbox(self.chat, self.id, self.on_message)
        self._picker = Picker(self, lambda: self._neoai.ai)
        self.report_slash_commands(
            [
                CommandOption(name=f"/{command.name}", description=command.does)
                for command in commands.COMMANDS
            ]
        )

    @property
    def defaults(self) -> PersonaDefaults:
        """Its name and face."""
        return PersonaDefaults(
            name="NeoAI",
            description="Answers about your project and cites the files and lines.",
            avatar_path=str(AVATAR),
            system_prompt="",
        )

    async def prepare(self) -> None:
        """List the models for the chat's picker; the first message does not wait for them."""
        self._picker.refresh()

    async def update_model(self, model_id: str) -> None:
        """Another model was chosen for this conversation."""
        self._picker.choose(model_id)

    async def on_message(self, message: ChatMessage) -> None:
        """Take a message, whether the router or the mailbox brought it first."""
        if self._mailbox.first_time(message.id):
            await super().on_message(message)

    async def process_message(self, message: ChatMessage) -> None:
        """Reply to a message; ends when the reply is complete, failed or cancelled."""
        # the router cuts a command off the messages that it brings itself
        whole = self.chat.get_message(message.id) or message
        await self._while_stoppable(whole, ChatReply(self.chat, self.id, whole.id), "")

    async def answer_again(self, message_id: str, model: str = "") -> None:
        """Answer a message once more, in place of the last reply to it, which stays as a version.
        model: in place of the conversation's. Raises NotFound."""
        message = self.chat.get_message(message_id)
        if message is None or message.deleted or message.sender == self.id:
            raise errors.NotFound("There is no such message in this chat to be answered.")
        with self._keep_chat_alive():
            async with self.track_processing(message):
                replies = [m for m in self._replies() if notes.note_of(m)["answers"] == message_id]
                reply = ChatReply(
                    self.chat, self.id, message_id, again=replies[-1] if replies else None
                )
                await self._while_stoppable(message, reply, model)

    def show_version(self, message_id: str, shown: int) -> None:
        """Show another of the replies to a message. Raises NotFound, Conflict while one is being
        written."""
        message = self.chat.get_message(message_id)
        if message is None or message.sender != self.id:
            raise errors.NotFound("There is no such reply in this chat.")
        if self.processing:
            raise errors.Conflict("A reply is being written: stop it, or wait for it.")
        try:
            self.chat.update_message(notes.turned(message, shown))
        except IndexError:
            raise errors.NotFound("There is no such version of the reply.") from None

    async def _while_stoppable(self, message: ChatMessage, reply: ChatReply, model: str) -> None:
        self.set_status("is searching the project…")
        answering = asyncio.ensure_future(self._answer(message, reply, model))
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
            self._picker.say_usage()

    async def cancel_response(self) -> None:
        """Stop the reply, and the provider's request with it."""
        if self._answering is not None:
            self._answering.cancel()

    async def shutdown(self) -> None:
        """Stop whatever is under way."""
        self._mailbox.close()
        self._picker.close()
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

    async def _answer(self, message: ChatMessage, reply: ChatReply, model: str) -> None:
        try:
            seat = await seat_of(self._neoai.projects, str(self.get_chat_path(relative=True)))
            brought = await self._attached(message, seat.place)
            seat = seat.noting(brought.missing)
            stream = await self._asked(message, seat, brought, reply, model)
        except commands.Empty as nothing:
            reply.complete(REMARK + str(nothing))
            return
        except (errors.NeoAIError, PromptError) as error:
            reply.complete(REMARK + error.detail)
            return
        if isinstance(stream, str):
            reply.complete(stream)
            return
        await Answer(
            reply,
            Linker(self._base_url, seat.folder, ()),
            seat,
            news=self._neoai.usage.news,
            cost=self._neoai.ai.catalog.cost_usd,
            known=self._told_of_history(message),
        ).follow(stream, self.set_status)

    async def _asked(
        self, message: ChatMessage, seat: Seat, brought: Brought, reply: ChatReply, model: str
    ) -> Any:
        """The events of a model's answer; a text where none is asked. Raises Empty, PromptError."""
        asked, query = message.body, None
        seen = await self._neoai.views.seen(message, seat, people=self._has_people)
        parts = [*brought.parts, *seen.along.parts]
        call = commands.parsed(message.body)
        if call is not None:
            if call.command.name == "help":
                return commands.listed()
            if call.command.name == "search":
                return await self._found(call.rest, seat)
            if not self._neoai.ai.configuration.providers:
                return REMARK + NO_MODEL.format(name=call.command.name, page=PAGE)
            filled = await commands.filled(call, seat, parts, seen.error, self._neoai.projects)
            asked, query = filled.prompt, filled.query
            parts = [part for part in parts if part not in filled.used]
        elif slip := commands.meant(message.body):
            return f"{REMARK}There is no such command. Did you mean `/{slip}`? `/help` lists them."
        return self._neoai.ai.chat(
            [*self._history(message), Message("user", asked, tuple(brought.images))],
            seat.place,
            parts=parts,
            focus={**seen.along.focus, **seat.focus(parts)},
            model=model or self._picker.model,
            cache=not reply.is_again,
            query=query,
            conversation=f"chat:{self.get_chat_path(relative=True)}",
        )

    async def _found(self, words: str, seat: Seat) -> str:
        """What the index finds, as links; no model is asked."""
        if not words:
            raise commands.Empty("Say what to search for: `/search where the pot is heated`.")
        if seat.place.root is None:
            raise commands.Empty(seat.note)
        hits = await self._neoai.index.search_folder(seat.place.root, words, 3 * SEARCHED)
        shown = [hit for hit in hits if seat.place.shows(hit.path)][:SEARCHED]
        link = Linker(self._base_url, seat.folder, [hit.path for hit in shown])
        return link(found(shown))

    @property
    def _has_people(self) -> bool:
        """Whether the server tells people apart."""
        authorizer = self.parent.parent.serverapp.authorizer
        return bool(getattr(authorizer, "tells_people_apart", True))

    @property
    def _base_url(self) -> str:
        return str(getattr(self.parent, "base_url", "/"))

    async def _attached(self, message: ChatMessage, place: Place) -> Brought:
        """Where others may write in this chat too, they attach what they see: the project's files.
        Where everybody has the whole account, any file that is not private."""
        if not message.attachments:
            return Brought()
        within, served = place, Path(self.parent.root_dir)
        if not self._has_people:
            within = await place_around(self._neoai.projects, served)
            within = replace(within, hidden=()) if place.private else within
        attachments = self.chat.get_attachments()
        shelf = Shelf(served, within)
        brought = await asyncio.to_thread(shelf.bring, attachments, message.attachments)
        for folder in brought.folders:
            brought.parts += await folder_parts(
                self._neoai.index, shelf, place, folder, message.body
            )
        return brought

    def _replies(self) -> list[ChatMessage]:
        """The persona's replies of which is known what they answer."""
        mine = (m for m in self.chat.get_messages() if m.sender == self.id and not m.deleted)
        return [message for message in mine if notes.note_of(message).get("answers")]

    def _told_of_history(self, message: ChatMessage) -> str:
        """What the last reply before a message was told as summed up."""
        earlier = [reply for reply in self._replies() if reply.time < message.time]
        used = notes.note_of(earlier[-1]).get("context", ()) if earlier else ()
        return next((str(each["name"]) for each in used if each["kind"] == "history"), "")

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
