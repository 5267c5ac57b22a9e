"""Which models there are, which of them may do a task, and the connections to their providers."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .. import errors
from . import config, prices
from .config import SAME, Configuration, ModelSpec, ProviderSpec, Task, TaskRoute
from .providers import (
    Capability,
    Form,
    KeyProblem,
    Provider,
    ProviderError,
    Secret,
    Timeouts,
    Usage,
    capabilities,
    connect,
    form_of,
    read_key,
)
from .redaction import RedactingProvider
from .routing import NoReply
from .secretscan import redact
from .speeds import Speed

SEARCH_MODEL = "neoai/search"
LISTING_S = 300.0

N = TypeVar("N", int, float)


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
    capabilities: tuple[Capability, ...] = ()
    speed: Speed | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a model: as it is configured, else by the table. Prices are in USD per
    million tokens."""

    context_tokens: int | None = None
    price_in_usd: float | None = None
    price_out_usd: float | None = None
    quality: float | None = None


def no_model(task: str) -> errors.Unavailable:
    """There is none for a task."""
    return errors.Unavailable(
        f"No model is configured for the task `{task}`: add one under Settings → AI Providers, or "
        "see c.AIService.providers and routes.",
        code="no-model",
    )


class Catalog:
    """The configured models.

    routes: gives the setting. environ: where keys are looked up. redact: whether secrets in what
    is sent are replaced. saved_key: gives the key that the user saved for a provider, which goes
    before the configured one.
    """

    def __init__(
        self,
        configuration: Configuration,
        routes: Callable[[], Mapping[str, Any]],
        environ: Mapping[str, str],
        timeouts: Timeouts,
        *,
        redact: bool = True,
        saved_key: Callable[[ProviderSpec], Secret | None] = lambda spec: None,
    ) -> None:
        self.configuration = configuration
        self._routes = routes
        self._environ = environ
        self._timeouts = timeouts
        self._redact = redact
        self._saved_key = saved_key
        self._connected: dict[str, tuple[tuple[str | None, ...], Provider]] = {}
        self._leaving: dict[asyncio.Task[None], Provider] = {}
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
            if not models:
                models, reason = (ModelSpec(id="*"),), reason or "It lists no models."
            found += await asyncio.to_thread(self._infos, spec, models, reason)
        return found

    def routes(self) -> dict[str, TaskRoute]:
        """The routes, by task; what is wrong with others stands in the configuration's problems."""
        return config.read_routes(self._routes())[0]

    def route(self, task: Task) -> TaskRoute:
        """A task's: its own, else the chat's where it is about writing, else all models."""
        routes = self.routes()
        own = routes.get(SAME.get(task, task))
        return own or (routes.get("chat") if _is_writing(task) else None) or TaskRoute()

    def facts(self, spec: ProviderSpec, name: str) -> Facts:
        """What is known of a model. Blocks for the table when it is first called."""
        given = _configured(spec, name) or ModelSpec(id=name)
        table = prices.known(spec.kind, name) or prices.Known(None, None, None)
        return Facts(
            _first(given.context_tokens, table.context_tokens),
            _first(given.price_in_usd, table.price_in_usd),
            _first(given.price_out_usd, table.price_out_usd),
            given.quality,
        )

    def capabilities(self, spec: ProviderSpec, name: str) -> frozenset[Capability]:
        """What a model can do besides text. Blocks for the SDK when it is first called."""
        given = _configured(spec, name) or ModelSpec(id=name)
        if given.capabilities is not None:
            return frozenset(given.capabilities)
        if not any(_is_writing(task) for task in given.tasks):
            return frozenset()
        return capabilities(spec.kind, name)

    def form(self, spec: ProviderSpec, name: str) -> Form | None:
        """How a model fills in the middle; None where it is asked by a prompt."""
        given = _configured(spec, name)
        if given is None or given.fim is None:
            return form_of(spec.kind, spec.base_url, name)
        return None if given.fim == "none" else given.fim

    def _infos(
        self, spec: ProviderSpec, models: Sequence[ModelSpec], reason: str | None
    ) -> list[ModelInfo]:
        found = []
        for model in models:
            facts = self.facts(spec, model.id)
            found.append(
                ModelInfo(
                    id=f"{spec.name}/{model.id}",
                    provider=spec.name,
                    kind=spec.kind,
                    tasks=model.tasks,
                    context_tokens=facts.context_tokens,
                    price_in_usd=facts.price_in_usd,
                    price_out_usd=facts.price_out_usd,
                    available=reason is None,
                    reason=reason,
                    capabilities=tuple(sorted(self.capabilities(spec, model.id))),
                )
            )
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
        spec = _configured(provider, of) if provider else None
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
        routed = self.route(task).models
        found: list[tuple[ProviderSpec | None, str]] = []
        for identity in [wanted] if wanted != "auto" else routed:
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
            local = [(spec, name) for spec, name in found if spec is None or is_local(spec)]
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

    def hide(self, text: str) -> str:
        """A text as providers are told it, unless that is turned off: for what is cut, since half a
        secret is not recognised. Takes 4 ms for 100 kB."""
        return redact(text) if self._redact else text

    def reconfigure(self, configuration: Configuration, changed: str) -> None:
        """Take over what was changed at a provider; requests that are under way go on."""
        self.configuration = configuration
        self._listed.pop(changed, None)

    def key(self, spec: ProviderSpec) -> Secret | None:
        """A provider's key as it is now; raises KeyProblem. Blocks."""
        saved = self._saved_key(spec)
        if saved is not None:
            return saved
        return read_key(spec.key_env, spec.api_key_file, self._environ)

    async def provider(self, spec: ProviderSpec) -> Provider:
        """The provider with its key as it is now; raises KeyProblem."""
        key = await asyncio.to_thread(self.key, spec)
        identity = (spec.kind, spec.base_url, key.reveal() if key is not None else "")
        known = self._connected.get(spec.name)
        if known is not None and known[0] == identity:
            return known[1]
        provider = await asyncio.to_thread(connect, spec.kind, spec.base_url, key, self._timeouts)
        if self._redact:
            provider = RedactingProvider(provider)
        replaced = self._connected.get(spec.name)
        self._connected[spec.name] = (identity, provider)
        if replaced is not None:
            leaving = asyncio.ensure_future(self._close_later(replaced[1]))
            self._leaving[leaving] = replaced[1]
            leaving.add_done_callback(lambda task: self._leaving.pop(task, None))
        return provider

    async def _close_later(self, provider: Provider) -> None:
        """Close a provider's connections when the last reply over them must have ended."""
        await asyncio.sleep(self._timeouts.total_s)
        await provider.close()

    async def close(self) -> None:
        """Close the connections."""
        leaving = dict(self._leaving)
        for task in leaving:
            task.cancel()
        providers = [*leaving.values(), *(provider for _, provider in self._connected.values())]
        await asyncio.gather(*(provider.close() for provider in providers))
        self._connected.clear()

    async def _list(self, spec: ProviderSpec, provider: Provider) -> tuple[ModelSpec, ...]:
        since, models = self._listed.get(spec.name, (-LISTING_S, ()))
        if time.monotonic() - since >= LISTING_S or not models:
            models = tuple(ModelSpec(id=name) for name in await provider.models())
            self._listed[spec.name] = (time.monotonic(), models)
        return models


LOCAL = [
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
"""This machine and private networks (RFC 1918, 3927, 4193, 4291). The library's `is_private` also
counts what is only kept free, such as the addresses of documentation."""


def _is_writing(task: Task) -> bool:
    return task not in ("embed", "embedding")


def _does(model: ModelSpec, task: Task) -> bool:
    """Whether a model may do a task: whoever chats may write anything."""
    if task in model.tasks or (_is_writing(task) and "chat" in model.tasks):
        return True
    return not _is_writing(task) and bool({"embed", "embedding"} & set(model.tasks))


def is_local(spec: ProviderSpec) -> bool:
    """Whether a provider is on this machine or in a private network."""
    host = urlsplit(spec.base_url or "").hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return any(address in network for network in LOCAL)


def _configured(spec: ProviderSpec, name: str) -> ModelSpec | None:
    return next((model for model in spec.models if model.id == name), None)


def _first(given: N | None, otherwise: N | None) -> N | None:
    return given if given is not None else otherwise
