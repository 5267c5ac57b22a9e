"""The routes of chats: what is in front goes along, replies again, lists and exports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from ...fakes.chat_client import PERSONA
from ...fakes.provider import FakeProvider, Request, Script
from .opening import opened

Post = Callable[..., Any]


@pytest.fixture
def post(jp_fetch: Any) -> Post:
    async def send(address: str, **body: Any) -> Any:
        path = ("neoai", "v1", *address.split("/"))
        response = await jp_fetch(*path, method="POST", body=json.dumps(body))
        return json.loads(response.body or b"{}")

    return send


def said(fake: FakeProvider) -> str:
    return str(fake.requests[-1].body["messages"])


async def test_what_is_in_front_goes_along_with_the_one_message_that_names_it(
    server: Any, rtc: bool, fake: FakeProvider, post: Post
) -> None:
    fake.default = lambda request: Script(text=f"Reply {len(fake.requests)}.")
    async with fake, opened(server, rtc, "kitchen") as client:
        await post("projects", path="kitchen")
        context = {
            "selection": {"text": "pot.heat(99)", "path": "kitchen/pan.py", "start_line": 3},
            "open_file": {"path": "kitchen/pan.py", "line": 3, "text": "import soup\npot.heat(99)"},
            "diagnostics": [{"path": "kitchen/pan.py", "line": 3, "message": "pot is not there"}],
        }
        view = await post("ai/chats/view", path="kitchen/talk.chat", context=context)
        await client.send("Why?", view=view["id"])
        await client.reply("Reply 1.")
        told = str(fake.requests[-1].body["messages"][-1]["content"])
        assert "### pan.py:3\n" in told
        assert "import soup" in told
        assert "pan.py:3: error: pot is not there" in told
        reply = next(m for m in client.messages if m["sender"] == PERSONA)
        kinds = [each["kind"] for each in reply["metadata"]["neoai"]["context"]]
        assert kinds == ["selection", "file", "diagnostics"]
        assert "import soup" not in json.dumps(client.messages)
        await client.send("And with a copied name?", view=view["id"])
        await client.reply("Reply 2.")
        assert "import soup" not in str(fake.requests[-1].body["messages"][-1])


async def test_what_is_in_front_outside_of_the_chats_project_or_in_a_private_one_stays(
    server: Any, rtc: bool, fake: FakeProvider, post: Post
) -> None:
    fake.default = lambda _: Script(text="Reply.")
    async with fake, opened(server, rtc, "kitchen") as client:
        (Path(server.root_dir) / "kitchen" / "cellar").mkdir()
        await post("projects", path="kitchen")
        await post("projects", path="kitchen/cellar", settings={"private": True})
        context = {
            "selection": {"text": "hidden still", "path": "kitchen/cellar/still.py"},
            "open_file": {"path": "elsewhere/shelf.py", "text": "plates and cups"},
        }
        view = await post("ai/chats/view", path="kitchen/talk.chat", context=context)
        await client.send("Why?", view=view["id"])
        await client.reply("Reply.")
        assert "hidden still" not in said(fake)
        assert "plates and cups" not in said(fake)
        reply = next(m for m in client.messages if m["sender"] == PERSONA)
        notes = {each["note"] for each in reply["metadata"]["neoai"]["context"]}
        assert notes == {
            "It lies in a private project.",
            "It lies outside of this chat's project.",
        }


async def test_a_command_works_on_the_cell_in_front_and_its_error(
    server: Any, rtc: bool, fake: FakeProvider, post: Post
) -> None:
    fake.default = lambda _: Script(text="Reply.")
    async with fake, opened(server, rtc) as client:
        cell = {"source": "soup[9]", "path": "menu.ipynb", "language": "python"}
        view = await post(
            "ai/chats/view", path="talk.chat", context={"cell": cell}, error="IndexError: no soup"
        )
        await client.send("/fix", view=view["id"])
        await client.reply("Reply.")
        assert "IndexError: no soup" in said(fake)
        assert "soup[9]" in said(fake)


@pytest.mark.parametrize("listed", [["m0", "m1"]], indirect=True)
async def test_a_message_is_answered_again_and_versions_are_turned_over_rest(
    server: Any, rtc: bool, fake: FakeProvider, post: Post
) -> None:
    def named(request: Request) -> Script:
        return Script(text=f"This is {request.body['model']}.")

    fake.default = named
    async with fake, opened(server, rtc) as client:
        sent = await client.send("Who?")
        await client.reply("This is m0.")
        await post("ai/chats/answer", path="talk.chat", message_id=sent, model="p0/m1")
        await client.reply("This is m1.")
        (reply,) = (m for m in client.messages if m["sender"] == PERSONA)
        (manager,) = server.web_app.settings["jupyter-ai"]["persona-managers"].values()
        async with asyncio.timeout(10):
            while manager.personas[PERSONA].processing:
                await asyncio.sleep(0.01)
        await post("ai/chats/version", path="talk.chat", message_id=reply["id"], version=0)
        await client.reply("This is m0.")
        for body in ({"path": "none.chat"}, {"path": "talk.chat"}):
            with pytest.raises(HTTPClientError) as error:
                await post("ai/chats/answer", message_id="none", **body)
            assert error.value.code == 404


@pytest.mark.parametrize("configured", [False], indirect=True)
@pytest.mark.parametrize("rtc", [False], indirect=True)
async def test_a_projects_chats_are_listed_searched_and_exported(
    server: Any, rtc: bool, post: Post, jp_fetch: Any
) -> None:
    root = Path(server.root_dir) / "kitchen"
    (root / "cellar").mkdir(parents=True)
    note = {"model": "p/m", "usage": {"input_tokens": 10, "output_tokens": 2, "cost_usd": 0.5}}
    write(root / "soup.chat", "How is soup made?", "With **water**.", note)
    cited = "The old one, see [`pan.py:3`](/lab/tree/pan.py#L3). " + "It is heavy. " * 20
    write(root / "old pan.chat", "Which pan?", cited, {})
    write(root / "cellar" / "gin.chat", "Which gin?", "None.", {})
    (root / "broken.chat").write_text("{")
    project = (await post("projects", path="kitchen"))["id"]
    await post("projects", path="kitchen/cellar", settings={"private": True})

    async def get(address: str, **query: str) -> bytes:
        path = ("neoai", "v1", "projects", project, *address.split("/"))
        return bytes((await jp_fetch(*path, params=query)).body)

    items = json.loads(await get("conversations"))["items"]
    assert {item["title"] for item in items} == {"soup", "old pan"}
    pan = next(item for item in items if item["title"] == "old pan")
    assert pan["snippet"].startswith("The old one, see pan.py:3. It is heavy.")
    assert pan["snippet"].endswith("…")
    (soup,) = json.loads(await get("conversations", q="WATER soup"))["items"]
    assert (soup["path"], soup["messages"]) == ("soup.chat", 2)
    assert soup["usage"]["cost_usd"] == 0.5
    assert "water" in soup["snippet"]
    assert json.loads(await get("conversations", q="gin"))["items"] == []

    text = (await get("conversations/soup.chat")).decode()
    assert text.startswith("# soup\n\n## Cook, 1970-01-01 00:00 UTC\n\nHow is soup made?")
    assert "## NeoAI (p/m), 1970-01-01 00:00 UTC\n\nWith **water**." in text
    found = json.loads(await get("conversations/soup.chat", format="json"))
    assert found["messages"][1]["model"] == "p/m"
    for address in ("conversations/broken.chat", "conversations/none.chat"):
        with pytest.raises(HTTPClientError) as error:
            await get(address)
        assert error.value.code in (404, 422)


def write(file: Path, asked: str, answered: str, note: dict[str, Any]) -> None:
    """A chat with a question and its answer."""
    users = {"me": {"display_name": "Cook"}, PERSONA: {"display_name": "NeoAI"}}
    messages = [
        {"id": "1", "time": 1, "sender": "me", "body": asked},
        {"id": "2", "time": 2, "sender": PERSONA, "body": answered, "metadata": {"neoai": note}},
    ]
    file.write_text(json.dumps({"messages": messages, "users": users}))
