"""Between our turns, tools and calls and pydantic-ai's. Import this module lazily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from pydantic_ai import messages
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from .base import Message, Tool, ToolCall, Unusable
from .schemas import called

OUTPUT = "reply"
"""The name under which providers are told the schema of the text."""


def conversation(given: Sequence[Message], kept: int | None = None) -> list[messages.ModelMessage]:
    """The turns; the results of calls that were made together are one. kept: up to which of them
    the provider is to keep them for the next request."""
    turns: list[messages.ModelMessage] = []
    was_result = False
    for number, message in enumerate(given):
        if message.role == "assistant":
            turns.append(messages.ModelResponse(parts=_said(message)))
        elif message.answers is not None:
            part = messages.ToolReturnPart(
                message.answers.name, message.content, message.answers.id
            )
            if was_result and isinstance(turns[-1], messages.ModelRequest):
                turns[-1] = messages.ModelRequest(parts=[*turns[-1].parts, part])
            else:
                turns.append(messages.ModelRequest(parts=[part]))
        elif message.role == "system":
            turns.append(messages.ModelRequest(parts=[messages.SystemPromptPart(message.content)]))
        else:
            turns.append(messages.ModelRequest(parts=[_asked(message, kept=number == kept)]))
        was_result = message.answers is not None
    return turns


def parameters(
    tools: Sequence[Tool], output: Mapping[str, Any] | None
) -> ModelRequestParameters | None:
    """What a request asks for besides text; None where it is nothing."""
    if not tools and output is None:
        return None
    functions = [
        ToolDefinition(
            name=t.name, parameters_json_schema=dict(t.parameters), description=t.description
        )
        for t in tools
    ]
    if output is None:
        return ModelRequestParameters(function_tools=functions)
    wanted = OutputObjectDefinition(json_schema=dict(output), name=OUTPUT)
    return ModelRequestParameters(
        function_tools=functions, output_mode="native", output_object=wanted
    )


def calls(response: messages.ModelResponse, tools: Sequence[Tool]) -> list[ToolCall]:
    """The tools that a reply asks for; raises Unusable. Without tools there are none."""
    if tools and response.finish_reason == "error":
        raise Unusable("The model called a tool in a way that its provider cannot read.")
    found = []
    for part in response.parts if tools else ():
        if isinstance(part, messages.ToolCallPart):
            call = called(part.tool_call_id, part.tool_name, part.args, tools)
            found.append(ToolCall(call.id, call.name, call.arguments, _details(part)))
    return found


def _said(message: Message) -> list[messages.ModelResponsePart]:
    parts: list[messages.ModelResponsePart] = []
    if message.content or not message.calls:
        parts.append(messages.TextPart(message.content))
    for call in message.calls:
        details = call.details or {}
        part = messages.ToolCallPart(call.name, dict(call.arguments), call.id, **details)
        parts.append(part)
    return parts


def _asked(message: Message, *, kept: bool) -> messages.UserPromptPart:
    if not message.images and not kept:
        return messages.UserPromptPart(message.content)
    seen = [messages.BinaryContent(i.data, media_type=i.media_type) for i in message.images]
    said = [message.content] if message.content else []
    return messages.UserPromptPart([*seen, *said, *([messages.CachePoint()] if kept else [])])


def keeping(given: Sequence[Message], tools: Sequence[Tool]) -> tuple[int | None, ModelSettings]:
    """Up to which turn Anthropic is to keep a conversation for its next request, and the settings
    that say so. Keeping costs a quarter more, so only one that goes on is kept: with tools all of
    it, else up to the question before the last, which bears what is for it alone.

    Source: docs.anthropic.com, Prompt caching. Other providers keep what begins alike unasked.
    """
    questions = [number for number, turn in enumerate(given) if turn.role == "user"]
    if not tools and len(questions) < 2:
        return None, ModelSettings()
    from pydantic_ai.models.anthropic import AnthropicModelSettings

    asked = AnthropicModelSettings(
        anthropic_cache_instructions=True,
        anthropic_cache_tool_definitions=bool(tools),
        anthropic_cache_messages=bool(tools),
    )
    return None if tools else questions[-2], cast(ModelSettings, asked)


def _details(part: messages.ToolCallPart) -> dict[str, Any] | None:
    """What some models want back with their call, as Gemini the signature of its thoughts."""
    if not part.provider_details and not part.id:
        return None
    return {
        "id": part.id,
        "provider_name": part.provider_name,
        "provider_details": part.provider_details,
    }
