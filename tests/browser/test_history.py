"""Comparing files, versions and checkpoints, as a person meets them in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import open_in_monaco, wait_for_text
from .projects import Registry, repository

pw = pytest.importorskip("playwright.sync_api")

BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
DIFF = "window.jupyterapp.shell.currentWidget?.content?.view?.editor"
STATUS = ".neoai-Diff-status:visible"
HISTORY = "#neoai-history"


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project in this test's folder, with a file that has two versions."""
    registry = Registry(server)
    registry.clear()
    workspace.write("app.py", "one\ntwo\nthree\n")
    found = registry.add(workspace.name, "shop")
    registry.put(found["id"], "app.py", b"one\ntwo\nTHREE\n")
    return found


def execute(page: Any, command: str, **arguments: str) -> None:
    """Run a command to its end."""
    page.evaluate(
        "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => null)",
        [command, arguments],
    )


def wait_for_status(page: Any, text: str) -> None:
    pw.expect(page.locator(STATUS)).to_have_text(text)


@BOTH
def test_a_file_is_compared_with_another_and_edited_there(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    path = workspace.write("notes.txt", "one\ntwo\nthree\nfour\nfive\n")
    open_in_monaco(page, path)
    page.evaluate("() => { window.file = window.jupyterapp.shell.currentWidget.context; }")
    other = workspace.write("other.txt", "one\nthree\nfour\nfive\n")
    execute(page, "neoai:compare-with-file", other=other)
    wait_for_status(page, "1 change")
    assert page.evaluate(f"{DIFF}.getOriginalEditor().getValue()") == "one\nthree\nfour\nfive\n"
    page.wait_for_function(f"{DIFF}.getModifiedEditor().hasTextFocus()")
    page.evaluate(f"{DIFF}.getModifiedEditor().setPosition({{lineNumber: 5, column: 1}})")
    page.keyboard.type("zero ")
    wait_for_status(page, "2 changes")
    shared = "window.file.model.sharedModel.getSource()"
    assert page.evaluate(shared) == "one\ntwo\nthree\nfour\nzero five\n"
    page.keyboard.press("F7")
    page.wait_for_function(f"{DIFF}.getModifiedEditor().getPosition().lineNumber === 2")
    screenshot(page, "diff")
    page.keyboard.press("Control+z")
    wait_for_status(page, "1 change")
    assert page.evaluate(shared) == "one\ntwo\nthree\nfour\nfive\n"
    assert page.console_errors == []


def test_whitespace_can_be_left_out_and_closing_the_file_closes_its_comparisons(
    workspace: Workspace, page: Any
) -> None:
    path = workspace.write("a.txt", "one\ntwo\n")
    other = workspace.write("b.txt", "one  \ntwo\n")
    open_in_monaco(page, path)
    page.evaluate("() => { window.tab = window.jupyterapp.shell.currentWidget; }")
    execute(page, "neoai:compare-with-file", other=other)
    wait_for_status(page, "1 change")
    page.get_by_role("button", name="Ignore whitespace").click()
    wait_for_status(page, "No differences")
    beside = page.locator(".neoai-Diff .monaco-diff-editor.side-by-side")
    beside.wait_for()
    assert beside.bounding_box()["height"] > 400
    page.get_by_role("button", name="Side by side").click()
    beside.wait_for(state="detached")
    page.evaluate("window.tab.close()")
    page.wait_for_function("!document.querySelector('.neoai-Diff')")
    assert page.console_errors == []


def test_a_version_is_compared_restored_and_taken_back(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page(path=workspace.name, dark=True)
    path = f"{workspace.name}/app.py"
    open_in_monaco(page, path)
    wait_for_text(page, "one\ntwo\nTHREE\n")
    execute(page, "neoai:show-history")
    versions = page.locator(HISTORY).get_by_role("region", name="Versions")
    items = versions.locator(".neoai-History-item")
    pw.expect(items).to_have_count(2)
    items.last.click()
    wait_for_status(page, "1 change")
    screenshot(page, "history-compare-dark")
    assert page.evaluate(f"{DIFF}.getOriginalEditor().getValue()") == "one\ntwo\nthree\n"
    versions.locator("li").last.hover()
    versions.locator(".neoai-History-restore").last.click()
    until(lambda: workspace.read("app.py") == b"one\ntwo\nthree\n", "the version restored")
    wait_for_status(page, "No differences")
    page.locator(".Toastify").get_by_role("button", name="Undo").click()
    until(lambda: workspace.read("app.py") == b"one\ntwo\nTHREE\n", "the restore taken back")
    wait_for_status(page, "1 change")


def test_a_file_is_compared_with_the_last_commit(
    server: LabServer, workspace: Workspace, new_page: NewPage, screenshot: Any
) -> None:
    repository(workspace.folder / "shop")
    (workspace.folder / "shop/app.py").write_text("print('hello')\nprint('world')\n")
    (workspace.folder / "shop/new.py").write_text("new\n")
    registry = Registry(server)
    registry.clear()
    registry.add(f"{workspace.name}/shop", "shop")
    page = new_page(path=workspace.name)
    open_in_monaco(page, f"{workspace.name}/shop/app.py")
    execute(page, "neoai:show-history")
    page.locator(HISTORY).get_by_role("button", name="Compare with HEAD").click()
    wait_for_status(page, "1 change")
    assert page.evaluate(f"{DIFF}.getOriginalEditor().getValue()") == "print('hello')\n"
    screenshot(page, "history-head")
    open_in_monaco(page, f"{workspace.name}/shop/new.py")
    execute(page, "neoai:compare-with-head")
    said = page.locator(".neoai-EditorError:visible")
    pw.expect(said).to_contain_text("not in the last commit")
    assert page.console_errors == []


def test_a_checkpoint_is_made_and_chosen_files_are_restored_from_it(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page(path=workspace.name)
    execute(page, "neoai:show-history")
    panel = page.locator(HISTORY)
    panel.get_by_role("button", name="New Checkpoint…").click()
    page.locator(".jp-Dialog input").fill("before the big change")
    page.get_by_role("button", name="Make Checkpoint").click()
    item = panel.get_by_role("button", name="before the big change")
    item.wait_for()
    workspace.write("app.py", "spoilt\n")
    workspace.write("new.txt", "new\n")
    item.click()
    dialog = page.locator(".neoai-RestoreDialog")
    pw.expect(dialog.locator("li")).to_have_count(2)
    screenshot(page, "checkpoint-restore")
    dialog.get_by_label("new.txt").uncheck()
    dialog.get_by_role("button", name="Restore").click()
    until(lambda: workspace.read("app.py") == b"one\ntwo\nTHREE\n", "the file restored")
    assert workspace.read("new.txt") == b"new\n"
    page.locator(".Toastify").get_by_role("button", name="Undo").click()
    until(lambda: workspace.read("app.py") == b"spoilt\n", "the restore taken back")
    assert page.console_errors == []


def test_a_file_to_compare_with_is_chosen_beginning_in_the_files_folder(
    page: Any, workspace: Workspace
) -> None:
    workspace.write("deep/other.txt", "two\n")
    open_in_monaco(page, workspace.write("deep/one.txt", "one\n"))
    page.evaluate("void window.jupyterapp.commands.execute('neoai:compare-with-file')")
    page.wait_for_selector(".jp-Open-Dialog .jp-DirListing-item[title*='other.txt']")
    page.click(".jp-Dialog .jp-mod-reject")
