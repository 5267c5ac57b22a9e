"""What can be done with the code blocks of a chat, in notebooks and in Monaco."""

from __future__ import annotations

from typing import Any

import pytest

from .chats import CHAT, notebook, open_chat, sources
from .conftest import LabServer, NewPage, Workspace, until
from .monaco import open_file, open_in_monaco, put_cursor
from .projects import Registry

pw = pytest.importorskip("playwright.sync_api")

KITCHEN = "import os\n\n\ndef boil(pot):\n    pot.heat(90)\n\n\ndef serve(pot):\n    print(pot)\n"
BOIL = "def boil(pot):\n    pot.heat(100)\n"
REPLY = f"Do this in `kitchen.py`:\n\n```python\n{BOIL}```\n\nand see.\n"
FILE = """[...window.jupyterapp.shell.widgets('main')]
    .find(w => w.content?.hasClass?.('neoai-Editor'))"""


def press(chat: Any, name: str, block: int = 0) -> None:
    chat.get_by_role("button", name=name).nth(block).click()


def wait_for_source(page: Any, text: str) -> None:
    """Wait until the open file has a text in Monaco."""
    page.wait_for_function(f"text => {FILE}?.content.view?.model.getValue() === text", arg=text)


def test_a_block_has_one_row_of_buttons_with_names_that_the_keyboard_reaches(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat = open_chat(page, workspace, REPLY)
    toolbar = chat.get_by_role("toolbar", name="Code block")
    pw.expect(toolbar).to_have_count(1)
    names = [button.get_attribute("aria-label") for button in toolbar.locator("button").all()]
    assert names == [
        "Copy Code",
        "Insert at Cursor",
        "New Cell Below",
        "Run in Notebook…",
        "Apply to File",
    ]
    pw.expect(chat.locator(".jp-chat-code-toolbar:visible")).to_have_count(0)
    toolbar.get_by_role("button", name="Copy Code").focus()
    page.keyboard.press("Enter")
    pw.expect(toolbar.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == BOIL.rstrip()
    page.keyboard.press("Tab")
    pw.expect(toolbar.get_by_role("button", name="Insert at Cursor")).to_be_focused()
    screenshot(page, "code-block")


def test_on_a_narrow_dark_page_the_buttons_stay_in_view(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=480, height=700)
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    chat = open_chat(page, workspace, f"```python\n{BOIL}long = {'1 + ' * 80}1\n```\n")
    for button in chat.get_by_role("toolbar", name="Code block").locator("button").all():
        pw.expect(button).to_be_in_viewport()
    screenshot(page, "code-block-dark-narrow")


def test_code_that_names_its_file_is_coloured_as_its_language(
    page: Any, workspace: Workspace
) -> None:
    chat = open_chat(page, workspace, f"```python app/kitchen.py\n{BOIL}```\n")
    pw.expect(chat.locator("pre code span", has_text="def")).to_be_visible()
    assert chat.locator("pre code").inner_text().rstrip() == BOIL.rstrip()
    pw.expect(chat.get_by_role("toolbar", name="Code block")).to_have_count(1)


def test_while_a_reply_grows_its_blocks_have_buttons_and_the_keyboard_stays(
    page: Any, workspace: Workspace
) -> None:
    chat = open_chat(page, workspace, REPLY)
    chat.get_by_role("button", name="Run in Notebook…").focus()
    grow = f"body => {CHAT}.model.messages[0].update({{body}})"
    for more in ("More", "More:\n\n```js\nlet x", "More:\n\n```js\nlet x = 1;\n```\n"):
        page.evaluate(grow, REPLY + more)
        blocks = 2 if "```" in more else 1
        pw.expect(chat.locator("pre")).to_have_count(blocks)
        pw.expect(chat.get_by_role("toolbar", name="Code block")).to_have_count(blocks)
        pw.expect(chat.locator("p", has_text="More")).to_be_visible()
        pw.expect(chat.get_by_role("button", name="Run in Notebook…").first).to_be_focused()
    pw.expect(chat.locator(".jp-chat-code-toolbar:visible")).to_have_count(0)


def test_in_monaco_code_comes_to_the_cursor_as_one_step_of_undo(
    page: Any, workspace: Workspace
) -> None:
    path = workspace.write("kitchen.py", KITCHEN + "    \n")
    open_in_monaco(page, path)
    chat = open_chat(page, workspace, "```python\nif pot:\n    pot.wash()\n```\n")
    page.evaluate(f"{FILE}.content.view.editor.setPosition({{lineNumber: 10, column: 5}})")
    press(chat, "Insert at Cursor")
    wait_for_source(page, KITCHEN + "    if pot:\n        pot.wash()\n")
    page.wait_for_function(f"{FILE}.content.view.editor.hasTextFocus()")
    page.keyboard.press("Control+z")
    wait_for_source(page, KITCHEN + "    \n")


def test_in_a_cell_and_in_jupyterlabs_editor_code_comes_to_the_cursor_too(
    page: Any, workspace: Workspace
) -> None:
    open_file(page, workspace.write("n.ipynb", notebook("x = 1\n", "")), None)
    chat = open_chat(page, workspace, "```python\ny = 2\n```\n")
    page.locator(".jp-Cell").nth(1).locator(".cm-content").click()
    press(chat, "Insert at Cursor")
    until(lambda: sources(page) == ["x = 1\n", "y = 2"], "it is in the second cell")
    open_file(page, workspace.write("plain.txt", "one\ntwo\n"), "Editor")
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.editor"
        ".setSelection({start: {line: 1, column: 0}, end: {line: 1, column: 3}})"
    )
    shared = "window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()"
    press(chat, "Insert at Cursor")
    page.wait_for_function(f"{shared} === 'one\\ny = 2\\n'")
    page.keyboard.press("Control+z")
    page.wait_for_function(f"{shared} === 'one\\ntwo\\n'")


def test_a_block_becomes_a_cell_below_and_runs_only_when_asked_each_time(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    open_file(page, workspace.write("n.ipynb", notebook("x = 20", "# the end")), None)
    chat = open_chat(page, workspace, "```python\nprint(6 * 7)\n```\n")
    page.locator(".jp-Cell").nth(0).locator(".cm-content").click()
    press(chat, "New Cell Below")
    wanted = ["x = 20", "print(6 * 7)", "# the end"]
    until(lambda: sources(page) == wanted, "there is a cell")
    press(chat, "Run in Notebook…")
    dialog = page.get_by_role("dialog")
    pw.expect(dialog).to_contain_text("print(6 * 7)")
    pw.expect(dialog).to_contain_text("n.ipynb")
    screenshot(page, "code-block-run")
    page.keyboard.press("Enter")
    pw.expect(dialog).to_have_count(0)
    assert sources(page) == wanted
    press(chat, "Run in Notebook…")
    dialog.get_by_role("button", name="Run").click()
    pw.expect(page.locator(".jp-OutputArea-output")).to_have_text("42\n")
    assert sources(page) == [*wanted[:2], "print(6 * 7)", "# the end"]
    press(chat, "Run in Notebook…")
    pw.expect(dialog).to_be_visible()


def test_without_a_notebook_or_file_the_buttons_say_what_is_missing(
    page: Any, workspace: Workspace
) -> None:
    chat = open_chat(page, workspace, "```python\ny = 2\n```\n")
    press(chat, "Insert at Cursor")
    pw.expect(page.get_by_text("Open a file or a notebook first.")).to_be_visible()
    press(chat, "Run in Notebook…")
    pw.expect(page.get_by_text("Open a notebook first.")).to_be_visible()


def test_a_block_is_applied_to_its_file_as_changes_that_are_decided_on(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    registry = Registry(server)
    registry.clear()
    registry.add(workspace.name, "Kitchen")
    workspace.write("kitchen.py", KITCHEN)
    page.evaluate("window.jupyterapp.commands.execute('neoai:refresh-projects')")
    chat = open_chat(page, workspace, REPLY)
    press(chat, "Apply to File")
    page.locator(".neoai-Hunk:visible").wait_for()
    screenshot(page, "code-block-apply")
    assert workspace.read("kitchen.py").decode() == KITCHEN
    page.get_by_role("button", name="Accept All").click()
    wait_for_source(page, KITCHEN.replace("90", "100"))


def test_a_block_for_a_file_that_is_not_there_makes_it_when_asked(
    page: Any, workspace: Workspace
) -> None:
    chat = open_chat(page, workspace, "```python app/new.py\nx = 1\n```\n")
    press(chat, "Apply to File")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    wait_for_source(page, "x = 1\n")
    assert workspace.read("app/new.py") == b"x = 1\n"


def test_where_the_place_is_not_clear_it_says_so_and_nothing_changes(
    page: Any, workspace: Workspace
) -> None:
    open_in_monaco(page, workspace.write("notes.txt", "one\ntwo\n"))
    put_cursor(page, 1, 1)
    chat = open_chat(page, workspace, "```\nsomething else altogether\n```\n")
    press(chat, "Apply to File")
    pw.expect(page.get_by_text("Insert it at the cursor")).to_be_visible()
    wait_for_source(page, "one\ntwo\n")
