"""Pictures in messages: taken over REST, looked at, and told to models that can see."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from neoai_server_ext.ai.images import MAX_BYTES, decoded
from neoai_server_ext.ai.providers import Image, Message

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import Call, db_url, running  # noqa: F401
from .test_policies import Models, models  # noqa: F401
from .test_providers import KINDS, all_of, to

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/webp": b"RIFF\x1a\0\0\0WEBPVP8L",
    "image/gif": b"GIF89a\x01\0\x01\0",
}


def url(data: bytes = PNG, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def shows(*urls: str, text: str = "What is this?", role: str = "user") -> dict[str, Any]:
    parts = [{"type": "image_url", "image_url": {"url": each}} for each in urls]
    return {"role": role, "content": [{"type": "text", "text": text}, *parts]}


@pytest.mark.parametrize("media_type", PICTURES)
def test_pictures_of_four_types_are_taken(media_type: str) -> None:
    data = PICTURES[media_type]
    assert decoded(url(data, media_type)) == Image(media_type, data)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://example.org/cat.png", "nothing is fetched"),
        ("file:///etc/passwd", "nothing is fetched"),
        ("data:image/png,abc", "nothing is fetched"),
        (url(b"<svg/>", "image/svg+xml"), "nothing is fetched"),
        ("data:image/png;base64,iVBO*", "no valid base64"),
        (url(PNG, "image/jpeg"), "does not begin as image/jpeg"),
        (url(b""), "does not begin"),
        (url(PNG + bytes(MAX_BYTES)), "more than 5,000,000 bytes"),
    ],
)
def test_whatever_else_is_refused(given: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decoded(given)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_provider_is_told_pictures_in_its_own_format(kind: str) -> None:
    async with FakeProvider() as fake:
        fake.scripts = [Script(text="A dot.")]
        asked = [Message("user", "What is this?", (Image("image/png", PNG),))]
        await all_of(to(fake, kind).stream(asked, "fake-large"))
        said = json.dumps(fake.requests[0].body)
        assert "What is this?" in said
        assert "image/png" in said
        assert base64.b64encode(PNG).decode()[:40] in said.replace("-", "+").replace("_", "/")


async def test_a_reply_is_kept_for_the_same_picture_alone(
    models: Models,  # noqa: F811
    tmp_path: Any,
) -> None:
    async with models:
        await models.open(None, tmp_path, a={"capabilities": ["vision"]})

        async def ask(data: bytes) -> None:
            turn = Message("user", "What is this?", (Image("image/png", data),))
            await all_of(models.ai.chat([turn]))  # type: ignore[arg-type]

        await ask(PNG)
        await ask(PNG)
        assert models.asked() == "a1"
        await ask(PNG + b"\0")
        assert models.asked() == "a2"


@pytest.fixture
def seeing(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[FakeProvider]:
    """The provider of `seeing/m`."""
    yield from running(FakeProvider(), jp_asyncio_loop)


@pytest.fixture
def jp_server_config(jp_server_config: Any, seeing: FakeProvider) -> Any:
    """A model that sees behind one that does not."""
    entry = {"kind": "openai-compatible", "base_url": seeing.url}
    jp_server_config["AIService"] = {
        "providers": [
            {"name": "blind", **entry, "models": [{"id": "m", "capabilities": ["tools"]}]},
            {"name": "seeing", **entry, "models": [{"id": "m", "capabilities": ["vision"]}]},
        ]
    }
    return jp_server_config


async def test_a_question_with_a_picture_goes_to_a_model_that_sees(
    call: Call,  # noqa: F811
    seeing: FakeProvider,
) -> None:
    seeing.default = lambda _: Script(text="A dot.")
    body = {"messages": [shows(url())], "conversation_id": "c"}
    reply = await call("POST", "/ai/chat", body)
    assert (reply.code, reply.json["model"]) == (200, "seeing/m")
    assert url() in json.dumps(seeing.requests[0].body)
    more = [*body["messages"], {"role": "assistant", "content": "A dot."}]  # type: ignore[misc]
    more.append({"role": "user", "content": "Which colour?"})
    assert (await call("POST", "/ai/chat", {"messages": more})).json["model"] == "seeing/m"
    plain = {"messages": [{"role": "user", "content": "Hello?"}]}
    assert (await call("POST", "/ai/chat", plain)).json["model"] == "blind/m"
    on = {**plain, "conversation_id": "c"}
    assert (await call("POST", "/ai/chat", on)).json["model"] == "seeing/m"


async def test_where_no_model_sees_the_problem_says_so(
    call: Call,  # noqa: F811
    seeing: FakeProvider,
) -> None:
    body = {"messages": [shows(url())], "model": "blind/m"}
    reply = await call("POST", "/ai/chat", body)
    assert (reply.code, reply.json["missing"]) == (422, ["vision"])
    assert reply.json["type"].endswith("no-able-model")
    assert "takes images" in reply.json["detail"]
    assert seeing.requests == []


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (shows("https://example.org/cat.png"), "nothing is fetched"),
        (shows(url(PNG, "image/gif")), "does not begin as image/gif does"),
        (shows(url(PNG + bytes(MAX_BYTES))), "has more than 5,000,000 bytes"),
        (shows(*[url()] * 21), "at most 20 pictures"),
        (shows(text=" "), "say something"),
        (
            {"role": "user", "content": [{"type": "video_url", "video_url": {"url": url()}}]},
            "does not match any of the expected tags",
        ),
        (
            {"role": "user", "content": [{"type": "image_url", "image_url": url()}]},
            "image_url.image_url: Input should be a valid dictionary",
        ),
        ({"role": "user", "content": []}, "say something"),
        ({"role": "user", "content": 3}, "content.string: Input should be a valid string"),
    ],
    ids=["web", "type", "size", "many", "nothing", "video", "no-object", "empty", "number"],
)
async def test_bad_pictures_are_refused_before_any_model_is_asked_and_it_is_said_why(
    call: Call,  # noqa: F811
    seeing: FakeProvider,
    message: dict[str, Any],
    reason: str,
) -> None:
    reply = await call("POST", "/ai/chat", {"messages": [message]})
    assert reply.code == 422, reply.json
    assert reason in reply.json["detail"]
    assert len(reply.json["errors"]) == 1
    assert seeing.requests == []


async def test_only_the_user_shows_pictures(
    call: Call,  # noqa: F811
) -> None:
    earlier = shows(url(), role="assistant")
    body = {"messages": [earlier, {"role": "user", "content": "And?"}]}
    reply = await call("POST", "/ai/chat", body)
    assert reply.code == 422
    assert "only the user's" in reply.json["errors"][0]["msg"]


async def test_the_listing_says_what_models_can_and_how_fast_they_were(
    call: Call,  # noqa: F811
    seeing: FakeProvider,
) -> None:
    seeing.default = lambda _: Script(text="A dot.")
    await call("POST", "/ai/chat", {"messages": [shows(url())]})
    _, blind, sees = (await call("GET", "/ai/models")).json["items"]
    assert (blind["capabilities"], blind["speed"]) == (["tools"], None)
    assert sees["capabilities"] == ["vision"]
    assert sees["speed"]["replies"] == 1
