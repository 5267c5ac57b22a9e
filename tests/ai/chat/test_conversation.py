"""Models, costs, other versions of a reply, and what a long conversation is told of itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from neoai_server_ext import errors

from ...fakes.chat_client import PERSONA, ChatClient
from ...fakes.provider import FakeProvider, Request, Script
from .opening import opened


def persona(server: Any) -> Any:
    """NeoAI in the chat that is open."""
    (manager,) = server.web_app.settings["jupyter-ai"]["persona-managers"].values()
    return manager.personas[PERSONA]


def named(request: Request) -> Script:
    return Script(text=f"{request.body['model']} says {len(request.body['messages'])}.")


async def settled(neoai: Any) -> Any:
    """What the conversation took, once nothing is being written."""
    async with asyncio.timeout(10):
        while neoai.processing:
            await asyncio.sleep(0.01)
    return neoai.get_usage()


async def replies(client: ChatClient, count: int) -> list[dict[str, Any]]:
    """The persona's replies, once so many are complete."""

    def complete(messages: Any) -> list[dict[str, Any]]:
        mine = [m for m in messages if m["sender"] == PERSONA and (m.get("metadata") or {})]
        return mine if len(mine) == count else []

    return list(await client.until(complete))


def note(message: dict[str, Any]) -> dict[str, Any]:
    return dict(message["metadata"]["neoai"])


@pytest.mark.parametrize("listed", [["m0", "m1"]], indirect=True)
async def test_the_picker_offers_auto_and_the_models_and_the_choice_stays_with_the_chat(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = named
    async with fake, opened(server, rtc) as client:
        await client.send("Who are you?")
        (first,) = await replies(client, 1)
        assert note(first)["model"] == "p0/m0"
        neoai = persona(server)
        offered = [option.id for option in neoai.get_model_configuration().options]
        assert offered == ["auto", "neoai/search", "p0/m0", "p0/m1"]
        await client.send("And now?", model="p0/m1")
        await replies(client, 2)
        await client.send("And still?")
        *_, last = await replies(client, 3)
        assert note(last)["model"] == "p0/m1"
        assert neoai.chat.get_metadata()["neoai_model"] == "p0/m1"


async def test_each_reply_says_who_wrote_it_and_what_it_took_and_the_chat_what_all_did(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = lambda _: Script(text="Done.")
    async with fake, opened(server, rtc) as client:
        sent = await client.send("How do I boil water?")
        await client.send("And then?")
        first, second = await replies(client, 2)
        assert note(first)["answers"] == sent
        usage = [note(message)["usage"] for message in (first, second)]
        assert all(each["input_tokens"] > 0 and each["output_tokens"] > 0 for each in usage)
        said = await settled(persona(server))
        assert said.cost_amount is None  # nobody knows its price
        assert said.input_tokens == sum(each["input_tokens"] for each in usage)
        assert said.total_tokens == said.input_tokens + said.output_tokens


@pytest.mark.parametrize("listed", [["m0", "m1"]], indirect=True)
async def test_a_reply_is_made_again_by_another_model_and_the_first_one_can_be_turned_back_to(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = named
    async with fake, opened(server, rtc) as client:
        sent = await client.send("Who are you?")
        (first,) = await replies(client, 1)
        neoai = persona(server)
        await neoai.answer_again(sent, "p0/m1")
        again = await client.until(
            lambda messages: next((m for m in messages if "m1 says" in m["body"]), None)
        )
        assert again["id"] == first["id"]
        assert note(again)["model"] == "p0/m1"
        assert note(again)["shown"] == 1
        assert len(note(again)["versions"]) == 2
        assert len(neoai._replies()) == 1
        neoai.show_version(first["id"], 0)
        back = await client.until(
            lambda messages: next((m for m in messages if "m0 says" in m["body"]), None)
        )
        assert back["body"] == first["body"]
        assert (note(back)["shown"], note(back)["model"]) == (0, "p0/m0")
        assert (await settled(neoai)).output_tokens == sum(
            version["usage"]["output_tokens"] for version in note(back)["versions"]
        )
        with pytest.raises(errors.NotFound):
            neoai.show_version(first["id"], 2)
        with pytest.raises(errors.NotFound):
            await neoai.answer_again("none-such")


async def test_what_is_said_to_a_model_ends_with_the_message_that_is_answered_again(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    fake.default = lambda request: Script(text=f"Reply {len(fake.requests)}.")
    async with fake, opened(server, rtc) as client:
        sent = await client.send("How do I boil water?")
        await replies(client, 1)
        await client.send("And then?")
        await replies(client, 2)
        await persona(server).answer_again(sent)
        await client.reply("Reply 3.")
        told = str(fake.requests[-1].body["messages"])
        assert "And then?" not in told
        assert "Reply 1." not in told


async def test_a_long_conversation_is_summed_up_and_the_chat_says_so_once(
    server: Any, rtc: bool, fake: FakeProvider
) -> None:
    def long(request: Request) -> Script:
        summary = "Write a summary" in str(request.body) or "Summar" in str(request.body)
        return Script(text="They talked of soup." if summary else "word " * 300)

    ai = server.web_app.settings["neoai"].ai
    ai.history_tokens = 1200
    fake.default = long
    async with fake, opened(server, rtc) as client:
        for count in range(1, 6):
            await client.send(f"Tell me more of soup, {count}.")
            await replies(client, count)
        bodies = [message["body"] for message in await replies(client, 5)]
        told = [body for body in bodies if "This conversation has become long" in body]
        assert told
        assert "Summed up by p0/m0." in told[0]
        assert "They talked of soup." in str(fake.requests[-1].body)
