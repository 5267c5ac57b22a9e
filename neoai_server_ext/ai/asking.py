"""Asks one model: a kept reply where there is one, within the limits, and into the ledger."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from ..usage.service import Call, UsageService
from .cache import COMPLETE, CacheRequest, ReplyCache, may_keep
from .catalog import Catalog, no_model
from .choice import EXPECTED_TOKENS, Choice, Needs
from .config import ProviderSpec, Task
from .context import tokens
from .metering import estimated_tokens, metered, recorded
from .providers import (
    Capability,
    Delta,
    End,
    Event,
    Filling,
    Form,
    KeyProblem,
    Message,
    Provider,
    ProviderError,
    Tool,
)
from .providers.schemas import check_schema
from .routing import Attempt, NoReply

IMAGE_TOKENS = 1_000
"""About what a picture takes."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a model. task, project_id: for the ledger. cache: whether a kept reply will
    do and this one may be kept, which is never so with tools or a schema. fill: the place that the
    text is for; models that fill in the middle are asked that in place of the conversation."""

    task: Task
    max_tokens: int | None = None
    project_id: str | None = None
    temperature: float | None = None
    cache: bool = True
    tools: tuple[Tool, ...] = ()
    output: Mapping[str, Any] | None = None
    fill: Filling | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a schema that is none."""
        for schema in (*(tool.parameters for tool in self.tools), self.output):
            if schema is not None:
                check_schema(schema)

    def needs(self, messages: Sequence[Message], before: int = 0) -> Needs:
        """What a conversation needs of a model, with so many tokens before it."""
        can: set[Capability] = set()
        if self.tools or any(message.calls for message in messages):
            can.add("tools")
        if self.output is not None:
            can.add("structured")
        if any(message.images for message in messages):
            can.add("vision")
        extra = tokens(json.dumps([dict(tool.parameters) for tool in self.tools]))
        whole = before + extra + size_of(messages)
        least = size_of(messages if self.tools else messages[-1:])
        return Needs(frozenset(can), whole, least, self.max_tokens or 0)

    def may_keep(self, messages: Sequence[Message]) -> bool:
        """Whether the reply may be kept, and a kept one given."""
        plain = not self.tools and self.output is None
        plain = plain and not any(m.calls or m.answers for m in messages)
        return plain and self.cache and may_keep(self.temperature)


def size_of(messages: Sequence[Message]) -> int:
    """About how many tokens a conversation has."""
    return sum(tokens(_text(m)) + IMAGE_TOKENS * len(m.images) for m in messages)


class Asker:
    """Asks models. ledger: of all requests; None: nobody keeps one. replies: those that are kept;
    None: none is."""

    def __init__(
        self, catalog: Catalog, ledger: UsageService | None, replies: ReplyCache | None
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._replies = replies
        self._unable: set[tuple[ProviderSpec, str]] = set()

    async def ask(
        self, spec: ProviderSpec, name: str, messages: Sequence[Message], wanted: Wanted
    ) -> AsyncGenerator[Event, None]:
        """The model's reply, or the one that was kept. Raises KeyProblem; the reply itself raises
        as UsageService.check_limit too."""
        form = self._form(spec, name) if wanted.fill is not None else None
        asked = messages
        if wanted.fill is not None and form is not None:
            told = (form, wanted.fill.prefix, wanted.fill.suffix, *wanted.fill.stop)
            asked = [Message("user", text) for text in told]
        origin = (spec.name, spec.kind, spec.base_url or "")
        request = CacheRequest(origin, name, asked, wanted.max_tokens, wanted.temperature)
        replies = self._replies if wanted.may_keep(messages) else None
        if replies is not None:
            pieces = await asyncio.to_thread(replies.get, request.key)
            if pieces is not None:
                return _replay(pieces)
        provider = await self._catalog.provider(spec)
        if form is not None:
            stream = self._filled(provider, spec, name, messages, wanted, form)
        else:
            stream = _written(provider, name, messages, wanted)
        if self._ledger is not None:
            said = sum(len(_text(m).encode("utf-8", "replace")) for m in request.messages)
            most = wanted.max_tokens or EXPECTED_TOKENS
            call = _call(spec, name, wanted.task, wanted.project_id, said, most)
            stream = metered(stream, self._ledger, call, self._catalog.cost_usd)
        return stream if replies is None else _kept(stream, replies, request.key)

    def _form(self, spec: ProviderSpec, name: str) -> Form | None:
        return None if (spec, name) in self._unable else self._catalog.form(spec, name)

    async def _filled(
        self,
        provider: Provider,
        spec: ProviderSpec,
        name: str,
        messages: Sequence[Message],
        wanted: Wanted,
        form: Form,
    ) -> AsyncGenerator[Event, None]:
        """What the model fills in; what it writes where its server cannot do that, which is
        remembered then."""
        assert wanted.fill is not None
        try:
            stream = provider.fill(
                wanted.fill,
                name,
                form,
                max_tokens=wanted.max_tokens,
                temperature=wanted.temperature,
            )
            async with aclosing(stream) as events:
                async for event in events:
                    yield event
            return
        except ProviderError as error:
            if error.outcome != "refused":
                raise
        async with aclosing(_written(provider, name, messages, wanted)) as events:
            async for event in events:
                self._unable.add((spec, name))
                yield event

    async def embed(
        self, models: Sequence[Choice], texts: Sequence[str], project_id: str | None = None
    ) -> tuple[str, list[list[float]]]:
        """The first model that gives a vector for each text, and these. Raises NoReply, Limited,
        and Unavailable (`no-model`)."""
        attempts: list[Attempt] = []
        failure: ProviderError | None = None
        for spec, name in models:
            if spec is None:
                continue
            began = time.monotonic()
            try:
                vectors = await self._embed(spec, name, texts, project_id)
                return f"{spec.name}/{name}", vectors
            except KeyProblem as problem:
                failure = ProviderError("auth", str(problem))
            except ProviderError as error:
                failure = error
            took = time.monotonic() - began
            attempts.append(Attempt(spec.name, f"{spec.name}/{name}", failure.outcome, took))
        if failure is None:
            raise no_model("embed")
        raise NoReply(failure, attempts)

    async def _embed(
        self, spec: ProviderSpec, name: str, texts: Sequence[str], project_id: str | None
    ) -> list[list[float]]:
        provider = await self._catalog.provider(spec)
        if self._ledger is None:
            return await provider.embed(texts, name)
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        call = _call(spec, name, "embed", project_id, size)
        async with recorded(self._ledger, call, self._catalog.cost_usd) as entry:
            vectors = await provider.embed(texts, name)
            entry.outcome = "ok"
        return vectors


def _written(
    provider: Provider, name: str, messages: Sequence[Message], wanted: Wanted
) -> AsyncGenerator[Event, None]:
    return provider.stream(
        messages,
        name,
        max_tokens=wanted.max_tokens,
        temperature=wanted.temperature,
        tools=wanted.tools,
        output=wanted.output,
    )


def _text(message: Message) -> str:
    """All that is said in a turn, calls of tools included."""
    return message.content + "".join(
        call.name + json.dumps(call.arguments, ensure_ascii=False) for call in message.calls
    )


def _call(
    spec: ProviderSpec, model: str, task: Task, project_id: str | None, size: int, most: int = 0
) -> Call:
    name = f"{spec.name}/{model}"
    return Call(task, spec.name, name, project_id, estimated_tokens(size), most)


async def _replay(pieces: Sequence[str]) -> AsyncGenerator[Event, None]:
    for piece in pieces:
        yield Delta(piece)
    yield End("stop", cached=True)


async def _kept(
    stream: AsyncGenerator[Event, None], replies: ReplyCache, key: str
) -> AsyncGenerator[Event, None]:
    """Pass a reply on, and keep it where it is complete."""
    pieces: list[str] = []
    async with aclosing(stream) as events:
        async for event in events:
            if isinstance(event, Delta):
                pieces.append(event.text)
            if isinstance(event, End) and event.reason in COMPLETE and "".join(pieces).strip():
                await asyncio.to_thread(replies.put, key, pieces)
            yield event
