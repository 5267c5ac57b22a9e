"""Edits in place: several texts in one request, and replies that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.ai import rewriting
from neoai_server_ext.ai.coderequests import CodeText
from neoai_server_ext.ai.secretscan import redact

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import (  # noqa: F401
    db_url,
    events_of,
    first,
    jp_server_config,
    kitchen,
    second,
    sent,
)

Call = Callable[..., Awaitable[Any]]
SOUP = "import os\n\ndef boil(pot):\n    pot.heat(90)\n    return pot\n\nserve()\n"
KEY = "sk-" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF"


def one(code: str) -> str:
    return f"### 1\n\n```python\n{code}```\n\nDone."


def replaced(text: CodeText, reply: str) -> str:
    (edit,), _ = rewriting.edits([text], reply)
    lines = text.text.splitlines(keepends=True)
    return "".join([*lines[: edit.start_line - 1], edit.text, *lines[edit.end_line :]])


@pytest.mark.parametrize(
    ("lines", "code", "expected"),
    [
        ((4, 4), "    pot.heat(100)\n", SOUP.replace("90", "100")),
        ((4, 4), "pot.heat(100)\n", SOUP.replace("90", "100")),
        ((2, 1), "import re\n", SOUP.replace("os\n", "os\nimport re\n")),
        ((7, 7), "", SOUP.replace("serve()\n", "")),
        (None, SOUP.upper(), SOUP.upper()),
    ],
)
def test_a_piece_is_replaced_with_its_indentation(
    lines: tuple[int, int] | None, code: str, expected: str
) -> None:
    start, end = lines or (None, None)
    text = CodeText(path="soup.py", text=SOUP, start_line=start, end_line=end)
    assert replaced(text, one(code)) == expected


def test_a_last_line_without_a_line_break_stays_so() -> None:
    assert replaced(CodeText(text="stir()"), one("stir()\ntaste()\n")) == "stir()\ntaste()"


def test_several_texts_are_changed_by_their_numbers_and_the_others_left_alone() -> None:
    texts = [CodeText(path=f"{name}.py", text=f"{name} = 1\n") for name in "abc"]
    reply = "## 3\n```py\nc = 3\n```\nand\n### 1: `a.py`\n````py\na = 3\n````\nBoth are 3."
    edits, said = rewriting.edits(texts, reply)
    assert [(edit.path, edit.text) for edit in edits] == [("a.py", "a = 3\n"), ("c.py", "c = 3\n")]
    assert said == "and\nBoth are 3."


@pytest.mark.parametrize(
    ("count", "reply", "why"),
    [
        (1, "I cannot do that.", "I cannot do that"),
        (1, "", "it is empty"),
        (1, "```py\nx = 1\n", "not closed"),
        (2, "```py\nx = 1\n```", "which text"),
        (2, "### 3\n```py\nx = 1\n```", "which text"),
        (2, "### 1\n```py\nx = 1\n```\n### 1\n```py\nx = 2\n```", "which text"),
        (1, "```py\nx = 1\n```\nUse it so:\n```py\nx()\n```", "which text"),
    ],
)
def test_a_reply_of_which_it_is_not_clear_what_it_means_is_refused(
    count: int, reply: str, why: str
) -> None:
    texts = [CodeText(path=f"{number}.py", text="y = 1\n") for number in range(count)]
    with pytest.raises(errors.BadGateway, match=why) as raised:
        rewriting.edits(texts, reply)
    assert raised.value.code == "model-malformed"


def test_secrets_that_the_model_was_not_told_are_put_back() -> None:
    text = CodeText(path="a.py", text=f'key = "{KEY}"\nuse(key)\n')
    hidden = redact(text.text)
    assert KEY not in hidden
    assert KEY not in rewriting.told([text], redact)
    assert replaced(text, one(hidden.replace("use", "spend"))) == text.text.replace("use", "spend")
    made_up = hidden.replace("[redacted: ", "[redacted: another ")
    with pytest.raises(errors.BadGateway, match="secrets"):
        rewriting.edits([text], one(made_up))


def test_more_than_a_model_could_write_anew_is_refused() -> None:
    with pytest.raises(errors.TooLarge, match="select the lines"):
        rewriting.told([CodeText(text="x\n" * 100_000)], str)


async def test_two_files_and_a_cell_are_changed_by_one_request(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
) -> None:
    first.default = lambda _: Script(
        text="### 1\n```python\n    pot.heat(100)\n```\n"
        "### 3\n```python\nboil(pot)\nexec(x)\n```\nHot."
    )
    texts = [
        {"path": "soup.py", "text": SOUP, "start_line": 4, "end_line": 4},
        {"path": "other.py", "text": "x = 1\n"},
        {"path": "book.ipynb", "cell": "c1", "text": "boil(pot)", "language": "python"},
    ]
    body = {"instruction": "heat more", "texts": texts, "project_id": kitchen}
    said = (await call("POST", "/ai/code-generation", body)).json
    assert [(edit["path"], edit["cell"], edit["text"]) for edit in said["edits"]] == [
        ("soup.py", None, "    pot.heat(100)\n"),
        ("book.ipynb", "c1", "boil(pot)\nexec(x)"),
    ]
    assert (said["edits"][0]["start_line"], said["edits"][0]["end_line"]) == (4, 4)
    assert said["explanation"] == "Hot."
    assert [(found["kind"], found["cell"], found["line"]) for found in said["checks"]] == [
        ("risk", "c1", 2)
    ]
    told = sent(first.requests[0])
    assert "def boil(pot):" in told
    assert "return pot" in told


async def test_the_projects_passages_rules_and_other_files_go_along(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    root: Path,  # noqa: F811
) -> None:
    (root / "kitchen" / "spoons.py").write_text("def stir_the_pot_slowly():\n    return 1\n")
    (root / "kitchen" / "AGENTS.md").write_text("Degrees are Celsius.\n")
    (root / "kitchen" / "forks.py").write_text("prongs = 3\n")
    await call("PATCH", f"/projects/{kitchen}", {"trusted": True})
    first.default = lambda _: Script(text=one("x = 2\n"))
    body = {
        "instruction": "stir the pot slowly",
        "texts": [{"path": "new.py", "text": "x = 1\n"}],
        "project_id": kitchen,
        "context": {"files": ["forks.py"], "open_file": {"path": "new.py", "text": "seen = 1"}},
    }
    assert (await call("POST", "/ai/code-generation", body)).code == 200
    told = sent(first.requests[-1])
    for along in ("stir_the_pot_slowly", "Degrees are Celsius", "prongs = 3", "seen = 1"):
        assert along in told


async def test_edits_come_as_a_stream(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text=one("x = 2\n"), chunks=6)
    texts = [{"path": "a.py", "text": "x = 1\n"}]
    body = {"instruction": "two", "texts": texts, "stream": True}
    events = events_of((await call("POST", "/ai/code-generation", body)).body)
    names = [name for name, _ in events]
    assert (names[0], names[-1]) == ("start", "end")
    assert "".join(data["text"] for name, data in events if name == "delta") == one("x = 2\n")
    assert events[-1][1]["edits"][0]["text"] == "x = 2\n"


@pytest.mark.parametrize(
    ("script", "code", "outcome"),
    [
        (Script(text="No."), "model-malformed", "malformed"),
        (Script(text=one("x = 2\n"), finish="length"), "model-cut", "cut"),
    ],
)
async def test_a_reply_that_cannot_be_used_is_an_error_with_its_outcome(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    script: Script,
    code: str,
    outcome: str,
) -> None:
    first.default = lambda _: script
    body = {"instruction": "two", "texts": [{"path": "a.py", "text": "x = 1\n"}]}
    refused = await call("POST", "/ai/code-generation", body)
    assert refused.code == 502
    assert refused.json["type"].endswith(code)
    assert refused.json["outcome"] == outcome
    events = events_of(
        (await call("POST", "/ai/code-generation", {**body, "stream": True, "cache": False})).body
    )
    assert (events[-1][0], events[-1][1]["code"]) == ("error", code)


@pytest.mark.parametrize(
    "texts",
    [
        [{"text": "a\n", "start_line": 5, "end_line": 6}],
        [{"text": "a\n", "start_line": 1}],
        [{"text": "a\n", "start_line": 2, "end_line": 0}],
        [{"path": "a", "text": "a\n"}, {"path": "a", "text": "a\n"}],
        [{"path": str(number), "text": "a"} for number in range(21)],
    ],
)
async def test_lines_that_are_not_there_and_texts_that_come_twice_are_refused(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    texts: list[dict[str, Any]],
) -> None:
    reply = await call("POST", "/ai/code-generation", {"instruction": "x", "texts": texts})
    assert reply.code == 422
    assert first.requests == []
    assert "texts" in json.dumps(reply.json)
