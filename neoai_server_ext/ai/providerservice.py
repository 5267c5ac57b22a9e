"""The providers as their user sees them: added, changed, removed, tested and found."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from traitlets import Dict, Float, Unicode
from traitlets.config import LoggingConfigurable

from .. import errors
from ..logs import logger
from ..usage.service import Call, UsageService
from .config import OwnSpec, ProviderSpec, missing_of
from .keystore import Place
from .localservers import LocalServer, found
from .metering import estimated_tokens, metered
from .ownproviders import MOST, OwnProviders
from .providers import (
    KeyProblem,
    Message,
    Outcome,
    Provider,
    ProviderError,
    Secret,
    Timeouts,
    checked_key,
    connect,
)
from .service import AIService

KeySource = Literal["environment", "file", "keyring", "saved-file", "none"]
State = Literal["ok", "failed", "no-key", "unchecked", "off"]
QUESTION = "Say OK."
FEW_TOKENS = 16
"""Models that think first give nothing for one token, and some refuse to be asked for it."""
FULL = (errno.ENOSPC, errno.EDQUOT)

T = TypeVar("T")
log = logger("ai")


@dataclass(frozen=True)
class KeyState:
    """Where a provider's key comes from. place: the variable's or file's name; problem: why it
    cannot be had."""

    source: KeySource
    place: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Tested:
    """What a provider answered. models: those that it lists."""

    outcome: Outcome
    detail: str
    latency_s: float
    models: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class ProviderState:
    """A provider, and how it stands. own: the user has added it. tested: the last time."""

    spec: ProviderSpec
    own: bool
    key: KeyState
    state: State
    tested: Tested | None = None


class ProviderService(LoggingConfigurable):
    """The providers of the configuration and those that the user has added.

    usage: keeps the ledger of all requests. environ: where keys are looked up.
    """

    local_servers = Dict(
        value_trait=Unicode(),
        key_trait=Unicode(),
        default_value={
            "Ollama": "http://127.0.0.1:11434/v1",
            "LM Studio": "http://127.0.0.1:1234/v1",
            "llama.cpp": "http://127.0.0.1:8080/v1",
            "vLLM": "http://127.0.0.1:8000/v1",
        },
        help="Where model servers on this machine usually listen, by name. They are asked for "
        "their models when the page of providers is opened, offered, and used only once they are "
        "added. Empty: none is looked for.",
    ).tag(config=True)
    look_timeout_s = Float(1.0, min=0, help="Seconds that a local server has to answer.").tag(
        config=True
    )
    test_timeout_s = Float(20.0, min=0, help="Seconds that a provider has to pass a test.").tag(
        config=True
    )

    def __init__(
        self,
        ai: AIService,
        own: OwnProviders,
        *,
        usage: UsageService | None = None,
        environ: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._ai = ai
        self._own = own
        self._usage = usage
        self._environ = os.environ if environ is None else environ
        self._tested: dict[str, Tested] = {}

    @property
    def may_add(self) -> bool:
        """Whether users may have providers and keys of their own."""
        return self._own.allowed

    @property
    def problems(self) -> list[str]:
        """What is wrong with the configuration of others."""
        return list(self._ai.configuration.problems)

    async def keys_kept_in(self) -> Place:
        """Where a key that is given now would be kept."""
        return await asyncio.to_thread(lambda: self._own.place)

    async def states(self) -> list[ProviderState]:
        """The configured ones, then the user's, in their order."""
        return await asyncio.to_thread(self._states)

    async def get(self, name: str) -> ProviderState:
        """One by its name; raises NotFound."""
        for known in await self.states():
            if known.spec.name == name:
                return known
        raise errors.NotFound(f"There is no provider `{name}`.", code="no-such-provider")

    async def save(self, spec: OwnSpec, key: str | None) -> bool:
        """Add a provider or change it, True where it is new; without a key it keeps the one that
        it has. Raises Forbidden, Conflict (one of the configuration), Invalid."""
        self._check_allowed()
        self._check_own(spec.name)
        _check_complete(spec)
        given = _secret(key)
        try:
            is_new = await _kept(self._own.save, spec)
            if given is not None:
                await _kept(self._own.save_key, spec, given)
        except OverflowError:
            raise errors.Conflict(f"You have {MOST} providers already.") from None
        finally:
            await self._changed(spec.name)
        return is_new

    async def remove(self, name: str) -> None:
        """Forget a provider that the user has added, and its key. Raises NotFound, Conflict."""
        if not any(known.name == name for known in await asyncio.to_thread(self._own.all)):
            self._check_own(name)
            raise errors.NotFound(f"There is no provider `{name}`.", code="no-such-provider")
        if not self._is_configured(name):
            await _kept(self._own.remove_key, name)
        await _kept(self._own.remove, name)
        await self._changed(name)

    async def save_key(self, name: str, key: str) -> None:
        """Keep the user's key of any provider, in the place of what is configured."""
        self._check_allowed()
        spec = (await self.get(name)).spec
        given = _secret(key)
        assert given is not None
        await _kept(self._own.save_key, spec, given)
        await self._changed(name)

    async def remove_key(self, name: str) -> None:
        """Forget the user's key of a provider; raises NotFound where there is none."""
        if not await _kept(self._own.remove_key, name):
            raise errors.NotFound(f"No key of `{name}` is saved here.", code="no-such-key")
        await self._changed(name)

    async def test(self, name: str) -> Tested:
        """Really ask a provider: for its models and, where some are configured, the first one for
        a word. Raises NotFound, Limited."""
        spec = (await self.get(name)).spec
        tested = await self._test(spec, lambda: self._ai.catalog.key(spec))
        self._tested[name] = tested
        if tested.outcome == "ok":
            self._ai.router.forget(name)
        return tested

    async def test_draft(self, spec: OwnSpec, key: str | None) -> Tested:
        """The same with one that is not saved; without a key, with the one that is saved for its
        name and address."""
        self._check_allowed()
        if spec.kind == "openai-compatible":
            _check_complete(spec)
        given = _secret(key)
        return await self._test(spec, lambda: given or self._ai.catalog.key(spec))

    async def found(self) -> list[tuple[LocalServer, str | None]]:
        """The servers on this machine that answer, and the provider that each is already."""
        servers = await found(self.local_servers, self.look_timeout_s)
        known = {
            (spec.base_url or "").rstrip("/"): spec.name
            for spec in self._ai.configuration.providers.values()
        }
        return [(server, known.get(server.base_url)) for server in servers]

    def _states(self) -> list[ProviderState]:
        used = self._ai.configuration.providers
        states = [self._state(spec) for spec in used.values()]
        off = [spec for spec in self._own.all() if spec.name not in used]
        return states + [ProviderState(spec, True, KeyState("none"), "off") for spec in off]

    def _state(self, spec: ProviderSpec) -> ProviderState:
        key, tested = self._key_state(spec), self._tested.get(spec.name)
        state: State = "unchecked"
        if key.problem:
            state = "no-key"
        elif tested is not None:
            state = "ok" if tested.outcome == "ok" else "failed"
        return ProviderState(spec, isinstance(spec, OwnSpec), key, state, tested)

    def _key_state(self, spec: ProviderSpec) -> KeyState:
        env, file = spec.key_env, spec.api_key_file
        found = KeyState("none")
        try:
            saved = self._own.where(spec.name)
            if saved is not None:
                found = KeyState(saved)
            elif env is not None and self._environ.get(env, "").strip():
                found = KeyState("environment", env)
            elif file is not None:
                found = KeyState("file", file)
            self._ai.catalog.key(spec)
        except KeyProblem as problem:
            return replace(found, problem=str(problem))
        return found

    async def _test(self, spec: ProviderSpec, key: Callable[[], Secret | None]) -> Tested:
        outcome: Outcome = "ok"
        models: tuple[str, ...] = ()
        detail, began = "It answers.", time.monotonic()
        provider: Provider | None = None
        try:
            patience = Timeouts(*[self.test_timeout_s] * 4)
            secret = await asyncio.to_thread(key)
            provider = await asyncio.to_thread(connect, spec.kind, spec.base_url, secret, patience)
            began = time.monotonic()
            models = await self._listed(spec, provider)
            if spec.models:
                await self._ask(spec, provider)
            elif not models:
                outcome, detail = "refused", "It answers, and has no models. Load one there first."
        except KeyProblem as problem:
            outcome, detail = "auth", str(problem)
        except ProviderError as error:
            outcome, detail = error.outcome, error.detail
        finally:
            if provider is not None:
                await provider.close()
        took = time.monotonic() - began
        log.info("tested the provider %s: %s", spec.name, outcome)
        return Tested(outcome, detail, took, models, datetime.now(UTC))

    async def _listed(self, spec: ProviderSpec, provider: Provider) -> tuple[str, ...]:
        try:
            return tuple(await provider.models())
        except ProviderError as error:
            # not every server has a list
            if spec.models and error.outcome in ("refused", "malformed"):
                return ()
            raise

    async def _ask(self, spec: ProviderSpec, provider: Provider) -> None:
        """Ask the first model that writes for a word; raises ProviderError."""
        model = next((m.id for m in spec.models if "chat" in m.tasks), None)
        if model is None:
            return
        stream = provider.stream([Message("user", QUESTION)], model, max_tokens=FEW_TOKENS)
        if self._usage is not None:
            tokens = estimated_tokens(len(QUESTION))
            call = Call("test", spec.name, f"{spec.name}/{model}", None, tokens, FEW_TOKENS)
            stream = metered(stream, self._usage, call, self._ai.catalog.cost_usd)
        async with aclosing(stream) as events:
            async for _ in events:
                pass

    async def _changed(self, name: str) -> None:
        self._tested.pop(name, None)
        await self._ai.reload(name)

    def _is_configured(self, name: str) -> bool:
        spec = self._ai.configuration.providers.get(name)
        return spec is not None and not isinstance(spec, OwnSpec)

    def _check_own(self, name: str) -> None:
        if self._is_configured(name):
            raise errors.Conflict(
                f"`{name}` is in the server's configuration (c.AIService.providers), and is "
                "changed there. Its key can be saved here.",
                code="configured",
            )

    def _check_allowed(self) -> None:
        if not self.may_add:
            raise errors.Forbidden(
                "The administrator does not allow providers and keys of one's own.",
                code="not-allowed",
            )


def _check_complete(spec: OwnSpec) -> None:
    missing = missing_of(spec)
    if missing is not None:
        loc, said = missing
        raise errors.Invalid(
            f"`{spec.name}` {said}", errors=[{"loc": [loc], "msg": said}], code="incomplete"
        )


def _secret(key: str | None) -> Secret | None:
    """The key that was given; raises Invalid where it cannot be one."""
    if key is None:
        return None
    try:
        return checked_key(key, "The field")
    except KeyProblem as problem:
        raise errors.Invalid(
            str(problem), errors=[{"loc": ["key"], "msg": str(problem)}], code="no-key"
        ) from None


async def _kept(work: Callable[..., T], *given: Any) -> T:
    """What blocking work that writes gives; raises Unavailable and StorageFull where it cannot."""
    done: Awaitable[T] = asyncio.to_thread(work, *given)
    try:
        return await done
    except KeyProblem as problem:
        raise errors.Unavailable(str(problem), code="keys") from None
    except OSError as error:
        kind = errors.StorageFull if error.errno in FULL else errors.Unavailable
        raise kind(f"It cannot be written down: {error.strerror}.") from None
