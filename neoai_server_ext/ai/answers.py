"""What the API asks of models: conversations with their context, code, embeddings."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any

from .. import errors
from ..events import Event
from ..projects.service import ProjectService
from . import checks, rewriting
from .along import Bringing
from .chat.links import Linker
from .coderequests import CodeRequest, GeneratedCode
from .coding import Coding
from .context.place import place_of
from .providers import Delta, End
from .requests import (
    AttemptMade,
    ChatReply,
    ChatRequest,
    CheckFound,
    Citation,
    ContextUsed,
    Embeddings,
    EmbeddingsRequest,
    UsageCounts,
    VariablesQuery,
    VariablesTold,
)
from .routing import RoutedEvent
from .service import (
    AIService,
    AnswerEvent,
    Attempt,
    Attempts,
    Chosen,
    Context,
    NoReply,
    Restart,
    Sources,
    Usage,
)


def problem(error: NoReply) -> errors.NeoAIError:
    """What to tell a client when no model gave a reply."""
    extra: dict[str, Any] = {
        "code": f"model-{error.outcome}",
        "outcome": error.outcome,
        "attempts": [made.model_dump() for made in _attempts(error.attempts)],
    }
    if error.outcome in ("rate", "quota"):
        return errors.Limited(error.detail, retry_after=error.retry_after or 60, **extra)
    if error.outcome == "overloaded":
        return errors.Unavailable(error.detail, **extra)
    if error.outcome == "timeout":
        return errors.GatewayTimeout(error.detail, **extra)
    if error.outcome == "context":
        return errors.TooLarge(error.detail, **extra)
    return errors.BadGateway(error.detail, **extra)


@dataclass
class _Reply:
    """A reply as it grows."""

    id: str = field(default_factory=lambda: f"chat-{uuid.uuid4().hex}")
    model: str = ""
    provider: str = ""
    text: str = ""
    reason: str = ""
    cached: bool = False
    usage: Usage = field(default_factory=Usage)
    attempts: Sequence[Attempt] = ()
    sources: Sources = field(default_factory=lambda: Sources(()))
    context: Context = field(default_factory=lambda: Context(""))

    def take(self, event: AnswerEvent | RoutedEvent) -> None:
        """Bring in the next event."""
        match event:
            case Sources():
                self.sources = event
            case Context():
                self.context = event
            case Chosen():
                self.model, self.provider = event.model, event.provider
            case Restart():
                self.text = ""
            case Delta():
                self.text += event.text
            case Usage():
                self.usage = event
            case Attempts():
                self.attempts = event.items
            case End():
                self.reason, self.cached = event.reason, event.cached

    def citations(self) -> list[Citation]:
        """The passages that the text cites; search alone cites all that it shows."""
        hits = self.sources.hits
        cited = Linker("/", "", [hit.path for hit in hits]).cited(self.text)
        return [
            Citation(path=hit.path, start_line=hit.start_line, end_line=hit.end_line)
            for hit in hits
            if any(p == hit.path and hit.start_line <= n <= hit.end_line for p, n in cited)
        ]


_Said = tuple[str, dict[str, Any]]
"""An event's name and data."""


class Answers:
    """Answers to what the API asks, by the models of the AI service.

    ai: the models. projects: where the files of the context lie. kernels, sessions: give the
    server's managers of these, None where there is none.
    """

    def __init__(
        self,
        ai: AIService,
        projects: ProjectService,
        kernels: Callable[[], Any],
        sessions: Callable[[], Any],
    ) -> None:
        self._ai = ai
        self._projects = projects
        self.bringing = Bringing(projects, kernels, sessions)
        self._code = Coding(ai, projects, self.bringing)

    async def chat(self, wanted: ChatRequest) -> ChatReply:
        """The complete reply. Raises NotFound (project, file, model), and what `problem` makes of
        the failure of all models."""
        return await self._finished(await _whole(await self._begin(wanted)))

    async def chat_events(self, wanted: ChatRequest) -> AsyncGenerator[Event, None]:
        """The reply as it comes: start, delta, restart, citation, usage, then end or error.

        Raises as `chat` for what is wrong with the request itself.
        """
        return self._told(await self._begin(wanted), self._ended)

    async def _ended(self, reply: _Reply) -> list[_Said]:
        done = await self._finished(reply)
        citations = [("citation", citation.model_dump()) for citation in done.citations]
        end = ("end", done.model_dump(exclude={"content"}))
        return [*citations, ("usage", done.usage.model_dump()), end]

    async def _told(
        self,
        stream: AsyncGenerator[AnswerEvent, None] | AsyncGenerator[RoutedEvent, None],
        ended: Callable[[_Reply], Awaitable[list[_Said]]],
    ) -> AsyncGenerator[Event, None]:
        reply, number, has_begun, is_anew = _Reply(), 0, False, False

        def said(name: str, data: dict[str, Any]) -> Event:
            nonlocal number
            number += 1
            return Event(number, name, data)

        try:
            async with aclosing(stream) as events:
                async for event in events:
                    reply.take(event)
                    if isinstance(event, Restart):
                        is_anew = True
                    elif isinstance(event, Chosen):
                        named = {"model": reply.model, "provider": reply.provider}
                        if is_anew:
                            yield said("restart", named)
                        elif not has_begun:
                            yield said("start", {"id": reply.id, **named})
                        has_begun, is_anew = True, False
                    elif isinstance(event, Delta):
                        yield said("delta", {"text": event.text})
            last = await ended(reply)
        except NoReply as error:
            yield said("error", as_event(problem(error)))
            return
        except errors.NeoAIError as error:
            yield said("error", as_event(error))
            return
        for name, data in last:
            yield said(name, data)

    async def _begin(self, wanted: ChatRequest) -> AsyncGenerator[AnswerEvent, None]:
        """The reply's events; the request is looked at, and no model asked yet."""
        self._ai.catalog.check(wanted.model)
        place = await place_of(self._projects, wanted.project_id)
        along = await self.bringing.of(wanted, place)
        turns = await asyncio.to_thread(lambda: [turn.message() for turn in wanted.messages])
        return self._ai.chat(
            turns,
            place,
            parts=along.parts,
            focus=along.focus,
            model=wanted.model,
            task=wanted.task,
            max_tokens=wanted.max_tokens,
            temperature=wanted.temperature,
            cache=wanted.cache,
            conversation=_conversation(wanted),
        )

    async def _finished(self, reply: _Reply) -> ChatReply:
        return ChatReply(
            id=reply.id,
            model=reply.model,
            provider=reply.provider,
            content=reply.text,
            finish_reason=reply.reason,
            citations=reply.citations(),
            usage=self._usage(reply),
            cached=reply.cached,
            attempts=_attempts(reply.attempts),
            checks=_found(await checks.check_reply(reply.text)),
            context=[ContextUsed(**asdict(used)) for used in reply.context.parts],
            notice=await self._ai.usage.notice() if self._ai.usage is not None else "",
        )

    def _usage(self, reply: _Reply) -> UsageCounts:
        cost = self._ai.catalog.cost_usd(reply.model, reply.usage)
        return UsageCounts(**asdict(reply.usage), cost_usd=cost)

    async def write_code(self, wanted: CodeRequest) -> GeneratedCode:
        """The code that the instruction asks for. Raises as `chat`, Unavailable (`no-model`), and
        BadGateway (`model-cut`, `model-malformed`)."""
        return await self._coded(wanted, await _whole(await self._code.begin(wanted)))

    async def code_events(self, wanted: CodeRequest) -> AsyncGenerator[Event, None]:
        """The same as it comes: start, delta, restart, then end or error."""

        async def ended(reply: _Reply) -> list[_Said]:
            return [("end", (await self._coded(wanted, reply)).model_dump())]

        return self._told(await self._code.begin(wanted), ended)

    async def _coded(self, wanted: CodeRequest, reply: _Reply) -> GeneratedCode:
        """What a complete reply makes of the request."""
        if reply.reason == "length":
            raise rewriting.cut()
        made = await self._code.read(wanted, reply.text)
        return GeneratedCode(
            code=made.code,
            language=made.language,
            explanation=made.said,
            edits=list(made.edits),
            checks=list(made.checks),
            model=reply.model,
            provider=reply.provider,
            usage=self._usage(reply),
            attempts=_attempts(reply.attempts),
        )

    async def variables(self, kernel_id: str, wanted: VariablesQuery) -> VariablesTold:
        """A kernel's variables as they would go along with a question. Raises NotFound."""
        place = await place_of(self._projects, wanted.project_id)
        part = await self.bringing.variables(kernel_id, wanted.asked, place)
        return VariablesTold(text=part.text, note=part.note)

    async def embed(self, wanted: EmbeddingsRequest) -> Embeddings:
        """A vector for each text. Raises NotFound (model), Unavailable (`no-model`), and what
        `problem` makes of a failure."""
        try:
            model, vectors = await self._ai.embed(wanted.input, wanted.model)
        except NoReply as error:
            raise problem(error) from error
        return Embeddings(model=model, dimensions=len(vectors[0]), data=vectors)


async def _whole(
    stream: AsyncGenerator[AnswerEvent, None] | AsyncGenerator[RoutedEvent, None],
) -> _Reply:
    """The reply at its end; raises what `problem` makes of the failure of all models."""
    reply = _Reply()
    try:
        async with aclosing(stream) as events:
            async for event in events:
                reply.take(event)
    except NoReply as error:
        raise problem(error) from error
    return reply


def _conversation(wanted: ChatRequest) -> str:
    """Under which name it is remembered who answered; each project's are its own."""
    return f"{wanted.project_id or ''}:{wanted.conversation_id}" if wanted.conversation_id else ""


def _attempts(made: Sequence[Attempt]) -> list[AttemptMade]:
    return [
        AttemptMade(
            provider=attempt.provider,
            model=attempt.model,
            outcome=attempt.outcome,
            latency_s=round(attempt.latency_s, 4),
        )
        for attempt in made
    ]


def _found(findings: Sequence[checks.Check]) -> list[CheckFound]:
    return [CheckFound(**asdict(finding)) for finding in findings]


def as_event(error: errors.NeoAIError) -> dict[str, Any]:
    """An error as the last event of a stream."""
    return {"code": error.code, "detail": error.detail, **error.extra}
