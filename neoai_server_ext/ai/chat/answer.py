"""Follows an answer's events and keeps the chat's message in step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from ... import errors
from ..checks import remarks
from ..prompts import PAGE
from ..providers import Delta, End
from ..service import AnswerEvent, Chosen, Context, NoReply, Restart, Sources, Usage
from .links import Linker
from .named import Named
from .notes import Note
from .reply import ChatReply
from .seat import Seat

FOOTER = "\n\n---\n"
REMARK = "> "
SOURCES = 5
FINDINGS = 5
SILENT = frozenset({"preferences", "rules", "passage", "imports", "map"})
"""Kinds that go along with every question: what is shown of a reply is the rest."""
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


class Answer:
    """An answer as it comes.

    news: what is to be said of this month's costs. cost: of a model's usage, in USD; None where
    its price is not known. known: what of the conversation earlier replies were told as summed up.
    """

    def __init__(
        self,
        reply: ChatReply,
        linker: Linker,
        seat: Seat,
        *,
        news: Callable[[], Awaitable[str]],
        cost: Callable[[str, Usage], float | None],
        known: str = "",
    ) -> None:
        self._reply = reply
        self._linker = linker
        self._seat = seat
        self._named_files = Named(seat.place)
        self._ask_for_news = news
        self._cost = cost
        self._known = known
        self._news = ""
        self._text = ""
        self._size = 0
        self._sources = Sources(())
        self._context = Context("")
        self._usage = Usage()
        self._findings: list[str] = []
        self._model = ""

    async def follow(self, stream: AsyncGenerator[AnswerEvent, None], set_status: Any) -> None:
        """Show the answer until its end, whatever that is; raises CancelledError alone."""
        try:
            async with aclosing(stream):
                async for event in stream:
                    match event:
                        case Chosen():
                            self._model = event.model
                        case Context():
                            self._context = event
                        case Usage():
                            self._usage = event
                        case Sources():
                            self._sources = event
                            self._link_all()
                            set_status("is writing…")
                        case Restart():
                            self._text, self._size = "", 0
                        case Delta():
                            await self._grow(event.text)
                        case End():
                            cut = event.reason in ("length", "max_tokens")
                            if not self._model.startswith("neoai/"):
                                self._findings = await remarks(self._text)
                                self._news = await self._ask_for_news()
                            await self._look_for_files()
                            self._end("The reply reached the model's limit." if cut else "")
        except NoReply as error:
            self._model = error.attempts[-1].model if error.attempts else self._model
            wait = f" (in {error.retry_after:.0f} s)" if error.retry_after else ""
            try:
                await self._look_for_files()
            finally:
                self._end(f"**{self._named()}:** {error.detail} {ADVICE[error.outcome]}{wait}")
        except errors.NeoAIError as error:
            self._end(error.detail)
        except asyncio.CancelledError:
            self._end("Stopped.")
            raise

    async def _grow(self, more: str) -> None:
        self._text += more
        self._size += len(more.encode())
        if self._text.strip() and self._reply.due(self._size):
            await self._look_for_files()
            self._reply.show(self._linker(self._text))

    async def _look_for_files(self) -> None:
        """Let what the text names become links, where it is there."""
        if await self._named_files.look_for(self._text):
            self._link_all()

    def _link_all(self) -> None:
        self._linker = self._linker.to(
            {hit.path for hit in self._sources.hits} | self._named_files.files
        )

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
        parts += self._of_history()
        if self._news:
            parts.append(self._news)
        if self._seat.note and self._model:
            parts.append(f"*{self._seat.note}*")
        body = self._linker(self._text)
        footer = "\n\n".join(parts)
        if body:
            whole = f"{body}{FOOTER}{footer}" if footer else body
        else:
            whole = REMARK + (footer or "The model gave an empty reply.")
        self._reply.complete(whole, self._note())

    def _of_history(self) -> list[str]:
        """That older messages went along as a summary, or not at all; said once for each time that
        it comes to be so."""
        return [
            f"*This conversation has become long: {used.name} went along shortened. {used.note}*"
            for used in self._context.parts
            if used.kind == "history" and used.name != self._known
        ]

    def _note(self) -> Note:
        usage = {**asdict(self._usage), "cost_usd": self._cost(self._model, self._usage)}
        return {
            "model": self._model,
            "usage": usage if any(asdict(self._usage).values()) else {},
            "context": [asdict(used) for used in self._context.parts if used.kind not in SILENT],
        }

    def _links(self) -> list[str]:
        """The passages that the reply cites; where it cites none, the best that it was given."""
        cited = [path for path, _ in self._linker.cited(self._text)]
        hits = [hit for hit in self._sources.hits if hit.path in cited] or self._sources.hits
        return [self._linker.link(hit.path, hit.start_line) for hit in hits[:SOURCES]]
