"""Next edits over REST: a real server and its index, and a scripted provider on a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script, refused_key
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import Call, db_url, first, jp_server_config, second, sent  # noqa: F401

BEFORE = "def boil(pot):\n    return pot.heat(100)\n\n\nboil(pot)\n"
AFTER = BEFORE.replace("boil(pot):", "boil(pot, minutes):")
USER = "from stove import boil\n\nminutes = 5\nboil(my_pot)\n"


@pytest.fixture
def stove(
    served: Any,  # noqa: F811
    root: Path,  # noqa: F811
    jp_asyncio_loop: asyncio.AbstractEventLoop,
) -> str:
    """A project of two files; the id."""
    project_id: str = jp_asyncio_loop.run_until_complete(served("stove"))
    (root / "stove" / "stove.py").write_text(BEFORE)
    (root / "stove" / "use.py").write_bytes(USER.replace("\n", "\r\n").encode())
    return project_id


def asked(project_id: str | None, after: str = AFTER, **more: Any) -> dict[str, Any]:
    """A request."""
    about = {"path": "stove.py", "before": BEFORE, "after": after, **more}
    return about if project_id is None else {**about, "project_id": project_id}


async def test_a_rename_is_offered_across_the_project_without_a_model(
    call: Call,  # noqa: F811
    stove: str,
    first: FakeProvider,  # noqa: F811
) -> None:
    await call("POST", "/ai/search", {"project_id": stove, "query": "boil"})
    after = BEFORE.replace("def boil", "def cook")
    items = (await call("POST", "/ai/next-edits", asked(stove, after))).json["items"]
    assert [(i["path"], i["start_line"], i["start_column"], i["end_column"]) for i in items] == [
        ("stove.py", 5, 1, 5),
        ("use.py", 1, 19, 23),
        ("use.py", 4, 1, 5),
    ]
    assert {(i["old"], i["new"], i["kind"], i["model"]) for i in items} == {
        ("boil", "cook", "rename", "")
    }
    assert items[0]["reason"] == "boil was renamed to cook"
    assert first.requests == []


async def test_a_file_that_is_open_is_read_as_it_stands_in_its_editor(
    call: Call,  # noqa: F811
    stove: str,
) -> None:
    after = BEFORE.replace("def boil", "def cook")
    text = "# mine\nfrom stove import boil\n"
    body = asked(stove, after, open=[{"path": "use.py", "text": text}])
    items = (await call("POST", "/ai/next-edits", body)).json["items"]
    assert [(i["path"], i["start_line"]) for i in items] == [("stove.py", 5), ("use.py", 2)]


async def test_a_model_fills_in_what_takes_judgement_and_sees_the_edit_and_the_place(
    call: Call,  # noqa: F811
    stove: str,
    first: FakeProvider,  # noqa: F811
) -> None:
    await call("POST", "/ai/search", {"project_id": stove, "query": "boil"})
    first.default = lambda _: Script(text="```python\n(my_pot, minutes)\n```")
    pointed = (await call("POST", "/ai/next-edits", asked(stove))).json["items"]
    assert [(i["path"], i["old"], i["new"]) for i in pointed] == [
        ("stove.py", "(pot)", None),
        ("use.py", "(my_pot)", None),
    ]
    assert first.requests == []
    filled = (await call("POST", "/ai/next-edits", asked(stove, fill=5))).json
    assert [(i["new"], i["model"]) for i in filled["items"]] == [
        ("(my_pot, minutes)", "p0/m0"),
        ("(my_pot, minutes)", "p0/m0"),
    ]
    said = "".join(sent(request) for request in first.requests)
    assert "+def boil(pot, minutes):" in said
    assert "boil(my_pot)" in said


@pytest.mark.parametrize("reply", ["", "(my_pot, minutes", "I cannot know.", "(pot)"])
async def test_what_cannot_stand_there_is_not_put_there(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    second: FakeProvider,  # noqa: F811
    reply: str,
) -> None:
    first.default = second.default = lambda _: Script(text=reply)
    said = (await call("POST", "/ai/next-edits", asked(None, fill=1))).json
    assert [i["new"] for i in said["items"]] == [None]


async def test_a_provider_that_fails_leaves_the_places_and_says_why(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    second: FakeProvider,  # noqa: F811
) -> None:
    first.default = second.default = lambda _: refused_key()
    said = (await call("POST", "/ai/next-edits", asked(None, fill=1))).json
    assert [i["new"] for i in said["items"]] == [None]
    assert said["problem"]


async def test_secrets_near_the_place_are_not_sent(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    text = BEFORE + f'aws_access_key_id = "{key}"\n'
    first.default = lambda _: Script(text="```python\n(pot, 1)\n```")
    body = {
        "path": "stove.py",
        "before": text,
        "after": text.replace("boil(pot):", "boil(pot, minutes):"),
        "fill": 1,
    }
    said = (await call("POST", "/ai/next-edits", body)).json
    assert said["items"][0]["new"] == "(pot, 1)"
    assert key not in "".join(sent(request) for request in first.requests)


async def test_of_a_private_project_nothing_goes_to_a_model_that_is_far_away(
    call: Call,  # noqa: F811
    jp_serverapp: Any,
    stove: str,
    first: FakeProvider,  # noqa: F811
    second: FakeProvider,  # noqa: F811
) -> None:
    ai = jp_serverapp.web_app.settings["neoai"].ai
    far = ai.configuration.providers["p0"].model_copy(update={"base_url": "https://far.example/v1"})
    ai.configuration.providers["p0"] = far
    second.default = lambda _: Script(text="```python\n(pot, 1)\n```")
    await call("PATCH", f"/projects/{stove}", {"settings": {"private": True}})
    said = (await call("POST", "/ai/next-edits", asked(stove, fill=1))).json
    assert said["items"][0]["model"] == "p1/m1"
    assert first.requests == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"path": "a.py", "before": "", "after": "", "fill": 99}, 422),
        ({"path": "a.py", "before": "", "after": "", "project_id": "nobody"}, 404),
        ({"path": "a.py", "before": "a\ud800", "after": "b"}, 422),
        ({"path": "../../etc/passwd", "before": "root = 1\nroot", "after": "a = 1\nroot"}, 200),
    ],
)
async def test_bad_input_is_refused_or_finds_nothing(
    call: Call,  # noqa: F811
    body: dict[str, Any],
    status: int,
) -> None:
    reply = await call("POST", "/ai/next-edits", body)
    assert reply.code == status
    if status == 200:
        assert reply.json["items"] == []


async def test_of_a_private_project_within_that_was_edited_too_nothing_goes_far_away(
    call: Call,  # noqa: F811
    jp_serverapp: Any,
    root: Path,  # noqa: F811
    stove: str,
    first: FakeProvider,  # noqa: F811
) -> None:
    ai = jp_serverapp.web_app.settings["neoai"].ai
    far = ai.configuration.providers["p0"].model_copy(update={"base_url": "https://far.example/v1"})
    ai.configuration.providers["p0"] = far
    del ai.configuration.providers["p1"]
    (root / "stove" / "cellar").mkdir()
    (root / "stove" / "cellar" / "wine.py").write_text("price = 2\n")
    made = {"path": "stove/cellar", "settings": {"private": True}}
    assert (await call("POST", "/projects", made)).code == 201
    wine = {"path": "cellar/wine.py", "before": "price = 1\n", "after": "price = 2\n"}
    said = (await call("POST", "/ai/next-edits", asked(stove, fill=1, recent=[wine]))).json
    assert said["problem"].startswith("No model is configured")
