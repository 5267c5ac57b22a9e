"""The chat's model picker, and what a conversation has taken so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jupyter_ai_persona_manager.awareness_models import ModelConfiguration, ModelOption, Usage

from ... import errors
from ..service import ModelInfo
from .notes import total

if TYPE_CHECKING:
    from jupyter_ai_persona_manager import BasePersona

AUTO = "auto"
CHOSEN = "neoai_model"
"""The key of the chat's metadata: which model its people have chosen."""


class Picker:
    """Offers the models of the AI service, and remembers in the chat which one was chosen.

    persona: reports to the chat's page. ai: gives the AI service.
    """

    def __init__(self, persona: BasePersona, ai: Callable[[], Any]) -> None:
        self._persona = persona
        self._ai = ai
        self._listing: asyncio.Task[None] | None = None
        self.say_usage()

    @property
    def model(self) -> str:
        """The conversation's model, or `auto`."""
        return str(self._persona.chat.get_metadata().get(CHOSEN) or AUTO)

    def choose(self, model: str) -> None:
        """Ask this model from now on."""
        self._persona.chat.set_metadata(CHOSEN, model)

    def refresh(self) -> None:
        """List the models, behind the scenes."""
        if self._listing is None or self._listing.done():
            self._listing = asyncio.ensure_future(self._list())

    def close(self) -> None:
        """Stop listing."""
        if self._listing is not None:
            self._listing.cancel()

    async def _list(self) -> None:
        try:
            models = await self._ai().models()
        except errors.NeoAIError:
            return  # the reply itself says what is wrong
        usable = [model for model in models if model.available and "chat" in model.tasks]
        options = [ModelOption(id=AUTO, name="Auto", description="The route's choice")]
        options += [ModelOption(id=m.id, description=_about(m)) for m in usable]
        self._persona.report_model_configuration(
            ModelConfiguration(current=self.model, options=options)
        )

    def say_usage(self) -> None:
        """Report what all replies of the conversation took together."""
        sums = total(self._persona.chat.get_messages())
        tokens, cost = sums["input_tokens"] + sums["output_tokens"], sums["cost_usd"]
        if tokens:
            self._persona.report_usage(
                Usage(
                    input_tokens=sums["input_tokens"],
                    output_tokens=sums["output_tokens"],
                    cached_read_tokens=sums["cached_tokens"],
                    total_tokens=tokens,
                    cost_amount=None if cost is None else round(cost, 6),
                    cost_currency=None if cost is None else "USD",
                )
            )


def _about(model: ModelInfo) -> str:
    said = []
    if model.context_tokens:
        said.append(f"{model.context_tokens:,} tokens")
    if model.price_in_usd is not None and model.price_out_usd is not None:
        said.append(f"${model.price_in_usd:g} in, ${model.price_out_usd:g} out per million")
    return " · ".join(said)
