"""Unsaved edits against a change on disk, as two people at one file see it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import open_in_monaco, put_cursor, text_of, wait_for_text

TEXT = "".join(f"line {number}\n" for number in range(1, 10))
BANNER = ".neoai-Banner:visible"


@pytest.fixture(scope="module")
def patient_lab(_parts: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """Rooms that save when they are told to alone, so that an edit stays unsaved."""
    config = {"YDocExtension": {"document_save_delay": None, "file_poll_interval": 0.2}}
    with running_lab(tmp_path_factory.mktemp("patient") / "home", config=config) as server:
        yield server


@pytest.fixture
def server(patient_lab: LabServer) -> LabServer:
    """The server of these tests."""
    return patient_lab


@pytest.mark.parametrize("dark", [False, True])
def test_where_lines_collide_everybody_is_asked_and_nothing_is_lost(
    workspace: Workspace, new_page: NewPage, screenshot: Callable[..., Path], dark: bool
) -> None:
    path = workspace.write("shared.txt", TEXT)
    ada, bob = new_page("Ada", dark=dark), new_page("Bob", width=900)
    for page in (ada, bob):
        open_in_monaco(page, path)
    put_cursor(ada, 5, 1)
    ada.keyboard.type("my ")
    wait_for_text(bob, TEXT.replace("line 5", "my line 5"))

    theirs = TEXT.replace("line 5", "git's line 5").replace("line 9", "git's line 9")
    workspace.write("shared.txt", theirs)

    for page in (ada, bob):
        page.wait_for_selector(BANNER)
        assert "changed on disk" in page.inner_text(BANNER)
    screenshot(ada, f"conflict-{'dark' if dark else 'light'}")
    screenshot(bob, "conflict-narrow")
    assert "my line 5" in text_of(ada)
    assert workspace.read("shared.txt").decode() == theirs

    bob.get_by_role("button", name="Both").click()

    merged = theirs.replace("git's line 5\n", "my line 5\ngit's line 5\n")
    for page in (ada, bob):
        wait_for_text(page, merged)
        page.wait_for_selector(BANNER, state="hidden")
    until(lambda: workspace.read("shared.txt").decode() == merged, "the merged text on disk")


def test_edits_elsewhere_are_merged_without_a_question(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("merged.txt", TEXT)
    page: Any = new_page("Ada")
    open_in_monaco(page, path)
    page.keyboard.type("my ")
    workspace.write("merged.txt", TEXT.replace("line 9", "git's line 9"))
    wait_for_text(page, "my " + TEXT.replace("line 9", "git's line 9"))
    assert page.locator(BANNER).count() == 0
