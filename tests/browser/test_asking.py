"""What goes from editors, cells and files into a chat, and questions about errors."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from ..fakes.provider import FakeProvider, Script
from .chats import CHAT, notebook, open_chat, sources
from .conftest import LabServer, NewPage, Workspace, running_lab, until
from .monaco import open_file, open_in_monaco
from .projects import Registry
from .test_usage import provider_beside

pw = pytest.importorskip("playwright.sync_api")

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n and so on").decode()
ERROR = {
    "output_type": "error",
    "ename": "ZeroDivisionError",
    "evalue": "division by zero",
    "traceback": ["\x1b[31mZeroDivisionError\x1b[0m: division by zero"],
}
PLOT = {"output_type": "display_data", "metadata": {}, "data": {"image/png": PICTURE}}
SAID = {"output_type": "stream", "name": "stdout", "text": "forty-two\n"}
FIXED = "The divisor is zero.\n\n```python\nx = 1\nx / 1\n```\n"


@pytest.fixture(scope="module")
def provider(_parts: None) -> Iterator[FakeProvider]:
    def answer(request: Any) -> Script:
        asked = str(request.body["messages"][-1]["content"])
        return Script(text=FIXED if "Find why the code" in asked else "You divide by zero.")

    with provider_beside(FakeProvider(default=answer)) as fake:
        yield fake


@pytest.fixture(scope="module")
def helped_server(
    provider: FakeProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """JupyterLab with a scripted model."""
    spec = {
        "name": "p0",
        "kind": "openai-compatible",
        "base_url": provider.url,
        "models": [{"id": "m0"}],
    }
    config = {"AIService": {"providers": [spec]}}
    with running_lab(tmp_path_factory.mktemp("asking") / "home", config=config) as server:
        yield server


def execute(page: Any, command: str, args: Any = None) -> None:
    page.evaluate(
        "([c, a]) => window.jupyterapp.commands.execute(c, a ?? {}).then(() => undefined)",
        [command, args],
    )


def attachments(page: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(f"{CHAT}.model.input.attachments")
    return found


def test_a_selection_in_monaco_goes_into_the_chat_by_key_with_its_lines(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    path = workspace.write("kitchen.py", "one\ntwo\nthree\n")
    open_chat(page, workspace, "Hello.")
    execute(page, "neoai:open-at-line", {"path": path, "line": 1, "mode": "split-left"})
    open_in_monaco(page, path)
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.view.editor.setSelection("
        "{startLineNumber: 2, startColumn: 1, endLineNumber: 3, endColumn: 6})"
    )
    page.keyboard.press("Control+Alt+l")
    pw.expect(page.locator(".jp-chat-attachment")).to_have_count(1)
    (found,) = attachments(page)
    assert found["value"] == path
    assert found["selection"] == {"start": [1, 0], "end": [2, 0], "content": "two\nthree"}
    pw.expect(page.locator(".jp-chat-input-textfield textarea").first).to_be_focused()
    screenshot(page, "asking-selection")


def test_a_cell_and_what_it_put_out_go_into_the_chat_from_its_menu(
    page: Any, workspace: Workspace, screenshot: Any
) -> None:
    open_file(page, workspace.write("n.ipynb", notebook("x = 42", outputs=[SAID, PLOT])))
    open_chat(page, workspace, "Hello.")
    page.locator(".jp-OutputArea-output").first.click(button="right")
    screenshot(page, "asking-output-menu")
    page.get_by_role("menuitem", name="Add Output to Chat").click()
    pw.expect(page.locator(".jp-chat-attachment")).to_have_count(3)
    cell, output, picture = attachments(page)
    assert cell["mimetype"].endswith("kind=cell; cell=1")
    assert output["selection"]["content"] == "forty-two\n"
    kept = workspace.folder / picture["value"].removeprefix(f"{workspace.name}/")
    assert kept.read_bytes() == base64.b64decode(PICTURE)
    assert (kept.parent / ".gitignore").read_text() == "*\n"


def test_files_and_folders_go_into_the_chat_and_addresses_of_this_server_alone(
    page: Any, workspace: Workspace, server: LabServer
) -> None:
    path = workspace.write("soup/boil.py", "x = 1\n")
    open_chat(page, workspace, "Hello.")
    execute(page, "neoai:add-file-to-chat", {"path": f"{workspace.name}/soup"})
    execute(page, "neoai:add-address-to-chat", {"address": f"{server.url}files/{path}"})
    assert [each["value"] for each in attachments(page)] == [f"{workspace.name}/soup", path]
    execute(page, "neoai:add-address-to-chat", {"address": "http://169.254.169.254/latest"})
    pw.expect(page.get_by_text("Only addresses of files of this server")).to_be_visible()
    assert len(attachments(page)) == 2


def test_a_picture_that_is_pasted_is_kept_and_attached_once(
    page: Any, workspace: Workspace
) -> None:
    open_chat(page, workspace, "Hello.")
    paste = """([base64, type]) => {
        const bytes = Uint8Array.from(atob(base64), each => each.charCodeAt(0));
        const data = new DataTransfer();
        data.items.add(new File([bytes], 'pot', {type}));
        document.querySelector('.jp-chat-input-textfield textarea').dispatchEvent(
            new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
    }"""
    for _ in range(2):
        page.evaluate(paste, [PICTURE, "image/png"])
        pw.expect(page.locator(".jp-chat-attachment")).to_have_count(1)
    until(lambda: list(workspace.folder.glob(".neoai/attachments/*.png")), "it is kept")
    page.evaluate(paste, [PICTURE, "image/tiff"])
    pw.expect(page.get_by_text("Models take png, jpeg, webp and gif")).to_be_visible()


@pytest.mark.parametrize("server", ["helped_server"], indirect=True)
def test_an_error_is_explained_in_the_projects_chat_with_the_cell_and_the_variables(
    page: Any, workspace: Workspace, server: LabServer, provider: FakeProvider, screenshot: Any
) -> None:
    registry = Registry(server)
    registry.clear()
    registry.add(workspace.name, "Kitchen")
    execute(page, "neoai:refresh-projects")
    open_file(page, workspace.write("n.ipynb", notebook("pots = 3", "pots / 0")))
    pw.expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    execute(page, "notebook:run-all-cells")
    group = page.get_by_role("group", name="This error")
    pw.expect(group).to_have_count(1)
    screenshot(page, "asking-error")
    group.get_by_role("button", name="Explain This Error").click()
    pw.expect(page.locator(".jp-chat-rendered-message").last).to_contain_text("You divide by zero.")
    screenshot(page, "asking-explained")
    told = str(provider.requests[-1].body["messages"][-1]["content"])
    assert "Explain the error `ZeroDivisionError: division by zero` in cell 2" in told
    assert "pots / 0" in told
    assert "n.ipynb, cell 2, what it put out" in told
    assert "pots: int 3" in told
    chats = list(workspace.folder.glob("*.chat"))
    assert len(chats) == 1
    group.get_by_role("button", name="Explain This Error").click()
    pw.expect(page.locator(".jp-chat-rendered-message")).to_have_count(4)
    assert list(workspace.folder.glob("*.chat")) == chats


@pytest.mark.parametrize("server", ["helped_server"], indirect=True)
def test_a_fix_of_an_error_is_a_change_of_the_cell_to_decide_on(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    page = new_page("Ada", dark=True)
    open_file(page, workspace.write("n.ipynb", notebook("x = 1\nx / 0", outputs=[ERROR])))
    page.get_by_role("button", name="Fix This Error").click()
    page.locator(".neoai-Hunk:visible").wait_for()
    assert sources(page) == ["x = 1\nx / 0"]
    screenshot(page, "asking-fix-dark")
    page.get_by_role("button", name="Accept All").click()
    until(lambda: sources(page) == ["x = 1\nx / 1"], "the cell is mended")


def test_without_a_model_fixing_says_how_to_add_one_and_the_chat_can_be_asked(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    page = new_page("Ada", width=700, height=700)
    open_file(page, workspace.write("n.ipynb", notebook("1 / 0", outputs=[ERROR])))
    page.get_by_role("button", name="Fix This Error").click()
    dialog = page.get_by_role("dialog")
    pw.expect(dialog).to_contain_text("No model is configured")
    screenshot(page, "asking-no-model-narrow")
    dialog.get_by_role("button", name="Ask the Chat").click()
    pw.expect(page.locator(".jp-chat-rendered-message").last).to_contain_text(
        "No model is configured"
    )
