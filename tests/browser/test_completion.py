"""Completion as one types, in a notebook and in Monaco, against the scripted provider's count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Request, Script
from .chats import notebook
from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import VIEW, open_file, open_in_monaco, put_cursor, shared_text_of, text_of
from .test_usage import provider_beside

STATUS = ".neoai-CompletionStatus:visible"
GHOST = ".neoai-Editor .ghost-text-decoration, .neoai-Editor .ghost-text"
LIST = ".suggest-widget.visible"
LAB_GHOST = ".jp-GhostText"
FIRST_LINE = ".neoai-Editor .ghost-text-decoration"
FURTHER_LINES = ".neoai-Editor .suggest-preview-text"
BEYOND_LIST = f"{FIRST_LINE}, .neoai-Editor .ghost-text-decoration-preview"
TEXT = "total + tax + tip"


@pytest.fixture(scope="module")
def fake(_parts: None) -> Iterator[FakeProvider]:
    with provider_beside(FakeProvider()) as provider:
        yield provider


@pytest.fixture
def provider(fake: FakeProvider) -> FakeProvider:
    """Says the same to everything, and has been asked nothing."""
    fake.requests.clear()
    fake.scripts.clear()
    fake.default = lambda _: Script(text=TEXT)
    return fake


@pytest.fixture(scope="module")
def completion_lab(
    fake: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """A lab with a model."""
    models = [{"id": "m0"}]
    spec = {"name": "p0", "kind": "openai-compatible", "base_url": fake.url, "models": models}
    config = {"AIService": {"providers": [spec], "retries": 0}}
    with running_lab(tmp_path_factory.mktemp("completion") / "home", config=config) as server:
        yield server


with_a_model = pytest.mark.parametrize("server", ["completion_lab"], indirect=True)


@pytest.fixture
def monaco(page: Any, workspace: Workspace) -> Any:
    """A page with a file in Monaco, the cursor at its end."""
    open_in_monaco(page, workspace.write("bill.py", "total = 1\n"))
    page.locator(STATUS).wait_for()
    put_cursor(page, 2, 1)
    return page


@pytest.fixture
def cell(page: Any, workspace: Workspace) -> Any:
    """A page with a notebook, the keyboard in its second cell."""
    open_second_cell(page, workspace)
    return page


def open_second_cell(page: Any, workspace: Workspace) -> None:
    """Open a notebook and put the keyboard in its second cell."""
    path = workspace.write("bill.ipynb", notebook("total = 1", ""))
    page.evaluate(
        """async path => {
            const widget = await window.jupyterapp.commands.execute('docmanager:open', {path});
            await widget.context.ready;
            await widget.revealed;
        }""",
        path,
    )
    page.locator(STATUS).wait_for()
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").nth(1).click()


def cell_text(page: Any) -> str:
    text: str = page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
    )
    return text


def completions(fake: FakeProvider) -> list[Request]:
    """The questions for a completion."""
    return [request for request in fake.requests if request.method == "POST"]


def ghost(page: Any, where: str, text: str) -> None:
    """Wait until just this is suggested."""
    page.wait_for_function(
        """([where, text]) => [...document.querySelectorAll(where)]
            .map(node => node.textContent).join('').replaceAll('\\u00a0', ' ') === text""",
        arg=[where, text],
    )


def no_ghost(page: Any, where: str) -> None:
    page.wait_for_function("where => !document.querySelector(where)?.textContent", arg=where)


@with_a_model
def test_in_monaco_a_suggestion_comes_and_tab_takes_it(
    monaco: Any, provider: FakeProvider, screenshot: Any
) -> None:
    monaco.keyboard.insert_text("bill = ")
    ghost(monaco, GHOST, TEXT)
    screenshot(monaco, "completion-monaco-light")
    assert len(completions(provider)) == 1
    monaco.keyboard.press("Tab")
    until(lambda: text_of(monaco) == f"total = 1\nbill = {TEXT}", "all of it is there")
    told = str(completions(provider)[0].body["messages"])
    assert "total = 1" in told
    assert "bill.py" in told


@with_a_model
def test_on_a_slow_network_what_is_typed_first_thing_is_completed(
    page: Any, workspace: Workspace, provider: FakeProvider
) -> None:
    path = workspace.write("bill.py", "total = 1\n")
    page.locator(STATUS).wait_for()
    slow = {"offline": False, "latency": 700, "downloadThroughput": -1, "uploadThroughput": -1}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    open_in_monaco(page, path)
    put_cursor(page, 2, 1)
    page.keyboard.insert_text("bill = ")
    ghost(page, GHOST, TEXT)


@with_a_model
def test_in_monaco_typing_what_is_suggested_asks_nothing_more(
    monaco: Any, provider: FakeProvider
) -> None:
    monaco.keyboard.type("bill = ")
    ghost(monaco, GHOST, TEXT)
    asked = len(completions(provider))
    monaco.keyboard.type("total ", delay=80)
    ghost(monaco, GHOST, TEXT[6:])
    for _ in range(2):
        monaco.keyboard.press("Control+ArrowRight")
    until(lambda: text_of(monaco).rstrip().endswith("bill = total + tax"), "two words are there")
    monaco.wait_for_timeout(600)
    assert len(completions(provider)) == asked
    monaco.keyboard.press("Escape")
    no_ghost(monaco, GHOST)
    assert text_of(monaco).rstrip().endswith("bill = total + tax")


@with_a_model
def test_in_monaco_there_are_alternatives(monaco: Any, provider: FakeProvider) -> None:
    monaco.keyboard.insert_text("bill = ")
    ghost(monaco, GHOST, TEXT)
    provider.scripts[:] = [Script(text=text) for text in ("one", "two", "three")]
    monaco.keyboard.press("Alt+]")
    until(lambda: len(completions(provider)) == 4, "three more are asked for")
    seen = set()
    for _ in range(3):
        monaco.wait_for_function("where => document.querySelector(where)?.textContent", arg=GHOST)
        seen.add(monaco.locator(GHOST).first.text_content())
        monaco.keyboard.press("Alt+]")
    assert len(completions(provider)) == 4


@with_a_model
def test_in_a_notebook_a_suggestion_comes_and_tab_takes_it(
    cell: Any, provider: FakeProvider, screenshot: Any
) -> None:
    cell.keyboard.type("bill = ")
    ghost(cell, LAB_GHOST, TEXT)
    screenshot(cell, "completion-notebook-light")
    assert len(completions(provider)) == 1
    assert "total = 1" in str(completions(provider)[0].body["messages"])
    cell.keyboard.press("Tab")
    until(lambda: cell_text(cell) == f"bill = {TEXT}", "all of it is there")


@with_a_model
def test_in_a_notebook_typing_what_is_suggested_and_taking_words_asks_nothing_more(
    cell: Any, provider: FakeProvider
) -> None:
    cell.keyboard.type("bill = ")
    ghost(cell, LAB_GHOST, TEXT)
    asked = len(completions(provider))
    cell.keyboard.type("total ", delay=80)
    ghost(cell, LAB_GHOST, TEXT[6:])
    cell.keyboard.press("Control+ArrowRight")
    cell.keyboard.press("Control+ArrowRight")
    until(lambda: cell_text(cell) == "bill = total + tax", "two words are there")
    ghost(cell, LAB_GHOST, " + tip")
    cell.wait_for_timeout(600)
    assert len(completions(provider)) == asked
    cell.keyboard.press("Escape")
    no_ghost(cell, LAB_GHOST)
    cell.keyboard.type("!")
    until(lambda: cell_text(cell) == "bill = total + tax!", "the cell is still edited")


@with_a_model
def test_in_a_notebook_there_are_alternatives(cell: Any, provider: FakeProvider) -> None:
    cell.keyboard.type("bill = ")
    ghost(cell, LAB_GHOST, TEXT)
    provider.default = lambda request: Script(text=f"t{request.body.get('temperature') or 0}x")
    provider.scripts[:] = [Script(text=text) for text in ("one", "two", "three")]
    cell.keyboard.press("Alt+]")
    until(lambda: len(completions(provider)) == 4, "three more are asked for")
    cell.wait_for_function(
        "where => ['one', 'two', 'three'].includes(document.querySelector(where)?.textContent)",
        arg=LAB_GHOST,
    )
    before = cell.locator(LAB_GHOST).text_content()
    cell.keyboard.press("Alt+]")
    cell.wait_for_function(
        "([where, before]) => document.querySelector(where)?.textContent !== before",
        arg=[LAB_GHOST, before],
    )
    assert len(completions(provider)) == 4


@with_a_model
def test_one_click_pauses_it_and_another_goes_on(
    monaco: Any, provider: FakeProvider, server: LabServer, screenshot: Any
) -> None:
    status = monaco.locator(STATUS)
    assert status.get_attribute("data-state") == "ready"
    status.click()
    monaco.locator(f"{STATUS}[data-state=paused]").wait_for()
    screenshot(monaco, "completion-paused")
    saved = server.home / "settings" / "@neoai" / "lab" / "completion.jupyterlab-settings"
    until(lambda: saved.exists() and '"enabled": false' in saved.read_text(), "it is kept")
    monaco.evaluate(f"{VIEW}.editor.focus()")
    monaco.keyboard.type("bill = ")
    monaco.wait_for_timeout(800)
    assert completions(provider) == []
    status.click()
    monaco.locator(f"{STATUS}[data-state=ready]").wait_for()
    monaco.evaluate(f"{VIEW}.editor.focus()")
    monaco.keyboard.type("t")
    until(lambda: completions(provider), "it is asked again")


def test_without_a_model_nothing_is_asked_and_the_status_bar_says_so(
    monaco: Any, server: LabServer
) -> None:
    asked: list[str] = []
    monaco.on("request", lambda request: asked.append(request.url))
    assert monaco.locator(STATUS).get_attribute("data-state") == "no-model"
    monaco.keyboard.type("bill = total")
    monaco.wait_for_timeout(800)
    assert [url for url in asked if "/ai/completions" in url] == []
    monaco.locator(STATUS).click()
    monaco.get_by_role("tab", name="AI Providers").first.wait_for()


@with_a_model
def test_a_model_that_stalls_holds_no_key_up_and_is_given_up(
    monaco: Any, provider: FakeProvider
) -> None:
    provider.default = lambda _: Script(fault="hang", after=0)
    provider.gone.clear()
    monaco.keyboard.type("bill =")
    until(lambda: completions(provider), "the model is asked")
    monaco.locator(f"{STATUS}[data-state=thinking]").wait_for()
    monaco.keyboard.type(" 3 * 4 + ")
    until(lambda: text_of(monaco) == "total = 1\nbill = 3 * 4 + ", "all keys are there")
    until(provider.gone.is_set, "the question is given up")


@with_a_model
def test_an_error_is_told_and_not_asked_for_again_at_each_key(
    monaco: Any, provider: FakeProvider
) -> None:
    provider.default = lambda _: Script(fault="status", status=401)
    monaco.keyboard.type("bill = ")
    monaco.locator(f"{STATUS}[data-state=error]").wait_for()
    assert "refused the key" in str(monaco.locator(STATUS).get_attribute("title"))
    asked = len(completions(provider))
    for key in "total":
        monaco.keyboard.type(key)
        monaco.wait_for_timeout(300)
    assert len(completions(provider)) == asked


@with_a_model
def test_several_lines_are_shown_at_once_in_a_file_in_the_dark(
    new_page: NewPage, workspace: Workspace, provider: FakeProvider, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=620)
    open_in_monaco(page, workspace.write("tip.py", "def tip(total):\n    pass\n"))
    page.locator(STATUS).wait_for()
    body = "share = total * 0.1\n    return round(share, 2)"
    provider.default = lambda _: Script(text=body, chunks=12, delay_s=0.05)
    put_cursor(page, 1, 16)
    page.keyboard.press("Enter")
    first, rest = body.split("\n")
    ghost(page, FIRST_LINE, first)
    ghost(page, FURTHER_LINES, rest)
    screenshot(page, "completion-lines-dark-narrow")
    page.keyboard.press("Tab")
    until(
        lambda: text_of(page).startswith(f"def tip(total):\n    {body}\n"), "both lines are there"
    )


@with_a_model
def test_several_lines_grow_in_a_notebook_in_the_dark(
    new_page: NewPage, workspace: Workspace, provider: FakeProvider, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True, width=620)
    open_second_cell(page, workspace)
    body = "share = total * 0.1\n    return round(share, 2)"
    provider.default = lambda _: Script(text=body, chunks=12, delay_s=0.05)
    page.keyboard.type("def tip(total):\n    ")
    page.keyboard.press("Alt+\\")
    ghost(page, LAB_GHOST, body.replace("\n", ""))
    screenshot(page, "completion-notebook-dark-narrow")
    page.keyboard.press("Tab")
    until(lambda: cell_text(page) == f"def tip(total):\n    {body}", "both lines are there")


@with_a_model
def test_in_jupyterlabs_file_editor_a_suggestion_comes_and_tab_takes_it(
    page: Any, workspace: Workspace, provider: FakeProvider
) -> None:
    open_file(page, workspace.write("bill.py", "total = 1\n"), "Editor")
    page.locator(STATUS).wait_for()
    page.locator(".jp-FileEditor .cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("bill = ")
    ghost(page, LAB_GHOST, TEXT)
    page.keyboard.press("Tab")
    until(lambda: shared_text_of(page) == f"total = 1\nbill = {TEXT}", "all of it is there")
    assert "bill.py" in str(completions(provider)[0].body["messages"])


@with_a_model
def test_in_a_language_that_is_off_nothing_is_asked(
    page: Any, workspace: Workspace, provider: FakeProvider, server: LabServer
) -> None:
    server.set("@neoai/lab/completion.jupyterlab-settings", {"languagesOff": ["markdown"]})
    page.reload()
    page.wait_for_function("window.jupyterapp?.restored")
    open_in_monaco(page, workspace.write("bill.md", "The bill\n"))
    page.locator(STATUS).wait_for()
    put_cursor(page, 2, 1)
    page.keyboard.type("is ")
    page.evaluate("window.jupyterapp.commands.execute('neoai:suggest-completion')")
    open_in_monaco(page, workspace.write("bill.py", "total = 1\n"))
    put_cursor(page, 2, 1)
    page.keyboard.type("bill = ")
    ghost(page, GHOST, TEXT)
    assert all("bill.py" in str(asked.body["messages"]) for asked in completions(provider))


@with_a_model
def test_what_the_list_of_names_selects_goes_on_in_grey_and_tab_takes_the_name_first(
    monaco: Any, provider: FakeProvider, screenshot: Any
) -> None:
    monaco.keyboard.type("bill = ")
    ghost(monaco, GHOST, TEXT)
    monaco.keyboard.press("Control+Space")
    monaco.locator(f"{LIST} .monaco-list-row").first.wait_for()
    monaco.keyboard.type("tot")
    monaco.locator(f"{LIST} .monaco-list-row.focused", has_text="total").wait_for()
    ghost(monaco, BEYOND_LIST, TEXT[3:])
    screenshot(monaco, "completion-with-list")
    monaco.keyboard.press("Tab")
    until(lambda: text_of(monaco).rstrip().endswith("bill = total"), "the name is there")
    monaco.locator(LIST).wait_for(state="hidden")
    ghost(monaco, GHOST, TEXT[5:])
    monaco.keyboard.press("Tab")
    until(lambda: text_of(monaco) == f"total = 1\nbill = {TEXT}", "all of it is there")
    assert len(completions(provider)) == 1
