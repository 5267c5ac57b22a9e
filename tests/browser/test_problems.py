"""The list of problems: what it shows, filters and opens."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Workspace
from .monaco import VIEW, open_in_monaco
from .test_language_server import PATH, SLOW_MS, open_ready, register

ROW = ".neoai-Problems-row:not(.neoai-mod-file)"
LINE = f"{VIEW}?.editor.getPosition().lineNumber"


@pytest.fixture
def files(workspace: Workspace, page: Any) -> tuple[str, str]:
    """Two open files with problems: an error in one, warnings in both."""
    first = workspace.write("first.py", "import os\n\nx = missing_name\n")
    second = workspace.write("second.py", "import sys\n\nprint('second')\n")
    register(page, workspace.name)
    open_ready(page, first)
    open_in_monaco(page, second)
    page.evaluate("void window.jupyterapp.commands.execute('neoai:show-problems')")
    page.wait_for_function(f"document.querySelectorAll('{ROW}').length === 3", timeout=SLOW_MS)
    return first, second


def test_problems_are_grouped_by_file_and_open_at_their_line(
    files: tuple[str, str], page: Any, screenshot: Any
) -> None:
    first, _ = files
    screenshot(page, "problems")
    said = page.locator(".neoai-ProblemsStatus .neoai-Problems-hidden").text_content()
    assert said == "1 error, 2 warnings. Show the problems"
    names = page.locator(".neoai-mod-file .neoai-Problems-message").all_text_contents()
    assert names == ["first.py", "second.py"]
    page.click(f"{ROW}:has-text('missing_name')")
    page.wait_for_function(f"path => {PATH} === path && {LINE} === 3", arg=first)
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")


def test_the_keyboard_moves_folds_and_opens(files: tuple[str, str], page: Any) -> None:
    _, second = files
    page.focus(".neoai-Problems-list")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"document.querySelectorAll('{ROW}').length === 1")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_function(f"path => {PATH} === path && {LINE} === 1", arg=second)


def test_signs_on_the_filters_are_as_easy_to_see_as_their_words_in_dark(
    workspace: Workspace, new_page: Any, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True)
    open_ready(page, workspace.write("fine.py", "print('fine')\n"))
    page.evaluate("void window.jupyterapp.commands.execute('neoai:show-problems')")
    page.wait_for_selector(".neoai-Problems-filter")
    colors = page.evaluate(
        """[...document.querySelectorAll('.neoai-Problems-filter')].map(button =>
            getComputedStyle(button).color
            === getComputedStyle(button.querySelector('.neoai-Problems-sign')).color)"""
    )
    assert colors == [True, True, True]
    screenshot(page, "problems filters dark")


def test_shortcuts_of_the_page_work_from_the_list(files: tuple[str, str], page: Any) -> None:
    page.focus(".neoai-Problems-list")
    page.keyboard.press("Control+p")
    page.wait_for_selector(".neoai-QuickOpen input")
    page.keyboard.press("Escape")
    page.focus(".neoai-Problems-list")
    page.keyboard.press("Control+Shift+f")
    page.wait_for_function("document.activeElement?.matches('.neoai-Search-query')")


def test_the_filter_takes_words_and_severities(files: tuple[str, str], page: Any) -> None:
    page.fill(".neoai-Problems-filters input", "second.py")
    page.wait_for_function(f"document.querySelectorAll('{ROW}').length === 1")
    page.fill(".neoai-Problems-filters input", "no such words")
    page.wait_for_selector(".neoai-Problems-empty:has-text('No problem matches the filter.')")
    page.fill(".neoai-Problems-filters input", "")
    for name in ("Errors", "Warnings", "Information"):
        page.click(f".neoai-Problems-filter:has-text('{name}')")
    page.wait_for_selector(".neoai-Problems-empty")


def test_next_and_previous_go_over_the_files(files: tuple[str, str], page: Any) -> None:
    first, second = files
    for command, path, line in [
        ("next", second, 1),
        ("next", first, 1),
        ("next", first, 3),
        ("previous", first, 1),
    ]:
        page.evaluate(f"window.jupyterapp.commands.execute('neoai:{command}-problem')")
        page.wait_for_function(
            f"([path, line]) => {PATH} === path && {LINE} === line", arg=[path, line]
        )


def test_what_is_put_right_leaves_the_list(
    files: tuple[str, str], page: Any, new_page: Any, screenshot: Any
) -> None:
    page.evaluate(f"{VIEW}.replaceText(\"print('second')\\n\")")
    page.wait_for_function(f"document.querySelectorAll('{ROW}').length === 2", timeout=SLOW_MS)
    page.wait_for_selector(
        ".neoai-ProblemsStatus:has-text('2'), .neoai-ProblemsStatus:has-text('1')"
    )


def test_with_no_problems_it_says_so_in_dark_and_narrow_windows(
    workspace: Workspace, new_page: Any, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=640)
    open_ready(page, workspace.write("fine.py", "print('fine')\n"))
    page.evaluate("void window.jupyterapp.commands.execute('neoai:show-problems')")
    page.wait_for_selector(".neoai-Problems-empty")
    screenshot(page, "problems empty dark")
