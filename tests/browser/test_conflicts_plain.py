"""Unsaved edits against a change on disk where no room holds the document: JupyterLab alone would
ask which of the two sides to lose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import NewPage, Workspace, until
from .monaco import open_file, open_in_monaco, put_cursor, text_of, wait_for_text

pytestmark = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)

TEXT = "".join(f"line {number}\n" for number in range(1, 10))
BANNER = ".neoai-Banner:visible"
SHARED = "window.jupyterapp.shell.currentWidget.context.model.sharedModel"
SAVE = "window.jupyterapp.commands.execute('docmanager:save').then(() => null)"


def notebook(*sources: str) -> str:
    """A notebook of code cells."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def sources(workspace: Workspace, name: str) -> list[str]:
    """The cells of a notebook on the disk; none while Jupyter is writing it."""
    written = workspace.read(name)
    if not written.endswith(b"}\n"):
        return []
    return ["".join(cell["source"]) for cell in json.loads(written)["cells"]]


def test_a_clean_document_follows_its_file(workspace: Workspace, new_page: NewPage) -> None:
    path = workspace.write("followed.txt", TEXT)
    page = new_page("Ada")
    open_in_monaco(page, path)
    put_cursor(page, 9, 3)
    for theirs in (TEXT.replace("line 2", "git's line 2"), "", TEXT):
        workspace.write("followed.txt", theirs)
        wait_for_text(page, theirs)
    assert not page.evaluate(f"{SHARED}.dirty")
    page.keyboard.press("Control+z")
    wait_for_text(page, "")
    assert page.locator(BANNER).count() == 0
    assert page.console_errors == []


@pytest.mark.parametrize("endings", ["\n", "\r\n"])
def test_edits_elsewhere_are_merged_without_a_question(
    workspace: Workspace, new_page: NewPage, endings: str
) -> None:
    def ended(text: str) -> bytes:
        return text.replace("\n", endings).encode()

    path = workspace.write("merged.txt", ended(TEXT))
    page = new_page("Ada")
    open_in_monaco(page, path)
    page.keyboard.type("my ")
    theirs = TEXT.replace("line 9", "git's line 9")
    workspace.write("merged.txt", ended(theirs))
    wait_for_text(page, "my " + theirs)
    page.locator(".Toastify__toast", has_text="merged with yours").wait_for()
    page.keyboard.press("Control+z")
    wait_for_text(page, "my " + TEXT)
    page.keyboard.press("Control+Shift+z")
    wait_for_text(page, "my " + theirs)
    page.evaluate(SAVE)
    assert workspace.read("merged.txt") == ended("my " + theirs)


def test_a_save_merges_what_is_not_seen_yet(workspace: Workspace, new_page: NewPage) -> None:
    path = workspace.write("saved.txt", TEXT)
    page = new_page("Ada")
    open_in_monaco(page, path)
    page.keyboard.type("my ")
    theirs = TEXT.replace("line 9", "git's line 9")
    workspace.write("saved.txt", theirs)
    page.evaluate(SAVE)
    assert workspace.read("saved.txt").decode() == "my " + theirs
    assert page.locator(".jp-Dialog").count() == 0


@pytest.mark.parametrize(
    ("choice", "line", "dark"),
    [
        ("Mine", "my line 5\n", False),
        ("The disk\u2019s", "git's line 5\n", True),
        ("Both", "my line 5\ngit's line 5\n", False),
    ],
)
def test_where_lines_collide_people_choose_and_nothing_is_lost(
    workspace: Workspace,
    new_page: NewPage,
    screenshot: Callable[..., Path],
    choice: str,
    line: str,
    dark: bool,
) -> None:
    path = workspace.write("shared.txt", TEXT)
    page = new_page("Ada", dark=dark, width=900 if dark else 1280)
    open_in_monaco(page, path)
    put_cursor(page, 5, 1)
    page.keyboard.type("my ")
    theirs = TEXT.replace("line 5", "git's line 5").replace("line 9", "git's line 9")
    workspace.write("shared.txt", theirs)
    page.wait_for_selector(BANNER)
    screenshot(page, f"conflict-plain-{'dark' if dark else 'light'}")
    page.evaluate(SAVE)
    assert workspace.read("shared.txt").decode() == theirs
    assert "my line 5" in text_of(page)
    assert page.locator(".jp-Dialog").count() == 0

    page.get_by_role("button", name=choice).click()

    merged = theirs.replace("git's line 5\n", line)
    wait_for_text(page, merged)
    page.wait_for_selector(BANNER, state="hidden")
    until(lambda: workspace.read("shared.txt").decode() == merged, "the merged text on disk")
    assert page.console_errors == []


def test_a_conflict_that_is_edited_away_ends_by_itself(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("ends.txt", TEXT)
    page = new_page("Ada")
    open_in_monaco(page, path)
    page.keyboard.type("my ")
    workspace.write("ends.txt", TEXT.replace("line 1\n", "git's line 1\n"))
    page.wait_for_selector(BANNER)
    page.keyboard.press("Control+z")
    page.evaluate(SAVE)
    wait_for_text(page, TEXT.replace("line 1\n", "git's line 1\n"))
    page.wait_for_selector(BANNER, state="hidden")


def test_where_nothing_merges_jupyterlab_asks_and_a_save_is_not_held_up(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("asked.txt", TEXT)
    page = new_page("Ada")
    page.route("**/neoai/v1/collaboration/merge*", lambda route: route.abort())
    open_in_monaco(page, path)
    page.keyboard.type("my ")
    workspace.write("asked.txt", TEXT.replace("line 9", "git's line 9"))
    page.evaluate(f"() => void {SAVE}")
    page.locator(".jp-Dialog").get_by_role("button", name="Overwrite").click()
    until(lambda: workspace.read("asked.txt").decode() == "my " + TEXT, "the text on disk")


def test_a_notebook_is_merged_cell_by_cell(
    workspace: Workspace, new_page: NewPage, screenshot: Callable[..., Path]
) -> None:
    path = workspace.write("n.ipynb", notebook("a = 1", "b = 2", "c = 3"))
    page = new_page("Ada")
    open_file(page, path, "Notebook")
    workspace.write("n.ipynb", notebook("a = 1", "b = 2", "c = 4"))
    page.wait_for_function(f"{SHARED}.cells[2].getSource() === 'c = 4'")
    page.evaluate(f"{SHARED}.cells[0].updateSource(0, 1, 'mine')")
    workspace.write("n.ipynb", notebook("a = 1", "b = 3", "c = 4", "d = 5"))
    page.wait_for_function(f"{SHARED}.cells.length === 4")
    assert page.evaluate(f"{SHARED}.cells.map(cell => cell.getSource())") == [
        "mine = 1",
        "b = 3",
        "c = 4",
        "d = 5",
    ]
    page.evaluate(SAVE)
    until(lambda: sources(workspace, "n.ipynb")[:1] == ["mine = 1"], "the notebook on disk")
    assert sources(workspace, "n.ipynb") == ["mine = 1", "b = 3", "c = 4", "d = 5"]

    page.evaluate(f"{SHARED}.cells[1].updateSource(0, 1, 'mine')")
    workspace.write("n.ipynb", notebook("a = 2", "theirs = 3", "c = 4", "d = 5"))
    page.wait_for_selector(BANNER)
    screenshot(page, "conflict-plain-notebook")
    page.get_by_role("button", name="Both").click()
    page.wait_for_selector(BANNER, state="hidden")
    both = "mine = 3\ntheirs = 3"
    until(lambda: sources(workspace, "n.ipynb")[1:2] == [both], "the choice on disk")
    assert page.console_errors == []
