"""Google's wire format (the Gemini API), as the scripted provider speaks it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from .script import Script, paced

SIGNATURE = "c2lnbmF0dXJl"
"""What Gemini wants back with a call."""
PATH = re.compile(r"/v1beta/models(?:/(?P<model>[^:/]+))?(?::(?P<method>\w+))?")
STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    503: "UNAVAILABLE",
}


def error(status: int, message: str) -> dict[str, Any]:
    """A refusal."""
    return {"error": {"code": status, "message": message, "status": STATUS.get(status, "INTERNAL")}}


def models(names: list[str]) -> dict[str, Any]:
    """The list of models."""
    methods = ["generateContent", "countTokens"]
    return {
        "models": [
            {"name": f"models/{name}", "version": "1", "supportedGenerationMethods": methods}
            for name in names
        ]
    }


def generated(model: str, script: Script) -> dict[str, Any]:
    """A whole reply."""
    return _reply([{"text": script.text}], script.tokens, "STOP")


async def events(body: dict[str, Any], script: Script) -> AsyncIterator[str]:
    """A stream. Calls come whole here; arguments that are no JSON are what the API itself calls
    malformed, and does not pass on."""

    def event(*parts: dict[str, Any], tokens: int = 1, finish: str | None = None) -> str:
        return f"data: {json.dumps(_reply(list(parts), tokens, finish))}\r\n\r\n"

    async def pieces() -> AsyncIterator[str]:
        async for said in paced(script):
            yield said if said.startswith("\0") else event({"text": said})
        for name, arguments in script.calls:
            if script.fault != "none":
                yield event({"text": ""})
                yield "\0" + script.fault
            called = {"functionCall": {"name": name, "args": json.loads(arguments)}}
            yield event({**called, "thoughtSignature": SIGNATURE})

    finish = "STOP"
    try:
        async for said in pieces():
            if said == "\0cut":
                return
            if said == "\0malformed":
                yield 'data: {"candidates": [{"content": {"par\r\n\r\n'
                return
            yield said.removeprefix("\0")
    except ValueError:
        finish = "MALFORMED_FUNCTION_CALL"
    yield event({"text": ""}, tokens=script.tokens, finish=finish)


def _reply(parts: list[dict[str, Any]], output_tokens: int, finish: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    usage = {
        "promptTokenCount": 100,
        "candidatesTokenCount": output_tokens,
        "totalTokenCount": 100 + output_tokens,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fake"}


def embeddings(body: dict[str, Any], vector_of: Callable[[str], list[float]]) -> dict[str, Any]:
    """A vector for each of the texts."""
    texts = [str(request["content"]) for request in body["requests"]]
    vectors = [vector_of(text) for text in texts]
    return {"embeddings": [{"values": vector} for vector in vectors]}
