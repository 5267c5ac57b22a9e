"""Providers reached through pydantic-ai. Import this module lazily: it takes a second or two."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import httpx2
from pydantic_ai import exceptions, messages
from pydantic_ai.direct import model_request_stream
from pydantic_ai.embeddings.base import EmbeddingModel
from pydantic_ai.models import Model, StreamedResponse
from pydantic_ai.settings import ModelSettings

from .base import (
    Delta,
    End,
    Event,
    Filling,
    Form,
    Message,
    ProviderError,
    Timeouts,
    Tool,
    Usage,
)
from .fim import fill
from .forms import body_of
from .keys import Secret, scrubbed
from .refusals import MAX_DETAIL, OUTCOMES, TOO_LONG
from .schemas import check_text
from .text import Halves, whole
from .turns import calls, conversation, keeping, parameters
from .wire import TEXTS, Watch, WatchedTransport, watching

READ_AHEAD = 64
PAUSE_EVERY = 16
KEPT_MODELS = 32
NO_KEY = "no-key"
MOST_TOKENS = 1_000_000_000
"""More than that no request takes."""


@dataclass(frozen=True)
class _Asked:
    """A request as pydantic-ai takes it, and what its reply must keep to."""

    model: Model[Any]
    conversation: list[messages.ModelMessage]
    settings: ModelSettings
    tools: tuple[Tool, ...]
    output: Mapping[str, Any] | None


VENDORS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
}
"""Where a vendor's models are. Said to the SDKs each time: they would ask the environment."""


def _without_environment(client: Any) -> Any:
    """An SDK's client without the headers that it took from the environment: they go to every
    address, and one of them may be a key."""
    client._custom_headers = {}
    for name in ("organization", "project"):
        if hasattr(client, name):
            setattr(client, name, None)
    return client


class SDKProvider:
    """One provider's models, by way of its SDK."""

    def __init__(
        self, kind: str, base_url: str | None, key: Secret | None, timeouts: Timeouts
    ) -> None:
        self._kind = kind
        self._base_url = base_url or VENDORS.get(kind)
        self._key = key
        self._timeouts = timeouts
        timeout = httpx2.Timeout(timeouts.total_s, connect=timeouts.connect_s)
        self._http = httpx2.AsyncClient(
            transport=WatchedTransport(httpx2.AsyncHTTPTransport()), timeout=timeout
        )
        self._client: Any = self._make_client(timeout)
        self._beginning = asyncio.Lock()
        self._model = lru_cache(KEPT_MODELS)(self._make_model)
        self._import_the_rest()

    def _import_the_rest(self) -> None:
        """What the SDKs would import in the course of the first request, on the event loop."""
        import genai_prices.data_units  # noqa: F401
        import pydantic_ai.models.openai  # noqa: F401

        self._model("warm-up")
        if self._kind == "anthropic":
            import anthropic.lib.streaming  # noqa: F401

            self._client.messages  # noqa: B018
        elif self._kind == "google":
            self._client.client.aio.models  # noqa: B018
        else:
            import openai.lib.streaming.chat  # noqa: F401

            self._client.chat.completions.messages, self._client.models  # noqa: B018
        _freeze()

    def _make_client(self, timeout: httpx2.Timeout) -> Any:
        if self._kind == "google":
            from pydantic_ai.providers.google import GoogleProvider

            key = self._key.reveal() if self._key is not None else NO_KEY
            return GoogleProvider(api_key=key, base_url=self._base_url, http_client=self._http)
        options: dict[str, Any] = {
            "api_key": self._key.reveal() if self._key is not None else NO_KEY,
            "base_url": self._base_url,
            "http_client": self._http,
            "max_retries": 0,
            "timeout": timeout,
        }
        if self._kind == "anthropic":
            from anthropic import AsyncAnthropic

            return _without_environment(AsyncAnthropic(**options))
        from openai import AsyncOpenAI

        return _without_environment(AsyncOpenAI(**options))

    def _make_model(self, name: str) -> Model[Any]:
        if self._kind == "anthropic":
            from pydantic_ai.models.anthropic import AnthropicModel
            from pydantic_ai.providers.anthropic import AnthropicProvider

            return AnthropicModel(name, provider=AnthropicProvider(anthropic_client=self._client))
        if self._kind == "google":
            from pydantic_ai.models.google import GoogleModel

            return GoogleModel(name, provider=self._client)
        from pydantic_ai.providers.openai import OpenAIProvider

        from .openai import ChatModel

        return ChatModel(name, provider=OpenAIProvider(openai_client=self._client))

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
        settings = ModelSettings()
        if max_tokens is not None:
            settings["max_tokens"] = max_tokens
        if temperature is not None:
            settings["temperature"] = temperature
        kept = None
        if self._kind == "anthropic":
            kept, keeps = keeping(messages, tools)
            settings.update(keeps)
        watch = Watch()
        arrived: asyncio.Queue[Event | Exception | None] = asyncio.Queue(READ_AHEAD)
        asked = _Asked(
            self._model(model), conversation(messages, kept), settings, tuple(tools), output
        )
        work = self._read(asked, watch, arrived)
        # One after the other: many that begin at once would hold the event loop together.
        async with self._beginning:
            await asyncio.sleep(0)
        reading = asyncio.ensure_future(work)
        try:
            async for event in self._in_time(arrived, watch):
                yield event
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _in_time(
        self, arrived: asyncio.Queue[Event | Exception | None], watch: Watch
    ) -> AsyncGenerator[Event, None]:
        """What arrives, until its end; raises ProviderError where that fails or takes too long."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._timeouts.total_s
        patience, unpaused = self._timeouts.first_s, 0
        while True:
            if arrived.empty():
                try:
                    async with asyncio.timeout(max(0.0, min(patience, deadline - clock()))):
                        event = await arrived.get()
                except TimeoutError:
                    said = "stopped answering" if watch.bytes else "did not answer"
                    raise ProviderError("timeout", f"The provider {said} in time.") from None
                patience, unpaused = self._timeouts.idle_s, 0
            else:
                event = arrived.get_nowait()
                unpaused += 1
                if unpaused % PAUSE_EVERY == 0:  # what has arrived is read at once: let others run
                    await asyncio.sleep(0)
            if event is None:
                return
            if isinstance(event, Exception):
                raise self._failure(event, watch) from None
            yield event

    async def _read(
        self,
        asked: _Asked,
        watch: Watch,
        arrived: asyncio.Queue[Event | Exception | None],
    ) -> None:
        """Put the reply's events, then None or what went wrong."""
        written: list[str] = []
        halves = Halves()

        async def take(piece: str) -> None:
            text = halves.fed(piece)
            if not text:
                return
            if asked.output is not None:
                written.append(text)
            await arrived.put(Delta(text))

        watch.take, watch.text_of = take, TEXTS[self._kind]
        watching.set(watch)
        try:
            async with model_request_stream(
                asked.model,
                asked.conversation,
                model_settings=asked.settings,
                model_request_parameters=parameters(asked.tools, asked.output),
            ) as response:
                async for event in response:
                    if text := _text(event):
                        await take(text)
                if not watch.complete:
                    raise ProviderError("cut", "The provider's reply broke off before its end.")
                if rest := halves.rest():
                    await take(rest)
                await arrived.put(_usage(response))
                done = response.get()
                found = calls(done, asked.tools)
                if asked.output is not None and not found:
                    check_text("".join(written), asked.output)
                for call in found:
                    await arrived.put(call)
                await arrived.put(End(done.finish_reason or "stop"))
        except Exception as error:
            await arrived.put(error)
        else:
            await arrived.put(None)

    def fill(
        self,
        filling: Filling,
        model: str,
        form: Form,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream what belongs at a place; see Provider."""
        limits = {"max_tokens": max_tokens, "temperature": temperature}
        body = body_of(filling, model, form)
        body |= {name: value for name, value in limits.items() if value is not None}
        path = "fim/completions" if form == "mistral" else "completions"
        url = f"{(self._base_url or '').rstrip('/')}/{path}"
        return fill(self._http, url, self._key, body, self._timeouts)

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text; raises ProviderError."""
        if self._kind == "anthropic":
            raise ProviderError("refused", "Anthropic has no models for embeddings.")
        embedder = self._embedder(model)
        try:
            async with asyncio.timeout(self._timeouts.total_s):
                result = await embedder.embed(list(texts), input_type="document")
        except TimeoutError:
            raise ProviderError("timeout", "The provider did not answer in time.") from None
        except Exception as error:
            raise self._failure(error, Watch()) from None
        vectors = [list(vector) for vector in result.embeddings]
        if len(vectors) != len(texts) or not all(map(_is_vector, vectors)):
            raise ProviderError("malformed", "The reply does not hold a vector for each text.")
        return vectors

    def _embedder(self, name: str) -> EmbeddingModel:
        if self._kind == "google":
            from pydantic_ai.embeddings.google import GoogleEmbeddingModel

            return GoogleEmbeddingModel(name, provider=self._client)
        from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
        from pydantic_ai.providers.openai import OpenAIProvider

        return OpenAIEmbeddingModel(name, provider=OpenAIProvider(openai_client=self._client))

    async def models(self) -> list[str]:
        """The models that the provider lists."""
        try:
            async with asyncio.timeout(self._timeouts.connect_s):
                if self._kind == "google":
                    listed = await self._client.client.aio.models.list()
                    return [str(model.name).removeprefix("models/") async for model in listed]
                return [model.id async for model in self._client.models.list()]
        except TimeoutError:
            raise ProviderError("timeout", "The provider did not answer in time.") from None
        except Exception as error:
            raise self._failure(error, Watch()) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _failure(self, error: Exception, watch: Watch) -> ProviderError:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ProviderError):
                return cause
            cause = cause.__cause__
        wait = getattr(error, "retry_after", None)
        for kind, outcome, meaning in OUTCOMES:
            if isinstance(error, kind):
                if outcome == "refused" and TOO_LONG.search(_said(error)):
                    outcome, meaning = "context", "It is too much for the model."
                return ProviderError(outcome, self._detail(meaning, error), wait)
        broken = (exceptions.ModelConnectionError, httpx2.TransportError, ConnectionError)
        if isinstance(error, broken) or isinstance(error.__cause__, broken):
            if watch.bytes:
                return ProviderError("cut", "The provider's reply broke off before its end.")
            return ProviderError("overloaded", "The provider cannot be reached.")
        status = getattr(error, "status_code", None)
        if status in (401, 403):
            return ProviderError("auth", self._detail("The provider refused the key.", error))
        if watch.bytes:
            return ProviderError("malformed", "The provider's reply cannot be understood.")
        return ProviderError("refused", self._detail("The provider refused the request.", error))

    def _detail(self, meaning: str, error: Exception) -> str:
        """Our words, and the provider's own where it said something."""
        if said := _said(error):
            return f"{meaning} It says: {scrubbed(whole(said), self._key)[:MAX_DETAIL]}"
        return meaning


@cache
def _freeze() -> None:
    """Take what the SDKs have imported out of the garbage collector's sight, once: a full
    collection over it stops the event loop for 0.6 s on a busy machine, in mid-reply."""
    gc.freeze()


def _is_vector(values: Sequence[Any]) -> bool:
    try:
        return bool(values) and all(map(math.isfinite, values))
    except TypeError:
        return False


def _text(event: Any) -> str:
    if isinstance(event, messages.PartStartEvent) and isinstance(event.part, messages.TextPart):
        return event.part.content
    if isinstance(event, messages.PartDeltaEvent) and isinstance(
        event.delta, messages.TextPartDelta
    ):
        return event.delta.content_delta
    return ""


def _said(error: Exception) -> str:
    """The provider's own words, where there are any."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else None
    said = inner.get("message") if isinstance(inner, dict) else None
    return said if isinstance(said, str) else ""


def _usage(response: StreamedResponse) -> Usage:
    """What the provider said that it took; as if it had said nothing where that cannot be."""
    used = response.usage() if callable(response.usage) else response.usage
    counts: tuple[Any, ...] = (
        used.input_tokens,
        used.output_tokens,
        used.cache_read_tokens,
        used.cache_write_tokens,
    )
    believable = all(type(count) is int and 0 <= count <= MOST_TOKENS for count in counts)
    return Usage(*counts) if believable else Usage()
