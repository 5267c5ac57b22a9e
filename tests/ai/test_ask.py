"""`jupyter neoai ask` as a program: its input, its output and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from neoai_server_ext.db import Database
from neoai_server_ext.projects.models import ProjectCreate, ProjectSettings
from neoai_server_ext.projects.service import ProjectService

from ..fakes.provider import FakeProvider, Script, rate_limited
from ..fakes.terminal import Terminal

HEAT = Script(text="At 100 degrees.")


def asked(fake: FakeProvider) -> list[str]:
    return [message["content"] for message in fake.requests[-1].body["messages"]]


async def test_a_question_is_answered_of_files_and_what_is_piped_in(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        (tmp_path / "kitchen.py").write_text("heat = 100\n")
        (tmp_path / "b.txt").write_text("bee\n")
        files = ("--file", "kitchen.py", "--file", "b.txt")
        status, out, err = await terminal.ask("How hot", "is x=1?", *files, stdin=b"piped text")
        assert (status, out, err) == (0, "At 100 degrees.\n", "")
        _, question = asked(fake)
        assert question.endswith("\n\n# The question\n\nHow hot is x=1?")
        assert "### kitchen.py\n```py\nheat = 100\n```" in question
        assert "bee" in question
        assert "### standard input\n```\npiped text\n```" in question


async def test_of_a_notebook_the_cells_sources_go_along(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        cell = {"cell_type": "code", "source": ["heat =", " 100"], "outputs": ["iVBOR" * 1_000_000]}
        (tmp_path / "soup.ipynb").write_text(json.dumps({"cells": [cell]}))
        status, out, _ = await terminal.ask("How hot?", "--file=soup.ipynb")
        assert (status, out) == (0, "At 100 degrees.\n")
        assert "\n# %% code 1\nheat = 100\n" in asked(fake)[-1]
        assert "iVBOR" not in asked(fake)[-1]


async def test_what_is_piped_in_is_the_question_where_there_are_no_words(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        status, out, _ = await terminal.ask("--model=p0/m1", "--json", stdin=b"How hot?\n")
        assert asked(fake)[-1] == "How hot?"
        assert fake.requests[-1].body["model"] == "m1"
        said = json.loads(out)
        assert (status, said["content"], said["model"]) == (0, "At 100 degrees.", "p0/m1")
        assert said["attempts"][0]["outcome"] == "ok"
        assert said["cached"] is False


async def registered(home: Path, *private: str) -> None:
    """The projects `outer` and what is private, as a server leaves them in its database."""
    db = Database(f"sqlite:///{home / 'data' / 'neoai' / 'neoai.db'}")
    service = ProjectService(db, home)
    for path in ("outer", *private):
        (home / path).mkdir(parents=True, exist_ok=True)
        settings = {"private": path in private}
        await service.create(ProjectCreate(path=path, settings=ProjectSettings(**settings)))
    await db.close()


@asynccontextmanager
async def far_and_near(tmp_path: Path) -> AsyncIterator[tuple[Terminal, FakeProvider]]:
    """A private project within another one, a model far away, and one that is near."""
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        file = tmp_path / "config" / "jupyter_server_config.json"
        config = json.loads(file.read_text())
        models = [{"id": "ok"}]
        far = {"name": "far", "kind": "openai-compatible", "base_url": "https://far.example/v1"}
        config["AIService"]["providers"].insert(0, {**far, "models": models})
        file.write_text(json.dumps(config))
        await registered(tmp_path, "outer/secret")
        (tmp_path / "outer" / "open.py").write_text("def boil_water(): ...\n")
        (tmp_path / "outer" / "secret" / "s.py").write_text("def boil_in_secret(): ...\n")
        (tmp_path / "outer" / "link.py").symlink_to("secret/s.py")
        yield terminal, fake


@pytest.mark.parametrize(
    "about",
    [
        ("--project=outer/secret",),
        ("--project=outer", "--file=outer/open.py", "--file=outer/link.py"),
    ],
)
async def test_what_is_private_is_asked_of_no_model_far_away(
    tmp_path: Path, about: tuple[str, ...]
) -> None:
    async with far_and_near(tmp_path) as (terminal, fake):
        status, out, err = await terminal.ask("How to boil?", "--model=far/ok", *about)
        assert (status, out) == (1, "")
        assert "The project is private, and `far/ok` is not on this machine or network." in err
        status, out, err = await terminal.ask("How to boil?", *about)
        assert (status, out) == (0, "At 100 degrees.\n"), err
        assert "boil_in_secret" in asked(fake)[-1]


async def test_of_a_private_project_in_the_folder_asked_about_nothing_goes_along(
    tmp_path: Path,
) -> None:
    async with far_and_near(tmp_path) as (terminal, fake):
        (tmp_path / "outer" / "AGENTS.md").symlink_to("secret/s.py")
        for folder in ("outer", "."):
            status, _, err = await terminal.ask("boil", "--model=p0/m0", f"--project={folder}")
            assert status == 0, err
            told = "\n".join(asked(fake))
            assert "boil_water" in told
            assert "boil_in_secret" not in told


async def test_what_is_piped_in_is_of_the_folder_in_which_it_is_piped(tmp_path: Path) -> None:
    async with far_and_near(tmp_path) as (terminal, _):
        terminal.folder = tmp_path / "outer" / "secret"
        status, _, err = await terminal.ask("Why?", "--model=far/ok", stdin=b"boil_in_secret()")
        assert (status, "The project is private" in err) == (1, True)


async def test_where_the_projects_cannot_be_read_only_models_nearby_are_asked(
    tmp_path: Path,
) -> None:
    async with far_and_near(tmp_path) as (terminal, fake):
        database = tmp_path / "data" / "neoai" / "neoai.db"
        for leftover in database.parent.glob("neoai.db*"):
            leftover.unlink()
        database.write_bytes(b"This is no database. " * 1000)
        status, _, err = await terminal.ask("boil?", "--model=far/ok", "--project=outer")
        assert status == 1
        assert "Which projects are private is not known, so only models on this machine" in err
        status, out, err = await terminal.ask("boil?", "--file=outer/open.py")
        assert (status, out) == (0, "At 100 degrees.\n")
        assert "is not known" in err
        assert "boil_water" in asked(fake)[-1]


async def test_search_answers_of_a_folder_without_a_model(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, None)
    project = tmp_path / "project"
    project.mkdir()
    (project / "kitchen.py").write_text("def boil_water(pot):\n    pot.heat(100)\n")
    status, out, _ = await terminal.ask("--project=project", "how is water boiled?")
    assert status == 0
    assert "kitchen.py:1" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "There is no question"),
        (("Why?", "--file=gone.py"), "There is no file gone.py"),
        (("Why?", "--file=binary"), "no text in UTF-8"),
        (("Why?", "--project=gone"), "There is no folder gone"),
        (("Why?", "--model=p0x/m"), "There is no model `p0x/m`"),
        (("Why?",), "No model is configured"),
    ],
)
async def test_what_cannot_be_done_is_said_with_status_2(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    async with FakeProvider() as fake:
        terminal = Terminal(tmp_path, None if "configured" in told else fake)
        (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
        status, out, err = await terminal.ask(*arguments)
        assert (status, out) == (2, "")
        assert told in err
        assert "Traceback" not in err
        assert fake.requests == []


@pytest.mark.parametrize("script", [rate_limited(), Script(fault="cut", after=2, text="a b c d")])
async def test_where_no_model_answers_the_status_is_1(tmp_path: Path, script: Script) -> None:
    async with FakeProvider(default=lambda _: script) as fake:
        terminal = Terminal(tmp_path, fake)
        status, out, err = await terminal.ask("Why?", "--model=p0/m0")
        assert status == 1
        assert err.startswith(("p0/m0: ", "The model: "))
        assert "Traceback" not in err
        assert out in ("", out.rstrip("\n") + "\n")


async def test_a_pipe_never_gets_two_texts_as_one(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        fake.scripts = [Script(fault="cut", after=2, text="one two three four")]
        terminal = Terminal(tmp_path, fake)
        status, out, err = await terminal.ask("Why?")
        assert status == 1
        assert "At 100" not in out
        assert "not complete" in err


async def test_it_streams_and_ctrl_c_drops_the_request(tmp_path: Path) -> None:
    script = Script(text="one two three four", chunks=4, fault="hang", after=2)
    async with FakeProvider(default=lambda _: script) as fake:
        process = await Terminal(tmp_path, fake).start("ask", "Why?")
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.stdout.read(3), 30) == b"one"
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 130
        assert err.decode() == "\nStopped.\n"
        await asyncio.wait_for(fake.gone.wait(), 30)


async def test_a_reader_that_leaves_ends_it_quietly(tmp_path: Path) -> None:
    script = Script(text="word " * 400_000, chunks=400)
    async with FakeProvider(default=lambda _: script) as fake:
        process = await Terminal(tmp_path, fake).start("ask", "Why?", limit=1024)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        await asyncio.wait_for(process.stdout.read(3), 30)
        process.stdout._transport.close()  # type: ignore[attr-defined]
        err = await asyncio.wait_for(process.stderr.read(), 30)
        await asyncio.wait_for(process.wait(), 30)
        assert (process.returncode, err) == (141, b"")
