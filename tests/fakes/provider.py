"""A model provider that does what a script says, over a real socket.

Speaks OpenAI's, Anthropic's and Google's HTTP formats, streamed and whole, and can fail in every
way that a provider does. `python -m tests.fakes.provider --port 8001` runs it for browser tests;
it then answers with the first `path:line` that it was given as context.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

from . import anthropic, google, openai
from .script import Fault, Script, rate_limited, refused_key, too_long

__all__ = [
    "FakeProvider",
    "Request",
    "Script",
    "first_location",
    "rate_limited",
    "refused_key",
    "too_long",
]

Wire = Literal["openai", "filling", "anthropic", "google"]
LOCATION = re.compile(r"[\w./-]+\.\w+:\d+")
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
EMBEDDING = 8


@dataclass(frozen=True)
class Request:
    """A request as it came in; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


Reply = Callable[[Request], Script]


def first_location(request: Request) -> Script:
    """A reply that cites the first `path:line` of the conversation's last context."""
    said = json.dumps(request.body, ensure_ascii=False)
    found = LOCATION.findall(said)
    text = f"See `{found[0]}`, where this is done." if found else "I was given no passages."
    return Script(text=text, chunks=8)


def by_chance(text: str) -> list[float]:
    """A vector that is the same for the same text, and says nothing else."""
    return [((hash(text) >> shift) & 255) / 255 for shift in range(EMBEDDING)]


class FakeProvider:
    """The server. `async with FakeProvider() as provider:` and use `provider.url`.

    key: what requests must carry; None accepts all. `scripts` are used up in order, then
    `default` answers.
    """

    def __init__(
        self, *, key: str | None = None, port: int = 0, default: Reply = first_location
    ) -> None:
        self.key = key
        self.port = port
        self.default = default
        self.scripts: list[Script] = []
        self.requests: list[Request] = []
        self.fills = False
        """Whether it fills in the middle, as older models of OpenAI's do."""
        self.models = ["fake-large", "fake-small"]
        self.vector_of: Callable[[str], list[float]] = by_chance
        """What it embeds a text as."""
        self.accepted = 0
        """Connections."""
        self.gone = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL for OpenAI's format (Anthropic's is this without `/v1`)."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        self.accepted += 1
        begun = b""
        try:
            while True:
                request = await _read(reader, begun)
                self.requests.append(request)
                leaving = asyncio.ensure_future(self._watch(reader))
                try:
                    await self._reply(request, writer)
                finally:
                    leaving.cancel()
                begun = (await asyncio.gather(leaving, return_exceptions=True))[0]
                if not isinstance(begun, bytes):
                    begun = b""
                elif not begun:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self.gone.set()
        finally:
            self._connections.discard(task)
            writer.close()

    async def _watch(self, reader: asyncio.StreamReader) -> bytes:
        """Notice when the client goes away before the reply is complete; gives what it has sent
        of its next request by then."""
        sent = await reader.read(1)
        if not sent:
            self.gone.set()
        return sent

    async def _reply(self, request: Request, writer: asyncio.StreamWriter) -> None:
        wire: Wire = "anthropic" if request.path.endswith("/messages") else "openai"
        asked = google.PATH.fullmatch(request.path)
        if asked is not None:
            wire = "google"
        if self.key is not None and not self._has_key(request):
            await _whole(writer, 401, _error(wire, refused_key("(wrong)")))
        elif asked is not None and request.method == "GET":
            await _whole(writer, 200, google.models(self.models))
        elif asked is not None and asked["method"] == "batchEmbedContents":
            await _whole(writer, 200, google.embeddings(request.body, self.vector_of))
        elif asked is not None:
            request.body.update(model=asked["model"], stream="stream" in asked["method"])
            script = self.scripts.pop(0) if self.scripts else self.default(request)
            await self._play(script, request, writer, wire)
        elif request.method == "GET" and request.path.endswith("/models"):
            items = [{"id": name, "object": "model", "owned_by": "fake"} for name in self.models]
            await _whole(writer, 200, {"object": "list", "data": items})
        elif request.path.endswith("/embeddings"):
            await _whole(writer, 200, openai.embeddings(request.body, self.vector_of))
        elif request.path.endswith(("/chat/completions", "/messages")):
            script = self.scripts.pop(0) if self.scripts else self.default(request)
            await self._play(script, request, writer, wire)
        elif self.fills and request.path.endswith("/completions"):
            script = self.scripts.pop(0) if self.scripts else self.default(request)
            await self._play(script, request, writer, "filling")
        else:
            await _whole(writer, 404, {"error": {"message": "no such route"}})

    def _has_key(self, request: Request) -> bool:
        headers = request.headers
        given = headers.get("x-api-key") or headers.get("x-goog-api-key")
        given = given or headers.get("authorization", "")
        return given.removeprefix("Bearer ") == self.key

    async def _play(
        self, script: Script, request: Request, writer: asyncio.StreamWriter, wire: Wire
    ) -> None:
        if script.fault == "status":
            await _whole(writer, script.status, _error(wire, script), script.headers)
            return
        body = request.body
        if script.fault == "hang" and script.after == 0:
            await asyncio.Event().wait()
        if not body.get("stream"):
            make = {
                "openai": openai.completion,
                "filling": openai.completion,
                "anthropic": anthropic.message,
                "google": google.generated,
            }[wire]
            await _whole(writer, 200, make(body["model"], script))
            return
        more = "".join(f"{name}: {value}\r\n" for name, value in script.headers.items())
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            + more.encode()
            + b"Transfer-Encoding: chunked\r\n\r\n"
        )
        formats = {
            "openai": openai.events,
            "filling": openai.filling,
            "anthropic": anthropic.events,
            "google": google.events,
        }
        async for event in formats[wire](body, script):
            if event == "hang":
                await writer.drain()
                await asyncio.Event().wait()
            if event == "abort":
                await writer.drain()
                writer.transport.abort()
                return
            raw = event.encode()
            writer.write(f"{len(raw):x}\r\n".encode() + raw + b"\r\n")
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()


async def _read(reader: asyncio.StreamReader, begun: bytes) -> Request:
    head = begun + await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path.split("?")[0], headers, json.loads(raw) if raw else None)


async def _whole(
    writer: asyncio.StreamWriter, status: int, body: Any, headers: dict[str, str] | None = None
) -> None:
    raw = json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}",
        "Content-Type: application/json",
        f"Content-Length: {len(raw)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
    await writer.drain()


def _error(wire: Wire, script: Script) -> dict[str, Any]:
    said = script.error or {"message": "The server had an error", "type": "server_error"}
    if wire == "google":
        return google.error(script.status, said["message"])
    if wire in ("openai", "filling"):
        return {"error": {"param": None, "code": None, **said}}
    kinds = {401: "authentication_error", 429: "rate_limit_error", 529: "overloaded_error"}
    kind = kinds.get(script.status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": said["message"]}}


async def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted; prints the URL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", help="refuse requests that do not carry this key")
    parser.add_argument("--text", help="the reply to everything")
    parser.add_argument("--chunks", type=int, default=8)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds between chunks")
    parser.add_argument("--fault", default="none", choices=Fault.__args__)  # type: ignore[attr-defined]
    parser.add_argument("--after", type=int, default=1, help="chunks before the fault")
    parser.add_argument("--status", type=int, default=500)
    given = parser.parse_args(arguments)

    def default(request: Request) -> Script:
        script = Script(text=given.text) if given.text else first_location(request)
        script.chunks, script.delay_s = given.chunks, given.delay
        script.fault, script.after, script.status = given.fault, given.after, given.status
        return script

    async with FakeProvider(key=given.key, port=given.port, default=default) as provider:
        print(provider.url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
