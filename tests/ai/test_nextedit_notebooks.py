"""Next edits of notebooks, whose cells are one text, over REST."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import Call, db_url, first, jp_server_config, second, sent  # noqa: F401

CELLS = "%matplotlib inline\ndef boil(pot):\n    return pot\n%time boil(1)\n!boil it\nboil(2)\n"
STOVE = "def boil(pot):\n    return pot\n"
USER = "from stove import boil\n%timeit boil(3)\n%timeit -n 9 boil(3)\n"


@pytest.fixture
def stove(
    served: Any,  # noqa: F811
    root: Path,  # noqa: F811
    jp_asyncio_loop: asyncio.AbstractEventLoop,
) -> str:
    """A project with a file, one that uses it, and a notebook; the id."""
    project_id: str = jp_asyncio_loop.run_until_complete(served("stove"))
    (root / "stove" / "stove.py").write_text(STOVE)
    (root / "stove" / "use.py").write_text("from stove import boil\n\nboil(1)\n")
    cell = {"cell_type": "code", "source": USER, "metadata": {}, "outputs": []}
    saved = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "stove" / "day.ipynb").write_text(json.dumps(saved))
    return project_id


async def offered(
    call: Call,  # noqa: F811
    stove: str,
    path: str,
    text: str,
    *open_files: dict[str, str],
    language: str = "",
) -> list[tuple[str, int, int]]:
    """Where the other places of `boil` are once its definition's name is `cook`."""
    await call("POST", "/ai/search", {"project_id": stove, "query": "boil"})
    body = {
        "path": path,
        "before": text,
        "after": text.replace("def boil", "def cook"),
        "language": language,
        "project_id": stove,
        "open": list(open_files),
    }
    items = (await call("POST", "/ai/next-edits", body)).json["items"]
    return [(i["path"], i["start_line"], i["start_column"]) for i in items]


async def test_what_a_notebook_defines_is_offered_in_its_cells_and_nowhere_else(
    call: Call,  # noqa: F811
    stove: str,
) -> None:
    found = await offered(call, stove, "evening.ipynb", CELLS, language="python")
    assert found == [("evening.ipynb", 4, 7), ("evening.ipynb", 6, 1)]


async def test_what_a_file_defines_is_offered_in_a_notebook_that_is_open(
    call: Call,  # noqa: F811
    stove: str,
) -> None:
    notebook = {"path": "day.ipynb", "text": USER, "language": "python"}
    found = await offered(call, stove, "stove.py", STOVE, notebook)
    assert found == [
        ("day.ipynb", 1, 19),
        ("day.ipynb", 2, 9),
        ("use.py", 1, 19),
        ("use.py", 3, 1),
    ]


async def test_a_notebook_that_is_not_open_is_left_as_it_is(
    call: Call,  # noqa: F811
    stove: str,
) -> None:
    found = await offered(call, stove, "stove.py", STOVE)
    assert {path for path, *_ in found} == {"use.py"}


async def test_a_model_that_fills_in_an_argument_sees_magics_as_they_were_written(
    call: Call,  # noqa: F811
    stove: str,
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text="```python\n(2, 5)\n```")
    body = {
        "path": "evening.ipynb",
        "before": CELLS,
        "after": CELLS.replace("def boil(pot)", "def boil(pot, minutes)"),
        "language": "python",
        "project_id": stove,
        "fill": 2,
    }
    items = (await call("POST", "/ai/next-edits", body)).json["items"]
    assert [(i["start_line"], i["new"]) for i in items] == [(4, "(2, 5)"), (6, "(2, 5)")]
    prompts = [sent(request) for request in first.requests]
    assert len(prompts) == 2
    for prompt in prompts:
        assert "%matplotlib inline" in prompt
        assert "%time boil(1)" in prompt
        assert "!boil it" in prompt
        assert "#boil it" not in prompt
