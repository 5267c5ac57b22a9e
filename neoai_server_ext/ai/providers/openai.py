"""OpenAI's format, as servers other than OpenAI's speak it. Import this module lazily."""

from __future__ import annotations

from pydantic_ai.models.openai import OpenAIChatModel, OpenAIStreamedResponse
from pydantic_ai.usage import RequestUsage


class ChatModel(OpenAIChatModel):
    """A model whose server may say again and again how much the reply took so far."""

    @property
    def _streamed_response_cls(self) -> type[OpenAIStreamedResponse]:
        return _Reply


class _Reply(OpenAIStreamedResponse):
    def _add_usage(self, usage: RequestUsage, *, reported: bool, cumulative: bool = False) -> None:
        """Each report is of the whole reply, so the highest counts; the SDK would add them up."""
        if reported and usage.total_tokens >= self._usage.total_tokens:
            super()._add_usage(usage, reported=True, cumulative=True)
