"""Providers and keys that the user adds: a real server, a scripted provider on a real socket."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, trash_can  # noqa: F401
from .test_api import KEY, USER, events_of, running

Call = Callable[..., Awaitable[Any]]
CHAT = {"messages": USER, "cache": False}


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def fake(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    """A provider that asks for KEY."""
    yield from running(FakeProvider(key=KEY), jp_asyncio_loop)


@pytest.fixture
def local(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    """A model server on this machine."""
    yield from running(FakeProvider(), jp_asyncio_loop)


@pytest.fixture
def allowed(request: pytest.FixtureRequest) -> bool:
    """Whether the administrator lets users add providers."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def jp_server_config(
    jp_server_config: Any, fake: FakeProvider, local: FakeProvider, allowed: bool, tmp_path: Path
) -> Any:
    """`fixed` is configured, without a key; `local` is where a local server is looked for."""
    fixed = {"name": "fixed", "kind": "openai-compatible", "base_url": fake.url}
    jp_server_config["AIService"] = {
        "providers": [{**fixed, "api_key_env": "NO_SUCH_KEY", "models": [{"id": "m0"}]}],
        "routes": {"chat": ["mine/fake-large", "second/fake-small", "neoai/search"]},
        "retries": 0,
    }
    jp_server_config["OwnProviders"] = {"keyring": False, "allowed": allowed}
    jp_server_config["ProviderService"] = {
        "local_servers": {"Ollama": local.url, "nobody": "http://127.0.0.1:9/v1"},
        "test_timeout_s": 2.0,
    }
    jp_server_config["NeoAIExtension"]["data_dir"] = str(tmp_path / "data")
    return jp_server_config


def draft(fake: FakeProvider, **more: Any) -> dict[str, Any]:
    """A provider's fields."""
    return {"kind": "openai-compatible", "base_url": fake.url, **more}


async def listed(call: Call) -> dict[str, Any]:  # noqa: F811
    """The providers by name."""
    reply = await call("GET", "/ai/providers")
    assert reply.code == 200
    return {item["name"]: item for item in reply.json["items"]}


async def answered_by(call: Call) -> str:  # noqa: F811
    """Which model answers in the chat."""
    return str((await call("POST", "/ai/chat", CHAT)).json["model"])


async def test_a_provider_is_added_used_changed_and_removed_without_a_restart(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    tmp_path: Path,
) -> None:
    assert await answered_by(call) == "neoai/search"
    made = await call("PUT", "/ai/providers/mine", draft(fake, key=KEY))
    assert made.code == 201, made.json
    assert made.headers["Location"].endswith("/neoai/v1/ai/providers/mine")
    assert made.json["key"] == {"source": "saved-file", "place": "", "problem": ""}
    assert (made.json["state"], made.json["removable"]) == ("unchecked", True)
    assert await answered_by(call) == "mine/fake-large"
    file = tmp_path / "data" / "provider-keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    models = [{"id": "fake-small", "tasks": ["chat"], "price_in_usd": 1.0, "price_out_usd": 2.0}]
    changed = await call("PUT", "/ai/providers/mine", draft(fake, models=models))
    assert changed.code == 200
    assert [model["id"] for model in changed.json["models"]] == ["fake-small"]
    assert changed.json["key"]["source"] == "saved-file"

    assert (await call("DELETE", "/ai/providers/mine")).code == 204
    assert "mine" not in await listed(call)
    assert KEY not in file.read_text()
    assert await answered_by(call) == "neoai/search"
    assert (await call("DELETE", "/ai/providers/mine")).code == 404


async def test_a_reply_that_is_under_way_goes_on_when_its_key_is_replaced(
    call: Call,  # noqa: F811
    fake: FakeProvider,
) -> None:
    await call("PUT", "/ai/providers/mine", draft(fake, key=KEY))
    fake.scripts = [Script("One two three four five six.", chunks=6, delay_s=0.15)]
    slow = asyncio.ensure_future(call("POST", "/ai/chat", {**CHAT, "stream": True}))
    while not any(request.path.endswith("completions") for request in fake.requests):
        await asyncio.sleep(0.01)
    fake.key = "sk-new-0123456789abcdef"
    await call("PUT", "/ai/providers/mine/key", {"key": fake.key})
    assert await answered_by(call) == "mine/fake-large"
    events = events_of((await slow).body)
    text = "".join(data["text"] for name, data in events if name == "delta")
    assert text == "One two three four five six."
    assert events[-1][0] == "end"


async def test_a_wrong_key_is_told_and_the_right_one_counts_at_once(
    call: Call,  # noqa: F811
    fake: FakeProvider,
) -> None:
    await call("PUT", "/ai/providers/mine", draft(fake, key="sk-wrong-0123456789"))
    tested = (await call("POST", "/ai/providers/mine/test", {})).json
    assert tested["outcome"] == "auth"
    assert tested["detail"].startswith("The provider refused the key.")
    assert (await listed(call))["mine"]["state"] == "failed"
    reply = await call("POST", "/ai/chat", {**CHAT, "model": "mine/fake-large"})
    assert reply.code == 502
    assert [made["outcome"] for made in reply.json["attempts"]] == ["auth"]
    await call("PUT", "/ai/providers/mine/key", {"key": KEY})
    assert (await listed(call))["mine"]["state"] == "unchecked"
    assert await answered_by(call) == "mine/fake-large"


async def test_a_key_revoked_in_mid_conversation_leads_to_the_next_model(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    local: FakeProvider,
) -> None:
    await call("PUT", "/ai/providers/mine", draft(fake, key=KEY))
    await call("PUT", "/ai/providers/second", draft(local))
    assert await answered_by(call) == "mine/fake-large"
    fake.key = "sk-another-0123456789"
    turns = [*USER, {"role": "assistant", "content": "So."}, {"role": "user", "content": "And?"}]
    reply = (await call("POST", "/ai/chat", {**CHAT, "messages": turns})).json
    assert reply["model"] == "second/fake-small"
    outcomes = [(made["model"], made["outcome"]) for made in reply["attempts"]]
    assert outcomes == [("mine/fake-large", "auth"), ("second/fake-small", "ok")]


async def test_a_test_really_asks_and_stands_in_the_ledger(
    call: Call,  # noqa: F811
    fake: FakeProvider,
) -> None:
    await call("PUT", "/ai/providers/mine", draft(fake, key=KEY, models=[{"id": "fake-small"}]))
    tested = (await call("POST", "/ai/providers/mine/test", {})).json
    assert (tested["outcome"], tested["models"]) == ("ok", ["fake-large", "fake-small"])
    assert 0 < tested["latency_s"] < 2
    assert [request.path.rsplit("/", 1)[-1] for request in fake.requests] == [
        "models",
        "completions",
    ]
    assert fake.requests[-1].body["model"] == "fake-small"
    usage = (await call("GET", "/ai/usage?group_by=task")).json
    assert [(item["task"], item["calls"]) for item in usage["items"]] == [("test", 1)]
    assert (await listed(call))["mine"]["state"] == "ok"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (Script(fault="hang", after=0), "timeout"),
        (Script(fault="cut"), "cut"),
        (Script(fault="malformed"), "malformed"),
        (Script(fault="status", status=529), "overloaded"),
    ],
)
async def test_a_test_says_in_our_words_what_is_wrong(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    script: Script,
    outcome: str,
) -> None:
    fake.scripts = [script]
    body = {"draft": draft(fake, key=KEY, models=[{"id": "fake-small"}])}
    assert (await call("POST", "/ai/providers/new/test", body)).json["outcome"] == outcome


async def test_a_draft_is_tested_and_nothing_of_it_is_kept(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    tmp_path: Path,
) -> None:
    body = {"draft": draft(fake, key=KEY)}
    tested = (await call("POST", "/ai/providers/new/test", body)).json
    assert (tested["outcome"], tested["models"]) == ("ok", ["fake-large", "fake-small"])
    assert list(await listed(call)) == ["fixed"]
    assert not (tmp_path / "data" / "provider-keys.json").exists()
    nobody = {"draft": {**draft(fake), "base_url": "http://127.0.0.1:9/v1"}}
    assert (await call("POST", "/ai/providers/new/test", nobody)).json["outcome"] == "overloaded"
    fake.models = []
    tested = (await call("POST", "/ai/providers/new/test", body)).json
    assert tested["outcome"] == "refused"
    assert "no models" in tested["detail"]


async def test_a_saved_key_is_not_sent_to_another_address(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    local: FakeProvider,
) -> None:
    await call("PUT", "/ai/providers/mine", draft(fake, key=KEY))
    moved = await call("PUT", "/ai/providers/mine", draft(local))
    assert moved.json["state"] == "no-key"
    assert "another address" in moved.json["key"]["problem"]
    tested = (await call("POST", "/ai/providers/mine/test", {})).json
    assert tested["outcome"] == "auth"
    body = {"draft": draft(local)}
    assert (await call("POST", "/ai/providers/mine/test", body)).json["outcome"] == "auth"
    assert local.requests == []


async def test_a_key_of_the_environment_is_not_sent_to_an_address_that_was_typed(
    call: Call,  # noqa: F811
    local: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    body = {"kind": "openai", "base_url": local.url, "models": [{"id": "fake-small"}]}
    assert (await call("PUT", "/ai/providers/mine", body)).json["key"]["source"] == "none"
    assert (await call("POST", "/ai/providers/mine/test", {})).json["outcome"] == "ok"
    assert all(KEY not in str(request.headers) for request in local.requests)
    vendor = {"kind": "openai", "models": [{"id": "gpt-5-mini"}]}
    key = (await call("PUT", "/ai/providers/vendor", vendor)).json["key"]
    assert (key["source"], key["place"]) == ("environment", "OPENAI_API_KEY")


async def test_a_configured_provider_takes_a_saved_key_and_nothing_else(
    call: Call,  # noqa: F811
    fake: FakeProvider,
) -> None:
    fixed = (await listed(call))["fixed"]
    assert (fixed["state"], fixed["removable"]) == ("no-key", False)
    assert "NO_SUCH_KEY" in fixed["key"]["problem"]
    for refused in [
        await call("PUT", "/ai/providers/fixed", draft(fake, key=KEY)),
        await call("DELETE", "/ai/providers/fixed"),
    ]:
        assert refused.code == 409
        assert refused.json["type"].endswith(":configured")
    saved = await call("PUT", "/ai/providers/fixed/key", {"key": KEY})
    assert (saved.code, saved.json["key"]["source"]) == (200, "saved-file")
    assert (await call("POST", "/ai/providers/fixed/test", {})).json["outcome"] == "ok"
    assert (await call("DELETE", "/ai/providers/fixed/key")).code == 204
    assert (await listed(call))["fixed"]["state"] == "no-key"
    assert (await call("DELETE", "/ai/providers/fixed/key")).code == 404


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("mine", {"kind": "openai"}, 422),
        ("mine", {"kind": "openai-compatible"}, 422),
        ("mine", {"kind": "gateway", "base_url": "http://127.0.0.1:1/v1"}, 422),
        ("mine", {"kind": "openai-compatible", "base_url": "ftp://host"}, 422),
        ("mine", {"kind": "openai-compatible", "base_url": "http://u:p@host/v1"}, 422),
        ("mine", {"kind": "openai-compatible", "base_url": "http://host:99999/v1"}, 422),
        ("neoai", {"kind": "openai-compatible", "base_url": "http://host/v1"}, 422),
        ("a%2Fb", {"kind": "openai-compatible", "base_url": "http://host/v1"}, 422),
        ("n" * 101, {"kind": "openai-compatible", "base_url": "http://host/v1"}, 422),
        ("mine/key", {"key": ""}, 404),
        ("fixed/key", {"key": ""}, 422),
        ("fixed/key", {"key": " \n"}, 422),
        ("fixed/key", {"key": "sk-one\nsk-two"}, 422),
        ("fixed/key", {"key": "sk-ключ"}, 422),
        ("fixed/key", {"key": "k" * 16_001}, 422),
        ("fixed/key", {"key": 1}, 422),
        ("fixed/key", {}, 422),
    ],
)
async def test_bad_input_is_refused_and_not_repeated(
    call: Call,  # noqa: F811
    path: str,
    body: Any,
    status: int,
) -> None:
    refused = await call("PUT", f"/ai/providers/{path}", body)
    assert refused.code == status, refused.json
    assert "sk-" not in refused.body.decode()
    assert list(await listed(call)) == ["fixed"]


@pytest.mark.parametrize("allowed", [False], indirect=True)
async def test_an_administrator_can_switch_what_users_add_off(
    call: Call,  # noqa: F811
    fake: FakeProvider,
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    kept = [{"name": "mine", "kind": "openai-compatible", "base_url": fake.url}]
    (data / "providers.json").write_text(json.dumps(kept))
    for refused in [
        await call("PUT", "/ai/providers/mine", draft(fake, key=KEY)),
        await call("PUT", "/ai/providers/fixed/key", {"key": KEY}),
        await call("POST", "/ai/providers/new/test", {"draft": draft(fake, key=KEY)}),
    ]:
        assert refused.code == 403
        assert refused.json["type"].endswith(":not-allowed")
    assert (await call("GET", "/ai/providers")).json["may_add"] is False
    assert (await listed(call))["mine"]["state"] == "off"
    assert await answered_by(call) == "neoai/search"
    assert (await call("DELETE", "/ai/providers/mine")).code == 204


async def test_local_servers_are_offered_and_not_used_until_they_are_added(
    call: Call,  # noqa: F811
    local: FakeProvider,
) -> None:
    assert await answered_by(call) == "neoai/search"
    await listed(call)
    assert local.requests == []
    items = (await call("GET", "/ai/providers/found")).json["items"]
    models = ["fake-large", "fake-small"]
    assert items == [{"title": "Ollama", "base_url": local.url, "models": models, "provider": None}]
    assert await answered_by(call) == "neoai/search"
    assert [request.path for request in local.requests] == ["/v1/models"]
    await call("PUT", "/ai/providers/mine", draft(local))
    assert (await call("GET", "/ai/providers/found")).json["items"][0]["provider"] == "mine"
    assert await answered_by(call) == "mine/fake-large"


@asynccontextmanager
async def speaking(reply: bytes) -> AsyncIterator[str]:
    """The base URL of a server that says the same to everybody, and then nothing more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


def http(body: bytes, status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        http(b"<html>A page</html>"),
        http(b'{"data": [{"name": "no id"}]}'),
        http(b'{"data": "text"}'),
        http(b"[" * 100_000),
        http(b'{"data": []}', "401 Unauthorized"),
        http(b"", "302 Found", "Location: http://127.0.0.1:1/v1/models\r\n"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b" " * 2_000_000,
    ],
    ids=["silent", "ssh", "page", "no-ids", "text", "deep", "refuses", "moved", "endless"],
)
async def test_what_is_no_model_server_is_not_offered(reply: bytes) -> None:
    from neoai_server_ext.ai.localservers import found

    async with speaking(reply) as url:
        assert await found({"vLLM": url}, 0.5) == []


async def test_a_local_server_is_called_what_it_says_that_it_is() -> None:
    from neoai_server_ext.ai.localservers import found

    said = b'{"object": "list", "data": [{"id": "qwen", "owned_by": "llamacpp"}]}'
    async with speaking(http(said)) as url:
        (server,) = await found({"vLLM": url}, 2)
    assert (server.title, server.models) == ("llama.cpp", ("qwen",))
    async with speaking(http(b'{"object": "list", "data": null}')) as url:
        (server,) = await found({"Ollama": url}, 2)
    assert (server.title, server.models) == ("Ollama", ())


@pytest.mark.parametrize("name", ["%00", "x%0ay", "%20x", "%F0%9F%92%A7%E2%80%A8"])
async def test_a_providers_name_can_be_printed(
    call: Any,  # noqa: F811
    fake: FakeProvider,
    name: str,
) -> None:
    refused = await call("PUT", f"/ai/providers/{name}", draft(fake))
    assert refused.code == 422
    listed = (await call("GET", "/ai/providers")).json["items"]
    assert all(item["name"].isprintable() for item in listed)
