"""OpenAI's wire format (chat completions), as the scripted provider speaks it."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from .script import Script, paced, paced_call


async def events(body: dict[str, Any], script: Script) -> AsyncIterator[str]:
    """A stream."""
    head = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": body["model"],
    }

    def chunk(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"

    async def pieces() -> AsyncIterator[str]:
        async for piece in paced(script):
            yield piece if piece.startswith("\0") else chunk({"content": piece})
        for index, (name, arguments) in enumerate(script.calls):
            named = {"name": name, "arguments": ""}
            begun = {"index": index, "id": f"call_{index}", "type": "function", "function": named}
            yield chunk({"tool_calls": [begun]})
            async for piece in paced_call(script, arguments):
                more = {"index": index, "function": {"arguments": piece}}
                yield piece if piece.startswith("\0") else chunk({"tool_calls": [more]})

    yield chunk({"role": "assistant", "content": ""})
    async for event in pieces():
        if event == "\0cut":
            return
        if event == "\0malformed":
            yield 'data: {"id": "chatcmpl-1", "choices": [{"delta"\n\n'
            return
        yield event.removeprefix("\0")
    yield chunk({}, "tool_calls" if script.calls else script.finish)
    if (body.get("stream_options") or {}).get("include_usage"):
        for usage in script.reports or (_usage(script),):
            yield f"data: {json.dumps({**head, 'choices': [], 'usage': usage})}\n\n"
    yield "data: [DONE]\n\n"


async def filling(body: dict[str, Any], script: Script) -> AsyncIterator[str]:
    """A stream of OpenAI's older format, in which text alone is asked for and given."""

    def chunk(text: str, finish: str | None = None) -> str:
        choice = {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps({'object': 'text_completion', 'choices': [choice]})}\n\n"

    async for piece in paced(script):
        if piece == "\0cut":
            return
        if piece == "\0malformed":
            yield 'data: {"choices": [{"text"\n\n'
            return
        yield piece.removeprefix("\0") if piece.startswith("\0") else chunk(piece)
    yield chunk("", script.finish)
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({'choices': [], 'usage': _usage(script)})}\n\n"
    yield "data: [DONE]\n\n"


def completion(model: str, script: Script) -> dict[str, Any]:
    """A whole reply."""
    message = {"role": "assistant", "content": script.text}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": script.finish}],
        "usage": _usage(script),
    }


def _usage(script: Script) -> dict[str, int]:
    output = script.tokens
    return {"prompt_tokens": 100, "completion_tokens": output, "total_tokens": 100 + output}


def embeddings(body: dict[str, Any], vector_of: Callable[[str], list[float]]) -> dict[str, Any]:
    """A vector for each of the texts."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [
        {
            "object": "embedding",
            "index": i,
            "embedding": vector_of(text),
        }
        for i, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}
