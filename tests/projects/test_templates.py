"""Templates: what is offered, what is made of them, and that nothing is left of a failure."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .test_projects import code

SHIPPED = [
    "course-assignment",
    "fastapi-service",
    "notebook-analysis",
    "python-package",
    "streamlit-app",
    "vite-react-app",
]
HOSTILE = 'It\'s "quoted" \\ <b>{{ 7 * 7 }}</b> {% raw %}'


async def test_each_template_tells_what_it_asks(call: Any) -> None:
    answer = await call("GET", "/templates")

    assert answer.code == 200
    items = {item["id"]: item for item in answer.json["items"]}
    assert sorted(items) == SHIPPED
    package = {question["name"]: question for question in items["python-package"]["questions"]}
    assert package["python_version"] == {
        "name": "python_version",
        "type": "str",
        "help": "The oldest Python that it runs on",
        "default": "3.11",
        "choices": ["3.11", "3.12", "3.13"],
        "required": False,
    }
    assert package["package_name"]["default"] is None
    assert "project_name" not in package


async def run_tests(folder: Path) -> str:
    """The closing line of a project's own tests."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:jupyter_server"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().rsplit("\n", 1)[-1]


@pytest.mark.parametrize(
    ("template", "closing"),
    [
        ("course-assignment", "1 passed, 2 skipped"),
        ("notebook-analysis", "2 passed"),
        ("python-package", "2 passed"),
    ],
)
async def test_each_templates_own_tests_pass(
    call: Any, root: Path, template: str, closing: str
) -> None:
    answer = await call("POST", "/projects", {"name": "Sales 2025", "template": template})

    assert (answer.code, answer.json["path"]) == (201, "Sales 2025")
    assert answer.json["trusted"] is False
    folder = root / "Sales 2025"
    assert (folder / ".gitignore").is_file()
    assert (folder / "README.md").read_text().startswith("# Sales 2025\n")
    assert [entry.name for entry in root.iterdir() if entry.name.startswith(".neoai")] == []
    assert (await run_tests(folder)).startswith(closing)
    check = [sys.executable, "-m", "ruff", "check", "--no-cache", "."]
    linted = await asyncio.to_thread(subprocess.run, check, cwd=folder, capture_output=True)
    assert linted.returncode == 0, linted.stdout


async def test_the_notebook_runs_from_top_to_bottom(call: Any, root: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    choice = {"id": "notebook-analysis", "answers": {"question": HOSTILE}}
    answer = await call("POST", "/projects", {"name": "Sales", "template": choice})
    assert answer.code == 201
    notebook = nbformat.read(root / "Sales/analysis.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.endswith(HOSTILE)

    resources = {"metadata": {"path": str(root / "Sales")}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources)
    await client.async_execute()

    assert "'South': 269.75" in notebook.cells[2].outputs[0]["data"]["text/plain"]


async def test_names_and_answers_are_text_and_never_code(call: Any, root: Path) -> None:
    import tomllib

    choice = {"id": "python-package", "answers": {"description": HOSTILE, "package_name": "mine"}}
    body = {"name": "{{ 1 + 1 }} ../x", "path": "a/b", "template": choice}
    answer = await call("POST", "/projects", body)

    assert answer.code == 201, answer.json
    assert (root / "a/b/README.md").read_text().startswith("# {{ 1 + 1 }} ../x\n")
    project = tomllib.loads((root / "a/b/pyproject.toml").read_text())["project"]
    assert (project["name"], project["description"]) == ("mine", HOSTILE)


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ("../python-package", "no-template"),
        ({"id": "nothing"}, "no-template"),
        ({"id": "python-package", "answers": {"surprise": "1"}}, "template-answers"),
        ({"id": "python-package", "answers": {"python_version": "2.7"}}, "template-answers"),
        ({"id": "python-package", "answers": {"package_name": "../x"}}, "template-answers"),
        ({"id": "course-assignment", "answers": {"points": "many"}}, "template-answers"),
        ({"id": "course-assignment", "answers": {"points": True}}, "template-answers"),
        ({"id": "course-assignment", "answers": {"points": 0}}, "template-answers"),
    ],
)
async def test_what_does_not_fit_makes_nothing(
    call: Any, root: Path, choice: Any, problem: str
) -> None:
    before = sorted(root.iterdir())
    answer = await call("POST", "/projects", {"name": "new", "template": choice})
    assert code(answer) == (422, problem), json.dumps(answer.json)
    assert sorted(root.iterdir()) == before
    assert (await call("GET", "/projects")).json["items"] == []


async def test_a_folder_that_is_there_is_left_as_it_is(call: Any, root: Path) -> None:
    (root / "new").mkdir()
    answer = await call("POST", "/projects", {"path": "new", "template": "python-package"})
    assert code(answer) == (409, "exists")
    assert list((root / "new").iterdir()) == []
