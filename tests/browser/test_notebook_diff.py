"""Comparing notebooks cell by cell, as a person meets it in the lab."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import open_file
from .projects import Registry
from .test_history import execute

pw = pytest.importorskip("playwright.sync_api")

VIEW = ".neoai-NotebookDiff:visible"
STATUS = ".neoai-Diff-status:visible"
CHANGES = f"{VIEW} .neoai-mod-change"
SHARED = "window.notebook.model.sharedModel"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmM"
    "IQAAAABJRU5ErkJggg=="
)


def cell(name: str, source: str, *outputs: Any, kind: str = "code") -> dict[str, Any]:
    found: dict[str, Any] = {"cell_type": kind, "id": name, "source": source, "metadata": {}}
    return found | ({"outputs": [*outputs], "execution_count": 1} if kind == "code" else {})


def shown(**data: Any) -> dict[str, Any]:
    bundle = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": {}}


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    metadata = {"kernelspec": KERNEL}
    return {"cells": [*cells], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


BEFORE = notebook(
    cell("title", "# Sales\n\nBy region.", kind="markdown"),
    cell("setup", "import csv\nfrom pathlib import Path"),
    cell(
        "load",
        "rows = list(csv.reader(Path('sales.csv').open()))\nlen(rows)",
        shown(text_plain="9"),
    ),
    cell("plot", "plot(rows)", shown(image_png=PIXEL, text_plain="<Figure>")),
    *(cell(f"same{number}", f"step({number})") for number in range(5)),
    cell("gone", "print('this goes')"),
    cell("walks", "summary = {region: sum(values) for region, values in rows}"),
)


def changed() -> dict[str, Any]:
    after = copy.deepcopy(BEFORE)
    cells = after["cells"]
    cells[2]["source"] = "rows = list(csv.reader(Path('sales-2026.csv').open()))\nlen(rows)"
    cells[2]["outputs"] = [shown(text_plain="12")]
    cells[3]["outputs"] = [shown(text_html="<b>bold</b><script>window.ran = true</script>")]
    cells[4]["metadata"] = {"tags": ["slow"]}
    del cells[9]
    cells.insert(1, cells.pop(9))
    cells.append(cell("new", "total = 0\nfor value in summary.values():\n    total += value"))
    return after


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project with a notebook that has two versions."""
    registry = Registry(server)
    registry.clear()
    workspace.write("n.ipynb", json.dumps(BEFORE))
    found = registry.add(workspace.name, "sales")
    registry.put(found["id"], "n.ipynb", json.dumps(changed()).encode())
    return found


def compare_with_first_version(page: Any, workspace: Workspace) -> None:
    open_file(page, f"{workspace.name}/n.ipynb", "Notebook")
    page.evaluate("() => { window.notebook = window.jupyterapp.shell.currentWidget.context; }")
    execute(page, "neoai:show-history")
    items = page.locator("#neoai-history").get_by_role("region", name="Versions")
    items.locator(".neoai-History-item").last.click()
    page.locator(CHANGES).first.wait_for()


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1280), (True, 760)], ids=["light-wide", "dark-narrow"]
)
def test_a_notebooks_version_is_compared_cell_by_cell(
    new_page: NewPage,
    workspace: Workspace,
    project: Any,
    screenshot: Any,
    dark: bool,
    width: int,
) -> None:
    page = new_page(path=workspace.name, dark=dark, width=width)
    compare_with_first_version(page, workspace)
    badges = page.locator(f"{CHANGES} .neoai-CellDiff-badge")
    pw.expect(badges).to_have_text(["Moved", "Changed", "Changed", "Removed", "Added"])
    page.locator(f"{VIEW} .neoai-SourceDiff .mtk1").first.wait_for()
    screenshot(page, f"notebook-diff-{'dark' if dark else 'light'}")
    old = page.locator(f"{CHANGES} .neoai-mod-old").first
    pw.expect(old).to_contain_text("sales.csv")
    page.get_by_role("button", name="Outputs changed").nth(1).click()
    page.locator(".neoai-OutputsDiff-side b", has_text="bold").wait_for()
    pw.expect(page.locator(".neoai-OutputsDiff-side img")).to_have_count(1)
    assert page.evaluate("window.ran") is None
    screenshot(page, f"notebook-diff-outputs-{'dark' if dark else 'light'}")
    assert page.console_errors == []


def test_changes_are_gone_through_and_edits_are_followed(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page(path=workspace.name)
    compare_with_first_version(page, workspace)
    # The kernel, once it runs, writes into the notebook which language it speaks: a change as well.
    page.wait_for_function(f"{SHARED}.metadata.language_info !== undefined")
    focused = "document.activeElement.getAttribute('aria-label')"
    page.locator(VIEW).focus()
    page.keyboard.press("F7")
    assert page.evaluate(focused) == "Moved, Cell 11 \u2192 2"
    page.keyboard.press("Shift+F7")
    assert page.evaluate(focused) == "Added, Cell 11"
    page.get_by_role("button", name="Metadata").click()
    pw.expect(page.locator(STATUS)).to_have_text("7 changes")
    page.get_by_text("slow").first.wait_for()
    page.get_by_label("Added, Cell 11").focus()
    page.evaluate(f"{SHARED}.cells.find(c => c.id === 'setup').updateSource(0, 0, 'import os\\n')")
    pw.expect(page.locator(STATUS)).to_have_text("8 changes")
    assert page.evaluate(focused) == "Added, Cell 11"
    page.get_by_role("button", name="unchanged cell").first.click()
    page.locator(".neoai-CellDiff", has_text="Sales").first.wait_for()
    page.evaluate("window.notebook.save().then(() => null)")
    until(lambda: b"import os\\n" in workspace.read("n.ipynb"), "the edit on disk")
    execute(page, "neoai:compare-with-saved", path=f"{workspace.name}/n.ipynb")
    pw.expect(page.locator(STATUS)).to_have_text("No differences")
    assert page.console_errors == []


def test_what_is_no_notebook_is_compared_as_text(
    new_page: NewPage, workspace: Workspace, project: Any
) -> None:
    page = new_page(path=workspace.name)
    open_file(page, f"{workspace.name}/n.ipynb", "Notebook")
    other = workspace.write("broken.txt", "{ no notebook\n")
    execute(page, "neoai:compare-with-file", path=f"{workspace.name}/n.ipynb", other=other)
    page.locator(".neoai-Diff:visible .monaco-diff-editor").first.wait_for()
    page.locator(".Toastify__toast", has_text="compared as texts").wait_for()
    assert page.locator(".neoai-NotebookDiff").count() == 0
    assert page.console_errors == []
