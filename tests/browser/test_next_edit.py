"""Next edits in NeoAI's editor, as a person types: what is shown, and what Tab does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Request, Script
from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import VIEW, open_in_monaco, put_cursor, text_of, wait_for_text
from .projects import Registry
from .test_usage import provider_beside

HINT = ".neoai-Editor:visible .neoai-NextEdit-hint:visible"
FOLLOWED = ".neoai-Editor.neoai-mod-nextEdits:visible"
STATUS = ".neoai-NextEditStatus:visible"
GHOST = ".neoai-Editor .ghost-text-decoration"
SHAPES = "def area(width, height):\n    half = width / 2\n    return half * height * width\n"
APP = "from shapes import area\n\nprint(area(1, 2))\n"
MANY = SHAPES + "\n" * 80 + "print(area(width=1, height=2))\n"


@pytest.fixture(scope="module")
def provider(_parts: None) -> Iterator[FakeProvider]:
    with provider_beside(FakeProvider()) as fake:
        yield fake


@pytest.fixture(scope="module")
def next_edit_lab(
    provider: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab with a model that edits."""
    models = [{"id": "m0", "tasks": ["chat", "edit"]}]
    spec = {"name": "p0", "kind": "openai-compatible", "base_url": provider.url, "models": models}
    config = {"AIService": {"providers": [spec], "retries": 0}}
    with running_lab(tmp_path_factory.mktemp("next") / "home", config=config) as server:
        yield server


@pytest.fixture(autouse=True)
def no_suggestions(server: LabServer) -> None:
    """Tab takes a suggestion of the language server first, whenever that comes."""
    server.set("@neoai/lab/editor.jupyterlab-settings", {"suggestWhileTyping": False})


def make_project(page: Any, workspace: Workspace, server: LabServer, query: str) -> None:
    """Let the workspace be a project that is indexed, and known to the page."""
    registry = Registry(server)
    project = registry.add(workspace.name)
    registry.call("POST", "/ai/search", {"project_id": project["id"], "query": query})
    page.evaluate("window.jupyterapp.commands.execute('neoai:refresh-projects')")


def opened(page: Any, workspace: Workspace, server: LabServer, text: str = SHAPES) -> str:
    """A project with `shapes.py` in front and `app.py` that uses it; the path of the first."""
    path = workspace.write("shapes.py", text)
    workspace.write("app.py", APP)
    make_project(page, workspace, server, "area")
    open_in_monaco(page, path)
    page.wait_for_selector(FOLLOWED)
    return path


def rename(page: Any, line: int, column: int, word: str) -> None:
    """Select the word there and type another."""
    put_cursor(page, line, column)
    page.evaluate(f"{VIEW}.run('editor.action.smartSelect.expand')")
    page.keyboard.type(word)


def hint(page: Any, text: str) -> None:
    page.locator(HINT, has_text=text).wait_for()


def cursor(page: Any) -> list[int]:
    found: list[int] = page.evaluate(
        f"(p => [p.lineNumber, p.column])({VIEW}.editor.getPosition())"
    )
    return found


def test_a_renamed_parameter_is_followed_by_tab_and_one_undo_takes_back_one_place(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server)
    rename(page, 1, 10, "breadth")
    hint(page, "to go there1 of 2")
    assert page.locator(".neoai-NextEdit-new").inner_text() == "breadth"
    assert page.locator(STATUS).inner_text() == "↹ 1 of 2"
    screenshot(page, "next edit")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    assert cursor(page) == [2, 17]
    page.keyboard.press("Tab")
    first = SHAPES.replace("area(width", "area(breadth").replace("= width", "= breadth")
    wait_for_text(page, first)
    hint(page, "to go there2 of 2")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wait_for_text(page, SHAPES.replace("width", "breadth"))
    page.locator(HINT).wait_for(state="detached")
    page.keyboard.press("Control+Z")
    wait_for_text(page, first)
    page.keyboard.press("Control+Z")
    wait_for_text(page, SHAPES.replace("area(width", "area(breadth"))
    assert not page.console_errors


def test_a_renamed_function_is_followed_into_the_other_file(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server)
    rename(page, 1, 6, "surface")
    hint(page, "to app.py:11 of 2")
    screenshot(page, "next edit in another file")
    page.keyboard.press("Tab")
    app = f"{workspace.name}/app.py"
    page.wait_for_function(
        f"path => window.jupyterapp.shell.currentWidget?.context?.path === path"
        f" && {VIEW}?.editor.hasTextFocus()",
        arg=app,
    )
    hint(page, "to accept1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to go there2 of 2")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    wait_for_text(page, APP.replace("area", "surface"))
    assert not page.console_errors


def test_a_place_in_a_file_that_is_gone_is_dropped_and_the_user_is_told(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server)
    rename(page, 1, 6, "surface")
    hint(page, "to app.py:11 of 2")
    (workspace.folder / "app.py").unlink()
    page.keyboard.press("Tab")
    page.locator(".Toastify__toast", has_text="app.py was not opened").wait_for()
    page.locator(HINT).wait_for(state="detached")
    put_cursor(page, 3, 11)
    renamed = text_of(page)
    page.keyboard.press("Tab")
    until(lambda: text_of(page) != renamed, "Tab to indent")


def test_an_answer_to_a_text_that_was_edited_meanwhile_is_asked_for_again(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server)
    held: list[Any] = []

    def hold_first(route: Any) -> None:
        if held:
            route.fallback()
        held.append(route)

    page.route("**/ai/next-edits*", hold_first)
    rename(page, 1, 10, "breadth")
    until(lambda: held or page.evaluate("0"), "the places to be asked for")
    page.evaluate("document.activeElement.blur()")
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.context.model.sharedModel"
        ".updateSource(0, 0, '# shapes\\n')"
    )
    held[0].fallback()
    until(lambda: len(held) > 1 or page.evaluate("0"), "them to be asked for again")
    put_cursor(page, 2, 17)
    page.evaluate(f"{VIEW}.editor.focus()")
    hint(page, "to go there1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    assert cursor(page) == [3, 17]


def test_a_place_out_of_view_is_named_by_its_line(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    opened(page, workspace, server, MANY)
    rename(page, 1, 10, "breadth")
    hint(page, "1 of 3")
    page.keyboard.press("Alt+S")
    page.keyboard.press("Alt+S")
    hint(page, "to line 843 of 3")
    screenshot(page, "next edit out of view")
    page.keyboard.press("Tab")
    hint(page, "to accept3 of 3")
    page.keyboard.press("Tab")
    wait_for_text(page, MANY.replace("area(width", "area(breadth"))


def test_escape_dismisses_all_and_tab_indents_where_it_should(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server)
    rename(page, 1, 10, "breadth")
    hint(page, "1 of 2")
    put_cursor(page, 3, 1)
    page.keyboard.press("Tab")
    renamed = SHAPES.replace("area(width", "area(breadth")
    wait_for_text(page, renamed.replace("    return", "        return"))
    page.keyboard.press("Control+Z")
    wait_for_text(page, renamed)
    hint(page, "1 of 2")
    page.keyboard.press("Escape")
    page.locator(HINT).wait_for(state="detached")
    put_cursor(page, 3, 11)
    page.keyboard.press("Tab")
    until(lambda: text_of(page) != renamed, "Tab to indent")


@pytest.mark.parametrize("server", ["next_edit_lab"], indirect=True)
def test_a_model_fills_in_the_new_argument_of_a_call(
    page: Any,
    workspace: Workspace,
    server: LabServer,
    provider: FakeProvider,
    screenshot: Any,
) -> None:
    def asked(request: Request) -> bool:
        return "An edit was made" in str(request.body)

    # Nothing in grey: Tab would take that first.
    filled = "```python\n(1, 2, depth=0)\n```"
    provider.default = lambda request: Script(text=filled if asked(request) else "")
    opened(page, workspace, server)
    put_cursor(page, 1, 23)
    page.keyboard.type(", depth")
    hint(page, "to app.py:31 of 1")
    until(lambda: any(map(asked, provider.requests)), "the model to be asked")
    page.keyboard.press("Tab")
    ghost = page.locator(".neoai-Editor:visible .neoai-NextEdit-new")
    ghost.wait_for()
    screenshot(page, "next edit filled by a model")
    hint(page, "to accept1 of 1")
    page.keyboard.press("Tab")
    wait_for_text(page, APP.replace("(1, 2)", "(1, 2, depth=0)"))


def test_without_a_model_the_call_is_pointed_at(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    opened(page, workspace, server, SHAPES + "\n\nprint(area(1, 2))\n")
    put_cursor(page, 1, 23)
    page.keyboard.type(", depth")
    hint(page, "1 of 2")
    page.wait_for_selector(".neoai-NextEdit-pointed")
    page.keyboard.press("Tab")
    assert cursor(page) == [6, 16]
    page.keyboard.type(", 3")
    wait_for_text(
        page, SHAPES.replace("height):", "height, depth):") + "\n\nprint(area(1, 2, 3))\n"
    )


def test_they_can_be_turned_off_and_look_right_in_the_dark_and_narrow(
    new_page: NewPage, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=620)
    opened(page, workspace, server)
    rename(page, 1, 10, "breadth")
    hint(page, "1 of 2")
    screenshot(page, "next edit dark and narrow")
    page.evaluate("window.jupyterapp.commands.execute('neoai:toggle-next-edits')")
    page.locator(HINT).wait_for(state="detached")
    put_cursor(page, 1, 17)
    with page.expect_request("**/neoai/v1/**", timeout=3000) as asked:
        page.keyboard.type("s")
        page.evaluate("fetch('/neoai/v1/health')")
    assert "next-edits" not in asked.value.url


@pytest.mark.parametrize("server", ["next_edit_lab"], indirect=True)
def test_tab_takes_what_is_suggested_in_grey_first_then_goes_to_the_next_place_and_else_indents(
    page: Any,
    workspace: Workspace,
    server: LabServer,
    provider: FakeProvider,
    screenshot: Any,
) -> None:
    provider.default = lambda _: Script(text="")
    opened(page, workspace, server, SHAPES + "\n")
    page.locator(".neoai-CompletionStatus[data-state=ready]:visible").wait_for()
    put_cursor(page, 4, 1)
    page.keyboard.press("Tab")
    wait_for_text(page, SHAPES + "    \n")
    page.keyboard.press("Control+Z")
    wait_for_text(page, SHAPES + "\n")
    asked = len(provider.requests)
    provider.scripts[:] = [Script(text="_m")]
    rename(page, 1, 10, "breadth")
    until(lambda: len(provider.requests) > asked, "a completion to be asked for")
    page.wait_for_function(
        "where => document.querySelector(where)?.textContent === '_m'", arg=GHOST
    )
    hint(page, "to go there1 of 2")
    screenshot(page, "next edit beside a suggestion")
    page.keyboard.press("Tab")
    first = SHAPES.replace("area(width", "area(breadth_m") + "\n"
    wait_for_text(page, first)
    page.wait_for_function(
        "() => document.querySelector('.neoai-NextEdit-new')?.textContent === 'breadth_m'"
    )
    hint(page, "to go there1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    assert cursor(page) == [2, 17]
    page.keyboard.press("Tab")
    wait_for_text(page, first.replace("= width", "= breadth_m"))
    page.keyboard.press("Escape")
    page.locator(HINT).wait_for(state="detached")
    put_cursor(page, 4, 1)
    page.keyboard.press("Tab")
    until(lambda: text_of(page).endswith("\n    \n"), "Tab to indent")


def test_a_name_is_imported_as_elsewhere_and_an_import_without_a_use_goes(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    workspace.write("other.py", "from math import ceil\n\nceil(1)\n")
    text = "import os\n\nprint(os.sep)\n"
    opened(page, workspace, server, text)
    put_cursor(page, 3, 7)
    page.evaluate(
        f"{VIEW}.editor.setSelection({{startLineNumber: 3, startColumn: 7, "
        "endLineNumber: 3, endColumn: 13})"
    )
    page.keyboard.insert_text("ceil(2.5)")
    hint(page, "to go there1 of 2")
    screenshot(page, "next edit of an import that goes")
    page.keyboard.press("Tab")
    hint(page, "to accept1 of 2")
    page.keyboard.press("Tab")
    hint(page, "to accept2 of 2")
    screenshot(page, "next edit of an import that comes")
    page.keyboard.press("Tab")
    wait_for_text(page, "from math import ceil\n\nprint(ceil(2.5))\n")
