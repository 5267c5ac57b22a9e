"""Next edits in a notebook's cells: the same keys as in NeoAI's editor, and the same look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from .conftest import LabServer, NewPage, Workspace, until
from .monaco import open_file, open_in_monaco
from .test_next_edit import (  # noqa: F401
    APP,
    FOLLOWED,
    SHAPES,
    STATUS,
    make_project,
    next_edit_lab,
    provider,
    rename,
)
from .test_next_edit import hint as monaco_hint

HINT = ".jp-Notebook .neoai-NextEdit-hint:visible"
NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"
CELLS = [
    "def area(width, height):\n    return width * height",
    "# The areas",
    "print(area(1, height=2))",
    "%%bash\necho area",
    "rooms = [area(3, height=4)]\nsum(rooms)",
]


def written(cells: list[str]) -> str:
    """A notebook of these; the second is no code."""
    made = [
        {"cell_type": "markdown", "id": f"c{n}", "metadata": {}, "source": source}
        if source.startswith("# The")
        else {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for n, source in enumerate(cells)
    ]
    language = {"language_info": {"name": "python"}}
    return json.dumps({"cells": made, "metadata": language, "nbformat": 4, "nbformat_minor": 5})


def opened(
    page: Any, workspace: Workspace, server: LabServer, cells: list[str] | None = None
) -> str:
    """A project with a notebook in front and files beside it; the notebook's path."""
    path = workspace.write("rooms.ipynb", written(cells or CELLS))
    workspace.write("shapes.py", SHAPES)
    workspace.write("app.py", APP)
    make_project(page, workspace, server, "area")
    open_file(page, path)
    page.wait_for_selector(".jp-Notebook.neoai-mod-nextEdits .jp-Cell .cm-content")
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.content.model.defaultKernelLanguage"
        " === 'python'"
    )
    return path


def select(page: Any, cell: int, line: int, start: int, end: int) -> None:
    """Select columns of a line of a cell, all from 0, with the keyboard there."""
    page.evaluate(
        f"""async ([cell, line, start, end]) => {{
            const notebook = {NOTEBOOK};
            notebook.activeCellIndex = cell;
            await notebook.activeCell.ready;
            notebook.mode = 'edit';
            const {{editor}} = notebook.activeCell;
            editor.setSelection({{start: {{line, column: start}}, end: {{line, column: end}}}});
            editor.focus();
        }}""",
        [cell, line, start, end],
    )


def sources(page: Any) -> list[str]:
    found: list[str] = page.evaluate(
        f"{NOTEBOOK}.model.sharedModel.cells.map(cell => cell.getSource())"
    )
    return found


def wait_for_cells(page: Any, **changed: str) -> None:
    """Wait until the cells are as they were but for those; `c2` is the third."""
    expected = [changed.get(f"c{n}", source) for n, source in enumerate(CELLS)]
    until(lambda: sources(page) == expected, "the cells to be as they should")


def hint(page: Any, text: str) -> None:
    page.locator(HINT, has_text=text).wait_for()


def test_a_renamed_function_is_followed_by_tab_through_the_other_cells_and_undone_one_by_one(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server)
    select(page, 0, 0, 4, 8)
    page.keyboard.type("surface")
    hint(page, "to go there1 of 2")
    assert page.locator(".jp-Notebook .neoai-NextEdit-new").inner_text() == "surface"
    assert page.locator(STATUS).inner_text() == "↹ 1 of 2"
    screenshot(page, "next edit in a notebook")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    screenshot(page, "next edit in a cell")
    page.keyboard.press("Tab")
    first = {"c0": CELLS[0].replace("area", "surface"), "c2": CELLS[2].replace("area", "surface")}
    wait_for_cells(page, **first)
    hint(page, "to go there2 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept2 of 2")
    page.keyboard.press("Tab")
    wait_for_cells(page, **first, c4=CELLS[4].replace("area", "surface"))
    page.locator(STATUS).wait_for(state="detached")
    page.keyboard.press("Control+Z")
    wait_for_cells(page, **first)
    assert not page.console_errors


def test_a_cell_out_of_view_is_named_and_tab_brings_it_into_view(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server, [CELLS[0], *["\n" * 40] * 3, "area(1, 2)"])
    select(page, 0, 0, 4, 8)
    page.keyboard.type("surface")
    hint(page, "to cell 51 of 1")
    screenshot(page, "next edit in a cell out of view")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 1")
    page.keyboard.press("Tab")
    until(lambda: sources(page)[4] == "surface(1, 2)", "the last cell to change")


def test_places_are_in_their_cells_after_cells_were_put_above_moved_and_removed(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server, [CELLS[0], "x = 1", "y = 2", CELLS[2]])
    select(page, 0, 0, 4, 8)
    page.keyboard.type("surface")
    hint(page, "to go there1 of 1")
    run = "name => window.jupyterapp.commands.execute(`notebook:${name}`)"
    for command in ["insert-cell-below", "insert-cell-below"]:
        page.evaluate(run, command)
    until(lambda: len(sources(page)) == 6, "two cells more")
    select(page, 3, 0, 0, 0)
    page.evaluate(run, "move-cell-up")
    select(page, 3, 0, 0, 0)
    page.evaluate(run, "delete-cell")
    above = ["", "x = 1", "y = 2"]
    until(lambda: sources(page)[1:] == [*above, CELLS[2]], "the cells to be in order")
    select(page, 0, 0, 11, 11)
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 1")
    assert page.evaluate(f"{NOTEBOOK}.activeCellIndex") == 4
    page.keyboard.press("Tab")
    until(
        lambda: sources(page)[1:] == [*above, CELLS[2].replace("area", "surface")],
        "the last cell alone to change",
    )


def test_a_cell_that_is_read_only_stays_as_it_is(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server)
    page.evaluate(f"{NOTEBOOK}.model.cells.get(2).setMetadata('editable', false)")
    select(page, 0, 0, 4, 8)
    page.keyboard.type("surface")
    hint(page, "to go there1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    page.keyboard.press("Tab")
    page.locator(".Toastify__toast", has_text="was left as it is").wait_for()
    renamed = CELLS[0].replace("area", "surface")
    wait_for_cells(page, c0=renamed)
    hint(page, "to go there2 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept2 of 2")
    page.keyboard.press("Tab")
    wait_for_cells(page, c0=renamed, c4=CELLS[4].replace("area", "surface"))


def test_escape_leaves_the_cell_in_edit_mode_and_tab_indents_where_it_should(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server)
    select(page, 0, 0, 9, 14)
    page.keyboard.type("breadth")
    hint(page, "1 of 1")
    renamed = CELLS[0].replace("area(width", "area(breadth")
    select(page, 4, 1, 0, 0)
    page.keyboard.press("Tab")
    wait_for_cells(page, c0=renamed, c4=CELLS[4].replace("sum", "    sum"))
    page.keyboard.press("Control+Z")
    wait_for_cells(page, c0=renamed)
    hint(page, "1 of 1")
    page.keyboard.press("Escape")
    page.locator(HINT).wait_for(state="detached")
    assert page.evaluate(f"{NOTEBOOK}.mode") == "edit"
    page.keyboard.press("Escape")
    page.wait_for_function(f"{NOTEBOOK}.mode === 'command'")


def test_what_is_renamed_in_a_file_is_offered_in_a_notebook_that_is_open(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    cells = ["from shapes import area", "# The areas", "%time area(1, 2)\narea(3, 4)"]
    opened(page, workspace, server, cells)
    open_in_monaco(page, f"{workspace.name}/shapes.py")
    page.wait_for_selector(FOLLOWED)
    rename(page, 1, 6, "surface")
    monaco_hint(page, "to app.py:11 of 5")
    for _ in range(2):
        page.keyboard.press("Alt+S")
    monaco_hint(page, "to rooms.ipynb, cell 13 of 5")
    screenshot(page, "next edit from a file to a notebook")
    page.keyboard.press("Tab")
    for number in "345":
        hint(page, f"to accept{number} of 5")
        page.keyboard.press("Tab")
        if number != "5":
            hint(page, "to go there")
            page.keyboard.press("Tab")
    until(
        lambda: (
            sources(page)
            == ["from shapes import surface", "# The areas", "%time surface(1, 2)\nsurface(3, 4)"]
        ),
        "the cells to change",
    )


@pytest.mark.parametrize("server", ["next_edit_lab"], indirect=True)
def test_tab_takes_what_is_suggested_in_grey_before_it_goes_to_the_next_cell(
    page: Any,
    workspace: Workspace,
    server: LabServer,
    provider: FakeProvider,  # noqa: F811
    screenshot: Any,
) -> None:
    provider.default = lambda _: Script(text="")
    opened(page, workspace, server)
    page.locator(".neoai-CompletionStatus[data-state=ready]:visible").wait_for()
    select(page, 0, 0, 9, 14)
    provider.scripts[:] = [Script(text="_m")]
    page.keyboard.type("breadth")
    page.locator(".jp-mod-inline-completer-active").wait_for()
    hint(page, "to go there")
    screenshot(page, "next edit beside a suggestion in a cell")
    page.keyboard.press("Tab")
    renamed = CELLS[0].replace("area(width", "area(breadth_m")
    wait_for_cells(page, c0=renamed)
    page.wait_for_function(
        "() => document.querySelector('.jp-Notebook .neoai-NextEdit-new')"
        "?.textContent === 'breadth_m'"
    )
    page.locator(".jp-mod-inline-completer-active").wait_for(state="detached")
    page.keyboard.press("Tab")
    hint(page, "to accept")
    page.keyboard.press("Tab")
    wait_for_cells(page, c0=renamed.replace("return width", "return breadth_m"))


def test_jupyterlab_s_own_editor_has_them_too_and_they_look_right_in_the_dark_and_narrow(
    new_page: NewPage, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=620)
    opened(page, workspace, server)
    select(page, 0, 0, 4, 8)
    page.keyboard.type("surface")
    hint(page, "to go there1 of 2")
    screenshot(page, "next edit in a notebook dark and narrow")
    page.keyboard.press("Escape")
    page.locator(HINT).wait_for(state="detached")
    open_file(page, f"{workspace.name}/shapes.py", "Editor")
    page.wait_for_selector(".jp-FileEditor.neoai-mod-nextEdits:visible .cm-content")
    page.evaluate(
        f"""() => {{
            const {{editor}} = {NOTEBOOK};
            editor.setSelection({{start: {{line: 0, column: 9}}, end: {{line: 0, column: 14}}}});
            editor.focus();
        }}"""
    )
    page.keyboard.type("breadth")
    own = ".jp-FileEditor .neoai-NextEdit-hint:visible"
    page.locator(own, has_text="to go there1 of 2").wait_for()
    screenshot(page, "next edit in JupyterLab's editor")
    for _ in range(2):
        page.keyboard.press("Tab")
        page.locator(own, has_text="to accept").wait_for()
        page.keyboard.press("Tab")
    page.wait_for_function(
        f"text => {NOTEBOOK}.model.sharedModel.getSource() === text",
        arg=SHAPES.replace("width", "breadth"),
    )
