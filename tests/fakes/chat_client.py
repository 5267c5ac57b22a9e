"""A client of Jupyter's chat over its own websockets, collaborative or not, that counts bytes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PERSONA = "jupyter-ai-personas::neoai_server_ext::NeoAIPersona"

Messages = list[dict[str, Any]]


class ChatClient:
    """One browser's view of a chat file.

    url: the server's, with its base and a trailing slash. path: of the file, relative to the
    server's root; it must exist. rtc: whether the server has real-time collaboration.
    `received` counts the payload bytes of the frames that came.
    """

    def __init__(self, url: str, token: str, path: str, *, rtc: bool) -> None:
        self._url = url
        self._token = token
        self._path = path
        self._rtc = rtc
        self.received = 0
        self.frames: list[int] = []
        self._messages: dict[str, dict[str, Any]] = {}
        self._changed = asyncio.Event()
        self._socket: WebSocketClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._doc: Any = None

    async def __aenter__(self) -> Self:
        if self._rtc:
            await self._join_room()
        else:
            await self._open("api/chat/ws/" + quote(self._path, safe=""))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._reading is not None
        assert self._socket is not None
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._socket.close()

    @property
    def messages(self) -> Messages:
        """The chat's messages, as the client has them now."""
        if self._rtc:
            return [dict(message) for message in self._doc["messages"].to_py() or []]
        return list(self._messages.values())

    async def send(
        self,
        body: str,
        to: str = PERSONA,
        attached: Any = None,
        model: str | None = None,
        view: str | None = None,
    ) -> str:
        """Send a message to a persona; returns its id. attached: the attachments, which are ids in
        a collaborative chat and objects in the other. model: chosen in the chat's picker. view:
        the id of what its user has in front."""
        identity = uuid.uuid4().hex
        metadata: dict[str, Any] = {"to_persona": to}
        if model is not None:
            metadata["model"] = {"id": model, "settings": {}}
        if view is not None:
            metadata["neoai"] = {"view": view}
        message = {"id": identity, "body": body, "metadata": metadata}
        if attached is not None:
            message["attachments"] = attached
        assert self._socket is not None
        if not self._rtc:
            frame = {"type": "client", "action": "send", **message, "mentions": []}
            await self._socket.write_message(json.dumps(frame))
            return identity
        import time

        from pycrdt import Map, create_update_message

        before = self._doc.get_state()
        content = {**message, "type": "msg", "time": time.time(), "sender": "somebody"}
        with self._doc.transaction():
            self._doc["messages"].append(Map({**content, "raw_time": False}))
        update = create_update_message(self._doc.get_update(before))
        await self._socket.write_message(update, binary=True)
        return identity

    async def until(self, wanted: Callable[[Messages], Any], timeout_s: float = 20) -> Any:
        """Wait until `wanted(messages)` is true, and return what it gave."""
        async with asyncio.timeout(timeout_s):
            while True:
                self._changed.clear()
                found = wanted(self.messages)
                if found:
                    return found
                await self._changed.wait()

    async def reply(self, mark: str, sender: str = PERSONA, timeout_s: float = 20) -> str:
        """Wait for a message of the persona that contains `mark`, and return its body."""

        def found(messages: Messages) -> str:
            bodies = [m["body"] for m in messages if m["sender"] == sender and mark in m["body"]]
            return bodies[-1] if bodies else ""

        return str(await self.until(found, timeout_s))

    async def _open(self, address: str) -> None:
        url = self._url.replace("http", "ws", 1) + address
        headers = {"Authorization": f"token {self._token}"}
        self._socket = await websocket_connect(
            HTTPRequest(url, headers=headers), max_message_size=1 << 28
        )
        self._reading = asyncio.ensure_future(self._read())

    async def _join_room(self) -> None:
        from pycrdt import Array, Doc, create_sync_message

        self._doc = Doc()
        self._doc["messages"] = Array()
        response = await AsyncHTTPClient().fetch(
            f"{self._url}api/collaboration/session/{quote(self._path)}",
            method="PUT",
            headers={"Authorization": f"token {self._token}"},
            body=json.dumps({"format": "text", "type": "chat"}),
        )
        session = json.loads(response.body)
        room = f"{session['format']}:{session['type']}:{session['fileId']}"
        await self._open(f"api/collaboration/room/{room}?sessionId={session['sessionId']}")
        assert self._socket is not None
        await self._socket.write_message(create_sync_message(self._doc), binary=True)

    async def _read(self) -> None:
        assert self._socket is not None
        while True:
            frame = await self._socket.read_message()
            if frame is None:
                return
            size = len(frame) if isinstance(frame, bytes) else len(frame.encode())
            self.received += size
            self.frames.append(size)
            if isinstance(frame, bytes):
                await self._take_binary(frame)
            else:
                self._take(json.loads(frame))
            self._changed.set()

    async def _take_binary(self, frame: bytes) -> None:
        from pycrdt import YMessageType, handle_sync_message

        if frame[0] == YMessageType.SYNC:
            answer = handle_sync_message(frame[1:], self._doc)
            if answer is not None:
                assert self._socket is not None
                await self._socket.write_message(answer, binary=True)

    def _take(self, frame: dict[str, Any]) -> None:
        if frame.get("action") == "connection":
            self._messages = {message["id"]: message for message in frame["messages"]}
        elif frame.get("action") == "message":
            self._messages[frame["message"]["id"]] = frame["message"]
