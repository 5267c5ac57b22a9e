"""`jupyter neoai search` as a program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..fakes.terminal import Terminal

KITCHEN = (
    'def boil_water(pot):\n    """Heat the pot until it bubbles."""\n    return pot.heat(100)\n'
)


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "kitchen.py").write_text(KITCHEN)
    (tmp_path / "shop" / "README.md").write_text("# Kitchen\nBoil water.\n")
    return Terminal(tmp_path, None)


async def test_passages_are_found_with_their_places_and_lines(terminal: Terminal) -> None:
    status, out, err = await terminal.run("search", "--project=shop", "how is water boiled?")
    assert (status, err) == (0, "")
    assert out.startswith("kitchen.py:1  boil_water\n    def boil_water(pot):\n")
    terminal.folder = terminal.home / "shop"
    status, out, _ = await terminal.run("search", "--json", "--k=1", "boil", "water")
    (item,) = json.loads(out)["items"]
    assert (status, item["path"], item["start_line"]) == (0, "kitchen.py", 1)
    assert item["snippet"] == KITCHEN.rstrip("\n")
    status, out, _ = await terminal.run("search", "--kinds=doc", "boil water")
    assert out.startswith("README.md:1  Kitchen\n")


async def test_definitions_are_found_by_parts_of_their_names(terminal: Terminal) -> None:
    arguments = ("search", "--project=shop", "--symbols", "boil")
    assert await terminal.run(*arguments) == (0, "kitchen.py:1  boil_water\n", "")
    status, out, _ = await terminal.run(*arguments, "--json")
    symbol = {"symbol": "boil_water", "path": "kitchen.py", "line": 1}
    assert (status, json.loads(out)) == (0, {"items": [symbol]})


async def test_nothing_found_is_said_and_is_a_status(terminal: Terminal) -> None:
    arguments = ("search", "--project=shop", "zebra")
    assert await terminal.run(*arguments) == (1, "", "Nothing was found.\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "What is looked for?"),
        (("--project=nowhere", "x"), "There is no folder nowhere."),
        (("--kinds=source,tests", "x"), "There is no kind tests: source, test, doc, config."),
        (("x" * 8001,), "at most 8,000 characters"),
        (("--k=0", "x"), "less than 1"),
    ],
)
async def test_what_cannot_be_done_is_said(
    terminal: Terminal, arguments: tuple[str, ...], told: str
) -> None:
    status, out, err = await terminal.run("search", *arguments)
    assert (status in (1, 2), out) == (True, "")
    assert told in err


async def test_what_a_terminal_would_obey_is_not_printed(terminal: Terminal) -> None:
    name = "evil\x1b]0;title\x07.py"
    (terminal.home / "shop" / name).write_text("def boil_evil():\n    '\x1b[2J boil evil'\n")
    status, out, _ = await terminal.run("search", "--project=shop", "boil evil")
    assert status == 0
    assert "boil_evil" in out
    assert not set("\x1b\x07") & set(out)
