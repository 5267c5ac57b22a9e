"""The models of requests and replies of the AI features."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .service import ModelInfo


class AIModel(BaseModel):
    """A model that can be asked. Prices are in USD per million tokens, as configured."""

    id: str = Field(description="`provider/model`; `neoai/search` needs no key.")
    provider: str
    kind: str
    tasks: list[str]
    context_tokens: int | None
    price_in_usd: float | None
    price_out_usd: float | None
    available: bool
    reason: str | None = Field(default=None, description="Why it is not available.")

    @classmethod
    def of(cls, info: ModelInfo) -> AIModel:
        """The item that shows a model."""
        return cls(
            id=info.id,
            provider=info.provider,
            kind=info.kind,
            tasks=list(info.tasks),
            context_tokens=info.context_tokens,
            price_in_usd=info.price_in_usd,
            price_out_usd=info.price_out_usd,
            available=info.available,
            reason=info.reason,
        )


class AIModels(BaseModel):
    """The models, and what is wrong with the configuration of others."""

    items: list[AIModel]
    problems: list[str]
