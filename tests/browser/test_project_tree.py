"""The project view: the tree of a project's files, as a hand reaches it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import EDITOR, open_in_monaco, text_of
from .projects import Registry, menu_item, run

pw = pytest.importorskip("playwright.sync_api")

TREE = "#neoai-tree"


@pytest.fixture(autouse=True)
def registry(server: LabServer) -> Registry:
    """The server's projects: none, to begin with."""
    found = Registry(server)
    found.clear()
    return found


OpenTree = Callable[..., Any]


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


def open_project(page: Any, project_id: str) -> None:
    page.evaluate(
        "id => void window.jupyterapp.commands.execute('neoai:open-project', {id})", project_id
    )
    page.locator(f"{TREE} [role=tree]").wait_for()


def item(page: Any, name: str) -> Any:
    """The entry of this name."""
    return page.locator(f'{TREE} [role=treeitem][aria-label="{name}"]')


def listed(page: Any) -> Any:
    """The names in sight, in order."""
    return page.locator(f"{TREE} [role=treeitem] .neoai-TreeRow-name")


def active(page: Any) -> Any:
    """The entry that has the keyboard."""
    return page.locator(f"{TREE} .neoai-mod-cursor")


def choose(page: Any, name: str, label: str) -> None:
    """Pick an entry of the context menu."""
    item(page, name).click(button="right")
    menu_item(page, label).first.click()


def toast(page: Any, news: str) -> Any:
    return page.locator(".Toastify__toast", has_text=news)


def focus_tree(page: Any) -> None:
    page.locator(f"{TREE} [role=tree]").focus()


def drag(page: Any, source: Any, target: Any) -> None:
    """From the middle of one thing to that of another, as a hand does."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 70, start["y"] + start["height"] / 2 + 8, steps=3)
    page.locator(".neoai-TreeDrag").wait_for()
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()


def test_opening_a_project_shows_its_tree_with_what_git_ignores_dimmed(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    for path in ("src/app.py", "src/deep/a10.txt", "src/deep/a2.txt", "notes.md", "run.ipynb"):
        workspace.write(path, "{}" if path.endswith("ipynb") else path)
    workspace.write("out/result.bin", "x")
    workspace.write(".gitignore", "out/\n")
    page = open_tree()

    pw.expect(listed(page)).to_have_text(["out", "src", ".gitignore", "notes.md", "run.ipynb"])
    pw.expect(page.locator(f"{TREE} .neoai-TreeHeader-name")).to_have_text("Lab work")
    pw.expect(item(page, "out")).to_have_class(re.compile("neoai-mod-ignored"))
    pw.expect(item(page, "src")).not_to_have_class(re.compile("neoai-mod-ignored"))
    item(page, "src").click()
    item(page, "deep").click()
    pw.expect(item(page, "a2.txt")).to_have_attribute("aria-level", "3")
    pw.expect(listed(page)).to_have_text(
        ["out", "src", "deep", "a2.txt", "a10.txt", "app.py", ".gitignore", "notes.md", "run.ipynb"]
    )
    item(page, "app.py").click()
    page.wait_for_selector(f"{EDITOR} .view-line")
    assert text_of(page) == "src/app.py"
    screenshot(page, "tree-light")
    assert page.console_errors == []


def test_the_keyboard_alone_goes_everywhere_in_the_tree(
    open_tree: OpenTree, workspace: Workspace
) -> None:
    for path in ("docs/guide.md", "docs/index.md", "src/b.py", "src/a.py", "zeta.txt", "zoo.txt"):
        workspace.write(path, path)
    page = open_tree()
    pw.expect(listed(page)).to_have_count(4)
    focus_tree(page)
    page.keyboard.press("Home")
    pw.expect(active(page)).to_have_attribute("aria-label", "docs")
    pw.expect(page.locator(f"{TREE} [role=tree]")).to_have_attribute(
        "aria-activedescendant", active(page).get_attribute("id")
    )

    def press(key: str, name: str) -> None:
        page.keyboard.press(key)
        pw.expect(active(page)).to_have_attribute("aria-label", name)

    page.keyboard.press("ArrowRight")
    pw.expect(item(page, "docs")).to_have_attribute("aria-expanded", "true")
    pw.expect(item(page, "guide.md")).to_be_visible()
    press("ArrowRight", "guide.md")
    press("ArrowDown", "index.md")
    press("ArrowLeft", "docs")
    page.keyboard.press("ArrowLeft")
    pw.expect(item(page, "docs")).to_have_attribute("aria-expanded", "false")
    press("z", "zeta.txt")
    press("z", "zoo.txt")
    press("Home", "docs")
    press("Shift+ArrowDown", "src")
    pw.expect(page.locator(f"{TREE} [aria-selected=true]")).to_have_count(2)
    press("End", "zoo.txt")
    page.keyboard.press("Control+a")
    pw.expect(page.locator(f"{TREE} [aria-selected=true]")).to_have_count(4)
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{EDITOR} .view-line")
    assert text_of(page) == "zoo.txt"


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

    choose(page, "new.py", "Delete")
    pw.expect(toast(page, "Deleted new.py.")).to_be_visible()
    pw.expect(page.locator(".lm-TabBar-tab", has_text="new.py")).to_have_count(0)
    # Another file goes through a whole save meanwhile: the deleted one had as much time.
    open_in_monaco(page, f"{workspace.name}/other.py")
    page.keyboard.type("z = 3")
    page.evaluate("void window.jupyterapp.commands.execute('docmanager:save')")
    until(lambda: workspace.read("other.py") == b"z = 3", "the other file is saved")
    assert not (workspace.folder / "lib/new.py").exists()
    toast(page, "Deleted new.py.").get_by_text("Undo").click()
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


def test_a_search_shows_what_has_the_letters_in_its_name_with_its_folders(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    for path in ("src/deep/Report.py", "src/other.py", "docs/reporting.md", "readme.txt"):
        workspace.write(path, path)
    page = open_tree()
    search = page.get_by_label("Search files by name")
    search.fill("rePort")
    pw.expect(listed(page)).to_have_text(["docs", "reporting.md", "src", "deep", "Report.py"])
    screenshot(page, "tree-search")
    search.fill("nothing like it")
    pw.expect(page.locator(f"{TREE} [role=status]")).to_contain_text("No name has")
    search.fill("report.py")
    pw.expect(listed(page)).to_have_text(["src", "deep", "Report.py"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"{EDITOR} .view-line")
    assert text_of(page) == "src/deep/Report.py"
    search.fill("")
    pw.expect(listed(page)).to_have_text(["docs", "src", "readme.txt"])


def test_what_changes_on_disk_shows_by_itself(open_tree: OpenTree, workspace: Workspace) -> None:
    workspace.write("src/a.py", "")
    page = open_tree()
    item(page, "src").click()
    pw.expect(item(page, "a.py")).to_be_visible()
    pw.expect(listed(page)).to_have_count(2)

    workspace.write("src/from outside.py", "")
    (workspace.folder / "src/a.py").unlink()

    pw.expect(item(page, "from outside.py")).to_be_visible(timeout=20_000)
    pw.expect(item(page, "a.py")).to_have_count(0)


def test_a_hundred_thousand_files_stay_smooth_for_only_rows_in_sight_are_in_the_page(
    open_tree: OpenTree, workspace: Workspace
) -> None:
    folder = workspace.folder / "many"
    folder.mkdir()
    for n in range(100_000):
        (folder / f"f{n}.txt").touch()
    page = open_tree()
    item(page, "many").click()
    pw.expect(item(page, "f0.txt")).to_have_attribute("aria-setsize", "100000", timeout=60_000)
    focus_tree(page)
    page.keyboard.press("End")
    pw.expect(active(page)).to_have_attribute("aria-label", "f99999.txt")
    slowest = page.evaluate(
        """async () => {
            const tree = document.querySelector('#neoai-tree [role=tree]');
            const times = [];
            for (let n = 0; n < 60; n++) {
                tree.scrollTop = n * 37000;
                const start = performance.now();
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                times.push(performance.now() - start);
            }
            return times.sort((a, b) => a - b)[45];
        }"""
    )
    assert page.locator(f"{TREE} [role=treeitem]").count() < 120
    assert slowest < 250, f"{slowest:.0f} ms for a frame"
    page.get_by_label("Search files by name").fill("f9999")
    pw.expect(item(page, "f99990.txt")).to_be_visible(timeout=30_000)


def test_recent_projects_come_first_and_settings_are_told_at_their_field(
    open_tree: OpenTree, registry: Registry, workspace: Workspace, screenshot: Any
) -> None:
    workspace.write("first.txt", "")
    others = [registry.add(f"{workspace.name}/p{n}", f"Project {n}") for n in range(3)]
    page = open_tree()
    pw.expect(item(page, "first.txt")).to_be_visible()
    open_project(page, others[1]["id"])
    name = page.locator(f"{TREE} .neoai-TreeHeader-name")
    pw.expect(name).to_have_text("Project 1")
    page.locator(f"{TREE} .neoai-TreeHeader-project").click()
    labels = page.locator(".neoai-TreeMenu .lm-Menu-itemLabel")
    pw.expect(labels.nth(0)).to_have_text("Project 1")
    pw.expect(labels.nth(1)).to_have_text("Lab work")
    screenshot(page, "tree-switcher")
    labels.nth(1).click()
    pw.expect(name).to_have_text("Lab work")

    run(page, "neoai-tree:project-settings")
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_label("Environment variables").fill("GOOD=1\nno equals sign")
    dialog.get_by_label("Rules for the AI").fill("Be brief.")
    dialog.get_by_role("button", name="Save").click()
    pw.expect(dialog.locator("[role=alert]", has_text="is not NAME=value")).to_be_visible()
    dialog.get_by_label("Environment variables").fill("GOOD=1\nBAD NAME=2")
    dialog.get_by_role("button", name="Save").click()
    pw.expect(dialog.locator("[role=alert]", has_text="BAD NAME")).to_be_visible()
    screenshot(page, "tree-settings")
    dialog.get_by_label("Environment variables").fill("GOOD=1=2")
    dialog.get_by_label("Private").check()
    dialog.get_by_role("button", name="Save").click()
    pw.expect(dialog).to_have_count(0)
    [project] = [found for found in registry.all() if found["name"] == "Lab work"]
    assert project["settings"]["environment"] == {"GOOD": "1=2"}
    assert project["settings"]["rules"] == "Be brief."
    assert project["settings"]["private"] is True


def test_it_reads_well_in_the_dark_and_in_a_narrow_window(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    for path in ("src/a name that is much too long for the sidebar of a narrow window.py", "b.md"):
        workspace.write(path, path)
    workspace.write(".gitignore", "b.md\n")
    page = open_tree(dark=True, width=700, height=600)
    item(page, "src").click()
    pw.expect(listed(page)).to_have_count(4)
    focus_tree(page)
    screenshot(page, "tree-dark-narrow")
    item(page, "src").click(button="right")
    menu_item(page, "Copy Path").first.wait_for()
    screenshot(page, "tree-menu")
