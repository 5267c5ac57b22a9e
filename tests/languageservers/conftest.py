"""A page that speaks with a language server over its websocket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import WebSocketClientConnection

PATIENCE_S = 40


class Page:
    """One websocket: requests by id, and what the server said by itself."""

    def __init__(self, connection: WebSocketClientConnection) -> None:
        self.connection = connection
        self.said: list[dict[str, Any]] = []
        self._last = 0

    async def read(self) -> dict[str, Any] | None:
        """The next message; None once it is closed."""
        raw = await asyncio.wait_for(self.connection.read_message(), PATIENCE_S)
        return None if raw is None else json.loads(raw)

    async def notify(self, method: str, **params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        await self.connection.write_message(json.dumps(message))

    async def ask(self, method: str, **params: Any) -> Any:
        """A request's result."""
        self._last += 1
        message = {"jsonrpc": "2.0", "id": self._last, "method": method, "params": params}
        await self.connection.write_message(json.dumps(message))
        while (answer := await self.read()) is not None:
            if answer.get("id") == self._last and "method" not in answer:
                assert "error" not in answer, answer
                return answer["result"]
            self.said.append(answer)
        raise AssertionError(f"closed: {self.connection.close_code} {self.connection.close_reason}")

    async def begin(self, **params: Any) -> Any:
        answer = await self.ask("initialize", capabilities={}, **params)
        await self.notify("initialized")
        return answer

    async def open(self, file: Path, text: str) -> str:
        """Open a document; its URI."""
        uri = file.as_uri()
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        await self.notify("textDocument/didOpen", textDocument=document)
        return uri

    async def diagnostics(self, uri: str) -> list[dict[str, Any]]:
        """The next diagnostics of a document."""
        while True:
            message = self.said.pop(0) if self.said else await self.read()
            assert message is not None
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri:
                return list(params["diagnostics"])

    async def at(self, method: str, uri: str, line: int, character: int, **params: Any) -> Any:
        position = {"line": line, "character": character}
        return await self.ask(method, textDocument={"uri": uri}, position=position, **params)


Connect = Callable[..., Any]


@pytest.fixture
def jp_server_config(tmp_path: Path) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"neoai_server_ext": True, "jupyter_lsp": True}},
        "NeoAIExtension": {"data_dir": str(tmp_path / "data")},
    }


@pytest.fixture
def connect(jp_ws_fetch: Any) -> Iterator[Connect]:
    """`await connect("pylsp", "folder")`: a page's websocket."""
    pages: list[Page] = []

    async def connected(name: str, path: str = "") -> Page:
        connection = await jp_ws_fetch(
            "neoai", "v1", "language-servers", name, "socket", params={"path": path}
        )
        pages.append(Page(connection))
        return pages[-1]

    yield connected
    for page in pages:
        page.connection.close()
