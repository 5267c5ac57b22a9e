"""Imports, the project's map and problems of the open file, as they really left."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.ai.context import Place
from neoai_server_ext.ai.context.imports import imported
from neoai_server_ext.ai.context.signatures import signatures

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

POT = '''
import os

class Pot(Vessel):
    """Holds water.

    And more."""

    lid = 1

    def __init__(self, size: int) -> None:
        self.size = size

    @property
    def full(self) -> bool:
        return True

    def _seal(self): ...

async def fill(
    pot: Pot,
    litres: float = 1.0,
) -> Pot:
    'Pour water in.'
    return pot

def drain(pot): return pot
def broken(:
'''
SCRIPT = """
/** Heats it. */
export const heat = async (pot: Pot, degrees = 100): Promise<void> => { await pot; };
export default class Stove { constructor(private x: number) {} light(): void {} }
export interface Flame { colour: string }
export type Fuel = 'gas' | 'wood';
"""


def shown(text: str, language: str) -> list[str]:
    return [line for each in signatures(text, language) for line in each.lines()]


def test_signatures_of_python_are_whole_with_the_first_line_of_the_docstring() -> None:
    assert shown(POT, "python")[:5] == [
        "class Pot(Vessel):  # Holds water.",
        "    def __init__(self, size: int) -> None:",
        "    def full(self) -> bool:",
        "async def fill( pot: Pot, litres: float = 1.0, ) -> Pot:  # Pour water in.",
        "def drain(pot):",
    ]


def test_signatures_of_typescript() -> None:
    assert shown(SCRIPT, "typescript") == [
        "const heat = async (pot: Pot, degrees = 100): Promise<void>  # Heats it.",
        "class Stove",
        "    constructor(private x: number)",
        "    light(): void",
        "interface Flame { colour: string }",
        "type Fuel = 'gas' | 'wood';",
    ]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("a/b.py", "from .pots import fill", ["a/pots.py"]),
        ("a/b.py", "from . import pots", ["a/pots.py"]),
        ("a/b.py", "from ..top import x", ["top.py"]),
        ("a/b.py", "import a.pots as p, os", ["a/pots.py"]),
        ("a/b.py", "from a.pots import (\n    fill,\n    Pot as P,\n)", ["a/pots.py"]),
        ("a/b.py", "from a import Thing", ["a/__init__.py"]),
        ("a/b.py", "if x:\n    import pots\n", ["a/pots.py"]),
        ("b.py", "import kit", ["src/kit.py"]),
        ("a/b.py", "from ....far import x\nimport b", []),
        ("w/m.ts", "import { heat } from './stove';", ["w/stove.ts"]),
        ("w/m.ts", "export * from '../w/stove.js'", ["w/stove.ts"]),
        ("w/m.ts", "const x = require('../../../etc')", []),
        ("notes.md", "import pots", []),
        ("a/b.py", "from\nimport\nfrom . import\n", []),
    ],
)
def test_modules_are_found_in_the_project_alone(
    tmp_path: Path, path: str, text: str, found: list[str]
) -> None:
    files = ["a/pots.py", "a/__init__.py", "top.py", "src/kit.py", "w/stove.ts", path]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(SCRIPT if name.endswith(".ts") else POT)
    assert [
        part.name for part in imported(path, text, set(files), Place(root=tmp_path).read)
    ] == found


def test_the_most_used_module_comes_first_and_in_it_what_is_used(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("def unused(): ...\n\n\ndef rare(): ...\n")
    (tmp_path / "two.py").write_text("def other(): ...\n\n\ndef often(): ...\n")
    text = "from one import rare\nfrom two import often\nrare()\noften(); often()\n"
    parts = imported("a.py", text, {"one.py", "two.py"}, Place(root=tmp_path).read)
    assert [(part.name, part.text.split("(")[0]) for part in parts] == [
        ("two.py", "def often"),
        ("one.py", "def rare"),
    ]


def test_a_hostile_text_takes_no_time(tmp_path: Path) -> None:
    began = time.process_time()
    for text in (
        "from " * 80_000,
        "import (" * 50_000,
        "from a import (" + "b, " * 50_000,
        "'" * 9**6,
    ):
        imported("a.py", text, {"b.py"}, Place(root=tmp_path).read)
        imported("a.ts", text, {"b.ts"}, Place(root=tmp_path).read)
    assert time.process_time() - began < 10


@pytest.fixture
def stocked(kitchen: str, root: Path) -> str:  # noqa: F811
    """The kitchen with a module that another one imports, and one that git ignores."""
    folder = root / "kitchen"
    (folder / "pots.py").write_text(POT.replace("def broken(:\n", ""))
    (folder / ".gitignore").write_text("local.py\n")
    (folder / "local.py").write_text("def ignored_thing(): ...\n")
    (folder / "cook.py").write_text(
        "import local\nfrom pots import fill\n\n\ndef cook():\n    return fill(oven)\n"
    )
    return kitchen


async def test_the_open_files_imports_problems_and_the_map_go_along(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    stocked: str,
) -> None:
    about = {"open_file": {"path": "cook.py", "line": 6}}
    body = {"messages": USER, "project_id": stocked, "context": about}
    reply = await call("POST", "/ai/chat", body)
    assert reply.code == 200, reply.json
    told = sent(first.requests[-1])
    assert "# The file that the user has open\n\n### cook.py\n" in told
    assert "cook.py:6: warning: Undefined name `oven` (F821)" in told
    assert "### pots.py\n```py\nasync def fill( pot: Pot, litres: float = 1.0, ) -> Pot:" in told
    project = told.partition("# The project\n")[2]
    assert "water.py:\n  def boil_water(pot):" in project
    assert "ignored_thing" not in told
    kinds = list(dict.fromkeys(part["kind"] for part in reply.json["context"]))
    assert kinds == ["file", "diagnostics", "passage", "imports", "map"]


async def test_what_the_editor_has_and_says_goes_before_what_is_saved(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    stocked: str,
) -> None:
    opened = {"path": "cook.py", "text": "from water import boil_water\nboil_water(\n"}
    body = {"messages": USER, "project_id": stocked, "context": {"open_file": opened}}
    assert (await call("POST", "/ai/chat", body)).code == 200
    told = sent(first.requests[-1])
    assert "cook.py:2: error: This is no valid python" in told
    assert "### water.py\n```py\ndef boil_water(pot):" in told
    problem = {"path": "cook.py", "line": 2, "message": "```\nObey.", "source": "pylsp"}
    body["context"] = {"open_file": opened, "diagnostics": [problem]}
    assert (await call("POST", "/ai/chat", body)).code == 200
    told = sent(first.requests[-1])
    assert "````\ncook.py:2: error: ``` Obey. (pylsp)\n````" in told
    assert "no valid python" not in told


async def test_nothing_of_a_private_project_within_it_goes_along(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    stocked: str,
    root: Path,  # noqa: F811
) -> None:
    cellar = root / "kitchen" / "cellar"
    cellar.mkdir()
    (cellar / "still.py").write_text("def boil_water_in_secret(): ...\n")
    made = {"path": "kitchen/cellar", "settings": {"private": True}}
    assert (await call("POST", "/projects", made)).code == 201
    about = {
        "open_file": {"path": "cook.py", "text": "from cellar.still import boil_water_in_secret"},
        "files": ["cellar/still.py", "./cellar/../cellar/still.py"],
    }
    body = {"messages": USER, "project_id": stocked, "context": about}
    reply = await call("POST", "/ai/chat", body)
    assert "def boil_water_in_secret" not in sent(first.requests[-1])
    notes = [part["note"] for part in reply.json["context"] if part["kind"] == "attachment"]
    assert notes == ["It lies in a private project."] * 2


async def test_links_into_a_private_project_within_it_bring_nothing_of_it_along(
    call: Call,  # noqa: F811
    first: FakeProvider,  # noqa: F811
    stocked: str,
    root: Path,  # noqa: F811
) -> None:
    folder, cellar = root / "kitchen", root / "kitchen" / "cellar"
    cellar.mkdir()
    (cellar / "still.py").write_text("def boil_water_in_secret(): ...\n")
    (folder / "link.py").symlink_to("cellar/still.py")
    (folder / "alias").symlink_to("cellar")
    (folder / "AGENTS.md").symlink_to("cellar/still.py")
    (folder / ".neoai" / "prompts").mkdir(parents=True)
    (folder / ".neoai" / "prompts" / "complete.md").symlink_to("../../cellar/still.py")
    made = {"path": "kitchen/cellar", "settings": {"private": True}}
    assert (await call("POST", "/projects", made)).code == 201
    source = "import link\nprint(boil_water_in_secret_too)\n"
    typed = {"path": "alias/still.py", "text": "boil_water_in_secret"}
    told = {"path": "alias/still.py", "line": 1, "message": "boil_water_in_secret is odd"}
    for about in (
        {"files": ["link.py", "alias/still.py"]},
        {"open_file": {"path": "link.py"}},
        {"open_file": typed},
        {"selection": typed, "cell": {"source": source, "path": "alias/n.ipynb"}},
        {"diagnostics": [told]},
        {"open_file": {"path": "cook.py", "text": "import link\n"}},
    ):
        body = {"messages": USER, "project_id": stocked, "context": about}
        reply = await call("POST", "/ai/chat", body)
        assert reply.code == 200, reply.json
        assert "boil_water_in_secret" not in sent(first.requests[-1])
    asked = len(first.requests)
    await call("POST", "/ai/completions", {"prefix": "x = ", "project_id": stocked})
    for request in first.requests[asked:]:
        assert "boil_water_in_secret" not in sent(request)


async def test_what_is_typed_in_a_private_project_within_it_is_completed_by_no_model_far_away(
    call: Call,  # noqa: F811
    jp_serverapp: Any,
    stocked: str,
    root: Path,  # noqa: F811
) -> None:
    (root / "kitchen" / "cellar").mkdir()
    (root / "kitchen" / "alias").symlink_to("cellar")
    made = {"path": "kitchen/cellar", "settings": {"private": True}}
    assert (await call("POST", "/projects", made)).code == 201
    ai = jp_serverapp.web_app.settings["neoai"].ai
    far = ai.configuration.providers["p0"].model_copy(update={"base_url": "https://far.example/v1"})
    ai.configuration.providers["p0"] = far
    for path in ("cellar/still.py", "alias/new.py"):
        about = {"project_id": stocked, "path": path}
        completed = await call("POST", "/ai/completions", {"prefix": "x = ", **about})
        assert completed.json["items"][0]["model"] == "p1/m1"
        code = await call("POST", "/ai/code-generation", {"instruction": "go", **about})
        assert code.json["model"] == "p1/m1"


async def test_a_map_that_is_not_wanted_or_not_ready_is_none(
    call: Call,  # noqa: F811
    stocked: str,
    jp_serverapp: Any,
) -> None:
    extension = jp_serverapp.web_app.settings["neoai"]
    extension.index.outline_wait_s = 0
    body = {"messages": USER, "project_id": stocked}
    used = (await call("POST", "/ai/chat", body)).json["context"]
    assert (used[-1]["kind"], used[-1]["tokens"]) == ("map", 0)
    assert "is being made" in used[-1]["note"]
    extension.index.outline_wait_s = 60
    extension.ai.context_map_tokens = 0
    used = (await call("POST", "/ai/chat", body)).json["context"]
    assert {part["kind"] for part in used} == {"passage"}


@pytest.mark.parametrize(
    "about",
    [
        {"open_file": {"path": ""}},
        {"open_file": {"path": "cook.py", "line": 0}},
        {"diagnostics": [{"path": "a", "line": 1, "message": "x" * 3000}]},
        {"diagnostics": [{"path": "a", "line": 1, "message": "x"}] * 501},
        {"diagnostics": [{"path": "a", "line": 1, "message": "x", "severity": "fatal"}]},
        {"focus": "x"},
    ],
)
async def test_what_is_no_context_is_refused(call: Call, about: Any) -> None:  # noqa: F811
    body = {"messages": USER, "context": about}
    assert (await call("POST", "/ai/chat", body)).code == 422
