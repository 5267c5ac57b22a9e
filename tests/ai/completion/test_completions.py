"""Completion over REST: a real server, and a scripted provider on a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ...fakes.provider import FakeProvider, Request, Script, rate_limited
from ...projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from ..test_api import (  # noqa: F401
    Call,
    db_url,
    events_of,
    first,
    jp_server_config,
    kitchen,
    second,
    sent,
)

PLACE = {"prefix": "def add(a, b):\n    ", "language": "python"}


def asked_for(fake: FakeProvider) -> list[str]:
    """The addresses that were asked, without their prefix."""
    return [request.path.removeprefix("/v1") for request in fake.requests]


def use(served_app: Any, **changes: Any) -> None:
    """Give the first provider's model another name or form."""
    ai = served_app.web_app.settings["neoai"].ai
    spec = ai.configuration.providers["p0"]
    model = spec.models[0].model_copy(update=changes)
    changed = spec.model_copy(update={"models": (model,)})
    ai.configuration.providers["p0"] = changed


async def test_it_comes_in_pieces_and_ends_with_what_counts(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="```python\nreturn a + b\n```", chunks=9)
    reply = await call("POST", "/ai/completions", {**PLACE, "stream": True})
    assert reply.headers["Content-Type"] == "text/event-stream"
    events = events_of(reply.body)
    item = {"text": "return a + b", "model": "p0/m0", "provider": "p0"}
    assert events[0] == ("start", {"index": 0, "model": "p0/m0", "provider": "p0"})
    pieces = [data["text"] for name, data in events if name == "delta"]
    assert len(pieces) > 1
    assert "".join(pieces) == "return a + b"
    assert events[-2:] == [("item", {"index": 0, **item}), ("end", {"items": [item]})]


async def test_sentences_around_the_code_are_never_shown_nor_any_without_code(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    said = "Here is the body of add(a, b):\n\n```python\nreturn a + b\n```\n\nIt adds them."
    first.scripts = [Script(text=said, chunks=20), Script(text="The function is complete already.")]
    events = events_of((await call("POST", "/ai/completions", {**PLACE, "stream": True})).body)
    pieces = [data["text"] for name, data in events if name == "delta"]
    assert "".join(pieces) == "return a + b"
    events = events_of((await call("POST", "/ai/completions", {**PLACE, "stream": True})).body)
    assert [name for name, _ in events] == ["start", "item", "end"]
    assert events[-1] == ("end", {"items": []})


async def test_alternatives_come_side_by_side_each_once(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    texts = ["return a + b", "return b + a", "return a + b"]
    first.scripts = [Script(text=text) for text in texts]
    events = events_of(
        (await call("POST", "/ai/completions", {**PLACE, "n": 3, "stream": True})).body
    )
    assert {data["index"] for name, data in events if name == "item"} == {0, 1, 2}
    assert [item["text"] for item in events[-1][1]["items"]] in (texts[:2], texts[1::-1])
    assert sorted(request.body.get("temperature") or 0 for request in first.requests) == [
        0,
        0.7,
        0.7,
    ]


async def test_nothing_is_suggested_where_nothing_belongs(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="")
    reply = await call("POST", "/ai/completions", PLACE)
    assert (reply.code, reply.json) == (200, {"items": []})
    assert len(first.requests) == 1


async def test_a_line_alone_is_over_with_the_line_and_the_model_is_left(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(
        text="return a\n" + "x" * 900, chunks=100, fault="hang", after=3
    )
    reply = await call("POST", "/ai/completions", {**PLACE, "multiline": False})
    assert [item["text"] for item in reply.json["items"]] == ["return a"]
    await asyncio.wait_for(first.gone.wait(), 10)
    assert "Stop at the end of the line." in sent(first.requests[0])


async def test_a_model_whose_line_does_not_end_is_left(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="x" * 40_000, chunks=40, fault="hang", after=30)
    reply = await call("POST", "/ai/completions", PLACE)
    assert [item["model"] for item in reply.json["items"]] == ["p0/m0"]
    assert len(reply.json["items"][0]["text"]) < 25_000
    await asyncio.wait_for(first.gone.wait(), 10)


@pytest.mark.parametrize(
    ("model", "prompt"),
    [
        ("qwen2.5-coder-7b", "<|fim_prefix|>{before}<|fim_suffix|>{after}<|fim_middle|>"),
        ("starcoder2-3b", "<fim_prefix>{before}<fim_suffix>{after}<fim_middle>"),
        ("codestral-22b", "[SUFFIX]{after}[PREFIX]{before}"),
        ("CodeLlama-7b", "<PRE> {before} <SUF>{after} <MID>"),
    ],
)
async def test_a_model_that_fills_in_the_middle_is_given_the_text_alone(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
    model: str,
    prompt: str,
) -> None:
    use(jp_serverapp, id=model)
    first.fills, first.default = True, lambda _: Script(text="return a + b")
    reply = await call("POST", "/ai/completions", {**PLACE, "suffix": "\n\nprint(1)"})
    assert [item["text"] for item in reply.json["items"]] == ["return a + b"]
    assert asked_for(first) == ["/completions"]
    body = first.requests[0].body
    assert body["prompt"] == prompt.format(before=PLACE["prefix"], after="\n\nprint(1)")
    assert (body["model"], body["max_tokens"]) == (model, 256)
    usage = (await call("GET", "/ai/usage?group_by=task")).json
    assert (usage["total"]["calls"], usage["total"]["input_tokens"]) == (1, 100)


async def test_a_server_with_a_suffix_of_its_own_is_given_it(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    first.fills, first.default = True, lambda _: Script(text="1")
    for changes, address in (
        ({"id": "qwen2.5-coder:7b"}, "/completions"),
        ({"id": "any", "fim": "suffix"}, "/completions"),
        ({"id": "any", "fim": "mistral"}, "/fim/completions"),
    ):
        use(jp_serverapp, **changes)
        body = {"prefix": f"{changes} = ", "suffix": "\ny", "multiline": False}
        await call("POST", "/ai/completions", body)
        request = first.requests[-1]
        assert request.path == f"/v1{address}"
        assert (request.body["prompt"], request.body["suffix"]) == (body["prefix"], "\ny")
        assert request.body["stop"][0] == "\n"


async def test_a_text_filled_in_up_to_the_limit_ends_with_a_whole_line(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    use(jp_serverapp, id="starcoder2-3b")
    first.fills = True
    first.default = lambda _: Script(text="b = a\n    return b + a +", finish="length")
    reply = await call("POST", "/ai/completions", PLACE)
    assert [item["text"] for item in reply.json["items"]] == ["b = a"]
    assert first.accepted == 1
    await call("POST", "/ai/completions", PLACE)
    assert (first.accepted, len(first.requests)) == (1, 2)


async def test_a_server_that_cannot_fill_in_is_asked_by_a_prompt_from_then_on(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    use(jp_serverapp, id="qwen2.5-coder-7b")
    first.default = lambda _: Script(text="return a + b")
    for _ in range(2):
        assert (await call("POST", "/ai/completions", PLACE)).json["items"]
    assert asked_for(first) == ["/completions", "/chat/completions", "/chat/completions"]


@pytest.mark.parametrize(
    ("script", "status", "outcome"),
    [
        (Script(fault="status", status=401), 502, "auth"),
        (rate_limited(), 429, "rate"),
        (Script(fault="status", status=503), 503, "overloaded"),
        (Script(fault="hang", after=0), 504, "timeout"),
        (Script(text="return", chunks=2, fault="cut"), 502, "cut"),
        (Script(text="return", chunks=2, fault="abort"), 502, "cut"),
        (Script(text="return", chunks=2, fault="malformed"), 502, "malformed"),
    ],
)
async def test_what_goes_wrong_with_filling_in_is_told_and_not_tried_again(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
    script: Script,
    status: int,
    outcome: str,
) -> None:
    use(jp_serverapp, id="starcoder2-3b")
    jp_serverapp.web_app.settings["neoai"].ai.router.retries = 2
    first.fills, first.default = True, lambda _: script
    reply = await call("POST", "/ai/completions", {**PLACE, "model": "p0/starcoder2-3b"})
    assert (reply.code, reply.json["outcome"]) == (status, outcome)
    assert len(first.requests) == 1
    streamed = {**PLACE, "model": "p0/starcoder2-3b", "stream": True}
    name, told = events_of((await call("POST", "/ai/completions", streamed)).body)[-1]
    assert name == "error"
    assert told["code"].startswith("model-")


async def test_whoever_leaves_ends_the_models_request(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="x" * 99, chunks=99, fault="hang", after=2)
    for stream in (False, True):
        first.gone.clear()
        asking = asyncio.ensure_future(call("POST", "/ai/completions", {**PLACE, "stream": stream}))
        while not any(request.body for request in first.requests):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        first.requests.clear()
        if stream:
            await asyncio.wait_for(first.gone.wait(), 10)


async def test_what_was_left_is_done_when_it_is_asked_for_again_with_the_same_key(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="x" * 99, chunks=99, fault="hang", after=2)
    asked = {**PLACE, "model": "p0/m0"}
    key = {"headers": {"Idempotency-Key": "left"}}
    asking = asyncio.ensure_future(call("POST", "/ai/completions", asked, **key))
    while not any(request.body for request in first.requests):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(first.gone.wait(), 10)
    first.default = lambda _: Script(text="heat(100)")
    again = await call("POST", "/ai/completions", asked, **key)
    assert again.code in (200, 503)
    reply = again if again.code == 200 else await call("POST", "/ai/completions", asked, **key)
    assert [item["text"] for item in reply.json["items"]] == ["heat(100)"]


async def test_what_is_imported_and_passages_go_along_but_not_the_file_itself(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    root: Path,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    (root / "kitchen" / "tea.py").write_text("def steep_leaves(cup): ...\n")
    (root / "kitchen" / "cook.py").write_text(
        "from tea import steep_leaves\nboil_water_in_cook = 1\n"
    )
    completions = jp_serverapp.web_app.settings["neoai"].completions
    completions._knowledge._wait_s = 30
    prefix = "from tea import steep_leaves\n\nboil_water(pot)\nsteep"
    about = {"project_id": kitchen, "path": "cook.py", "language": "python", "prefix": prefix}
    await call("POST", "/ai/completions", about)
    told = sent(first.requests[-1])
    assert "def steep_leaves(cup)" in told
    assert "water.py" in told
    assert "boil_water_in_cook" not in told
    use(jp_serverapp, id="starcoder2-3b")
    first.fills = True
    await call("POST", "/ai/completions", about)
    prompt = first.requests[-1].body["prompt"]
    assert "# def steep_leaves(cup)" in prompt
    assert prompt.endswith(f"# cook.py\n\n{prefix}<fim_suffix><fim_middle>")


async def test_typing_does_not_wait_for_a_slow_index(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    jp_serverapp: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = jp_serverapp.web_app.settings["neoai"].index
    never = asyncio.Event()

    async def stuck(*_: Any) -> Any:
        await never.wait()

    monkeypatch.setattr(index, "_asked", stuck)
    body = {"project_id": kitchen, "path": "a.py", "prefix": "boil_water"}
    reply = await asyncio.wait_for(call("POST", "/ai/completions", body), 10)
    assert reply.code == 200
    assert "water.py" not in sent(first.requests[-1])


async def test_the_other_cells_of_a_notebook_go_along_in_their_order(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    cells = {
        "before": [{"kind": "markdown", "source": "# Soup\nHot."}, {"source": "pot = Pot()"}],
        "after": [{"source": "serve(pot)"}],
    }
    body = {"prefix": "pot.", "suffix": "", "language": "python", "cells": cells}
    first.default = lambda _: Script(text="heat()")
    await call("POST", "/ai/completions", body)
    told = sent(first.requests[-1])
    assert "# # Soup\n# Hot.\n\npot = Pot()\n\npot.\n" in told
    assert told.index("# After the cursor") < told.index("serve(pot)")


async def test_a_passage_of_a_private_project_within_does_not_go_along(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    root: Path,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    cellar = root / "kitchen" / "cellar"
    cellar.mkdir()
    (cellar / "still.py").write_text("def boil_water_in_secret(): ...\n")
    jp_serverapp.web_app.settings["neoai"].completions._knowledge._wait_s = 30
    body = {"project_id": kitchen, "path": "a.py", "prefix": "import cellar.still\nboil_water"}
    await call("POST", "/ai/completions", body)
    assert "boil_water_in_secret" in sent(first.requests[-1])
    made = {"path": "kitchen/cellar", "settings": {"private": True}}
    assert (await call("POST", "/projects", made)).code == 201
    await call("POST", "/ai/completions", body)
    assert "boil_water_in_secret" not in sent(first.requests[-1])


async def test_secrets_in_a_place_are_not_told_whichever_way_it_is_asked(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    token = "ghp_" + "a1B2" * 9
    use(jp_serverapp, id="starcoder2-3b")
    first.fills = True
    cells = {"before": [{"source": f"token = '{token}'"}], "after": []}
    body = {"prefix": f"t = '{token}'\n", "suffix": f"\nu = '{token}'", "cells": cells}
    await call("POST", "/ai/completions", body)
    request: Request = first.requests[-1]
    assert "a1B2a1" not in str(request.body)
    assert str(request.body).count("[redacted") == 3
