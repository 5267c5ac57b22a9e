"""What the REST API asks of models: a real server, and a scripted provider on a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.usage.models import CallRow

from ..fakes.provider import FakeProvider, Request, Script, rate_limited, refused_key, too_long
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from ..usage.test_ledger import rows

KEY = "sk-secret-0123456789abcdef"
USER = [{"role": "user", "content": "How do I boil water?"}]
PRICES = {"price_in_usd": 2.0, "price_out_usd": 10.0}

Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def first(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    """The provider of `p0/m0`."""
    yield from running(FakeProvider(key=KEY), jp_asyncio_loop)


@pytest.fixture
def second(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    """The provider of `p1/m1`."""
    yield from running(FakeProvider(), jp_asyncio_loop)


def running(fake: FakeProvider, loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    loop.run_until_complete(fake.__aenter__())
    yield fake
    loop.run_until_complete(fake.__aexit__(None, None, None))


@pytest.fixture
def jp_server_config(
    jp_server_config: Any,
    first: FakeProvider,
    second: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Both are configured, and asked in this order."""
    monkeypatch.setenv("P0_KEY", KEY)
    tasks = {"tasks": ["chat", "embedding"]}
    jp_server_config["AIService"] = {
        "providers": [
            {
                "name": "p0",
                "kind": "openai-compatible",
                "base_url": first.url,
                "api_key_env": "P0_KEY",
                "models": [{"id": "m0", **PRICES, **tasks}],
            },
            {
                "name": "p1",
                "kind": "openai-compatible",
                "base_url": second.url,
                "models": [{"id": "m1"}],
            },
        ],
        "retries": 0,
        "first_timeout_s": 1.0,
        "idle_timeout_s": 1.0,
    }
    return jp_server_config


@pytest.fixture
def kitchen(
    call: Call,  # noqa: F811
    root: Path,  # noqa: F811
    jp_asyncio_loop: asyncio.AbstractEventLoop,
) -> str:
    """A project with a function that boils water."""
    folder = root / "kitchen"
    folder.mkdir()
    (folder / "water.py").write_text("import os\n\n\ndef boil_water(pot):\n    pot.heat(100)\n")
    made = jp_asyncio_loop.run_until_complete(call("POST", "/projects", {"path": "kitchen"}))
    return str(made.json["id"])


def sent(request: Request) -> str:
    """All that a request told the model."""
    return "\n".join(str(turn["content"]) for turn in request.body["messages"])


def events_of(body: bytes) -> list[tuple[str, Any]]:
    """The events of a stream, by name."""
    found = []
    for block in body.decode().strip().split("\n\n"):
        members = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in members:
            found.append((members["event"], json.loads(members["data"])))
    return found


async def test_a_reply_comes_with_its_citations_its_cost_and_its_attempts(
    call: Call,  # noqa: F811
    first: FakeProvider,
    kitchen: str,
) -> None:
    reply = await call("POST", "/ai/chat", {"messages": USER, "project_id": kitchen})
    assert reply.code == 200, reply.json
    said = reply.json
    assert (said["model"], said["provider"], said["cached"]) == ("p0/m0", "p0", False)
    assert said["citations"] == [{"path": "water.py", "start_line": 4, "end_line": 5}]
    usage = said["usage"]
    cost = (usage["input_tokens"] * 2 + usage["output_tokens"] * 10) / 1e6
    assert usage["output_tokens"] > 0
    assert usage["cost_usd"] == pytest.approx(cost)
    assert [(made["model"], made["outcome"]) for made in said["attempts"]] == [("p0/m0", "ok")]
    assert {"kind": "passage", "name": "water.py:4"}.items() <= said["context"][0].items()
    again = await call("POST", "/ai/chat", {"messages": USER, "project_id": kitchen})
    assert again.json["cached"] is True
    assert again.json["content"] == said["content"]
    anew = {"messages": USER, "project_id": kitchen, "cache": False}
    assert (await call("POST", "/ai/chat", anew)).json["cached"] is False
    assert len(first.requests) == 2


async def test_a_stream_has_its_events_in_order(
    call: Call,  # noqa: F811
    first: FakeProvider,
    kitchen: str,
) -> None:
    body = {"messages": USER, "project_id": kitchen, "stream": True}
    reply = await call("POST", "/ai/chat", body)
    assert reply.headers["Content-Type"].startswith("text/event-stream")
    events = events_of(reply.body)
    names = [name for name, _ in events if name != "delta"]
    assert names == ["start", "citation", "usage", "end"]
    text = "".join(data["text"] for name, data in events if name == "delta")
    assert "water.py:4" in text
    assert events[-1][1]["finish_reason"] == "stop"
    assert events[0][1]["id"] == events[-1][1]["id"]


async def test_a_fallback_in_mid_reply_begins_anew(
    call: Call,  # noqa: F811
    first: FakeProvider,
    second: FakeProvider,
) -> None:
    first.default = lambda _: Script(text="Wrong words here.", fault="cut", after=2, chunks=4)
    second.default = lambda _: Script(text="The right ones.")
    reply = await call("POST", "/ai/chat", {"messages": USER, "stream": True})
    events = events_of(reply.body)
    names = [name for name, _ in events]
    assert names.count("restart") == 1
    after = events[names.index("restart") :]
    assert "".join(data["text"] for name, data in after if name == "delta") == "The right ones."
    assert after[0][1] == {"model": "p1/m1", "provider": "p1"}
    outcomes = [(made["model"], made["outcome"]) for made in events[-1][1]["attempts"]]
    assert outcomes == [("p0/m0", "cut"), ("p1/m1", "ok")]
    whole = await call("POST", "/ai/chat", {"messages": USER, "cache": False})
    assert whole.json["content"] == "The right ones."


FAULTS = [
    ("auth", refused_key("sk-w"), 502),
    ("rate", rate_limited(7), 429),
    ("overloaded", Script(fault="status", status=529), 503),
    ("timeout", Script(fault="hang", after=0), 504),
    ("cut", Script(fault="cut", after=1), 502),
    ("malformed", Script(fault="malformed", after=1), 502),
    ("context", too_long(), 413),
]


@pytest.mark.parametrize(("outcome", "script", "status"), FAULTS, ids=[f[0] for f in FAULTS])
async def test_where_no_model_replies_the_problem_says_why_and_what_was_tried(
    call: Call,  # noqa: F811
    first: FakeProvider,
    outcome: str,
    script: Script,
    status: int,
) -> None:
    first.default = lambda _: script
    reply = await call("POST", "/ai/chat", {"messages": USER, "model": "p0/m0"})
    assert (reply.code, reply.json["outcome"]) == (status, outcome)
    assert reply.json["attempts"][-1]["outcome"] == outcome
    if status == 429:
        assert int(reply.headers["Retry-After"]) > 0
    body = {"messages": USER, "model": "p0/m0", "stream": True}
    events = events_of((await call("POST", "/ai/chat", body)).body)
    assert events[-1][0] == "error"
    assert KEY not in json.dumps([reply.json, events])


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("chat", {"messages": USER, "stream": True}),
        ("chat", {"messages": USER}),
        ("code-generation", {"instruction": "Boil water"}),
        ("code-generation", {"instruction": "Boil water", "stream": True}),
    ],
)
async def test_leaving_drops_the_models_request_and_what_it_took_is_written_down(
    first: FakeProvider,
    jp_base_url: str,
    jp_http_port: int,
    jp_auth_header: Any,
    http_server: Any,
    jp_serverapp: Any,
    path: str,
    asked: dict[str, Any],
) -> None:
    first.default = lambda _: Script(text="a" * 1000, chunks=1000, delay_s=0.05)
    _, writer = await asyncio.open_connection("127.0.0.1", jp_http_port)
    body = json.dumps(asked).encode()
    head = (
        f"POST {jp_base_url}neoai/v1/ai/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: {jp_auth_header['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    async with asyncio.timeout(20):
        while not first.requests:
            await asyncio.sleep(0)
        writer.close()
        await first.gone.wait()
    neoai = jp_serverapp.web_app.settings["neoai"]
    async with asyncio.timeout(20):
        while not (outcomes := [row.outcome for row in await calls_of(neoai)]):
            await asyncio.sleep(0)
    assert outcomes == ["cancelled"]


async def calls_of(neoai: Any) -> list[CallRow]:
    """The calls in the ledger."""
    await neoai.usage.fold()
    return await rows(neoai.db)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("chat", {"messages": []}, 422),
        ("chat", {"messages": [{"role": "robot", "content": "x"}]}, 422),
        ("chat", {"messages": [*USER, {"role": "assistant", "content": "x"}]}, 422),
        ("chat", {"messages": USER, "temperature": 9}, 422),
        ("chat", {"messages": USER, "model": "nobody/m"}, 404),
        ("chat", {"messages": USER, "model": "nobody/m", "stream": True}, 404),
        ("chat", {"messages": USER, "project_id": "nobody"}, 404),
        ("chat", {"messages": USER, "context": {"files": ["a.py"]}}, 422),
        ("completions", {}, 422),
        ("completions", {"prefix": "a", "n": 99}, 422),
        ("completions", {"prefix": "a", "model": "nobody/m"}, 404),
        ("code-generation", {"instruction": ""}, 422),
        ("code-generation", {"instruction": "x", "template": "edit"}, 422),
        ("embeddings", {"input": []}, 422),
        ("embeddings", {"input": ["a"], "model": "nobody/m"}, 404),
    ],
)
async def test_a_bad_request_is_refused_with_its_status(
    call: Call,  # noqa: F811
    path: str,
    body: dict[str, Any],
    status: int,
) -> None:
    assert (await call("POST", f"/ai/{path}", body)).code == status


async def test_files_a_selection_and_a_cell_go_along_and_none_from_outside(
    call: Call,  # noqa: F811
    first: FakeProvider,
    kitchen: str,
    root: Path,  # noqa: F811
) -> None:
    (root / "secret.txt").write_text("hush\n")
    (root / "kitchen" / "notes.txt").write_text("Salt the water.\n")
    about = {"files": ["notes.txt"], "selection": "pot.heat(100)", "cell": {"source": "x = 42"}}
    body = {"messages": USER, "project_id": kitchen, "context": about}
    assert (await call("POST", "/ai/chat", body)).code == 200
    told = sent(first.requests[-1])
    assert all(text in told for text in ("Salt the water.", "pot.heat(100)", "x = 42"))
    for outside in ("../secret.txt", "/etc/hostname", "missing.txt"):
        body["context"] = {"files": [outside]}
        assert (await call("POST", "/ai/chat", body)).code == 404, outside


async def test_of_a_notebook_the_cells_sources_go_along_whichever_way_it_comes(
    call: Call,  # noqa: F811
    first: FakeProvider,
    kitchen: str,
    root: Path,  # noqa: F811
) -> None:
    cell = {"cell_type": "code", "source": "soup = stir(pot)", "outputs": ["iVBOR" * 120_000]}
    text = json.dumps({"cells": [cell]}, indent=1)
    (root / "kitchen" / "soup.ipynb").write_text(text)
    for about in (
        {"files": ["soup.ipynb"]},
        {"open_file": {"path": "soup.ipynb"}},
        {"open_file": {"path": "soup.ipynb", "text": text}},
        {},
    ):
        question = [{"role": "user", "content": "How is soup stirred in the pot?"}]
        body = {"messages": question, "project_id": kitchen, "context": about}
        reply = await call("POST", "/ai/chat", body)
        assert reply.code == 200, reply.json
        told = sent(first.requests[-1])
        assert "# %% code 1\nsoup = stir(pot)" in told
        assert "iVBOR" not in told
        assert "cell_type" not in told


async def test_rules_of_a_projects_files_are_rules_once_it_is_trusted(
    call: Call,  # noqa: F811
    first: FakeProvider,
    kitchen: str,
    root: Path,  # noqa: F811
) -> None:
    (root / "kitchen" / "AGENTS.md").write_text("Degrees are Celsius.\n")
    await call("PATCH", f"/projects/{kitchen}", {"settings": {"rules": "Salt is coarse."}})
    body = {"messages": USER, "project_id": kitchen, "cache": False}
    notes = []
    for trusted in (False, True):
        await call("PATCH", f"/projects/{kitchen}", {"trusted": trusted})
        used = (await call("POST", "/ai/chat", body)).json["context"]
        notes.append([(part["name"], bool(part["note"])) for part in used[:2]])
    settings = ("the project's settings", False)
    assert notes == [[settings, ("AGENTS.md", True)], [settings, ("AGENTS.md", False)]]
    untrusted, trusted = (sent(request) for request in first.requests)
    assert "```md\nDegrees are Celsius.\n```" in untrusted
    assert "# The project's rules\n\nSalt is coarse.\n\nDegrees are Celsius." in trusted


async def test_a_private_project_goes_to_no_model_that_is_far_away(
    call: Call,  # noqa: F811
    jp_serverapp: Any,
    kitchen: str,
) -> None:
    ai = jp_serverapp.web_app.settings["neoai"].ai
    far = ai.configuration.providers["p0"].model_copy(update={"base_url": "https://far.example/v1"})
    ai.configuration.providers["p0"] = far
    await call("PATCH", f"/projects/{kitchen}", {"settings": {"private": True}})
    body = {"messages": USER, "project_id": kitchen}
    reply = await call("POST", "/ai/chat", body)
    assert reply.json["model"] == "p1/m1"
    assert (await call("POST", "/ai/chat", body)).json["cached"] is False
    refused = await call("POST", "/ai/chat", {**body, "model": "p0/m0"})
    assert (refused.code, refused.json["type"].rpartition(":")[2]) == (409, "private")


async def test_completions_are_what_is_inserted_each_once(
    call: Call,  # noqa: F811
    first: FakeProvider,
) -> None:
    first.default = lambda _: Script(text="```python\nreturn a + b\n```")
    body = {"prefix": "def add(a, b):\n    ", "suffix": "\n", "language": "python", "n": 3}
    reply = await call("POST", "/ai/completions", body)
    assert reply.json["items"] == [{"text": "return a + b", "model": "p0/m0", "provider": "p0"}]
    assert len(first.requests) == 3
    assert "def add(a, b):" in sent(first.requests[0])


async def test_generated_code_is_checked_and_says_where_it_belongs(
    call: Call,  # noqa: F811
    first: FakeProvider,
) -> None:
    code = "import subprocess\nsubprocess.run(cmd, shell=True)\n"
    first.default = lambda _: Script(text=f"Here:\n\n```python\n{code}```\n\nIt runs the command.")
    selection = {"text": "pass\n", "path": "run.py", "start_line": 3, "end_line": 3}
    body = {"instruction": "run cmd", "language": "python", "selection": selection}
    said = (await call("POST", "/ai/code-generation", body)).json
    assert (said["code"], said["language"]) == (code, "python")
    assert said["explanation"] == "Here:\n\n\nIt runs the command."
    assert said["edits"] == [{"path": "run.py", "start_line": 3, "end_line": 3, "text": code}]
    assert {(check["kind"], check["line"]) for check in said["checks"]} >= {("risk", 2)}
    first.default = lambda _: Script(text="```python\ndef broken(:\n```")
    broken = (await call("POST", "/ai/code-generation", {"instruction": "x"})).json
    assert broken["checks"][0]["kind"] == "syntax"
    assert broken["edits"] == []


async def test_each_text_gets_a_vector_by_a_model_for_it(
    call: Call,  # noqa: F811
    first: FakeProvider,
) -> None:
    reply = (await call("POST", "/ai/embeddings", {"input": ["one", "two", "one"]})).json
    assert reply["model"] == "p0/m0"
    assert [len(vector) for vector in reply["data"]] == [reply["dimensions"]] * 3
    assert reply["data"][0] == reply["data"][2] != reply["data"][1]
    first.key = "another"
    refused = await call("POST", "/ai/embeddings", {"input": ["one"]})
    assert (refused.code, refused.json["outcome"]) == (502, "auth")


async def test_the_usage_counts_what_was_asked_and_what_it_cost(
    call: Call,  # noqa: F811
    kitchen: str,
) -> None:
    body = {"messages": USER, "project_id": kitchen}
    said = (await call("POST", "/ai/chat", body)).json
    assert (await call("POST", "/ai/chat", body)).json["cached"] is True
    await call("POST", "/ai/completions", {"prefix": "a"})
    usage = (await call("GET", "/ai/usage?group_by=task,project")).json
    assert usage["total"]["calls"] == 2
    by_task = {item["task"]: item for item in usage["items"]}
    assert (by_task["chat"]["project"], by_task["completion"]["project"]) == (kitchen, "")
    assert by_task["chat"]["cost_usd"] == pytest.approx(said["usage"]["cost_usd"])
    assert by_task["chat"]["input_tokens"] == said["usage"]["input_tokens"]
    assert usage["limits"]["state"] == "ok"
    of_project = (await call("GET", f"/analytics/usage/{kitchen}")).json
    assert of_project["total"]["calls"] == 1
    later = (await call("GET", "/ai/usage?since=2100-01-01T00:00:00Z")).json
    assert later["total"]["calls"] == 0
    assert (await call("GET", "/ai/usage?group_by=colour")).code == 422
    assert (await call("GET", "/ai/usage?since=yesterday")).code == 422
    assert (await call("GET", "/analytics/usage/nobody")).code == 404
    event = {"id": "e1", "kind": "opened", "at": "2026-01-01T00:00:00Z", "project_id": kitchen}
    kept = await call("POST", "/analytics/events", {"events": [event, {**event, "id": "e2"}]})
    assert kept.json == {"accepted": 2, "known": 0}
    assert (await call("POST", "/analytics/events", {"events": [event]})).json["known"] == 1
    assert (await call("GET", f"/analytics/usage/{kitchen}")).json["events"] == {"opened": 2}
    assert (await call("POST", "/analytics/events", {"events": [{"id": "x"}]})).code == 422
