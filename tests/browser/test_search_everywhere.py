"""One box for text, meaning, symbols and files, as a person uses it in the panel."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace
from .monaco import VIEW, open_in_monaco
from .projects import Registry, run

pw = pytest.importorskip("playwright.sync_api")

PANEL = "#neoai-search"
HEADINGS = f"{PANEL} .neoai-mod-heading .neoai-Search-name"
FILES = f"{PANEL} .neoai-mod-file .neoai-Search-name"
MATCHES = f"{PANEL} .neoai-mod-match"
PREVIEW = f"{PANEL} .neoai-Search-preview"
KITCHEN = '''"""The kitchen."""


def boil_water(pot):
    """Heat the pot until it bubbles."""
    for degree in range(100):
        pot.heat(degree)
    return pot


class Stove:
    def light(self):
        return "fire"
'''


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    registry = Registry(server)
    registry.clear()
    workspace.write("src/kitchen.py", KITCHEN)
    workspace.write("src/stove_settings.json", '{"stove": "gas"}\n')
    workspace.write("notes.md", "# Kitchen\n\nA stove is in the corner.\n")
    cell = {"cell_type": "code", "source": "def stir(pot):\n    return pot", "metadata": {}}
    cells = [{**cell, "source": f"x{n} = 1"} for n in range(3)] + [cell]
    for number, each in enumerate(cells):
        each.update(id=f"c{number}", outputs=[], execution_count=None)
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    workspace.write("soup.ipynb", json.dumps(book))
    return registry.add(workspace.name, "kitchen")


def show(page: Any) -> Any:
    run(page, "neoai:search-project")
    panel = page.locator(PANEL)
    panel.wait_for()
    return panel


def ask(page: Any, text: str) -> None:
    page.locator(PANEL).get_by_label("Search", exact=True).fill(text)


def only(page: Any, what: str) -> None:
    page.locator(PANEL).get_by_role("tab", name=what, exact=True).click()


def test_one_query_finds_files_symbols_passages_and_text(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show(page)
    ask(page, "stove")
    pw.expect(page.locator(HEADINGS)).to_have_text(["Files", "Symbols", "Meaning", "Text"])
    marks = page.locator(f"{PANEL} .neoai-mod-file mark")
    pw.expect(marks.first).to_be_visible()
    pw.expect(page.locator(MATCHES, has_text="class Stove")).to_have_count(2)
    screenshot(page, "search-everywhere")

    # A heading shows all of its kind, and a tab too.
    page.locator(HEADINGS, has_text="Symbols").click()
    pw.expect(panel.get_by_role("tab", name="Symbols")).to_have_attribute("aria-selected", "true")
    pw.expect(page.locator(FILES)).to_have_text(["kitchen.py"])
    only(page, "Files")
    pw.expect(page.locator(FILES)).to_have_text(["stove_settings.json"])
    page.locator(FILES).click()
    page.wait_for_selector("#jp-main-dock-panel .lm-TabBar-tab:has-text('stove_settings.json')")
    # By the keyboard from one tab to the next.
    panel.get_by_role("tab", name="Files").focus()
    page.keyboard.press("ArrowLeft")
    pw.expect(panel.get_by_role("tab", name="Symbols")).to_be_focused()
    pw.expect(panel.get_by_role("tab", name="Symbols")).to_have_attribute("aria-selected", "true")
    only(page, "All")
    ask(page, "corner")
    pw.expect(page.locator(HEADINGS)).to_have_text(["Meaning", "Text"])
    ask(page, "zyxw")
    pw.expect(panel.get_by_role("status")).to_contain_text("Nothing found.")
    assert page.console_errors == []


def test_a_question_finds_the_passage_with_a_preview_and_opens_it_at_its_line(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page(dark=True)
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show(page)
    only(page, "Meaning")
    ask(page, "how is water boiled?")
    first = page.locator(MATCHES).first
    pw.expect(first).to_contain_text("boil_water")
    pw.expect(first.locator("mark").first).to_be_visible()
    panel.get_by_label("Search", exact=True).press("ArrowDown")
    page.keyboard.press("ArrowDown")
    pw.expect(page.locator(f"{MATCHES}[aria-selected=true]")).to_have_count(1)
    pw.expect(page.locator(PREVIEW)).to_contain_text("for degree in range(100)")
    assert page.locator(f"{PREVIEW} code span").count() > 3
    screenshot(page, "search-meaning-dark")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}?.editor.getPosition()?.lineNumber === 4")

    # What is shown is remembered, and the preview can be put away.
    panel.get_by_role("button", name="Show Preview").click()
    pw.expect(page.locator(PREVIEW)).to_have_count(0)
    assert page.console_errors == []


def test_a_passage_of_a_notebook_opens_at_its_cell(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page()
    open_in_monaco(page, f"{workspace.name}/notes.md")
    show(page)
    only(page, "Symbols")
    ask(page, "stir")
    page.locator(MATCHES, has_text="stir").click()
    page.wait_for_selector(".jp-NotebookPanel:visible .jp-Cell")
    active = ".jp-NotebookPanel .jp-Cell.jp-mod-active"
    pw.expect(page.locator(active)).to_contain_text("def stir")


def test_the_panel_is_usable_when_it_is_narrow(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page()
    page.set_viewport_size({"width": 700, "height": 600})
    open_in_monaco(page, f"{workspace.name}/notes.md")
    panel = show(page)
    ask(page, "pot")
    pw.expect(page.locator(MATCHES).first).to_be_visible()
    box = panel.get_by_role("tab", name="Files").bounding_box()
    edge = panel.bounding_box()
    assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    screenshot(page, "search-narrow")
