"""The interface of a model provider."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant", "tool"]
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
class Image:
    """A picture that goes along with what the user says. media_type: `image/png`, …"""

    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Tool:
    """Something that the model may ask for. parameters: the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class ToolCall:
    """The model asks for a tool, with arguments that its schema allows.

    details: the provider's own; they go back to it with the call.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    details: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Message:
    """A turn of the conversation.

    images: the user's, looked at before the text. calls: those of the assistant. answers: the call
    whose result a tool's turn is.
    """

    role: Role
    content: str
    images: tuple[Image, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    answers: ToolCall | None = None


@dataclass(frozen=True)
class Delta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True)
class Usage:
    """What the request took, in tokens. Of the input, `cached_tokens` were kept by the provider
    from an earlier request, and `written_tokens` are kept for the next: some charge more for it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0


@dataclass(frozen=True)
class End:
    """The reply is complete: the provider said so on the wire.

    reason: `stop`, `length`, … as the provider names it.
    cached: whether it was kept from an earlier request, so that no provider was asked.
    """

    reason: str
    cached: bool = False


Event = Delta | Usage | ToolCall | End


Form = Literal["suffix", "mistral", "qwen", "starcoder", "deepseek", "codellama", "codestral"]
"""How a model is asked to fill in the middle: by OpenAI's `suffix`, at Mistral's own address, or in
the words of a family of models."""


@dataclass(frozen=True)
class Filling:
    """A place: what stands before and after it. stop: what ends the text, itself left out."""

    prefix: str
    suffix: str
    stop: tuple[str, ...] = ()


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


class Unusable(ProviderError):
    """The reply is whole, and a call in it or its form is not what was asked for: once more may
    do."""

    def __init__(self, detail: str) -> None:
        super().__init__("malformed", detail)


class Provider(Protocol):
    """Access to one provider's models."""

    def stream(
        self,
        messages: Sequence[Message],
        model: str,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        tools: Sequence[Tool] = (),
        output: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream a reply: Deltas, then Usage where it was told, then ToolCalls, then End.

        tools: what the model may ask for. output: a JSON schema that the text must keep to.
        Raises ProviderError wherever it does not come to End, Unusable where arguments or the text
        do not keep to their schema. Closing the iterator drops the request.
        """

    def fill(
        self,
        filling: Filling,
        model: str,
        form: Form,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Stream what belongs at a place, in the way that the model takes it: Deltas, Usage where
        it was told, End. Raises ProviderError, `refused` where the server cannot do that."""

    async def embed(self, texts: Sequence[str], model: str) -> list[list[float]]:
        """A vector for each text; raises ProviderError."""

    async def models(self) -> list[str]:
        """The names of the models that the provider lists; raises ProviderError."""

    async def close(self) -> None:
        """Close the connections."""
