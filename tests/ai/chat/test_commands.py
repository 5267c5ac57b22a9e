"""What is asked with a slash: each command fills its prompt with what is there."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_chat.models import AttachmentSelection, FileAttachment

from ...fakes.chat_client import ChatClient
from ...fakes.provider import FakeProvider, Script
from .opening import opened, ready


def asked(fake: FakeProvider) -> str:
    """The last turn of the last request."""
    return str(fake.requests[-1].body["messages"][-1]["content"])


async def registered(jp_fetch: Any, server: Any) -> Path:
    """A registered project in a git repository."""
    root = Path(server.root_dir) / "kitchen"
    root.mkdir()
    git(root, "init", "-q")
    await jp_fetch("neoai", "v1", "projects", method="POST", body=json.dumps({"path": "kitchen"}))
    return root


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Cook", "-c", "user.email=cook@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/explain kitchen.py why 100?", ["Explain the code from `kitchen.py`", "why 100?"]),
        ("/test kitchen.py the edges", ["Write tests for the code", "the edges"]),
        ("/doc kitchen.py", ["Document the code", "def boil_water(pot):"]),
        ("/refactor kitchen.py no methods", ["Refactor the code", "better: no methods"]),
        ("/fix kitchen.py it never boils", ["Find why the code", "it never boils"]),
        ("/explain\n```r\nx <- 1\n```\nwhy the arrow?", ["knows r", "x <- 1", "why the arrow?"]),
        (
            "/fix kitchen.py Traceback (most recent call last):\n  ...\nKeyError: 'pot'",
            ["KeyError: 'pot'", "def boil_water"],
        ),
    ],
)
async def test_a_command_asks_with_its_prompt_about_what_it_names(
    server: Any, rtc: bool, fake: FakeProvider, command: str, said: list[str]
) -> None:
    fake.default = lambda _: Script(text="Done.")
    async with fake, opened(server, rtc) as client:
        await client.send(command)
        await client.reply("Done.")
        assert all(each in asked(fake) for each in said), asked(fake)


async def test_a_command_works_on_what_is_attached_and_sends_it_once(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = lambda _: Script(text="Done.")
    async with fake, opened(server, rtc) as client:
        chat = await ready(server)
        selection = AttachmentSelection(start=(2, 0), end=(2, 18), content="pot.heat(100)")
        file = FileAttachment(value="kitchen.py", selection=selection)
        attached = await attach(client, chat, rtc, file)
        await client.send("/explain", attached=attached)
        await client.reply("Done.")
        assert "# Code\n\n```python\npot.heat(100)\n```" in asked(fake)
        assert "What the user has selected" not in asked(fake)


async def attach(client: ChatClient, chat: Any, rtc: bool, file: FileAttachment) -> list[Any]:
    from dataclasses import asdict

    return [chat.set_attachment(file)] if rtc else [asdict(file)]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/explain", "There is no code to work on"),
        ("/fix kitchen.py", "No error is known"),
        ("/review", "This chat lies in no project"),
        ("/search", "Say what to search for"),
        ("/exlpain kitchen.py", "Did you mean `/explain`?"),
    ],
)
async def test_a_command_without_anything_to_work_on_says_what_to_do_and_asks_no_model(
    server: Any, rtc: bool, fake: FakeProvider, command: str, said: str
) -> None:
    async with fake, opened(server, rtc) as client:
        await client.send(command)
        assert said in await client.reply(said)
        assert fake.requests == []


async def test_help_lists_all_commands_and_the_chats_completion_has_them(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    names = ["explain", "fix", "test", "doc", "refactor", "review", "commit", "search", "help"]
    async with fake, opened(server, rtc) as client:
        await client.send("/help")
        body = await client.reply("| Command |")
        assert all(f"`/{name}`" in body for name in names)
        (manager,) = server.web_app.settings["jupyter-ai"]["persona-managers"].values()
        (persona,) = (p for p in manager.personas.values() if p.name == "NeoAI")
        offered = {command.name for command in persona.get_slash_commands()}
        assert {f"/{name}" for name in names} == offered


async def test_search_answers_from_the_index_with_links_and_no_model(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    async with fake, opened(server, rtc) as client:
        await client.send("/search boil water")
        link = f"[`kitchen.py:1`]({server.base_url}lab/tree/kitchen.py#L1)"
        assert link in await client.reply("kitchen.py")
        await client.send("/search zeppelin")
        assert await client.reply("Nothing in the project matches")
        assert fake.requests == []


@pytest.mark.parametrize("configured", [False], indirect=True)
async def test_without_a_model_a_command_says_how_to_add_one(server: Any, rtc: bool) -> None:
    async with opened(server, rtc) as client:
        await client.send("/review")
        assert "AI Providers" in await client.reply("`/review` needs a model")


async def test_review_and_commit_work_on_what_is_staged_else_on_all_changes(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    project = await registered(jp_fetch, server)
    fake.default = lambda request: Script(text=f"Done {len(fake.requests)}.")
    async with fake, opened(server, rtc, "kitchen") as client:
        await client.send("/review")
        assert "2 new files are not tracked" in await client.reply("Nothing has changed")
        (project / "pan.py").write_text("heat = 1\n")
        git(project, "add", "kitchen.py", "pan.py")
        git(project, "commit", "-q", "-m", "A kitchen with a pan")
        (project / "pan.py").write_text("heat = 200\n")
        await client.send("/review it is too cold")
        await client.reply("Done 1.")
        assert "+heat = 200" in asked(fake)
        assert "it is too cold" in asked(fake)
        (project / "kitchen.py").write_text("pot = None\n")
        git(project, "add", "kitchen.py")
        await client.send("/commit")
        await client.reply("Done 2.")
        assert "+pot = None" in asked(fake)
        assert "heat = 200" not in asked(fake)
        assert "- A kitchen with a pan" in asked(fake)


async def test_a_review_links_the_lines_of_files_that_are_there(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    project = await registered(jp_fetch, server)
    (project / "pan lid.py").write_text("heat = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "A pan")
    (project / "pan lid.py").write_text("heat = 200\n")
    said = "Too hot: `pan lid.py:1`, ./pan.md:2-3, none.py:4 and ../kitchen.py:1."
    (project / "pan.md").write_text("1\n2\n3\n")
    fake.default = lambda _: Script(text=said, chunks=8)
    async with fake, opened(server, rtc, "kitchen") as client:
        await client.send("/review")
        body = await client.reply("none.py")
    start = f"{server.base_url}lab/tree/kitchen"
    assert body.startswith(
        f"Too hot: [`pan lid.py:1`]({start}/pan%20lid.py#L1), "
        f"[`pan.md:2-3`]({start}/pan.md#L2-L3), none.py:4 and ../kitchen.py:1."
    )


async def test_looking_at_changes_runs_nothing_of_an_untrusted_repository_and_no_private_project(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any, tmp_path: Path
) -> None:
    project = await registered(jp_fetch, server)
    mark = tmp_path / "ran"
    (project / "cellar").mkdir()
    (project / "cellar" / "still.py").write_text("gin = 1\n")
    (project / "pan.py").write_text("heat = 1\n")
    (project / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "Everything")
    for key in ("filter.evil.clean", "diff.evil.textconv", "core.fsmonitor", "diff.external"):
        git(project, "config", key, f"touch {mark}; cat")
    (project / "pan.py").write_text("heat = 2\n")
    (project / "cellar" / "still.py").write_text("gin = 2\n")
    cellar = {"path": "kitchen/cellar", "settings": {"private": True}}
    await jp_fetch("neoai", "v1", "projects", method="POST", body=json.dumps(cellar))
    fake.default = lambda _: Script(text="Done.")
    async with fake, opened(server, rtc, "kitchen") as client:
        await client.send("/review")
        await client.reply("Done.")
    assert "+heat = 2" in asked(fake)
    assert "gin" not in asked(fake)
    assert not await asyncio.to_thread(mark.exists)
