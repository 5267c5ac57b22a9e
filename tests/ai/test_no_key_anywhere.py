"""A key that the user has given is nowhere but in its own file: all that is written is searched."""

from __future__ import annotations

import base64
import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from ..fakes.chat_client import ChatClient
from ..fakes.provider import FakeProvider, Script, refused_key
from .chat.conftest import server  # noqa: F401
from .chat.opening import opened

KEY = 'tok+sea/rch"ed-0123456789abcdefghij'
NOTEBOOK = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
OWN_FILE = "provider-keys.json"


@pytest.fixture
def jp_server_config(chat_config: dict[str, Any]) -> dict[str, Any]:
    """Everything is logged, and requests are kept in the ledger."""
    chat_config["ServerApp"]["log_level"] = "DEBUG"
    chat_config["OwnProviders"] = {"keyring": False}
    chat_config["AIService"] = {"retries": 0}
    return chat_config


def shapes(key: str) -> list[bytes]:
    """How a key may stand in a text: as it is, in JSON, in an address, in base64."""
    written = [key, json.dumps(key)[1:-1], quote(key, safe="")]
    coded = base64.b64encode(key.encode()).rstrip(b"=")[:-2]
    return [*(text.encode() for text in written), coded]


def has_key(raw: bytes) -> bool:
    return any(shape in raw for shape in shapes(KEY))


class Replies:
    """Asks the server, and keeps every reply with its headers."""

    def __init__(self, fetch: Any) -> None:
        self._fetch = fetch
        self.all: list[bytes] = []

    async def __call__(self, method: str, *path: str, body: Any = None) -> Any:
        raw = json.dumps(body) if body is not None else None
        try:
            reply = await self._fetch(
                "neoai", "v1", *path, method=method, body=raw, allow_nonstandard_methods=True
            )
        except HTTPClientError as error:
            reply = error.response
        self.all.append(str(dict(reply.headers)).encode() + reply.body)
        return reply


async def talk(client: ChatClient, fake: FakeProvider) -> None:
    """A conversation in which the key is refused by name, and works again."""
    await client.send("How do I boil water?")
    await client.reply("Passages:")
    fake.scripts = [refused_key(KEY)]
    await client.send("And soup?")
    await client.reply("Check the key")


async def test_no_key_is_in_any_log_reply_chat_event_notebook_or_database(
    server: Any,  # noqa: F811
    rtc: bool,
    jp_fetch: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    events: list[str] = []

    async def hear(logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        events.append(json.dumps(data))

    for schema in server.event_logger.schemas.schema_ids:
        server.event_logger.add_listener(schema_id=schema, listener=hear)
    ask = Replies(jp_fetch)
    (Path(server.root_dir) / "work.ipynb").write_text(json.dumps(NOTEBOOK))

    async with FakeProvider(key=KEY) as fake, opened(server, rtc) as client:
        draft = {"kind": "openai-compatible", "base_url": fake.url, "models": [{"id": "m0"}]}
        mine = ("ai", "providers", "mine")
        for body in ({**draft, "key": KEY, "kind": "no"}, {**draft, "key": KEY + "\n" + KEY}):
            assert (await ask("PUT", *mine, body=body)).code == 422
        assert (await ask("POST", *mine, "test", body={"draft": {**draft, "key": KEY}})).code == 200
        assert (await ask("PUT", *mine, body={**draft, "key": KEY})).code == 201
        await ask("PUT", *mine, "key", body={"key": KEY})
        assert json.loads((await ask("POST", *mine, "test", body={})).body)["outcome"] == "ok"
        await talk(client, fake)
        fake.scripts = [refused_key(KEY), Script(fault="status", status=500)]
        for _ in range(2):
            assert json.loads((await ask("POST", *mine, "test", body={})).body)["outcome"] != "ok"
        fake.scripts = [refused_key(KEY)]
        chat = {"messages": [{"role": "user", "content": "Hello"}], "model": "mine/m0"}
        assert (await ask("POST", "ai", "chat", body=chat)).code == 502
        for path in [("ai", "providers"), ("ai", "models"), ("ai", "usage"), ("health",)]:
            assert (await ask("GET", *path)).code == 200
        said = json.dumps(client.messages)
        assert any(KEY in str(request.headers) for request in fake.requests)

    data = tmp_path / "neoai-data"
    assert has_key((data / OWN_FILE).read_bytes())
    printed = capfd.readouterr()
    texts = {
        "replies": b"\n".join(ask.all),
        "chat": said.encode(),
        "events": "\n".join(events).encode(),
        "logs": caplog.text.encode(),
        "output": (printed.out + printed.err).encode(),
    }
    files = [file for file in tmp_path.rglob("*") if file.is_file() and file.name != OWN_FILE]
    names = {file.name for file in files}
    assert {"neoai.db", "talk.chat", "work.ipynb", "providers.json"} <= names
    found = [name for name, text in texts.items() if has_key(text)]
    for file in files:
        with suppress(FileNotFoundError):  # SQLite's journals come and go
            found += [str(file)] if has_key(file.read_bytes()) else []
    assert found == []
    assert texts["logs"]
    assert texts["replies"].count(b"[key]") >= 1
