"""Where a file's symbols are shown in NeoAI's editor: breadcrumbs, outline, go to symbol."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Workspace
from .monaco import EDITOR, VIEW, open_in_monaco, put_cursor

PLAIN = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
SOURCE = """\
class First:
    def one(self):
        return 1

    def two(self):
        return 2


class Second:
    def three(self):
        return 3
"""
LINE = f"{VIEW}.editor.getPosition().lineNumber"


def crumbs(*names: str) -> str:
    """True in the page while the breadcrumbs end in `names`."""
    buttons = ".neoai-Breadcrumbs:not(.lm-mod-hidden) button:not(.neoai-PreviewButton)"
    return f"""() => [...document.querySelectorAll('{buttons}')]
        .map(node => node.textContent).join(' > ').endsWith({" > ".join(names)!r})"""


@PLAIN
def test_breadcrumbs_follow_the_cursor_and_lead_to_siblings(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    path = workspace.write("src/deep.py", SOURCE)
    workspace.write("src/other.py", "x = 1\n")
    open_in_monaco(page, path)
    put_cursor(page, 6, 5)
    page.wait_for_function(crumbs("src", "deep.py", "First", "two"))
    screenshot(page, "editor breadcrumbs")
    page.click(".neoai-Breadcrumbs button:text-is('two')")
    page.click(".neoai-BreadcrumbsMenu .lm-Menu-itemLabel:text-is('one')")
    page.wait_for_function(f"{LINE} === 2 && {VIEW}.editor.hasTextFocus()")
    page.wait_for_function(crumbs("First", "one"))
    page.click(".neoai-Breadcrumbs button:text-is('First')")
    page.wait_for_selector(".neoai-BreadcrumbsMenu .lm-Menu-itemLabel:text-is('Second')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{LINE} === 9")
    page.click(".neoai-Breadcrumbs button:text-is('deep.py')")
    page.click(".neoai-BreadcrumbsMenu .lm-Menu-itemLabel:text-is('other.py')")
    page.wait_for_function(f"{VIEW}?.model.uri.path.endsWith('src/other.py')")
    page.evaluate("void window.jupyterapp.commands.execute('neoai:toggle-breadcrumbs')")
    page.wait_for_selector(".neoai-Breadcrumbs", state="hidden")


@PLAIN
def test_the_outline_lists_the_symbols_and_a_click_goes_to_one(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    open_in_monaco(page, workspace.write("outline.py", SOURCE))
    page.evaluate("window.jupyterapp.shell.activateById('table-of-contents')")
    item = ".jp-TableOfContents-tree .jp-tocItem-content"
    page.wait_for_selector(f"{item}:has-text('three')")
    page.click(f"{item}:has-text('three')")
    page.wait_for_function(f"{LINE} === 10")
    put_cursor(page, 3, 1)
    page.wait_for_selector(".jp-tocItem[aria-selected=true]:has-text('one'):not(:has-text('two'))")
    page.evaluate(f"{VIEW}.editor.focus()")
    page.keyboard.press("Control+End")
    page.keyboard.type("\ndef added(): pass\n")
    page.wait_for_selector(f"{item}:has-text('added')")
    screenshot(page, "editor outline")


@PLAIN
def test_go_to_symbol_finds_by_name_without_a_language_server(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("symbols.py", SOURCE))
    page.keyboard.press("Control+Shift+o")
    page.wait_for_selector(f"{EDITOR} .quick-input-widget .monaco-list-row:has-text('three')")
    page.keyboard.type("thr")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{LINE} === 10")
