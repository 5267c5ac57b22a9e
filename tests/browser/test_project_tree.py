"""The project view: the tree of a project's files, as a hand reaches it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace
from .monaco import EDITOR, VIEW, text_of
from .projects import Registry, menu_item, run
from .tree import TREE, OpenTree, active, focus_tree, item, listed, open_project, toast

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


def test_a_click_shows_a_file_and_leaves_the_keyboard_in_the_tree_and_two_go_into_it(
    open_tree: OpenTree, workspace: Workspace
) -> None:
    for name in ("one.txt", "two.txt"):
        workspace.write(name, name)
    page = open_tree()
    tree = page.locator(f"{TREE} [role=tree]")
    for name in ("one.txt", "two.txt", "one.txt"):  # the last is open already
        item(page, name).click()
        page.wait_for_function(
            "name => window.jupyterapp.shell.currentWidget?.title.label === name", arg=name
        )
        page.wait_for_selector(f"{EDITOR} .view-line")
        assert text_of(page) == name
        pw.expect(tree).to_be_focused()
    page.keyboard.press("F2")
    pw.expect(page.locator(f"{TREE} input[value='one.txt']")).to_be_focused()
    page.keyboard.press("Escape")
    pw.expect(tree).to_be_focused()
    item(page, "two.txt").dblclick()
    page.wait_for_function(
        f"{VIEW}?.editor.hasTextFocus() && {VIEW}.model.getValue() === 'two.txt'"
    )
    item(page, "one.txt").click()
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"{VIEW}?.editor.hasTextFocus() && {VIEW}.model.getValue() === 'one.txt'"
    )


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
    pw.expect(item(page, "f0.txt")).to_have_attribute("aria-setsize", "100000")
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


def test_open_with_offers_what_a_file_can_be_opened_as(
    open_tree: OpenTree, workspace: Workspace, screenshot: Any
) -> None:
    workspace.write("notes.md", "# Notes\n")
    workspace.write("src/app.py", "x\n")
    page = open_tree()
    item(page, "notes.md").click(button="right")
    menu_item(page, "Open With").first.hover()
    pw.expect(menu_item(page, "NeoAI Editor")).to_be_visible()
    screenshot(page, "tree-open-with")
    menu_item(page, "Markdown Preview").click()
    page.wait_for_selector(".jp-MarkdownViewer h1:has-text('Notes')")
    item(page, "src").click(button="right")
    pw.expect(menu_item(page, "Rename").first).to_be_visible()
    pw.expect(menu_item(page, "Open With")).to_have_count(0)


def test_projects_of_one_name_are_told_apart_by_their_folders(
    open_tree: OpenTree, registry: Registry, workspace: Workspace
) -> None:
    registry.add(f"{workspace.name}/other", "Lab work")
    page = open_tree()
    page.locator(f"{TREE} .neoai-TreeHeader-project").click()
    labels = page.locator(".neoai-TreeMenu .lm-Menu-itemLabel")
    pw.expect(labels.nth(0)).to_have_text(f"Lab work ({workspace.name})")
    pw.expect(labels.nth(1)).to_have_text(f"Lab work ({workspace.name}/other)")


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
    dialog.get_by_label("Interpreter").fill("/no/such/python")
    dialog.get_by_role("button", name="Save").click()
    pw.expect(dialog).to_have_count(0)
    [project] = [found for found in registry.all() if found["name"] == "Lab work"]
    pw.expect(toast(page, "There is no Python at `/no/such/python`")).to_be_visible()
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
