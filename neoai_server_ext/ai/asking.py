"""Asks one model: a kept reply where there is one, within the limits, and into the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from ..usage.service import Call, UsageService
from .cache import COMPLETE, CacheRequest, ReplyCache, may_keep
from .catalog import Catalog
from .config import ProviderSpec, Task
from .metering import estimated_tokens, metered, recorded
from .providers import Delta, End, Event, Message


@dataclass(frozen=True)
class Wanted:
    """What is wanted of a model. task, project_id: for the ledger. cache: whether a kept reply will
    do and this one may be kept."""

    task: Task
    max_tokens: int
    project_id: str | None = None
    temperature: float | None = None
    cache: bool = True


class Asker:
    """Asks models. ledger: of all requests; None: nobody keeps one. replies: those that are kept;
    None: none is."""

    def __init__(
        self, catalog: Catalog, ledger: UsageService | None, replies: ReplyCache | None
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._replies = replies

    async def ask(
        self, spec: ProviderSpec, name: str, messages: Sequence[Message], wanted: Wanted
    ) -> AsyncGenerator[Event, None]:
        """The model's reply, or the one that was kept. Raises KeyProblem, and Limited
        (`limit-reached`)."""
        origin = (spec.name, spec.kind, spec.base_url or "")
        request = CacheRequest(origin, name, messages, wanted.max_tokens, wanted.temperature)
        replies = self._replies if wanted.cache and may_keep(request.temperature) else None
        if replies is not None:
            pieces = await asyncio.to_thread(replies.get, request.key)
            if pieces is not None:
                return _replay(pieces)
        provider = await self._catalog.provider(spec)
        if self._ledger is not None:
            await self._ledger.check_limit()
        stream = provider.stream(
            request.messages,
            request.model,
            max_tokens=request.max_tokens,
            temperature=request.temperature,
        )
        if self._ledger is not None:
            said = sum(len(m.content.encode("utf-8", "replace")) for m in request.messages)
            call = _call(spec, name, wanted.task, wanted.project_id, said)
            stream = metered(stream, self._ledger, call, self._catalog.cost_usd)
        return stream if replies is None else _kept(stream, replies, request.key)

    async def embed(self, spec: ProviderSpec, name: str, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text. Raises KeyProblem, ProviderError and Limited."""
        provider = await self._catalog.provider(spec)
        if self._ledger is None:
            return await provider.embed(texts, name)
        await self._ledger.check_limit()
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        call = _call(spec, name, "embed", None, size)
        with recorded(self._ledger, call, self._catalog.cost_usd) as entry:
            vectors = await provider.embed(texts, name)
            entry.outcome = "ok"
        return vectors


def _call(spec: ProviderSpec, model: str, task: Task, project_id: str | None, size: int) -> Call:
    return Call(task, spec.name, f"{spec.name}/{model}", project_id, estimated_tokens(size))


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
