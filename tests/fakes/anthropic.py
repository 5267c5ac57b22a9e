"""Anthropic's wire format (messages), as the scripted provider speaks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from .script import Script, paced, paced_call


async def events(body: dict[str, Any], script: Script) -> AsyncIterator[str]:
    """A stream."""

    def event(kind: str, **members: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **members})}\n\n"

    def piece(index: int, said: str, **delta: Any) -> str:
        if said.startswith("\0"):
            return said
        return event("content_block_delta", index=index, delta=delta)

    async def pieces() -> AsyncIterator[str]:
        if script.text or not script.calls:
            block = {"type": "text", "text": ""}
            yield event("content_block_start", index=0, content_block=block)
            async for said in paced(script):
                yield piece(0, said, type="text_delta", text=said)
            yield event("content_block_stop", index=0)
        for index, (name, arguments) in enumerate(script.calls, 1 if script.text else 0):
            called = {"type": "tool_use", "id": f"toolu_{index}", "name": name, "input": {}}
            yield event("content_block_start", index=index, content_block=called)
            async for said in paced_call(script, arguments):
                yield piece(index, said, type="input_json_delta", partial_json=said)
            yield event("content_block_stop", index=index)

    begun = {**message(body["model"], script), "content": [], "stop_reason": None}
    yield event("message_start", message=begun)
    async for said in pieces():
        if said == "\0cut":
            return
        if said == "\0malformed":
            yield 'event: content_block_delta\ndata: {"type": "content_bl\n\n'
            return
        yield said.removeprefix("\0")
    reason = "tool_use" if script.calls else "end_turn"
    for usage in script.reports or ({"output_tokens": script.tokens},):
        yield event("message_delta", delta={"stop_reason": reason}, usage=usage)
    yield event("message_stop")


def message(model: str, script: Script) -> dict[str, Any]:
    """A whole reply."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": script.text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 100, "output_tokens": script.tokens},
    }
