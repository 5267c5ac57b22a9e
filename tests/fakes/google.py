"""Google's wire format (the Gemini API), as the scripted provider speaks it."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

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


def reply(text: str, output_tokens: int, finish: str | None) -> dict[str, Any]:
    """A reply, or a piece of one where there is no `finish` yet."""
    candidate: dict[str, Any] = {
        "content": {"role": "model", "parts": [{"text": text}]},
        "index": 0,
    }
    if finish is not None:
        candidate["finishReason"] = finish
    usage = {
        "promptTokenCount": 100,
        "candidatesTokenCount": output_tokens,
        "totalTokenCount": 100 + output_tokens,
    }
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "fake"}


async def events(pieces: AsyncIterator[str], output_tokens: int) -> AsyncIterator[str]:
    """A stream; a piece that begins with NUL names a fault."""
    async for piece in pieces:
        if not piece.startswith("\0"):
            yield f"data: {json.dumps(reply(piece, 1, None))}\r\n\r\n"
        elif piece == "\0cut":
            return
        elif piece == "\0malformed":
            yield 'data: {"candidates": [{"content": {"par\r\n\r\n'
            return
        else:
            yield piece[1:]
    yield f"data: {json.dumps(reply('', output_tokens, 'STOP'))}\r\n\r\n"


def embeddings(body: dict[str, Any], size: int) -> dict[str, Any]:
    """A vector for each of the texts."""
    texts = [str(request["content"]) for request in body["requests"]]
    vectors = [[((hash(text) >> shift) & 255) / 255 for shift in range(size)] for text in texts]
    return {"embeddings": [{"values": vector} for vector in vectors]}
