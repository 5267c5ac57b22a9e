"""Search and replace across the project, as a person does it in the panel."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import VIEW, open_in_monaco, text_of
from .projects import Registry, run

pw = pytest.importorskip("playwright.sync_api")

PANEL = "#neoai-search"
FILES = f"{PANEL} .neoai-mod-file"
MATCHES = f"{PANEL} .neoai-mod-match"


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project in this test's folder."""
    registry = Registry(server)
    registry.clear()
    workspace.write("src/app.py", "def sell(price):\n    return price * 2  # Price\n")
    workspace.write("src/shop.ts", "export const price = 3;\r\n")
    workspace.write("notes.md", "The price of bread\n")
    workspace.write("build/out.js", "price\n")
    workspace.write(".gitignore", "/build/\n")
    return registry.add(workspace.name, "shop")


def show_search(page: Any) -> Any:
    run(page, "neoai:search-project")
    panel = page.locator(PANEL)
    panel.wait_for()
    find_only(page, "Text")
    return panel


def find_only(page: Any, what: str) -> None:
    page.locator(PANEL).get_by_role("tab", name=what, exact=True).click()


def search(page: Any, text: str, label: str = "Search") -> None:
    page.locator(PANEL).get_by_label(label, exact=True).fill(text)


def status(page: Any) -> Any:
    return page.locator(f"{PANEL} .neoai-Search-status")


def test_text_is_found_across_the_project(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    page.keyboard.press("Control+Shift+f")
    panel = page.locator(PANEL)
    panel.wait_for()
    pw.expect(panel.get_by_label("Search", exact=True)).to_be_focused()
    find_only(page, "Text")
    search(page, "price")
    pw.expect(status(page)).to_contain_text("5 results in 3 files")
    names = f"{FILES} .neoai-Search-name"
    pw.expect(page.locator(names)).to_have_text(["notes.md", "app.py", "shop.ts"])
    screenshot(page, "search-panel")

    panel.get_by_label("Match Case").click()
    pw.expect(status(page)).to_contain_text("4 results in 3 files")
    search(page, "*.py", "Files to include, such as *.py, src")
    pw.expect(status(page)).to_contain_text("2 results in 1 file")
    search(page, "", "Files to include, such as *.py, src")
    search(page, "src", "Files to exclude")
    pw.expect(status(page)).to_contain_text("1 result in 1 file")
    search(page, "", "Files to exclude")

    panel.get_by_label("Regular Expression").click()
    search(page, "(price")
    pw.expect(panel.get_by_role("alert")).to_contain_text("This is no regular expression")
    search(page, r"price \* \d")
    pw.expect(status(page)).to_contain_text("1 result in 1 file")
    search(page, "nothing of the kind")
    pw.expect(status(page)).to_contain_text("Nothing found")

    # By the keyboard: down to the results, on to the match, and there.
    search(page, r"return (price)")
    pw.expect(status(page)).to_contain_text("1 result in 1 file")
    panel.get_by_label("Search", exact=True).press("ArrowDown")
    page.keyboard.press("ArrowDown")
    pw.expect(page.locator(f"{MATCHES}[aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"{VIEW}?.editor.getSelection()?.startLineNumber === 2"
        f" && {VIEW}.editor.getSelection().endColumn === 17"
    )
    assert text_of(page).startswith("def sell")
    panel.locator(".neoai-Search-results").focus()
    page.keyboard.press("ArrowLeft")
    pw.expect(page.locator(MATCHES)).to_have_count(0)
    assert page.console_errors == []


def test_shortcuts_of_the_page_work_from_the_results(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show_search(page)
    search(page, "price")
    pw.expect(page.locator(MATCHES).first).to_be_visible()
    panel.locator(".neoai-Search-results").focus()
    page.keyboard.press("Control+p")
    page.wait_for_selector(".neoai-QuickOpen input")
    page.keyboard.press("Escape")
    panel.locator(".neoai-Search-results").focus()
    page.keyboard.press("Control+Shift+c")
    page.wait_for_selector(".jp-ModalCommandPalette:visible")
    page.keyboard.press("Escape")
    panel.locator(".neoai-Search-results").focus()
    page.keyboard.press("Control+Shift+f")
    pw.expect(panel.get_by_label("Search", exact=True)).to_be_focused()


def test_a_match_far_to_the_right_is_in_view_with_what_it_becomes(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    workspace.write("long.md", f"    {'words ' * 30}needle{' more' * 30}\n")
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/long.md")
    panel = show_search(page)
    search(page, "needle")
    line = page.locator(f"{MATCHES} code")
    pw.expect(line.locator("mark")).to_have_text("needle")
    box, panel_box = line.locator("mark").bounding_box(), panel.bounding_box()
    assert box["x"] + box["width"] < panel_box["x"] + panel_box["width"]
    assert line.inner_text().startswith("…")
    panel.get_by_label("Show Replace").click()
    search(page, "thread", "Replace")
    box = line.locator("ins").bounding_box()
    assert box["x"] + box["width"] < panel_box["x"] + panel_box["width"]
    screenshot(page, "replace-long-line")


def test_a_result_whose_file_is_gone_goes_when_it_is_opened_deleted_or_searched_again(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show_search(page)
    search(page, "price")
    pw.expect(status(page)).to_contain_text("5 results in 3 files")
    (workspace.folder / "src/shop.ts").unlink()
    page.locator(MATCHES, has_text="export").click()
    pw.expect(page.locator(".Toastify__toast", has_text="no longer there")).to_be_visible()
    pw.expect(status(page)).to_contain_text("4 results in 2 files")
    page.evaluate(
        "path => window.jupyterapp.serviceManager.contents.delete(path)",
        f"{workspace.name}/src/app.py",
    )
    pw.expect(status(page)).to_contain_text("1 result in 1 file")
    (workspace.folder / "notes.md").write_text("nothing\n")
    panel.get_by_role("button", name="Search Again").click()
    pw.expect(status(page)).to_contain_text("Nothing found")


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1280), (True, 560)], ids=["light", "dark-narrow"]
)
def test_without_a_project_the_panel_says_what_to_do_and_leads_there(
    new_page: NewPage, server: LabServer, screenshot: Any, dark: bool, width: int
) -> None:
    Registry(server).clear()
    page = new_page(dark=dark, width=width)
    panel = show_search(page)
    pw.expect(panel.get_by_role("heading", name="No project is open")).to_be_visible()
    pw.expect(panel.get_by_role("button", name="New Project…")).to_be_visible()
    screenshot(page, f"search-no-project-{'dark' if dark else 'light'}")
    search(page, "price")
    pw.expect(panel.get_by_role("alert")).to_have_text("Open a project to search its files.")
    panel.get_by_role("button", name="Open Folder…").focus()
    page.keyboard.press("Enter")
    pw.expect(page.locator(".jp-Dialog")).to_contain_text("Open")
    assert page.console_errors == []


def test_where_projects_are_known_but_none_is_open_the_panel_leads_to_them(
    new_page: NewPage, project: Any
) -> None:
    page = new_page()
    panel = show_search(page)
    panel.get_by_role("button", name="Show Projects").click()
    pw.expect(page.locator("#neoai-projects")).to_contain_text("shop")


def test_what_was_asked_before_a_project_is_open_is_searched_in_the_first_that_is(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page()
    panel = show_search(page)
    search(page, "price")
    pw.expect(panel.get_by_role("alert")).to_have_text("Open a project to search its files.")
    open_in_monaco(page, f"{workspace.name}/notes.md")
    pw.expect(status(page)).to_contain_text("5 results in 3 files")
    pw.expect(panel.get_by_role("alert")).to_have_count(0)


def test_a_replacement_is_previewed_chosen_made_and_undone(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    names = ["src/app.py", "src/shop.ts", "notes.md", "build/out.js"]
    before = {name: workspace.read(name) for name in names}
    page = new_page(dark=True)
    open_in_monaco(page, f"{workspace.name}/src/shop.ts")
    panel = show_search(page)
    panel.get_by_label("Show Replace").click()
    panel.get_by_label("Regular Expression").click()
    panel.get_by_label("Match Case").click()
    search(page, "(p)rice")
    search(page, "$1_cost", "Replace")
    pw.expect(page.locator(f"{MATCHES} ins").first).to_have_text("p_cost")
    pw.expect(page.locator(f"{MATCHES} del").first).to_have_text("price")
    panel.get_by_label("Replace in notes.md").uncheck()
    button = panel.locator(".neoai-Search-apply")
    pw.expect(button).to_have_text("Replace 3")
    screenshot(page, "replace-panel-dark")

    button.click()

    done = panel.locator(".neoai-Search-done")
    pw.expect(done).to_contain_text("Replaced 3 places in 2 files.")
    until(lambda: b"p_cost = 3;\r\n" in workspace.read("src/shop.ts"), "the file is changed")
    assert workspace.read("src/app.py").count(b"p_cost") == 2
    assert workspace.read("notes.md") == before["notes.md"]
    assert workspace.read("build/out.js") == before["build/out.js"]
    page.wait_for_function(f"{VIEW}?.model.getValue().includes('p_cost')")

    done.get_by_role("button", name="Undo").click()

    pw.expect(done).to_contain_text("2 files are as they were.")
    until(lambda: {name: workspace.read(name) for name in names} == before, "all is as it was")
    page.wait_for_function(f"{VIEW}?.model.getValue().includes('const price')")
    assert page.console_errors == []


def test_ten_thousand_matches_are_listed_at_once(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    for number in range(20):
        workspace.write(f"many/{number}.txt", "crumb\n" * 600)
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show_search(page)
    search(page, "crumb")
    pw.expect(status(page)).to_contain_text("10000 results")
    pw.expect(status(page)).to_contain_text("There are more")
    assert page.locator(MATCHES).count() < 100
    panel.locator(".neoai-Search-results").focus()
    page.keyboard.press("End")
    pw.expect(page.locator(f"{MATCHES}[aria-selected=true]")).to_have_count(1)
