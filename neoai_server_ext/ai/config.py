"""What the administrator or the user writes about providers, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from .providers import Capability, Form

Kind = Literal["openai", "anthropic", "google", "openai-compatible", "gateway"]
Task = Literal["chat", "completion", "edit", "plan", "summarise", "embed", "code", "embedding"]
SAME: dict[str, Task] = {"code": "edit", "embedding": "embed"}
"""Other words for tasks."""
TASKS = tuple(task for task in get_args(Task) if task not in SAME)
Policy = Literal["order", "cheapest", "fastest", "best"]
DEFAULT_KEY_ENV: dict[str, str] = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GEMINI_API_KEY",
    "gateway": "JUPYTERHUB_API_TOKEN",
}
RESERVED = "neoai"


def _is_name(name: str) -> str:
    if "/" in name or name != name.strip() or name == RESERVED or not name.isprintable():
        raise ValueError(
            f"must have no slash, control character or outer spaces, and not be `{RESERVED}`"
        )
    return name


def is_url(url: str) -> str:
    """The address of a provider as it may be written; raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("must be an http or https URL")
    if parts.username or parts.password or parts.query:
        raise ValueError("must not carry a password or key; use api_key_env or api_key_file")
    return url


class ModelSpec(BaseModel):
    """A model of a provider. Prices are in USD per million tokens.

    capabilities: exactly these, in place of what the library's tables say. quality: how good it is,
    for the policy `best`. fim: how it fills in the middle, or that it does not; None: by its name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=200)
    tasks: tuple[Task, ...] = ("chat",)
    context_tokens: int | None = Field(default=None, gt=0)
    price_in_usd: float | None = Field(default=None, ge=0)
    price_out_usd: float | None = Field(default=None, ge=0)
    capabilities: tuple[Capability, ...] | None = None
    quality: float | None = Field(default=None, ge=0, le=100)
    fim: Form | Literal["none"] | None = None


class ProviderSpec(BaseModel):
    """One entry of `c.AIService.providers`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_is_name)]
    kind: Kind
    base_url: Annotated[str, AfterValidator(is_url)] | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None
    models: tuple[ModelSpec, ...] = ()

    @property
    def key_env(self) -> str | None:
        """The environment variable of the key: as given, else the vendor's usual one."""
        if self.api_key_env is not None or self.api_key_file is not None:
            return self.api_key_env
        return DEFAULT_KEY_ENV.get(self.kind)


class TaskRoute(BaseModel):
    """One entry of `c.AIService.routes`: the models in order, or a policy, which may have models to
    choose among; without models, all that do the task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    policy: Policy = "order"
    models: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _in_short(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"policy": given}
        return {"models": given} if isinstance(given, list | tuple) else given

    @property
    def says_something(self) -> bool:
        """Whether it is more than no route at all."""
        return self.policy != "order" or bool(self.models)


class OwnSpec(ProviderSpec):
    """A provider that the user has added. A key of the environment goes to its vendor alone, and
    to no address that was typed."""

    @property
    def key_env(self) -> str | None:
        """The vendor's usual one, at the vendor's own address."""
        return DEFAULT_KEY_ENV.get(self.kind) if self.base_url is None else None


@dataclass(frozen=True)
class Configuration:
    """The providers that can be used, by name, and what is wrong with the others."""

    providers: Mapping[str, ProviderSpec]
    problems: tuple[str, ...]


def missing_of(spec: ProviderSpec) -> tuple[str, str] | None:
    """The field that a provider of this kind cannot do without and has not, and what to do."""
    if spec.kind in ("openai-compatible", "gateway") and spec.base_url is None:
        return "base_url", "needs a base_url, as in http://host:8000/v1"
    if spec.kind in ("openai", "anthropic", "google") and not spec.models:
        return "models", 'needs models, as in [{"id": "…"}].'
    return None


def read(
    given: Iterable[Any], routes: Mapping[str, Any], own: Iterable[OwnSpec] = ()
) -> Configuration:
    """Take over what is right, and say of the rest what is wrong, without any value of it.

    own: what the user has added; where a name is taken, the configuration's provider has it.
    """
    providers: dict[str, ProviderSpec] = {}
    problems: list[str] = []
    for i, entry in enumerate(given):
        where = f"c.AIService.providers[{i}]"
        try:
            spec = ProviderSpec.model_validate(entry)
        except ValidationError as error:
            problems.extend(f"{where}: {_said(each)}" for each in error.errors())
            continue
        if spec.name in providers:
            problems.append(f"{where}: the name `{spec.name}` is taken by an earlier provider.")
        elif (missing := missing_of(spec)) is not None:
            problems.append(f"{where}: `{spec.name}` {missing[1]}")
        else:
            providers[spec.name] = spec
    for added in own:
        if providers.setdefault(added.name, added) is not added:
            problems.append(
                f"Your provider `{added.name}` is not used: c.AIService.providers has one of that "
                "name. Remove yours, and add it under another."
            )
    found, wrong = read_routes(routes)
    for task, route in found.items():
        problems.extend(
            f"c.AIService.routes[{task!r}]: there is no provider for the model `{model}`."
            for model in route.models
            if model.partition("/")[0] not in (*providers, RESERVED)
        )
    return Configuration(providers, (*problems, *wrong))


def read_routes(given: Mapping[str, Any]) -> tuple[dict[str, TaskRoute], list[str]]:
    """The routes that are right, by task, and what is wrong with the others."""
    routes: dict[str, TaskRoute] = {}
    problems: list[str] = []
    for task, entry in given.items():
        where = f"c.AIService.routes[{task!r}]"
        if task not in get_args(Task):
            problems.append(f"{where}: there is no such task; there are {', '.join(TASKS)}.")
            continue
        try:
            route = TaskRoute.model_validate(entry)
        except ValidationError as error:
            problems.extend(f"{where}: {_said(each)}" for each in error.errors())
            continue
        if route.says_something:
            routes[SAME.get(task, task)] = route
    return routes, problems


def _said(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"])
    return f"{where or 'entry'}: {error['msg']}"
