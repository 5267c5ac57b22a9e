"""Folders, pictures and what a page brings along, in a real server's chat."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_chat.models import AttachmentSelection, FileAttachment

from ...fakes.provider import FakeProvider, Script
from .opening import KITCHEN, opened, ready

PNG = b"\x89PNG\r\n\x1a\n and so on"


async def send(server: Any, client: Any, rtc: bool, text: str, *files: FileAttachment) -> None:
    chat = await ready(server)
    ids = [chat.set_attachment(file) for file in files]
    await client.send(text, attached=ids if rtc else [asdict(file) for file in files])


async def in_kitchen(server: Any, jp_fetch: Any) -> Path:
    await jp_fetch("neoai", "v1", "projects", method="POST", body=json.dumps({"path": "kitchen"}))
    return Path(server.root_dir) / "kitchen"


async def test_of_a_folder_the_names_and_the_passages_that_fit_go_along_and_no_others(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    fake.default = lambda _: Script(text="See here.")
    async with fake, opened(server, rtc, "kitchen") as client:
        root = await in_kitchen(server, jp_fetch)
        for name in ("soup/boil.py", "soup/more/cool.py", "tools/boil.py", "soup/skip.log"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(KITCHEN.replace("boil_water", name.replace("/", "_")[:-3]))
        (root / ".gitignore").write_text("*.log\n")
        await send(server, client, rtc, "Where is it boiled?", FileAttachment(value="kitchen/soup"))
        await client.reply("See")
        told = str(fake.requests[0].body["messages"][-1]["content"])
    attached = told.partition("# Attached by the user")[2].partition("\n# ")[0]
    assert "### kitchen/soup/\n```\nboil.py\nmore/cool.py\n```" in attached
    assert "def soup_boil(pot)" in attached
    assert "tools_boil" not in attached
    assert "skip.log" not in attached


@pytest.mark.parametrize("capable", [True, False])
async def test_a_picture_goes_to_models_that_take_them_and_else_it_says_so(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any, capable: bool
) -> None:
    fake.default = lambda _: Script(text="I see a pot.")
    ai = server.web_app.settings["neoai"].ai
    capabilities = ["vision"] if capable else ["tools"]
    async with fake, opened(server, rtc, "kitchen") as client:
        providers = [{**spec} for spec in ai.providers]
        providers[0]["models"] = [{"id": "m0", "capabilities": capabilities}]
        ai.providers = providers
        await ai.reload("p0")
        root = await in_kitchen(server, jp_fetch)
        (root / "pot.png").write_bytes(PNG)
        await send(server, client, rtc, "What is it?", FileAttachment(value="kitchen/pot.png"))
        if capable:
            await client.reply("I see a pot.")
            assert "image_url" in str(fake.requests[0].body["messages"][-1]["content"])
        else:
            said = await client.reply("takes images")
            assert "No model that may be asked (`p0/m0`) takes images. Add one" in said
            assert fake.requests == []


@pytest.mark.parametrize("configured", [False], indirect=True)
async def test_without_any_model_a_picture_gets_a_clear_answer(
    server: Any, rtc: bool, jp_fetch: Any
) -> None:
    async with opened(server, rtc, "kitchen") as client:
        (await in_kitchen(server, jp_fetch) / "pot.png").write_bytes(PNG)
        await send(server, client, rtc, "What is it?", FileAttachment(value="kitchen/pot.png"))
        said = await client.reply("images")
        assert "takes images" in said


async def test_what_does_not_go_along_is_said_below_the_reply(
    server: Any, rtc: bool, fake: FakeProvider, jp_fetch: Any
) -> None:
    fake.default = lambda _: Script(text="Well.")
    async with fake, opened(server, rtc, "kitchen") as client:
        await in_kitchen(server, jp_fetch)
        output = AttachmentSelection(start=(2, 0), end=(2, 0), content="ZeroDivisionError: no")
        files = (
            FileAttachment(value="kitchen/gone.py"),
            FileAttachment(value="http://169.254.169.254/latest"),
            FileAttachment(
                value="kitchen/kitchen.py",
                mimetype="application/vnd.neoai.excerpt; kind=output; cell=3",
                selection=output,
            ),
        )
        await send(server, client, rtc, "Why?", *files)
        said = await client.reply("Did not go along")
        told = str(fake.requests[0].body["messages"][-1]["content"])
    assert "`kitchen/gone.py`: It is not there any more." in said
    assert "`http://169.254.169.254/latest`: Only files of this server" in said
    assert "### kitchen/kitchen.py, cell 3, what it put out\n```\nZeroDivisionError: no" in told
