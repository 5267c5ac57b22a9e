"""The interface of a model provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]
Outcome = Literal[
    "ok",
    "auth",
    "quota",
    "rate",
    "overloaded",
    "timeout",
    "context",
    "refused",
    "malformed",
    "cut",
    "cancelled",
]


@dataclass(frozen=True)
class Message:
    """A turn of the conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Delta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True)
class Usage:
    """What the request took, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


@dataclass(frozen=True)
class End:
    """The reply is complete: the provider said so on the wire.

    reason: `stop`, `length`, … as the provider names it.
    cached: whether it was kept from an earlier request, so that no provider was asked.
    """

    reason: str
    cached: bool = False


Event = Delta | Usage | End


@dataclass(frozen=True)
class Timeouts:
    """In seconds: to connect, until the first piece, between two pieces, and for all of it."""

    connect_s: float = 10.0
    first_s: float = 60.0
    idle_s: float = 60.0
    total_s: float = 600.0


class ProviderError(Exception):
    """The provider did not give a complete reply.

    outcome: why, in the words of the API.
    detail: one sentence for a person; it has no key in it.
    retry_after: seconds to wait, where the provider said.
    """

    def __init__(self, outcome: Outcome, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail
        self.retry_after = retry_after


class Provider(Protocol):
    """Access to one provider's models."""

    def stream(
        self,
        messages: Sequence[Message],
        model: str,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream a reply: Deltas, then Usage where it was told, then End.

        Raises ProviderError wherever it does not come to End. Closing the iterator drops the
        request.
        """

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text; raises ProviderError."""

    async def models(self) -> list[str]:
        """The names of the models that the provider lists; raises ProviderError."""

    async def close(self) -> None:
        """Close the connections."""
