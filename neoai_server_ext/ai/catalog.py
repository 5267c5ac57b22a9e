"""Which models there are, which of them may do a task, and the connections to their providers."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .. import errors
from . import config, prices
from .config import Configuration, ModelSpec, ProviderSpec, Task
from .providers import KeyProblem, Provider, ProviderError, Timeouts, Usage, connect, read_key
from .redaction import RedactingProvider
from .routing import NoReply

SEARCH_MODEL = "neoai/search"
LISTING_S = 300.0


@dataclass(frozen=True)
class ModelInfo:
    """A model as `GET /ai/models` shows it."""

    id: str
    provider: str
    kind: str
    tasks: tuple[str, ...]
    context_tokens: int | None = None
    price_in_usd: float | None = None
    price_out_usd: float | None = None
    available: bool = True
    reason: str | None = None


def no_model(task: str) -> errors.Unavailable:
    """There is none for a task."""
    return errors.Unavailable(
        f"No model is configured for the task `{task}`: see c.AIService.providers and routes.",
        code="no-model",
    )


class Catalog:
    """The configured models.

    routes: gives for each task the models in order. environ: where keys are looked up. redact:
    whether secrets in what is sent are replaced.
    """

    def __init__(
        self,
        configuration: Configuration,
        routes: Callable[[], Mapping[str, Sequence[str]]],
        environ: Mapping[str, str],
        timeouts: Timeouts,
        *,
        redact: bool = True,
    ) -> None:
        self.configuration = configuration
        self._routes = routes
        self._environ = environ
        self._timeouts = timeouts
        self._redact = redact
        self._connected: dict[str, tuple[str, Provider]] = {}
        self._listed: dict[str, tuple[float, tuple[ModelSpec, ...]]] = {}

    async def models(self) -> list[ModelInfo]:
        """Every configured model and whether it can be used, and the key-free search."""
        found = [
            ModelInfo(SEARCH_MODEL, config.RESERVED, "search", ("chat",)),
        ]
        for spec in self.configuration.providers.values():
            reason: str | None = None
            models = spec.models
            try:
                provider = await self.provider(spec)
                models = models or await self._list(spec, provider)
            except (KeyProblem, ProviderError) as error:
                reason = str(error)
            found.extend(_info(spec, model, reason) for model in models)
            if not models:
                found.append(_info(spec, ModelSpec(id="*"), reason or "It lists no models."))
        return found

    def check(self, wanted: str) -> None:
        """Raise NotFound unless `wanted` is `auto`, or a model of a configured provider."""
        name, _, of = wanted.partition("/")
        known = wanted == SEARCH_MODEL or (name in self.configuration.providers and of)
        if wanted != "auto" and not known:
            raise errors.NotFound(f"There is no model `{wanted}`.", code="no-such-model")

    def cost_usd(self, model: str, usage: Usage) -> float | None:
        """What a request cost, by the configured prices, else by the table; None where neither
        knows the model."""
        name, _, of = model.partition("/")
        if name == config.RESERVED:
            return 0.0
        provider = self.configuration.providers.get(name)
        spec = next((m for m in provider.models if m.id == of), None) if provider else None
        if spec is None or spec.price_in_usd is None or spec.price_out_usd is None:
            return prices.cost_usd(provider.kind, of, usage) if provider is not None else None
        cost = usage.input_tokens * spec.price_in_usd + usage.output_tokens * spec.price_out_usd
        return cost / 1e6

    async def candidates(
        self, wanted: str, task: Task, *, private: bool = False
    ) -> list[tuple[ProviderSpec | None, str]]:
        """The providers and models that may do a task, in order; None with `search` for search,
        which stands in where there is no other for the chat.

        private: only providers on this machine or network. Raises NotFound, and NoReply where no
        provider says what it has.
        """
        self.check(wanted)
        routes = self._routes()
        routed = routes.get(task) or (routes.get("chat") if _is_writing(task) else None)
        found: list[tuple[ProviderSpec | None, str]] = []
        for identity in [wanted] if wanted != "auto" else routed or ():
            name, _, of = identity.partition("/")
            spec = self.configuration.providers.get(name)
            if identity == SEARCH_MODEL or (spec is not None and of):
                found.append((spec, of))
        failure: ProviderError | None = None
        for spec in self.configuration.providers.values() if not found else ():
            try:
                models = spec.models or await self._list(spec, await self.provider(spec))
            except KeyProblem as problem:
                failure = ProviderError("auth", str(problem))
            except ProviderError as error:
                failure = error
            else:
                found += [(spec, model.id) for model in models if _does(model, task)]
        if private:
            local = [(spec, name) for spec, name in found if spec is None or _is_local(spec)]
            if found and not local and wanted != "auto":
                raise errors.Conflict(
                    f"The project is private, and `{wanted}` is not on this machine or network.",
                    code="private",
                )
            found = local
        if failure is not None and not found:
            raise NoReply(failure, ())
        if not found and task == "chat":
            return [(None, SEARCH_MODEL.partition("/")[2])]
        return found

    async def provider(self, spec: ProviderSpec) -> Provider:
        """The provider with its key as it is now; raises KeyProblem."""
        key = await asyncio.to_thread(read_key, spec.key_env, spec.api_key_file, self._environ)
        revealed = key.reveal() if key is not None else ""
        known = self._connected.get(spec.name)
        if known is not None and known[0] == revealed:
            return known[1]
        if known is not None:
            await known[1].close()
        provider = await asyncio.to_thread(connect, spec.kind, spec.base_url, key, self._timeouts)
        if self._redact:
            provider = RedactingProvider(provider)
        self._connected[spec.name] = (revealed, provider)
        return provider

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(provider.close() for _, provider in self._connected.values()))
        self._connected.clear()

    async def _list(self, spec: ProviderSpec, provider: Provider) -> tuple[ModelSpec, ...]:
        since, models = self._listed.get(spec.name, (-LISTING_S, ()))
        if time.monotonic() - since >= LISTING_S or not models:
            models = tuple(ModelSpec(id=name) for name in await provider.models())
            self._listed[spec.name] = (time.monotonic(), models)
        return models


def _is_writing(task: Task) -> bool:
    return task not in ("embed", "embedding")


def _does(model: ModelSpec, task: Task) -> bool:
    """Whether a model may do a task: whoever chats may write anything."""
    if task in model.tasks or (_is_writing(task) and "chat" in model.tasks):
        return True
    return not _is_writing(task) and bool({"embed", "embedding"} & set(model.tasks))


def _is_local(spec: ProviderSpec) -> bool:
    """Whether a provider is on this machine or in a private network."""
    host = urlsplit(spec.base_url or "").hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_private or address.is_loopback


def _info(spec: ProviderSpec, model: ModelSpec, reason: str | None) -> ModelInfo:
    known = prices.known(spec.kind, model.id) or prices.Known(None, None, None)

    def first(*values: Any) -> Any:
        return next((value for value in values if value is not None), None)

    return ModelInfo(
        id=f"{spec.name}/{model.id}",
        provider=spec.name,
        kind=spec.kind,
        tasks=model.tasks,
        context_tokens=first(model.context_tokens, known.context_tokens),
        price_in_usd=first(model.price_in_usd, known.price_in_usd),
        price_out_usd=first(model.price_out_usd, known.price_out_usd),
        available=reason is None,
        reason=reason,
    )
