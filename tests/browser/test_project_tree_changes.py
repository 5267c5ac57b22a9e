"""What a hand does to files in the project view, and how it is taken back."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import EDITOR, open_in_monaco, text_of
from .projects import Registry, folder_shown, run
from .tree import TREE, OpenTree, choose, drag, focus_tree, item, listed, open_project, toast

pw = pytest.importorskip("playwright.sync_api")


@pytest.fixture(autouse=True)
def registry(server: LabServer) -> Registry:
    """The server's projects: none, to begin with."""
    found = Registry(server)
    found.clear()
    return found


@pytest.fixture
def open_tree(new_page: NewPage, registry: Registry, workspace: Workspace) -> OpenTree:
    """`open_tree(**page options)`: the test's folder as a project, its tree in front."""
    made: list[str] = []

    def open_it(**options: Any) -> Any:
        if not made:
            made.append(registry.add(workspace.name, "Lab work")["id"])
        page = new_page("Ada", **options)
        open_project(page, made[0])
        return page

    return open_it


def test_a_file_is_made_renamed_copied_and_deleted_by_keys_and_each_step_is_undone(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    workspace.write("src/a.py", "a = 1\n")
    workspace.write("b.py", "b = 1\n")
    page = open_tree()
    item(page, "src").click()
    pw.expect(item(page, "a.py")).to_be_visible()
    run(page, "neoai-tree:new-file")
    page.get_by_label("Name of the new file").fill("a.py")
    page.keyboard.press("Enter")
    pw.expect(page.locator(f"{TREE} [role=alert]")).to_contain_text("there already")
    page.get_by_label("Name of the new file").fill("A.py")
    page.keyboard.press("Enter")
    pw.expect(page.locator(f"{TREE} [role=alert]")).to_contain_text("upper and lower case")
    screenshot(page, "tree-name-refused")
    page.get_by_label("Name of the new file").fill("inner/new.py")
    page.keyboard.press("Enter")
    until(lambda: (workspace.folder / "src/inner/new.py").exists(), "the file is made")
    pw.expect(item(page, "new.py")).to_have_attribute("aria-selected", "true")

    item(page, "b.py").click(modifiers=["Control"])
    focus_tree(page)
    page.keyboard.press("Home")
    page.keyboard.press("End")
    page.keyboard.press("F2")
    page.get_by_label("New name of b.py").fill("c.py")
    page.keyboard.press("Enter")
    pw.expect(item(page, "c.py")).to_be_visible()
    assert workspace.read("c.py") == b"b = 1\n"
    focus_tree(page)
    page.keyboard.press("Control+z")
    pw.expect(item(page, "b.py")).to_be_visible()
    assert not (workspace.folder / "c.py").exists()

    page.keyboard.press("End")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    pw.expect(item(page, "b (2).py")).to_be_visible()
    assert workspace.read("b (2).py") == b"b = 1\n"
    page.keyboard.press("Delete")
    pw.expect(item(page, "b (2).py")).to_have_count(0)
    pw.expect(toast(page, "Deleted b (2).py.")).to_be_visible()
    screenshot(page, "tree-deleted")
    toast(page, "Deleted b (2).py.").get_by_text("Undo").click()
    pw.expect(item(page, "b (2).py")).to_be_visible()
    assert workspace.read("b (2).py") == b"b = 1\n"
    assert page.console_errors == []


def test_several_are_dragged_into_a_folder_collisions_are_asked_and_it_is_undone(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "to/a.txt", "to/b.txt"):
        workspace.write(name, name)
    page = open_tree()
    item(page, "a.txt").click(modifiers=["Control"])
    item(page, "c.txt").click(modifiers=["Shift"])
    pw.expect(page.locator(f"{TREE} [aria-selected=true]")).to_have_count(3)

    drag(page, item(page, "b.txt"), item(page, "to"))
    dialog = page.locator(".jp-Dialog")
    pw.expect(dialog).to_contain_text("“a.txt” is there already")
    screenshot(page, "tree-collision")
    dialog.get_by_label("Do the same for all that follow").check()
    dialog.get_by_role("button", name="Keep Both").click()

    pw.expect(toast(page, "Moved 3 items to to.")).to_be_visible()
    pw.expect(listed(page)).to_have_text(
        ["to", "a (2).txt", "a.txt", "b (2).txt", "b.txt", "c.txt"]
    )
    assert workspace.read("to/a (2).txt") == b"a.txt"
    assert workspace.read("to/b.txt") == b"to/b.txt"
    focus_tree(page)
    page.keyboard.press("Control+z")
    until(lambda: (workspace.folder / "a.txt").exists(), "a.txt is back")
    until(lambda: (workspace.folder / "c.txt").exists(), "c.txt is back")
    assert workspace.read("a.txt") == b"a.txt"

    focus_tree(page)
    page.keyboard.press("Home")
    drag(page, item(page, "c.txt"), page.locator(".jp-Launcher"))
    page.wait_for_selector(f"{EDITOR} .view-line")
    assert text_of(page) == "c.txt"
    assert page.console_errors == []


@pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
def test_unsaved_edits_follow_a_file_that_is_renamed_and_a_deleted_one_stays_deleted(
    open_tree: OpenTree, workspace: Workspace, server: LabServer
) -> None:
    workspace.write("pkg/old.py", "x = 1\n")
    workspace.write("other.py", "")
    page = open_tree()
    if not server.collaborative:
        server.set(
            "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings", {"autosave": False}
        )
    open_in_monaco(page, f"{workspace.name}/pkg/old.py")
    page.keyboard.type("y = 2\n")
    item(page, "pkg").click()
    pw.expect(item(page, "old.py")).to_be_visible()
    choose(page, "pkg", "Rename")
    page.get_by_label("New name of pkg").fill("lib")
    page.keyboard.press("Enter")
    pw.expect(item(page, "lib")).to_be_visible()
    choose(page, "old.py", "Rename")
    page.get_by_label("New name of old.py").fill("new.py")
    page.keyboard.press("Enter")
    pw.expect(item(page, "new.py")).to_be_visible()

    path = f"{workspace.name}/lib/new.py"
    page.wait_for_function(
        "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=path
    )
    assert text_of(page) == "y = 2\nx = 1\n"
    page.evaluate("void window.jupyterapp.commands.execute('docmanager:save')")
    until(lambda: workspace.read("lib/new.py") == b"y = 2\nx = 1\n", "it is saved where it is now")
    assert not (workspace.folder / "pkg").exists()
    page.wait_for_function("!window.jupyterapp.shell.currentWidget.context.model.dirty")

    choose(page, "new.py", "Delete")
    pw.expect(toast(page, "Deleted new.py.")).to_be_visible()
    pw.expect(page.locator(".lm-TabBar-tab", has_text="new.py")).to_have_count(0)
    # Another file goes through a whole save meanwhile: the deleted one had as much time.
    open_in_monaco(page, f"{workspace.name}/other.py")
    page.keyboard.type("z = 3")
    page.evaluate("void window.jupyterapp.commands.execute('docmanager:save')")
    until(lambda: workspace.read("other.py") == b"z = 3", "the other file is saved")
    assert not (workspace.folder / "lib/new.py").exists()
    focus_tree(page)
    page.keyboard.press("Control+z")
    until(lambda: (workspace.folder / "lib/new.py").exists(), "it is back")
    assert workspace.read("lib/new.py") == b"y = 2\nx = 1\n"
    page.locator(".lm-TabBar-tab", has_text="new.py").wait_for()


def test_files_from_the_desktop_are_uploaded_and_names_that_are_taken_are_asked_about(
    open_tree: OpenTree, workspace: Workspace
) -> None:
    workspace.write("to/a.txt", "old")
    page = open_tree()
    pw.expect(item(page, "to")).to_be_visible()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.items.add(new File(['new'], 'a.txt'));
            data.items.add(new File(['b'.repeat(3000000)], 'b.bin'));
            const row = document.querySelector('#neoai-tree [aria-label="to"]');
            for (const type of ['dragover', 'drop']) {
                row.dispatchEvent(new DragEvent(
                    type, {bubbles: true, cancelable: true, dataTransfer: data}));
            }
        }"""
    )
    dialog = page.locator(".jp-Dialog")
    pw.expect(dialog).to_contain_text("“a.txt” is there already")
    dialog.get_by_role("button", name="Replace").click()
    pw.expect(toast(page, "Uploaded 2 files.")).to_be_visible()
    pw.expect(item(page, "b.bin")).to_be_visible()
    assert workspace.read("to/a.txt") == b"new"
    assert len(workspace.read("to/b.bin")) == 3_000_000

    toast(page, "Uploaded 2 files.").get_by_text("Undo").click()
    pw.expect(item(page, "b.bin")).to_have_count(0)
    a = workspace.folder / "to/a.txt"
    until(lambda: a.exists() and a.read_bytes() == b"old", "what was replaced is back")
    with page.expect_file_chooser() as chooser:
        choose(page, "to", "Upload Files…")
    chooser.value.set_files([{"name": "c.txt", "mimeType": "text/plain", "buffer": b"c"}])
    until(lambda: (workspace.folder / "to/c.txt").exists(), "the chosen file is there")
    assert page.console_errors == []


def test_an_upload_is_cancelled_and_unsaved_edits_are_asked_about_before_a_file_goes(
    open_tree: OpenTree, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    server.set("@jupyterlab/docmanager-extension/plugin.jupyterlab-settings", {"autosave": False})
    workspace.write("a.py", "a = 1\n")
    page = open_tree()
    pw.expect(item(page, "a.py")).to_be_visible()
    # The upload never comes to an end: only the hand that cancels it ends it.
    page.route("**/files/slow.bin", lambda route: None)
    run(page, "neoai-tree:new-file")
    page.keyboard.press("Escape")
    with page.expect_file_chooser() as chooser:
        run(page, "neoai-tree:upload")
    slow = {"name": "slow.bin", "mimeType": "application/octet-stream", "buffer": b"0" * 1000}
    chooser.value.set_files([slow])
    pw.expect(toast(page, "Uploading slow.bin")).to_be_visible()
    screenshot(page, "tree-uploading")
    toast(page, "Uploading slow.bin").get_by_text("Cancel").click()
    pw.expect(toast(page, "Uploading slow.bin")).to_have_count(0)
    assert not (workspace.folder / "slow.bin").exists()

    open_in_monaco(page, f"{workspace.name}/a.py")
    page.keyboard.type("b = 2\n")
    page.wait_for_function("window.jupyterapp.shell.currentWidget.context.model.dirty")
    choose(page, "a.py", "Delete")
    dialog = page.locator(".jp-Dialog")
    pw.expect(dialog).to_contain_text("changes that are not saved")
    dialog.get_by_role("button", name="Cancel").click()
    assert (workspace.folder / "a.py").exists()
    choose(page, "a.py", "Delete")
    dialog.get_by_role("button", name="Save and Delete").click()
    pw.expect(item(page, "a.py")).to_have_count(0)
    toast(page, "Deleted a.py.").get_by_text("Undo").click()
    until(lambda: (workspace.folder / "a.py").exists(), "the file is back")
    assert workspace.read("a.py") == b"b = 2\na = 1\n"


def test_a_project_goes_into_a_zip_archive_and_comes_back_from_one(
    open_tree: OpenTree, workspace: Workspace
) -> None:
    workspace.write("src/a.py", "a = 1\n")
    workspace.write("out/x.bin", "x")
    workspace.write(".gitignore", "out/\n")
    page = open_tree()
    pw.expect(item(page, "src")).to_be_visible()
    with page.expect_download() as download:
        run(page, "neoai-tree:export-zip")
    assert download.value.suggested_filename == "Lab work.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == [".gitignore", "src/a.py"]
    content = Path(download.value.path()).read_bytes()

    with page.expect_file_chooser() as chooser:
        run(page, "neoai-tree:import-zip")
    chosen = {"name": "src.zip", "mimeType": "application/zip", "buffer": content}
    chooser.value.set_files([chosen])
    dialog = page.locator(".jp-Dialog")
    pw.expect(dialog).to_contain_text("“src” is there already")
    dialog.get_by_role("button", name="Keep Both").click()
    pw.expect(item(page, "src (2)")).to_be_visible()
    assert workspace.read("src (2)/src/a.py") == b"a = 1\n"
    assert not list(workspace.folder.glob(".~neoai-*"))
    toast(page, "Imported src.zip.").get_by_text("Undo").click()
    pw.expect(item(page, "src (2)")).to_have_count(0)

    item(page, "src").click()
    choose(page, "a.py", "Reveal in File Browser")
    until(lambda: folder_shown(page) == f"{workspace.name}/src", "the file browser shows it")
    assert page.console_errors == []
