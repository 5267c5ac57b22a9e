"""What is written in NeoAI's editor is the shared document, and reaches the disk as meant."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import (
    VIEW,
    open_file,
    open_in_monaco,
    put_cursor,
    shared_text_of,
    text_of,
    wait_for_text,
)

BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
PLAIN = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)


@BOTH
def test_typing_is_saved_by_ctrl_s_byte_for_byte(workspace: Workspace, page: Any) -> None:
    path = workspace.write("hello.py", "print('hallo')\n")
    open_in_monaco(page, path)
    page.keyboard.press("Control+End")
    page.keyboard.type("# héllo 🙂\n")
    page.keyboard.press("Control+s")
    expected = "print('hallo')\n# héllo 🙂\n".encode()
    until(lambda: workspace.read("hello.py") == expected, "the text on disk")
    page.wait_for_selector(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)")
    assert text_of(page) == shared_text_of(page)


@PLAIN
def test_plain_mode_marks_the_file_as_changed_and_saves_it_by_itself(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    server.set(
        "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings", {"autosaveInterval": 1}
    )
    path = workspace.write("auto.txt", "one\n")
    page = new_page()
    open_in_monaco(page, path)
    page.evaluate(
        "() => { const { model } = window.jupyterapp.shell.currentWidget.context;"
        " window.marked = model.dirty;"
        " model.stateChanged.connect(() => { window.marked ||= model.dirty; }); }"
    )
    assert not page.evaluate("window.marked")
    page.keyboard.type("zero\n")
    page.wait_for_function("window.marked")
    until(lambda: workspace.read("auto.txt") == b"zero\none\n", "the text on disk, unasked")


@PLAIN
def test_the_first_look_at_a_file_changes_nothing(workspace: Workspace, page: Any) -> None:
    path = workspace.write("look.txt", b"one\r\ntwo\r\n")
    open_in_monaco(page, path)
    assert not page.evaluate("window.jupyterapp.shell.currentWidget.context.model.dirty")
    page.wait_for_function(
        "!window.jupyterapp.shell.currentWidget.context.model.sharedModel.canUndo()"
    )


@BOTH
def test_line_endings_of_windows_stay_on_disk(workspace: Workspace, page: Any) -> None:
    path = workspace.write("windows.txt", "one\r\ntwo 🙂\r\nthree\r\n".encode())
    open_in_monaco(page, path)
    put_cursor(page, 3, 6)
    page.keyboard.type("!\nfour")
    assert text_of(page) == "one\ntwo 🙂\nthree!\nfour\n"
    page.keyboard.press("Control+s")
    expected = "one\r\ntwo 🙂\r\nthree!\r\nfour\r\n".encode()
    until(lambda: workspace.read("windows.txt") == expected, "CRLF in every line on disk")


@BOTH
def test_a_byte_order_mark_stays_and_moves_nothing(workspace: Workspace, page: Any) -> None:
    path = workspace.write("bom.txt", b"\xef\xbb\xbfone\ntwo\n")
    open_in_monaco(page, path)
    page.keyboard.press("Control+End")
    page.keyboard.type("three")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("bom.txt") == b"\xef\xbb\xbfone\ntwo\nthree", "the text on disk")


def test_two_people_in_one_file_see_each_other_type(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("shared.py", "middle\n")
    ada, bob = new_page("Ada"), new_page("Bob")
    open_in_monaco(ada, path)
    open_in_monaco(bob, path)
    ada.keyboard.type("from ada 🙂\n")
    wait_for_text(bob, "from ada 🙂\nmiddle\n")
    bob.keyboard.press("Control+End")
    bob.keyboard.type("from bob")
    wait_for_text(ada, "from ada 🙂\nmiddle\nfrom bob")
    assert ada.console_errors == bob.console_errors == []


def test_undo_takes_back_ones_own_typing_only_by_key_and_by_menu(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("undo.txt", "middle\n")
    ada, bob = new_page("Ada"), new_page("Bob")
    open_in_monaco(ada, path)
    open_in_monaco(bob, path)
    ada.keyboard.insert_text("ada ")
    wait_for_text(bob, "ada middle\n")
    bob.keyboard.press("Control+End")
    bob.keyboard.type("bob")
    wait_for_text(ada, "ada middle\nbob")
    ada.keyboard.press("Control+z")
    wait_for_text(ada, "middle\nbob")
    ada.keyboard.press("Control+y")
    wait_for_text(ada, "ada middle\nbob")
    ada.evaluate("window.jupyterapp.commands.execute('editmenu:undo')")
    wait_for_text(ada, "middle\nbob")
    ada.evaluate("window.jupyterapp.commands.execute('editmenu:redo')")
    wait_for_text(ada, "ada middle\nbob")
    wait_for_text(bob, "ada middle\nbob")


def test_undo_puts_the_cursor_back_where_it_was(workspace: Workspace, page: Any) -> None:
    path = workspace.write("cursor.txt", "one\ntwo\nthree\n")
    open_in_monaco(page, path)
    put_cursor(page, 2, 4)
    page.keyboard.type("!")
    put_cursor(page, 3, 1)
    page.keyboard.press("Control+z")
    wait_for_text(page, "one\ntwo\nthree\n")
    assert page.evaluate(f"{VIEW}.editor.getPosition()") == {"lineNumber": 2, "column": 4}


def test_people_in_monaco_and_in_codemirror_see_each_others_cursors(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("cursors.py", "one = 1\ntwo = 2\nthree = 3\n")
    ada, bob = new_page("Ada"), new_page("Bob")
    open_in_monaco(ada, path)
    open_file(bob, path, "Editor")
    bob.click(".jp-FileEditor .cm-line:nth-child(2)")
    bob.keyboard.press("Home")
    ada.wait_for_selector(".neoai-RemoteCaret")
    assert ada.text_content(".neoai-RemoteCaret-name") == "Bob"
    same_height = """() => {
        const caret = document.querySelector('.neoai-RemoteCaret').getBoundingClientRect();
        const editor = window.jupyterapp.shell.currentWidget.content.view.editor;
        const box = editor.getDomNode().getBoundingClientRect();
        const at = editor.getScrolledVisiblePosition({lineNumber: 2, column: 1});
        return Math.abs(caret.top - box.top - at.top) < 4;
    }"""
    ada.wait_for_function(same_height)
    put_cursor(ada, 3, 1)
    ada.keyboard.press("Shift+End")
    bob.wait_for_selector(".jp-remote-cursor", state="attached")
    bob.wait_for_selector(".jp-remote-selection", state="attached")
    bob.keyboard.press("Shift+End")
    ada.wait_for_selector(".neoai-RemoteSelection", state="attached")


def test_a_cursor_leaves_with_its_owner(workspace: Workspace, new_page: NewPage) -> None:
    path = workspace.write("leave.txt", "one\n")
    ada, bob = new_page("Ada"), new_page("Bob")
    open_in_monaco(ada, path)
    open_in_monaco(bob, path)
    put_cursor(bob, 1, 3)
    ada.wait_for_selector(".neoai-RemoteCaret", state="attached")
    bob.evaluate("window.jupyterapp.shell.currentWidget.close()")
    ada.wait_for_selector(".neoai-RemoteCaret", state="detached")


def test_what_git_or_a_kernel_writes_shows_and_the_cursor_stays(
    workspace: Workspace, page: Any
) -> None:
    path = workspace.write("outside.txt", "one\ntwo\nthree\n")
    open_in_monaco(page, path)
    put_cursor(page, 3, 3)
    workspace.write("outside.txt", "zero\none\ntwo\nthree\n")
    wait_for_text(page, "zero\none\ntwo\nthree\n")
    assert page.evaluate(f"{VIEW}.editor.getPosition()") == {"lineNumber": 4, "column": 3}


@PLAIN
def test_two_views_of_a_file_are_one_document(workspace: Workspace, page: Any) -> None:
    path = workspace.write("views.txt", "one\n")
    open_in_monaco(page, path)
    page.evaluate(
        """async () => {
            const first = window.jupyterapp.shell.currentWidget;
            await window.jupyterapp.commands.execute('docmanager:clone');
            const second = window.jupyterapp.shell.currentWidget;
            if (second === first) throw new Error('no second view');
            await second.content.ready;
            second.content.view.editor.focus();
            window.first = first;
        }"""
    )
    page.keyboard.type("two ")
    page.wait_for_function("window.first.content.view.model.getValue() === 'two one\\n'")
    assert text_of(page) == "two one\n"


@PLAIN
def test_a_closed_file_leaves_nothing_behind(workspace: Workspace, page: Any) -> None:
    path = workspace.write("close.txt", "one\n")
    open_in_monaco(page, path)
    page.evaluate(f"window.kept = {VIEW}")
    sheets = page.evaluate("document.head.querySelectorAll('style').length")
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    page.wait_for_function("window.kept.isDisposed && window.kept.model.isDisposed()")
    assert page.evaluate("document.head.querySelectorAll('style').length") < sheets
    open_in_monaco(page, path)
    assert page.evaluate(f"{VIEW}.model.uri.query") == ""
    assert page.console_errors == []


@PLAIN
def test_a_file_that_cannot_be_written_is_shown_read_only(workspace: Workspace, page: Any) -> None:
    path = workspace.write("fixed.txt", "one\n")
    page.route(
        "**/api/contents/**fixed.txt?**",
        lambda route: _without_write(route),
    )
    open_in_monaco(page, path)
    page.wait_for_function(f"{VIEW}.editor.getRawOptions().readOnly")
    page.keyboard.type("x")
    assert text_of(page) == "one\n"
    page.unroute_all(behavior="wait")  # the page looks at the file again, now and then


def _without_write(route: Any) -> None:
    """The server's reply as root would not get it: root may write everything."""
    reply = route.fetch()
    route.fulfill(response=reply, json={**reply.json(), "writable": False})
