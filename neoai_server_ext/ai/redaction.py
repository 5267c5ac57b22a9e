"""A provider that is told no secrets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from .providers import Event, Filling, Form, Message, Provider, Tool, ToolCall
from .secretscan import redact

AT_ONCE = 50_000
"""So many characters are scanned on the event loop; more, in a thread."""


class RedactingProvider:
    """Passes everything on to a provider, with `[redacted: kind]` in place of secrets."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def stream(
        self,
        messages: Sequence[Message],
        model: str,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        tools: Sequence[Tool] = (),
        output: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream a reply; see Provider."""
        told = [await redacted(message) for message in messages]
        stream = self._provider.stream(
            told, model, max_tokens=max_tokens, temperature=temperature, tools=tools, output=output
        )
        async with aclosing(stream) as events:
            async for event in events:
                yield event

    async def fill(
        self,
        filling: Filling,
        model: str,
        form: Form,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream what belongs at a place; see Provider."""
        told = replace(filling, prefix=redact(filling.prefix), suffix=redact(filling.suffix))
        stream = self._provider.fill(
            told, model, form, max_tokens=max_tokens, temperature=temperature
        )
        async with aclosing(stream) as events:
            async for event in events:
                yield event

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text; see Provider."""
        told = [(await redacted(Message("user", text))).content for text in texts]
        return await self._provider.embed(told, model)

    async def models(self) -> list[str]:
        """The names of the models; see Provider."""
        return await self._provider.models()

    async def close(self) -> None:
        """Close the connections."""
        await self._provider.close()


async def redacted(message: Message) -> Message:
    """The message without its secrets; of images nothing is known."""
    if message.calls:
        calls = await asyncio.to_thread(lambda: tuple(_redacted(call) for call in message.calls))
        message = replace(message, calls=calls)
    content = message.content
    if len(content) > AT_ONCE:
        said = await asyncio.to_thread(redact, content)
    else:
        said = redact(content)
    return message if said is content else replace(message, content=said)


def _redacted(call: ToolCall) -> ToolCall:
    return replace(call, arguments=_without(call.arguments))


def _without(value: Any) -> Any:
    """The same without secrets in its texts."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _without(member) for name, member in value.items()}
    return [_without(member) for member in value] if isinstance(value, list) else value
