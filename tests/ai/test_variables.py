"""The variables of real kernels, and what really left for the provider."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.ai.context.variables import KernelVariables

from ..fakes.provider import FakeProvider
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401
from .test_api import (  # noqa: F401
    USER,
    db_url,
    first,
    jp_server_config,
    kitchen,
    second,
    sent,
)

Call = Callable[..., Awaitable[Any]]

TOKEN = "ghp_" + "a1B2c3D4e5" * 4
CODE = f"""
import numpy as np
ages = list(range(10))
greeting = "hello"
table = np.arange(12.0).reshape(3, 4)
scale = np.float64(2.5)
settings = {{"depth": 3, "password": "hunter2-and-more", "inner": {{"a": [1, 2]}}}}
api_key = "abc"
noted = "see {TOKEN} for it"
padded = "x" * 90 + " {TOKEN}"
token_count = 7
def boil(pot, *, degrees=100): ...
class Pot:
    calls = 0
    def __repr__(self):
        Pot.calls += 1
        raise RuntimeError("no")
    __len__ = __repr__
    @property
    def shape(self):
        Pot.calls += 1
    def __getattribute__(self, name):
        Pot.calls += 1
        return object.__getattribute__(self, name)
    @property
    def __class__(self):
        Pot.calls += 1
        return list
class Meta(type):
    __eq__ = __hash__ = lambda *_: 1 / 0
    __module__ = property(lambda self: 1 / 0)
class Odd(metaclass=Meta): ...
pot, pots, odd = Pot(), [Pot()], Odd()
huge = 10 ** 100_000
long = [[["x" * 10_000] * 10_000] * 3]
circle = []; circle.append(circle)
_private = 1
"""


@asynccontextmanager
async def running(server: Any, code: str = "", name: str = "") -> AsyncIterator[tuple[str, Any]]:
    """A kernel that has run some code and is idle, and a client of it. One that runs nothing may
    have said all that it says before the server listened, so nobody waits for its state."""
    manager = server.kernel_manager
    kernel_id = await manager.start_kernel(kernel_name=name or None)
    client = manager.get_kernel(kernel_id).client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        if code:
            reply = await client.execute_interactive(code, timeout=60, store_history=True)
            assert reply["content"]["status"] == "ok", reply["content"]
            await idle(manager, kernel_id)
        yield kernel_id, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(kernel_id, now=True)


async def idle(manager: Any, kernel_id: str, state: str = "idle") -> None:
    """Wait until the server has heard of a kernel's state."""
    changed = asyncio.Event()
    kernel = manager.get_kernel(kernel_id)
    kernel.observe(lambda _: changed.set(), "execution_state")
    async with asyncio.timeout(60):
        while kernel.execution_state != state:
            await changed.wait()
            changed.clear()


def patient(server: Any) -> KernelVariables:
    """It waits as long as a slow machine needs."""
    return KernelVariables(lambda: server.kernel_manager, deadline_s=30)


def lines(text: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)


async def test_names_types_and_short_values_are_told_and_no_code_of_the_users_runs(
    jp_serverapp: Any,
) -> None:
    async with running(jp_serverapp, CODE) as (kernel_id, client):
        part = await patient(jp_serverapp).read(kernel_id)
        told = lines(part.text)
        reply = await client.execute_interactive("assert Pot.calls == 0", timeout=60)
        assert reply["content"]["status"] == "ok"
    assert told["ages"] == "list 10 items: [0, 1, 2, 3, 4, …]"
    assert told["greeting"] == "str 'hello'"
    assert told["table"].startswith("numpy.ndarray shape (3, 4); dtype float64; values 0.0, 1.0")
    assert told["scale"].endswith("values 2.5")
    assert told["boil"] == "function (pot, degrees)"
    assert (told["pot"], told["pots"]) == ("Pot", "list [<Pot>]")
    assert told["odd"] == "Odd"
    assert told["huge"] == "int <int of 332193 bits>"
    assert told["circle"] == "list [[[…]]]"
    assert told["modules"] == "np"
    assert len(told["long"]) < 150
    assert "_private" not in told


async def test_secrets_stay_by_the_variables_name_and_by_their_own_looks(
    jp_serverapp: Any,
) -> None:
    async with running(jp_serverapp, CODE) as (kernel_id, _):
        part = await patient(jp_serverapp).read(kernel_id)
    told = lines(part.text)
    assert told["api_key"] == "str [redacted: by its name]"
    assert told["settings"] == (
        "dict {'depth': 3, 'password': [redacted: by its name], 'inner': {'a': […]}}"
    )
    assert told["noted"] == "str 'see [redacted: github-token] for it'"
    assert told["token_count"] == "int 7"
    for secret in ("hunter2", TOKEN[:8], "'abc'"):
        assert secret not in part.text


async def test_reading_leaves_no_trace_in_history_count_or_namespace(jp_serverapp: Any) -> None:
    look = "(sorted(globals()), list(In), get_ipython().execution_count)"
    async with running(jp_serverapp, f"x = 1; before = {look}") as (kernel_id, client):
        read = patient(jp_serverapp).read
        parts = await asyncio.gather(*(read(kernel_id) for _ in range(5)))
        assert all("x: int 1" in part.text for part in parts)
        code = (
            "names, history, count = before\n"
            f"now, later, _count = {look}\n"
            "assert set(now) - set(names) <= {'before', 'names', 'history', 'count', '_i2', '_ii'}"
            ", set(now) - set(names)\n"
            "assert later[:2] == history and len(later) == 3 and _count == count + 1"
        )
        reply = await client.execute_interactive(code, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]


async def test_what_is_asked_about_comes_first_and_then_the_newest(jp_serverapp: Any) -> None:
    code = "\n".join(f"v{number} = {number}" for number in range(250))
    async with running(jp_serverapp, code) as (kernel_id, _):
        read = patient(jp_serverapp).read
        text = (await read(kernel_id, "Why is v100 not v99?")).text
    assert text.splitlines()[:3] == ["v100: int 100", "v99: int 99", "v249: int 249"]
    assert text.endswith("[50 more]")


async def test_a_busy_kernel_is_not_waited_for_and_the_reply_says_so(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    answers = jp_serverapp.web_app.settings["neoai"].answers
    answers.bringing._variables = patient(jp_serverapp)
    async with running(jp_serverapp, "x = 1") as (kernel_id, client):
        body = {"messages": USER, "project_id": kitchen, "context": {"kernel_id": kernel_id}}
        reply = await call("POST", "/ai/chat", body)
        assert reply.json["context"][0].items() >= {"kind": "variables", "note": ""}.items()
        assert "### kernel " in sent(first.requests[-1])
        assert "x: int 1" in sent(first.requests[-1])
        client.execute("import threading; threading.Event().wait()")
        await idle(jp_serverapp.kernel_manager, kernel_id, "busy")
        reply = await call("POST", "/ai/chat", body)
        used = [part for part in reply.json["context"] if part["kind"] == "variables"]
        assert [(part["tokens"], part["note"]) for part in used] == [(0, "The kernel is busy.")]
        assert "x: int 1" not in sent(first.requests[-1])


async def test_variables_of_a_private_projects_kernel_go_along_with_that_project_alone(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    kitchen: str,  # noqa: F811
    root: Path,  # noqa: F811
    jp_serverapp: Any,
) -> None:
    answers = jp_serverapp.web_app.settings["neoai"].answers
    answers.bringing._variables = patient(jp_serverapp)
    (root / "kitchen" / "cellar").mkdir()
    (root / "kitchen" / "alias").symlink_to("cellar")
    made = {"path": "kitchen/cellar", "settings": {"private": True}}
    cellar = (await call("POST", "/projects", made)).json["id"]
    sessions = jp_serverapp.session_manager

    async def told(kernel_id: str, project_id: str | None) -> str:
        kernel = jp_serverapp.kernel_manager.get_kernel(kernel_id)
        while kernel.execution_state != "idle":  # of the question before: the server hears it late
            await asyncio.sleep(0)
        about = {"kernel_id": kernel_id}
        body = {"messages": USER, "project_id": project_id, "context": about, "cache": False}
        reply = await call("POST", "/ai/chat", body)
        assert reply.code == 200, reply.json
        (used,) = (part for part in reply.json["context"] if part["kind"] == "variables")
        assert bool(used["tokens"]) == ("recipe: int 42" in sent(first.requests[-1]))
        return str(used["note"] if not used["tokens"] else "told")

    async with running(jp_serverapp, "recipe = 42") as (kernel_id, _):
        for project_id in (kitchen, None):
            assert (await told(kernel_id, project_id)).startswith("It is not known which file")
        for path in ("kitchen/cellar/n.ipynb", "kitchen/alias/n.ipynb", "RTC:kitchen/cellar/x"):
            made = await sessions.create_session(path=path, type="notebook", kernel_id=kernel_id)
            for project_id in (kitchen, None):
                assert await told(kernel_id, project_id) == "It lies in a private project."
            assert await told(kernel_id, cellar) == "told"
            await sessions.update_session(made["id"], path="kitchen/n.ipynb")
            assert await told(kernel_id, kitchen) == "told"


async def test_a_kernel_that_does_not_answer_is_given_up_after_its_time(jp_serverapp: Any) -> None:
    hook = "import threading\nget_ipython().events.register('post_execute', threading.Event().wait)"
    async with running(jp_serverapp, "x = 1") as (kernel_id, client):
        kernel = jp_serverapp.kernel_manager.get_kernel(kernel_id)
        client.execute(hook)
        await idle(jp_serverapp.kernel_manager, kernel_id, "busy")
        kernel.execution_state = "idle"
        variables = KernelVariables(lambda: jp_serverapp.kernel_manager, deadline_s=0.2)
        part = await variables.read(kernel_id)
        assert (part.text, part.note) == ("", "The kernel did not answer in time.")


async def test_other_languages_and_kernels_that_are_gone_are_passed_over(
    jp_serverapp: Any, jp_data_dir: Path
) -> None:
    folder = jp_data_dir / "kernels" / "far"
    folder.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "R", "language": "R"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    read = patient(jp_serverapp).read
    async with running(jp_serverapp, name="far") as (kernel_id, _):
        assert (await read(kernel_id)).note.endswith("this kernel is R.")
    assert (await read(kernel_id)).note == "There is no such kernel."
    assert (await KernelVariables(lambda: None).read("x")).note == "There is no such kernel."


@pytest.mark.parametrize("kernel_id", ["", "../../x", "\0", "k" * 200])
async def test_any_text_may_stand_for_a_kernel(
    kernel_id: str,
    call: Call,  # noqa: F811
    kitchen: str,  # noqa: F811
) -> None:
    body = {"messages": USER, "project_id": kitchen, "context": {"kernel_id": kernel_id}}
    reply = await call("POST", "/ai/chat", body)
    assert reply.code == 200
    assert reply.json["context"][0]["note"] == "There is no such kernel."
