"""Citations in Jupyter AI's chat open the file at the line, without leaving the page."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import LabServer, Workspace, until
from .monaco import VIEW, open_file
from .projects import Registry, show_panel

pw = pytest.importorskip("playwright.sync_api")


@pytest.fixture
def chat(page: Any, server: LabServer, workspace: Workspace) -> Any:
    """A chat with an answer that cites `my code/app.py` and `soup.ipynb`; returns its messages."""
    workspace.write("my code/app.py", "".join(f"line_{n} = {n}\n" for n in range(1, 101)))
    workspace.write("soup.ipynb", json.dumps(soup()))
    address = f"/lab/tree/{workspace.name}/my%20code/app.py"
    notebook = f"/lab/tree/{workspace.name}/soup.ipynb"
    body = (
        f"It is in [`app.py:42`]({address}#L42), [the loop]({address}#L60-L63), "
        f"[the file]({address}) and [elsewhere]({server.url}api/status), "
        f"[`soup.ipynb:77`]({notebook}#L77) and [`soup.ipynb:900`]({notebook}#L900)."
    )
    message = {"type": "msg", "id": "m1", "time": 1, "sender": "neoai", "body": body}
    user = {"username": "neoai", "name": "NeoAI", "display_name": "NeoAI", "bot": True}
    document = {"messages": [message], "users": {"neoai": user}, "attachments": {}, "metadata": {}}
    path = workspace.write("answer.chat", json.dumps(document))
    page.evaluate(
        "path => window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Chat'})"
        ".then(() => undefined)",
        path,
    )
    messages = page.locator(".jp-chat-messages-container")
    messages.get_by_role("link", name="app.py:42").wait_for()
    return messages


def soup() -> dict[str, Any]:
    """A notebook of thirty cells; in its text each takes four lines."""
    cells = [
        {
            "id": f"cell-{n}",
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": f"pot = {n}\npot.heat()",
        }
        for n in range(30)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def selected_lines(page: Any) -> list[int]:
    """First line in view that is marked, and last."""
    found: list[int] = page.evaluate(
        f"""() => {VIEW}.model.getAllDecorations()
            .filter(d => /neoai-HighlightedLine/.test(d.options.className ?? ''))
            .flatMap(d => [d.range.startLineNumber, d.range.endLineNumber])"""
    )
    return found


def test_a_cited_line_opens_in_the_editor_and_the_page_stays(
    page: Any, chat: Any, workspace: Workspace, screenshot: Any
) -> None:
    page.evaluate("window.stillHere = true")
    link = chat.get_by_role("link", name="app.py:42")
    colour = "node => getComputedStyle(node).color"
    assert link.locator("code").evaluate(colour) == link.evaluate(colour)
    link.click()
    page.wait_for_function(f"{VIEW}?.model.getValue().startsWith('line_1')")
    until(lambda: selected_lines(page) == [42, 42], "line 42 is marked")
    screenshot(page, "chat-citation")

    title = page.locator(".lm-TabBar-tab", has_text="answer.chat").first
    title.click()
    chat.get_by_role("link", name="the loop").click()
    until(lambda: selected_lines(page) == [60, 63], "lines 60 to 63 are marked")
    assert page.evaluate("window.stillHere") is True
    assert len(page.context.pages) == 1
    assert page.console_errors == []


def test_a_citation_opens_by_keyboard(page: Any, chat: Any) -> None:
    link = chat.get_by_role("link", name="app.py:42")
    message = chat.locator(".jp-chat-rendered-message").first
    message.evaluate("node => { node.tabIndex = -1; node.focus() }")
    page.keyboard.press("Tab")
    pw.expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}?.model.getValue().startsWith('line_1')")
    until(lambda: selected_lines(page) == [42, 42], "line 42 is marked")
    assert len(page.context.pages) == 1


def test_a_link_to_a_file_without_a_line_opens_the_file(page: Any, chat: Any) -> None:
    chat.get_by_role("link", name="the file").click()
    page.wait_for_function(f"{VIEW}?.model.getValue().startsWith('line_1')")
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("opened_before", [False, True])
def test_a_cited_notebook_opens_as_one_at_the_cell_that_holds_the_line(
    page: Any, chat: Any, workspace: Workspace, screenshot: Any, opened_before: bool
) -> None:
    if opened_before:
        open_file(page, f"{workspace.name}/soup.ipynb")
        page.locator(".lm-TabBar-tab", has_text="answer.chat").first.click()
    chat.get_by_role("link", name="soup.ipynb:77").click()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.content?.activeCell?.model.id === 'cell-19'"
    )
    cell = page.locator(".jp-NotebookPanel .jp-Cell.jp-mod-active")
    pw.expect(cell).to_be_in_viewport()
    pw.expect(cell).to_contain_text("pot = 19")
    screenshot(page, f"chat-citation-notebook-{opened_before}")
    pw.expect(page.locator(".jp-NotebookPanel")).to_have_count(1)
    pw.expect(page.locator(".jp-Dialog")).to_have_count(0)
    assert page.locator(".neoai-Editor").count() == 0


def test_a_cited_line_that_a_notebook_has_not_opens_the_notebook(page: Any, chat: Any) -> None:
    chat.get_by_role("link", name="soup.ipynb:900").click()
    pw.expect(page.locator(".jp-NotebookPanel .jp-Cell.jp-mod-active")).to_contain_text("pot = 0")
    assert page.locator(".neoai-Editor").count() == 0


@pytest.mark.parametrize("how", [{"modifiers": ["Control"]}, {"button": "middle"}])
def test_a_click_that_asks_for_a_new_tab_gets_one(
    page: Any, chat: Any, how: dict[str, Any]
) -> None:
    with page.context.expect_page() as opened:
        chat.get_by_role("link", name="app.py:42").click(**how)
    assert "/lab/tree/" in opened.value.url
    assert page.evaluate("window.jupyterapp.shell.currentWidget.title.label") == "answer.chat"


def test_other_links_are_left_to_the_browser(page: Any, chat: Any) -> None:
    page.evaluate(
        """() => document.addEventListener('click', event => {
            window.wasLeft = !event.defaultPrevented;
            event.preventDefault();
        })"""
    )
    chat.get_by_role("link", name="elsewhere").click()
    page.wait_for_function("window.wasLeft === true")


def test_neoai_is_asked_about_a_project_in_a_chat_of_its_folder(
    page: Any, workspace: Workspace, server: LabServer, screenshot: Any
) -> None:
    registry = Registry(server)
    registry.clear()
    project = registry.add(f"{workspace.name}/one", "One")
    show_panel(page)
    page.evaluate(
        "id => void window.jupyterapp.commands.execute('neoai:ask-about-project', {id})",
        project["id"],
    )
    until(lambda: list((workspace.folder / "one").glob("*.chat")), "the chat is in the folder")
    pw.expect(page.locator(".jp-chat-input-textfield").first).to_be_visible()
    screenshot(page, "chat-ask-about-project")


def test_where_no_project_is_open_there_is_nothing_to_ask_about(
    page: Any, server: LabServer
) -> None:
    Registry(server).clear()
    show_panel(page)
    pw.expect(page.locator("#neoai-projects h3")).to_have_text("No projects yet")
    ask = "window.jupyterapp.commands.isVisible('neoai:ask-about-project')"
    assert page.evaluate(ask) is False
