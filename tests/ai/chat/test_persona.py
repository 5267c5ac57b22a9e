"""The persona in a real server's chat, in both of its backends."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_chat.models import FileAttachment, NotebookAttachment

from neoai_server_ext.usage.models import LimitsWanted

from ...fakes.chat_client import PERSONA
from ...fakes.provider import FakeProvider, Request, Script, rate_limited, refused_key
from .opening import KEY, KITCHEN, opened, ready


@pytest.mark.parametrize("listed", [["m0", "m1"]], indirect=True)
async def test_a_chat_goes_on_with_the_model_that_answered_it_last(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        fake.scripts = [Script(fault="status", status=500)]
        fake.default = lambda request: Script(
            text=f"This is {request.body['model']}, request {len(fake.requests)}."
        )
        await client.send("Who are you?")
        await client.reply("This is m1, request 2.")
        await client.send("And now?")
        await client.reply("This is m1, request 3.")
        assert [request.body["model"] for request in fake.requests] == ["m0", "m1", "m1"]


@pytest.mark.parametrize("configured", [False], indirect=True)
async def test_without_a_model_search_answers_says_so_and_says_how_to_add_one(
    server: Any, rtc: bool
) -> None:
    async with opened(server, rtc) as client:
        await client.send("How do I boil water?")
        body = await client.reply("no registered project")
        base = server.base_url
        assert body.startswith("No model is configured")
        assert f"[`kitchen.py:1`]({base}lab/tree/kitchen.py#L1)" in body
        assert "c.AIService.providers" in body


async def test_with_a_model_its_reply_is_streamed_with_the_passages_as_context(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        body = await client.reply("Passages:")
        link = f"[`kitchen.py:1`]({server.base_url}lab/tree/kitchen.py#L1)"
        assert body.startswith(f"See {link}, where this is done.")
        (request,) = fake.requests
        assert "Heat the pot until it bubbles." in str(request.body)
        assert request.body["model"] == "m0"


async def test_every_message_is_answered_once_however_quickly_they_come(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        for number in range(4):
            await client.send(f"How do I boil water? ({number})")

        def all_answered(messages: Any) -> bool:
            return sum("Passages:" in message["body"] for message in messages) >= 4

        await client.until(all_answered)
        asked = sorted(
            str(request.body["messages"][-1]["content"]).rpartition("\n")[2]
            for request in fake.requests
        )
        assert asked == [f"How do I boil water? ({number})" for number in range(4)]


async def test_links_and_search_are_those_of_the_project_around_the_chat(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    async with fake, opened(server, rtc, "my kitchen") as client:
        (Path(server.root_dir) / "boil_water.py").write_text(KITCHEN)
        body = json.dumps({"path": "my kitchen"})
        await jp_fetch("neoai", "v1", "projects", method="POST", body=body)
        await client.send("How do I boil water?")
        reply = await client.reply("Passages:")
        link = f"{server.base_url}lab/tree/my%20kitchen/kitchen.py#L1"
        assert f"[`kitchen.py:1`]({link})" in reply
        assert "boil_water.py" not in str(fake.requests[0].body)
        assert "registered" not in reply


async def test_what_is_wrong_with_the_code_of_a_reply_stands_below_it(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    code = "```python\nimport os\nos.system(name)\nx = = 1\n```\n"
    fake.default = lambda request: Script(text=f"Do this:\n\n{code}")
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        body = await client.reply("Look at this code before you run it:")
        below = body.partition("\n---\n")[2]
        assert "- python, line 3: This is no valid python" in below
        assert code in body


async def test_of_a_private_project_no_reply_is_kept(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any, tmp_path: Path
) -> None:
    async with fake, opened(server, rtc, "my kitchen") as client:
        body = json.dumps({"path": "my kitchen", "settings": {"private": True}})
        await jp_fetch("neoai", "v1", "projects", method="POST", body=body)
        await client.send("How do I boil water?")
        await client.reply("Passages:")
        assert not (tmp_path / "neoai-data" / "cache").exists()


async def test_a_projects_own_rules_go_along_and_nothing_of_a_private_one_within_it(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    async with fake, opened(server, rtc, "my kitchen") as client:
        private = Path(server.root_dir) / "my kitchen" / "cellar"
        private.mkdir()
        (private / "still.py").write_text(KITCHEN.replace("the pot", "the hidden still"))
        for settings in (
            {"path": "my kitchen", "settings": {"rules": "Degrees are Celsius."}},
            {"path": "my kitchen/cellar", "settings": {"private": True}},
        ):
            await jp_fetch("neoai", "v1", "projects", method="POST", body=json.dumps(settings))
        await client.send("How do I boil water?")
        await client.reply("Passages:")
        (request,) = fake.requests
        assert "Degrees are Celsius." in str(request.body)
        assert "hidden still" not in str(request.body)


async def test_over_the_soft_limit_the_reply_says_so_once(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        await server.web_app.settings["neoai"].usage.set_limits(LimitsWanted(soft_usd=0))
        for count in (1, 2):
            await client.send("How do I boil water?")
            replies = await client.until(
                lambda messages, count=count: _with(messages, "Passages:", count)
            )
        told = [body for body in replies if "over the soft limit of $0.00" in body]
        assert told == replies[:1]


async def test_attached_files_go_along_with_what_they_import_and_private_ones_do_not(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any, tmp_path: Path
) -> None:
    (tmp_path / "outside.txt").write_text("not served")
    fake.default = lambda _: Script(text="See here.")
    async with fake, opened(server, rtc, "my kitchen") as client:
        root = Path(server.root_dir)
        (root / "my kitchen" / "cook.py").write_text(
            "from kitchen import boil_water\nboil_water(1)\n"
        )
        cell = {"id": "a1", "cell_type": "code", "source": ["x = 4", "2"], "outputs": ["hush"]}
        (root / "my kitchen" / "menu.ipynb").write_text(json.dumps({"cells": [cell]}))
        (root / "cellar").mkdir()
        (root / "cellar" / "still.txt").write_text("the hidden still")
        (root / "shelf.txt").write_text("plates and cups")
        for body in ({"path": "my kitchen"}, {"path": "cellar", "settings": {"private": True}}):
            await jp_fetch("neoai", "v1", "projects", method="POST", body=json.dumps(body))
        paths = ("my kitchen/cook.py", "cellar/still.txt", "shelf.txt", f"{tmp_path}/outside.txt")
        files: list[Any] = [FileAttachment(value=path) for path in paths]
        files.append(NotebookAttachment(value="my kitchen/menu.ipynb"))
        chat = await ready(server)
        ids = [chat.set_attachment(file) for file in files]
        await client.send("What now?", attached=ids if rtc else [asdict(file) for file in files])
        await client.reply("See")
        told = str(fake.requests[0].body["messages"][-1]["content"])
    assert "### my kitchen/cook.py\n```\nfrom kitchen import boil_water" in told
    assert "### kitchen.py\n```py\ndef boil_water(pot):  # Heat the pot until it bubbles." in told
    assert "# %% code 1\nx = 42" in told
    assert "plates and cups" in told
    assert not any(secret in told for secret in ("hidden still", "not served", "hush"))


async def test_earlier_turns_go_along_without_their_footers(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = lambda request: Script(text="It bubbles at kitchen.py:1 today.")
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        await client.reply("Passages:")
        fake.default = lambda request: Script(text="Second.")
        await client.send("And then?")
        await client.reply("Second.")
        turns = [turn["role"] for turn in fake.requests[-1].body["messages"]]
        assert turns == ["system", "user", "assistant", "user"]
        assert "Passages:" not in str(fake.requests[-1].body["messages"][2])


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (rate_limited(2), "(in 2 s)"),
        (refused_key(KEY), "Check the key"),
        (Script(fault="status", status=500), "try again later"),
        (Script(text="x" * 40, fault="cut", after=3), "broke off"),
        (Script(text="x" * 40, fault="abort", after=3), "broke off"),
        (Script(fault="malformed"), "cannot be understood"),
        (Script(fault="hang"), "stopped answering"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.fault,
)
async def test_each_failure_of_the_provider_becomes_a_message_that_says_what_to_do(
    server: Any,
    rtc: bool,
    fake: FakeProvider,
    script: Script,
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.scripts = [script]
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        body = await client.reply(said)
        assert "Traceback" not in body
        assert KEY not in body + caplog.text
        assert KEY not in str(client.messages)
        await client.send("And the pot?")
        assert await client.reply("See")


async def test_stopping_the_persona_drops_the_providers_request_and_keeps_what_came(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    fake.scripts = [Script(text="word " * 400, chunks=400, delay_s=0.02)]
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        await client.reply("word word")
        (managers,) = server.web_app.settings["jupyter-ai"]["persona-managers"].values()
        await managers.personas[PERSONA].cancel_response()
        body = await client.reply("Stopped.")
        assert body.startswith("word word")
        await asyncio.wait_for(fake.gone.wait(), 5)
        await client.send("And the pot?")
        assert await client.reply("See")


async def test_a_long_reply_costs_each_client_less_than_three_times_its_size(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    text = "".join(f"Line {i} is about water.\n" for i in range(2000))[:30_000]

    def long(request: Request) -> Script:
        return Script(text=text, chunks=4000, delay_s=0.0005)

    fake.default = long
    async with fake, opened(server, rtc) as client:
        await client.send("hello?")
        await client.reply(text[-20:], timeout_s=120)
        assert client.received <= 3 * len(text)


async def test_the_finished_reply_stands_in_the_chats_file(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        await client.send("How do I boil water?")
        body = await client.reply("Passages:")
        file = Path(server.root_dir) / "talk.chat"
        async with asyncio.timeout(20):
            while body not in [m["body"] for m in _stored(file)]:
                await asyncio.sleep(0.05)


def _with(messages: Any, mark: str, count: int) -> list[str]:
    """The bodies with `mark`, where there are so many."""
    bodies = [message["body"] for message in messages if mark in message["body"]]
    return bodies if len(bodies) == count else []


def _stored(file: Path) -> list[dict[str, Any]]:
    try:
        return list(json.loads(file.read_text()).get("messages", []))
    except ValueError:
        return []
