"""A chat is never read back empty or by halves, whatever happens while it is written."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.collaboration.chats import is_sound, mended

from ...conftest import RUNS
from ...fakes.chat_client import PERSONA, ChatClient
from .opening import ready

MESSAGES = [
    {"id": f"m{n}", "type": "msg", "time": n, "sender": PERSONA, "body": f"word {n} " * 50}
    for n in range(1, 21)
]
USERS = {PERSONA: {"username": PERSONA, "name": "NeoAI", "bot": True}}
CHAT = {"messages": MESSAGES, "users": USERS, "attachments": {}, "metadata": {"id": "x"}}
KILLS = 4 * RUNS


@pytest.mark.parametrize("mode", ["rooms", "plain"])
def test_a_chat_that_is_killed_while_a_reply_is_written_is_whole(mode: str, tmp_path: Path) -> None:
    file, drawn, least = tmp_path / "talk.chat", random.Random(mode), 0
    file.write_text(json.dumps({**CHAT, "messages": []}))
    for _ in range(KILLS):
        victim = subprocess.Popen(
            [sys.executable, "-m", "tests.ai.chat.victim", mode, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        with pytest.raises(subprocess.TimeoutExpired):
            victim.wait(drawn.uniform(0.02, 0.5))
        victim.kill()
        victim.wait()
        victim.stdout.close()
        found = json.loads(file.read_text())["messages"]
        assert len(found) >= least
        least = len(found)
    assert least > 0
    assert not (tmp_path / "talk.chat.damaged").exists()


@pytest.mark.parametrize("configured", [False], indirect=True)
@pytest.mark.parametrize("cut", [0.5, 0.9, 0.999])
async def test_a_half_written_chat_opens_with_every_message_that_is_whole(
    server: Any, rtc: bool, cut: float
) -> None:
    text = json.dumps(CHAT, indent=2)
    half = text[: int(len(text) * cut)]
    file = Path(server.root_dir) / "talk.chat"
    file.write_text(half)
    async with ChatClient(server.listening_at, server.token, "talk.chat", rtc=rtc) as client:
        await ready(server)
        whole = half.count('"body": "word') - (1 if cut < 0.99 else 0)
        found = await client.until(lambda messages: messages if len(messages) >= whole else None)
        assert [message["id"] for message in found] == [f"m{n}" for n in range(1, whole + 1)]
        async with asyncio.timeout(20):
            while rtc and len(stored(file)) < whole:
                await asyncio.sleep(0.05)
    if not rtc:
        assert (Path(server.root_dir) / "talk.chat.damaged").read_text() == half


def stored(file: Path) -> list[Any]:
    try:
        return list(json.loads(file.read_text())["messages"])
    except ValueError:
        return []


@pytest.mark.parametrize("configured", [False], indirect=True)
async def test_a_chat_whose_file_was_emptied_comes_back_from_the_room(server: Any) -> None:
    file = Path(server.root_dir) / "talk.chat"
    file.write_text(json.dumps(CHAT))
    async with ChatClient(server.listening_at, server.token, "talk.chat", rtc=True) as client:
        await client.until(lambda messages: len(messages) == 20)
        file.write_text("")
        await server.web_app.settings["neoai"].collaboration.changed("talk.chat")
        assert len(client.messages) == 20


@pytest.fixture
def rtc(request: pytest.FixtureRequest) -> bool:
    """Whether the server has real-time collaboration; where a test does not say, it has."""
    return bool(getattr(request, "param", True))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "half_written" in metafunc.function.__name__:
        metafunc.parametrize("rtc", [True, False], indirect=True, ids=["collaborative", "single"])


def test_what_is_whole_stays_as_it_is_to_the_byte() -> None:
    for text in ("", "{}", json.dumps(CHAT), '{"messages": []}'):
        assert mended(text) == text
    assert mended(json.dumps({"messages": []}), json.dumps(CHAT)) == json.dumps({"messages": []})


@pytest.mark.parametrize(
    "text", ["", "{", '{"messages": [', "\0" * 500, "[1, 2]", '"x"', "[" * 9000]
)
def test_what_says_nothing_gives_way_to_what_was_kept(text: str) -> None:
    assert mended(text, json.dumps(CHAT)) == json.dumps(CHAT)
    assert isinstance(json.loads(mended(text) or "{}"), dict)


@pytest.mark.parametrize(
    "text",
    [
        '{"messages": NaN}',
        '{"messages": "x"}',
        '{"messages": [1, null, {"id": {}, "body": "x"}, {"id": "a", "body": "hello"}]}',
        '{"users": [], "metadata": "x", "messages": [{"id": "a", "body": "hello"}]}',
    ],
)
def test_what_is_json_and_no_chat_opens_with_what_is_whole_in_it(text: str) -> None:
    assert not is_sound(text)
    found = json.loads(mended(text))
    assert [message["id"] for message in found["messages"]] == ["a"] * ("hello" in text)
    assert [type(found[name]) for name in ("users", "attachments", "metadata")] == [dict] * 3
