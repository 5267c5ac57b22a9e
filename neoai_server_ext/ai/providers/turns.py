"""Between our turns, tools and calls and pydantic-ai's. Import this module lazily."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_ai import messages
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from .base import Message, Tool, ToolCall, Unusable
from .schemas import called

OUTPUT = "reply"
"""The name under which providers are told the schema of the text."""


def conversation(given: Sequence[Message]) -> list[messages.ModelMessage]:
    """The turns; the results of calls that were made together are one."""
    turns: list[messages.ModelMessage] = []
    was_result = False
    for message in given:
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
            turns.append(messages.ModelRequest(parts=[_asked(message)]))
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


def _asked(message: Message) -> messages.UserPromptPart:
    if not message.images:
        return messages.UserPromptPart(message.content)
    seen = [messages.BinaryContent(i.data, media_type=i.media_type) for i in message.images]
    return messages.UserPromptPart([*seen, message.content] if message.content else list(seen))


def _details(part: messages.ToolCallPart) -> dict[str, Any] | None:
    """What some models want back with their call, as Gemini the signature of its thoughts."""
    if not part.provider_details and not part.id:
        return None
    return {
        "id": part.id,
        "provider_name": part.provider_name,
        "provider_details": part.provider_details,
    }
