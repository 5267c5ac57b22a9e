"""The templates that bring packages of their own: each is set up as its README says, and its own
tests, types and lint rules pass."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PINS = ["constraints.txt", "tests/projects/template-pins.txt"]
TITLE = "It's 100 % <b>{{ 7 * 7 }}</b> \\ safe"

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


async def run(folder: Path, *command: str, **environment: str) -> str:
    """What a command says; it must succeed."""
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


async def made(call: Any, root: Path, template: str, **answers: str) -> Path:
    """A project from a template."""
    choice = {"id": template, "answers": answers}
    answer = await call("POST", "/projects", {"name": "Sales 2025", "template": choice})
    assert answer.code == 201, answer.json
    return root / "Sales 2025"


async def environment(folder: Path, *wanted: str) -> Callable[..., Any]:
    """Runs programs in a new environment that has what was wanted and nothing else."""
    repository = Path(__file__).parents[2]
    await run(folder, sys.executable, "-m", "venv", "--without-pip", ".venv")
    pins = [word for file in PINS for word in ("-c", str(repository / file))]
    pip = [sys.executable, "-m", "pip", "--python", ".venv/bin/python"]
    await run(folder, *pip, "install", "-q", *pins, *wanted)
    python = str(folder / ".venv/bin/python")
    return lambda *arguments: run(folder, python, "-m", *arguments)


async def test_the_fastapi_service_is_sound(call: Any, root: Path, require: Any) -> None:
    require("package index")
    folder = await made(call, root, "fastapi-service", description=TITLE)
    python = await environment(folder, "-e", ".", "--group", "dev")

    assert "11 passed" in await python("pytest", "-q")
    assert "Success" in await python("mypy")
    await python("ruff", "check", ".")
    await python("ruff", "format", "--check", ".")


async def test_the_streamlit_app_is_sound(call: Any, root: Path, require: Any) -> None:
    require("package index")
    folder = await made(call, root, "streamlit-app", title=TITLE)
    python = await environment(folder, "-r", "requirements.txt", "--group", "dev")

    assert "9 passed" in await python("pytest", "-q")
    await python("ruff", "check", ".")
    await python("ruff", "format", "--check", ".")


async def test_the_vite_app_is_sound_and_builds(call: Any, root: Path, require: Any) -> None:
    require("package index")
    require("node")
    folder = await made(call, root, "vite-react-app", title=TITLE)
    await run(folder, "npm", "install", "--no-audit", "--no-fund", "--prefer-offline")

    assert "6 passed" in await run(folder, "npm", "test", NO_COLOR="1")
    await run(folder, "npm", "run", "lint")
    await run(folder, "npm", "run", "build", "--", "--base", "/preview/5173/")
    page = (folder / "dist/index.html").read_text()
    assert 'src="/preview/5173/assets/index-' in page
    assert "<b>" not in page
