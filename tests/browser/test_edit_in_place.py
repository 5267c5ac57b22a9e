"""Ctrl+K: an instruction on what is selected becomes changes that are decided on in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Request, Script
from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import VIEW, open_file, open_in_monaco, put_cursor, text_of, wait_for_text
from .test_review import BAR, HUNK, notebook
from .test_usage import provider_beside

pytest.importorskip("playwright.sync_api")

TEXT = "import stove\n\n\ndef boil(pot):\n    pot.heat(90)\n    return pot\n\n\nserve()\n"
BETTER = TEXT.replace("90", "100")
BOX = ".neoai-InPlace:visible"
INPUT = f"{BOX} textarea"


def blocks(*codes: str) -> Script:
    """A reply that changes the first texts, each to one of `codes`; `-` leaves one alone."""
    said = [
        f"### {number}\n\n```python\n{code}\n```\n"
        for number, code in enumerate(codes, 1)
        if code != "-"
    ]
    return Script(text="\n".join([*said, "Water boils at 100."]), chunks=6)


@pytest.fixture(scope="module")
def cook(_parts: None) -> Iterator[FakeProvider]:
    with provider_beside(FakeProvider()) as fake:
        yield fake


@pytest.fixture(scope="module")
def cooking_lab(
    cook: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab with a model that writes code."""
    spec = {
        "name": "p0",
        "kind": "openai-compatible",
        "base_url": cook.url,
        "models": [{"id": "m0"}],
    }
    config = {"AIService": {"providers": [spec], "retries": 0, "cache": False}}
    with running_lab(tmp_path_factory.mktemp("cooking") / "home", config=config) as server:
        yield server


@pytest.fixture
def server(cooking_lab: LabServer, cook: FakeProvider) -> LabServer:
    cook.requests.clear()
    cook.default = lambda _: blocks("    pot.heat(100)")
    cooking_lab.reset_settings()
    return cooking_lab


def select_line(page: Any, line: int) -> None:
    page.evaluate(
        f"""line => {VIEW}.editor.setSelection(
            {{startLineNumber: line, startColumn: 1, endLineNumber: line + 1, endColumn: 1}})""",
        line,
    )


def ask(page: Any, instruction: str) -> None:
    """Press Ctrl+K, say what is wanted, and wait for the first hunk."""
    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.closest('.neoai-InPlace')")
    page.keyboard.type(instruction)
    page.keyboard.press("Enter")


def told(request: Request) -> str:
    return json.dumps(request.body)


def test_a_selection_is_changed_accepted_and_undone(
    page: Any, workspace: Workspace, cook: FakeProvider
) -> None:
    open_in_monaco(page, workspace.write("a.py", TEXT))
    select_line(page, 5)

    ask(page, "hotter")

    page.locator(HUNK).wait_for()
    assert text_of(page) == TEXT
    assert "Water boils at 100." in page.inner_text(BOX)
    page.keyboard.press("Alt+y")
    wait_for_text(page, BETTER)
    page.wait_for_selector(BOX, state="detached")
    page.wait_for_selector(BAR, state="detached")
    page.keyboard.press("Control+z")
    wait_for_text(page, TEXT)
    assert "def boil(pot):" in told(cook.requests[0])
    assert "serve()" in told(cook.requests[0])
    assert page.console_errors == []


def test_retry_takes_a_changed_instruction_and_reject_leaves_the_text_as_it_was(
    page: Any, workspace: Workspace, cook: FakeProvider
) -> None:
    open_in_monaco(page, workspace.write("a.py", TEXT))
    select_line(page, 5)
    ask(page, "hotter")
    page.locator(HUNK).wait_for()
    cook.default = lambda _: blocks("    pot.heat(95)")

    page.locator(INPUT).fill("a little hotter")
    page.locator(BOX).get_by_role("button", name="Retry").click()

    page.locator(HUNK, has_text="95").wait_for()
    assert page.locator(HUNK).count() == 1
    assert "a little hotter" in told(cook.requests[-1])
    page.locator(HUNK).get_by_role("button", name="Reject").click()
    page.wait_for_selector(BOX, state="detached")
    assert text_of(page) == TEXT


def test_what_is_being_written_can_be_stopped_and_what_cannot_be_used_is_said(
    page: Any, workspace: Workspace, cook: FakeProvider
) -> None:
    open_in_monaco(page, workspace.write("a.py", TEXT))
    select_line(page, 5)
    cook.default = lambda _: Script(text=blocks("x").text, fault="hang", after=2)
    ask(page, "hotter")
    page.locator(f"{BOX} .neoai-InPlace-preview", has_text="### 1").wait_for()

    page.locator(BOX).get_by_role("button", name="Stop").click()

    page.locator(BOX, has_text="Stopped; nothing was changed.").wait_for()
    cook.default = lambda _: Script(text="I would rather not.")
    page.locator(BOX).get_by_role("button", name="Generate").click()
    page.locator(f"{BOX} [role=alert]", has_text="I would rather not").wait_for()
    assert text_of(page) == TEXT
    page.locator(INPUT).press("Escape")
    page.wait_for_selector(BOX, state="detached")
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")


def test_code_is_written_at_the_cursor(page: Any, workspace: Workspace, cook: FakeProvider) -> None:
    open_in_monaco(page, workspace.write("a.py", TEXT))
    put_cursor(page, 2, 1)
    cook.default = lambda _: blocks("import pots")

    ask(page, "import pots too")

    page.locator(HUNK).get_by_role("button", name="Accept").click()
    wait_for_text(page, TEXT.replace("stove\n\n", "stove\nimport pots\n"))


def test_what_others_type_while_it_is_written_stays(
    workspace: Workspace, new_page: NewPage, cook: FakeProvider
) -> None:
    path = workspace.write("a.py", TEXT)
    ada, bob = new_page("Ada"), new_page("Bob")
    for page in (ada, bob):
        open_in_monaco(page, path)
    select_line(ada, 5)
    cook.default = lambda _: Script(text=blocks("    pot.heat(100)").text, chunks=4, delay_s=0.7)
    ask(ada, "hotter")
    ada.locator(f"{BOX}[data-state=running]").wait_for()

    put_cursor(bob, 1, 1)
    bob.keyboard.insert_text("# Bob's\n")

    wait_for_text(ada, "# Bob's\n" + TEXT)
    ada.locator(HUNK).get_by_role("button", name="Accept").click()
    for page in (ada, bob):
        wait_for_text(page, "# Bob's\n" + BETTER)


def test_earlier_instructions_come_back_and_chords_still_work(
    page: Any, workspace: Workspace
) -> None:
    open_in_monaco(page, workspace.write("a.py", TEXT))
    select_line(page, 5)
    ask(page, "hotter")
    page.locator(HUNK).get_by_role("button", name="Reject").click()
    page.wait_for_selector(BOX, state="detached")

    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.closest('.neoai-InPlace')")
    page.keyboard.press("ArrowUp")
    assert page.locator(INPUT).input_value() == "hotter"
    page.keyboard.press("ArrowDown")
    assert page.locator(INPUT).input_value() == ""
    page.keyboard.press("Escape")
    put_cursor(page, 9, 1)
    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.closest('.neoai-InPlace')")
    page.keyboard.press("Control+c")
    wait_for_text(page, TEXT.replace("serve()", "# serve()"))
    page.wait_for_selector(BOX, state="detached")


def test_a_cell_is_changed_with_the_other_cells_in_view(
    page: Any, workspace: Workspace, cook: FakeProvider
) -> None:
    path = workspace.write("soup.ipynb", notebook("pot = 1", "pot.heat(90)"))
    open_file(page, path)
    page.locator(".jp-Cell .cm-content").nth(1).click()
    cook.default = lambda _: blocks("pot.heat(100)\npot.stir()")

    ask(page, "hotter")

    page.locator(HUNK).wait_for()
    # The cell's buttons would lie upon the instruction.
    assert page.locator(".jp-cell-toolbar:visible").count() == 0
    page.locator(HUNK).get_by_role("button", name="Accept").click()
    page.wait_for_selector(BOX, state="detached")
    until(lambda: b"pot.stir()" in workspace.read("soup.ipynb"), "the cell is saved")
    assert "pot = 1" in told(cook.requests[0])
    assert page.console_errors == []


def test_several_cells_are_changed_at_once(
    page: Any, workspace: Workspace, cook: FakeProvider, screenshot: Callable[..., Path]
) -> None:
    path = workspace.write("soup.ipynb", notebook("a = 1", "b = 1", "c = 1"))
    open_file(page, path)
    page.locator(".jp-Cell .jp-InputPrompt").nth(0).click()
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("document.querySelectorAll('.jp-Cell.jp-mod-selected').length === 2")
    cook.default = lambda _: blocks("a = 2", "b = 2")

    ask(page, "two")

    page.locator(HUNK).nth(1).wait_for()
    screenshot(page, "in-place-cells")
    page.keyboard.press("Alt+Shift+y")
    page.wait_for_selector(BAR, state="detached")
    until(lambda: b"b = 2" in workspace.read("soup.ipynb"), "the cells are saved")
    assert b"a = 2" in workspace.read("soup.ipynb")
    assert b"c = 1" in workspace.read("soup.ipynb")


def test_two_files_are_changed_at_once_and_a_third_stays(
    page: Any, workspace: Workspace, cook: FakeProvider, screenshot: Callable[..., Path]
) -> None:
    names = [workspace.write(name, "heat = 90\n") for name in ("a.py", "b.py", "c.py")]
    cook.default = lambda _: blocks("heat = 100", "-", "heat = 100")
    page.evaluate(
        """paths => { window.jupyterapp.commands.execute('neoai:edit-files', {paths}); }""", names
    )
    page.wait_for_function("document.activeElement.closest('.neoai-InPlace')")
    page.keyboard.type("hotter")
    page.keyboard.press("Enter")
    page.locator(BAR, has_text="2 changes left").wait_for()
    screenshot(page, "in-place-files")

    page.locator(BAR).get_by_role("button", name="Accept All").click()

    for name, text in (("a.py", b"heat = 100\n"), ("c.py", b"heat = 100\n")):
        until(lambda name=name, text=text: workspace.read(name) == text, f"{name} is saved")
    assert workspace.read("b.py") == b"heat = 90\n"


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 1280), (False, 640)])
def test_the_box_can_be_read(
    workspace: Workspace,
    new_page: NewPage,
    cook: FakeProvider,
    screenshot: Callable[..., Path],
    dark: bool,
    width: int,
) -> None:
    page = new_page("Ada", dark=dark, width=width)
    open_in_monaco(page, workspace.write("a.py", TEXT))
    select_line(page, 5)
    cook.default = lambda _: blocks("    exec(pot)")
    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.closest('.neoai-InPlace')")
    name = f"{'dark' if dark else 'light'}-{width}"
    screenshot(page, f"in-place-{name}")
    page.keyboard.type("run it")
    page.keyboard.press("Enter")
    page.locator(BAR, has_text=re.compile("5: .*exec")).wait_for()
    page.locator(f"{HUNK} span[class^='mtk']").first.wait_for()
    screenshot(page, f"in-place-written-{name}")
