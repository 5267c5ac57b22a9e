"""Formatting in NeoAI's editor, on demand and on save, and what else a save sees to."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import VIEW, open_in_monaco, put_cursor, text_of, wait_for_text

PLAIN = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
EDITOR_SETTINGS = "@neoai/lab/editor.jupyterlab-settings"


@PLAIN
def test_shift_alt_f_formats_with_the_languages_tool_and_one_undo_takes_it_back(
    workspace: Workspace, page: Any
) -> None:
    ugly = "x = {  'a':1 }\ny=2\n\n\n\n\nz   = 3\n"
    open_in_monaco(page, workspace.write("ugly.py", ugly))
    put_cursor(page, 2, 1)
    page.keyboard.type("#")
    page.keyboard.press("Delete")
    page.keyboard.type("y")
    typed = text_of(page)
    page.keyboard.press("Shift+Alt+f")
    wait_for_text(page, 'x = {"a": 1}\n#y=2\n\n\nz = 3\n'.replace("#y=2", "# y=2"))
    page.keyboard.press("Control+z")
    wait_for_text(page, typed)


@PLAIN
def test_what_cannot_be_formatted_says_why(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("broken.py", "x = (\n"))
    page.keyboard.press("Shift+Alt+f")
    page.wait_for_selector(".Toastify__toast:has-text('ruff')")
    assert text_of(page) == "x = (\n"


@BOTH
def test_a_save_formats_trims_and_ends_the_file_when_it_is_told_to(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    wanted = {"formatOnSave": True, "trimTrailingWhitespace": True, "insertFinalNewline": True}
    server.set(EDITOR_SETTINGS, wanted)
    page = new_page()
    open_in_monaco(page, workspace.write("save.py", "x = 1\n"))
    page.keyboard.press("Control+End")
    page.keyboard.type("y  =  2")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("save.py") == b"x = 1\ny = 2\n", "formatted on disk")
    open_in_monaco(page, workspace.write("save.txt", "one  \ntwo\t"))
    page.keyboard.press("Control+s")
    page.wait_for_function(f"{VIEW}.model.getValue() === 'one\\ntwo\\n'")
    until(lambda: workspace.read("save.txt") == b"one\ntwo\n", "tidy on disk")


@PLAIN
def test_a_save_says_nothing_of_a_file_that_no_formatter_is_for_and_the_command_does(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    server.set(EDITOR_SETTINGS, {"formatOnSave": True})
    page = new_page()
    open_in_monaco(page, workspace.write("plain.txt", "one\n"))
    page.keyboard.type("x")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("plain.txt") == b"xone\n", "saved")
    assert page.locator(".Toastify__toast").count() == 0
    for _ in range(2):
        page.keyboard.press("Shift+Alt+f")
        page.wait_for_selector(".Toastify__toast:has-text('No tool is known')")
    page.wait_for_function("document.querySelectorAll('.Toastify__toast').length === 1")
