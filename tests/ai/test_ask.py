"""`jupyter neoai ask` as a program: its input, its output and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script, rate_limited

HEAT = Script(text="At 100 degrees.")


class Terminal:
    """Runs the command with a home of its own and one scripted provider."""

    def __init__(self, home: Path, fake: FakeProvider | None, **prices: float) -> None:
        self.home = home
        config = home / "config"
        config.mkdir()
        if fake is not None:
            models = [{"id": "m0", **prices}, {"id": "m1", **prices}]
            spec = {
                "name": "p0",
                "kind": "openai-compatible",
                "base_url": fake.url,
                "models": models,
            }
            (config / "jupyter_server_config.json").write_text(
                json.dumps({"AIService": {"providers": [spec], "retries": 0}})
            )

    async def start(self, *arguments: str, **options: Any) -> asyncio.subprocess.Process:
        environ = {
            **os.environ,
            "HOME": str(self.home),
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
        }
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "neoai_server_ext",
            "ask",
            *arguments,
            cwd=self.home,
            env=environ,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            **options,
        )

    async def run(self, *arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        process = await self.start(*arguments)
        out, err = await process.communicate(stdin)
        return process.returncode or 0, out.decode(), err.decode()


def asked(fake: FakeProvider) -> list[str]:
    return [message["content"] for message in fake.requests[-1].body["messages"]]


async def test_a_question_is_answered_of_files_and_what_is_piped_in(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        (tmp_path / "kitchen.py").write_text("heat = 100\n")
        (tmp_path / "b.txt").write_text("bee\n")
        files = ("--file", "kitchen.py", "--file", "b.txt")
        status, out, err = await terminal.run("How hot", "is x=1?", *files, stdin=b"piped text")
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
        status, out, _ = await terminal.run("How hot?", "--file=soup.ipynb")
        assert (status, out) == (0, "At 100 degrees.\n")
        assert "\n# %% code 1\nheat = 100\n" in asked(fake)[-1]
        assert "iVBOR" not in asked(fake)[-1]


async def test_what_is_piped_in_is_the_question_where_there_are_no_words(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        terminal = Terminal(tmp_path, fake)
        status, out, _ = await terminal.run("--model=p0/m1", "--json", stdin=b"How hot?\n")
        assert asked(fake)[-1] == "How hot?"
        assert fake.requests[-1].body["model"] == "m1"
        said = json.loads(out)
        assert (status, said["content"], said["model"]) == (0, "At 100 degrees.", "p0/m1")
        assert said["attempts"][0]["outcome"] == "ok"
        assert said["cached"] is False


async def test_search_answers_of_a_folder_without_a_model(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, None)
    project = tmp_path / "project"
    project.mkdir()
    (project / "kitchen.py").write_text("def boil_water(pot):\n    pot.heat(100)\n")
    status, out, _ = await terminal.run("--project=project", "how is water boiled?")
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
        status, out, err = await terminal.run(*arguments)
        assert (status, out) == (2, "")
        assert told in err
        assert "Traceback" not in err
        assert fake.requests == []


@pytest.mark.parametrize("script", [rate_limited(), Script(fault="cut", after=2, text="a b c d")])
async def test_where_no_model_answers_the_status_is_1(tmp_path: Path, script: Script) -> None:
    async with FakeProvider(default=lambda _: script) as fake:
        terminal = Terminal(tmp_path, fake)
        status, out, err = await terminal.run("Why?", "--model=p0/m0")
        assert status == 1
        assert err.startswith(("p0/m0: ", "The model: "))
        assert "Traceback" not in err
        assert out in ("", out.rstrip("\n") + "\n")


async def test_a_pipe_never_gets_two_texts_as_one(tmp_path: Path) -> None:
    async with FakeProvider(default=lambda _: HEAT) as fake:
        fake.scripts = [Script(fault="cut", after=2, text="one two three four")]
        terminal = Terminal(tmp_path, fake)
        status, out, err = await terminal.run("Why?")
        assert status == 1
        assert "At 100" not in out
        assert "not complete" in err


async def test_it_streams_and_ctrl_c_drops_the_request(tmp_path: Path) -> None:
    script = Script(text="one two three four", chunks=4, fault="hang", after=2)
    async with FakeProvider(default=lambda _: script) as fake:
        process = await Terminal(tmp_path, fake).start("Why?")
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
        process = await Terminal(tmp_path, fake).start("Why?", limit=1024)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.close()
        await asyncio.wait_for(process.stdout.read(3), 30)
        process.stdout._transport.close()  # type: ignore[attr-defined]
        err = await asyncio.wait_for(process.stderr.read(), 30)
        await asyncio.wait_for(process.wait(), 30)
        assert (process.returncode, err) == (141, b"")
