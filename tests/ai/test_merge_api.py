"""Bringing code into files and mending errors over REST, with a scripted provider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import (  # noqa: F401
    db_url,
    first,
    jp_server_config,
    kitchen,
    second,
    sent,
)
from .test_variables import running

Call = Callable[..., Awaitable[Any]]

TWO = "class A:\n    def run(self):\n        go()\n\n\nclass B:\n    def run(self):\n        go()\n"
RUN = "def run(self):\n    stop()\n"


async def test_where_the_place_is_clear_no_model_is_asked(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    body = {
        "code": "def a():\n    return 2",
        "text": "X = 1\n\n\ndef a():\n    return 1\n",
        "path": "a.py",
    }
    reply = (await call("POST", "/ai/merge", body)).json
    assert (reply["text"], reply["how"]) == ("X = 1\n\n\ndef a():\n    return 2\n", "symbols")
    assert first.requests == []


async def test_where_the_place_is_not_clear_a_model_is_asked_about_the_whole_file(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
) -> None:
    first.default = lambda _: Script(text=f"```python\n{TWO.replace('go', 'stop')}```\n")
    reply = await call("POST", "/ai/merge", {"code": RUN, "text": TWO, "path": "a.py"})
    assert (reply.json["how"], reply.json["model"]) == ("model", "p0/m0")
    assert reply.json["text"] == TWO.replace("go", "stop")
    assert "stop()" in sent(first.requests[0])
    assert "class B:" in sent(first.requests[0])


@pytest.mark.parametrize(
    "body", [{"code": RUN, "text": TWO + "#" * 50_000}, {"code": "", "text": TWO}]
)
async def test_what_no_model_is_asked_about_has_no_place(call: Call, body: Any) -> None:  # noqa: F811
    reply = await call("POST", "/ai/merge", {"path": "a.py", **body})
    assert (reply.code, reply.json["type"].endswith("no-place")) == (409, True)
    assert "Insert it at the cursor" in reply.json["detail"]


async def test_an_error_is_mended_with_its_traceback_and_the_kernels_variables(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    first.default = lambda _: Script(text="It divides by none.\n\n```python\nx / 1\n```\n")
    async with running(jp_serverapp, "x = 41") as (kernel_id, _):
        body = {
            "template": "fix-error",
            "error": "ZeroDivisionError: division by zero",
            "language": "python",
            "selection": {"text": "x / 0", "path": "n.ipynb"},
            "kernel_id": kernel_id,
        }
        reply = (await call("POST", "/ai/code-generation", body)).json
        told = (await call("GET", f"/ai/kernels/{kernel_id}/variables?asked=x")).json
    assert (reply["code"], reply["explanation"]) == ("x / 1\n", "It divides by none.")
    asked = sent(first.requests[0])
    assert "ZeroDivisionError: division by zero" in asked
    assert "x: int 41" in asked
    assert told == {"text": "x: int 41", "note": ""}


async def test_an_error_needs_its_traceback_and_a_kernel_must_be_there(call: Call) -> None:  # noqa: F811
    body = {"template": "fix-error", "instruction": "x", "selection": "x / 0"}
    assert (await call("POST", "/ai/code-generation", body)).code == 422
    told = (await call("GET", "/ai/kernels/gone/variables")).json
    assert told == {"text": "", "note": "There is no such kernel."}
