"""Proposed changes in their files and cells: decided on by hunk, merged with what others do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import NewPage, Workspace, until
from .monaco import (
    VIEW,
    open_file,
    open_in_monaco,
    put_cursor,
    shared_text_of,
    text_of,
    wait_for_text,
)

pytest.importorskip("playwright.sync_api")

LINES = [f"line_{number} = {number}" for number in range(1, 31)]
TEXT = "\n".join(LINES) + "\n"
PROPOSED = TEXT.replace("line_3 = 3\n", "line_3 = 'three'\n").replace(
    "line_20 = 20\n", "line_20 = 'twenty'\nextra = True\n"
)
HUNK = ".neoai-Hunk:visible"
BAR = ".neoai-ReviewBar:visible"


def propose(page: Any, *proposals: dict[str, Any], title: str = "NeoAI") -> None:
    """Begin a review, and wait for its first hunk."""
    page.evaluate(
        """args => {
            window.reviewed = null;
            window.jupyterapp.commands.execute('neoai:review-proposal', args)
                .then(counts => { window.reviewed = counts ?? {}; });
        }""",
        {"title": title, "proposals": list(proposals)},
    )


def notebook(*sources: str) -> str:
    """A notebook of code cells `c0`, `c1`, … as a file."""
    cells = [
        {
            "id": f"c{number}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps(
        {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    )


@pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
def test_one_hunk_is_accepted_and_another_rejected_and_undo_takes_back_the_first(
    page: Any, workspace: Workspace
) -> None:
    path = workspace.write("a.py", TEXT)
    open_in_monaco(page, path)

    propose(page, {"path": path, "proposed": PROPOSED})

    page.locator(HUNK).first.wait_for()
    assert text_of(page) == TEXT
    assert "2 changes left" in page.inner_text(BAR)
    page.locator(HUNK).first.get_by_role("button", name="Accept").click()
    accepted = TEXT.replace("line_3 = 3\n", "line_3 = 'three'\n")
    wait_for_text(page, accepted)
    page.keyboard.press("Control+z")
    wait_for_text(page, TEXT)
    page.wait_for_function("document.querySelector('.neoai-ReviewBar').innerText.includes('2 ch')")
    page.keyboard.press("Control+Shift+z")
    wait_for_text(page, accepted)
    page.locator(HUNK).get_by_role("button", name="Reject").click()
    page.wait_for_selector(BAR, state="detached")
    assert shared_text_of(page) == accepted
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("a.py").decode() == accepted, "the accepted change is saved")
    counts = page.evaluate("window.reviewed")
    assert counts == {"open": 0, "stale": 0, "accepted": 1, "rejected": 1}
    assert page.console_errors == []


def test_keys_go_from_hunk_to_hunk_and_decide(page: Any, workspace: Workspace) -> None:
    path = workspace.write("a.py", TEXT)
    open_in_monaco(page, path)
    propose(page, {"path": path, "proposed": PROPOSED})
    page.locator(f"{HUNK}.neoai-mod-current").wait_for()
    line = f"{VIEW}.editor.getPosition().lineNumber"
    page.wait_for_function(f"{line} === 3")

    page.keyboard.press("F7")
    page.wait_for_function(f"{line} === 20")
    page.keyboard.press("Shift+F7")
    page.wait_for_function(f"{line} === 3")
    page.keyboard.press("Alt+n")
    page.wait_for_function(f"{line} === 20")
    page.keyboard.press("Alt+y")

    page.wait_for_selector(BAR, state="detached")
    expected = TEXT.replace("line_20 = 20\n", "line_20 = 'twenty'\nextra = True\n")
    assert text_of(page) == expected
    page.keyboard.press("F7")  # is Monaco's again, and takes nothing
    assert page.console_errors == []


def test_what_others_type_meanwhile_stays_and_a_hunk_that_they_touch_says_so(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("a.py", TEXT)
    ada, bob = new_page("Ada"), new_page("Bob")
    for page in (ada, bob):
        open_in_monaco(page, path)
    propose(ada, {"path": path, "proposed": PROPOSED})
    ada.locator(HUNK).first.wait_for()

    put_cursor(bob, 1, 1)
    bob.keyboard.type("# from Bob\n")
    theirs = "# from Bob\n" + TEXT
    wait_for_text(ada, theirs)
    put_cursor(bob, 21, 1)
    bob.keyboard.type("my_")
    theirs = theirs.replace("line_20 =", "my_line_20 =")
    wait_for_text(ada, theirs)
    ada.locator(".neoai-Hunk.neoai-mod-stale").wait_for()
    assert bob.locator(".neoai-Hunk").count() == 0
    ada.locator(BAR).get_by_role("button", name="Accept All").click()

    merged = theirs.replace("line_3 = 3\n", "line_3 = 'three'\n")
    for page in (ada, bob):
        wait_for_text(page, merged)
    assert "1 no longer applies" in ada.inner_text(BAR)
    ada.get_by_role("button", name="Dismiss").click()
    ada.wait_for_selector(BAR, state="detached")
    assert text_of(ada) == merged


def test_a_file_that_is_closed_and_opened_again_still_has_its_hunks(
    page: Any, workspace: Workspace
) -> None:
    path = workspace.write("a.py", TEXT)
    open_in_monaco(page, path)
    propose(page, {"path": path, "proposed": PROPOSED})
    page.locator(HUNK).first.wait_for()

    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    page.wait_for_selector(".neoai-Editor", state="detached")
    open_in_monaco(page, path)

    page.locator(HUNK).first.wait_for()
    page.locator(BAR).get_by_role("button", name="Accept All").click()
    wait_for_text(page, PROPOSED)


def test_all_changes_of_several_files_and_cells_are_accepted_at_once(
    page: Any, workspace: Workspace, screenshot: Callable[..., Path]
) -> None:
    first = workspace.write("a.py", TEXT)
    second = workspace.write("b.py", "old = 1\n")
    book = workspace.write("soup.ipynb", notebook("pot = 1\n", "stir()", "serve()"))
    open_in_monaco(page, first)
    propose(
        page,
        {"path": first, "proposed": PROPOSED},
        {"path": second, "base": "old = 1\n", "proposed": "new = 2\n"},
        {"path": book, "cell": "c1", "base": "stir()", "proposed": "stir()\ntaste()"},
        title="Better soup",
    )
    page.locator(HUNK).first.wait_for()
    screenshot(page, "review-several")
    page.locator(BAR).get_by_role("button", name="soup.ipynb").click()
    page.locator(f".jp-Notebook {HUNK}").wait_for()
    page.locator(BAR).get_by_role("button", name="soup.ipynb, cell 2").first.wait_for()
    assert "stir()" not in page.inner_text(f".jp-Notebook {HUNK}")
    screenshot(page, "review-cell")

    page.locator(BAR).get_by_role("button", name="Accept All").click()

    page.wait_for_function("window.reviewed !== null")
    until(lambda: workspace.read("a.py").decode() == PROPOSED, "a.py is saved")
    until(lambda: workspace.read("b.py") == b"new = 2\n", "b.py is saved")
    until(lambda: b"taste()" in workspace.read("soup.ipynb"), "the notebook is saved")
    assert page.evaluate("window.reviewed.accepted") == 4
    assert page.console_errors == []


def test_hunks_are_shown_in_jupyterlabs_own_editor_too(page: Any, workspace: Workspace) -> None:
    path = workspace.write("a.py", TEXT)
    open_file(page, path, "Editor")
    propose(page, {"path": path, "proposed": PROPOSED})

    page.locator(HUNK).first.get_by_role("button", name="Accept").click()
    page.locator(HUNK).first.get_by_role("button", name="Accept").click()

    page.wait_for_selector(BAR, state="detached")
    assert shared_text_of(page) == PROPOSED


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (False, 520)])
def test_hunks_can_be_read(
    workspace: Workspace,
    new_page: NewPage,
    screenshot: Callable[..., Path],
    dark: bool,
    width: int,
) -> None:
    path = workspace.write("a.py", TEXT)
    page = new_page("Ada", dark=dark, width=width)
    open_in_monaco(page, path)
    propose(page, {"path": path, "proposed": PROPOSED})
    page.locator(f"{HUNK} span[class^='mtk']").first.wait_for()
    screenshot(page, f"review-{'dark' if dark else 'light'}-{width}")
    assert page.locator(HUNK).first.bounding_box()["height"] < 120
