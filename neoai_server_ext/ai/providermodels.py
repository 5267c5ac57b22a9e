"""The models of requests and replies about providers. No reply has a key in it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from ..http.problems import invalid
from .config import ModelSpec, OwnSpec, is_url
from .keystore import Place
from .providers import Outcome
from .providerservice import KeySource, ProviderState, State, Tested

OwnKind = Literal["openai", "anthropic", "google", "openai-compatible"]
Key = Annotated[SecretStr, Field(max_length=16_000)]


class ProviderDraft(BaseModel):
    """A provider as the user writes it down."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: OwnKind
    base_url: Annotated[str, AfterValidator(is_url), Field(max_length=2000)] | None = Field(
        default=None, description="Null: the vendor's own."
    )
    models: list[ModelSpec] = Field(
        default=[], max_length=500, description="Empty: an OpenAI-compatible server is asked."
    )
    key: Key | None = Field(default=None, description="Null: the one that is saved, if any.")

    def spec(self, name: str) -> OwnSpec:
        """The provider of this name; raises Invalid."""
        try:
            return OwnSpec(
                name=name, kind=self.kind, base_url=self.base_url, models=tuple(self.models)
            )
        except ValidationError as error:
            raise invalid(error, "name") from None

    @property
    def given_key(self) -> str | None:
        """The key, where one was given."""
        return self.key.get_secret_value() if self.key is not None else None


class ProviderTest(BaseModel):
    """What to test."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    draft: ProviderDraft | None = Field(
        default=None, description="A provider that is not saved; null: the one of this name."
    )


class ProviderKey(BaseModel):
    """A key for a provider."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: Key


class AIProviderKey(BaseModel):
    """Where a provider's key comes from; `keyring` and `saved-file` are keys saved here."""

    source: KeySource
    place: str = Field(description="The environment variable or the file.")
    problem: str = Field(description="Why the key cannot be had.")


class AIProviderTest(BaseModel):
    """What a provider answered."""

    outcome: Outcome
    detail: str
    latency_s: float
    models: list[str] = Field(description="Those that it lists.")
    at: datetime

    @classmethod
    def of(cls, tested: Tested) -> AIProviderTest:
        """The reply that shows a test."""
        return cls(
            outcome=tested.outcome,
            detail=tested.detail,
            latency_s=tested.latency_s,
            models=list(tested.models),
            at=tested.at,
        )


class AIProvider(BaseModel):
    """A provider of models."""

    name: str
    kind: str
    base_url: str | None
    models: list[ModelSpec]
    key: AIProviderKey
    removable: bool = Field(description="Whether the user has added it.")
    state: State = Field(
        description="`ok` and `failed` by the last test, `no-key`: see `key.problem`, `off`: it is "
        "not used."
    )
    tested: AIProviderTest | None

    @classmethod
    def of(cls, known: ProviderState) -> AIProvider:
        """The item that shows a provider."""
        spec, key, tested = known.spec, known.key, known.tested
        return cls(
            name=spec.name,
            kind=spec.kind,
            base_url=spec.base_url,
            models=list(spec.models),
            key=AIProviderKey(source=key.source, place=key.place, problem=key.problem),
            removable=known.own,
            state=known.state,
            tested=AIProviderTest.of(tested) if tested is not None else None,
        )


class AIProviders(BaseModel):
    """The providers."""

    items: list[AIProvider]
    may_add: bool = Field(description="Whether the administrator allows providers of one's own.")
    keys_kept_in: Place = Field(description="Where a key that is given now is kept.")
    problems: list[str]


class AIFoundServer(BaseModel):
    """A model server on this machine. It is not used until it is added."""

    title: str
    base_url: str
    models: list[str]
    provider: str | None = Field(description="The provider that it is already.")


class AIFoundServers(BaseModel):
    """The model servers that answer."""

    items: list[AIFoundServer]
