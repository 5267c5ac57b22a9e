"""A language server in NeoAI's editor: what people see of it, with the real python-lsp-server."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import LabServer, Workspace, until
from .monaco import VIEW, open_in_monaco, put_cursor, wait_for_text

READY = ".neoai-ServerStatus:text-is('pylsp')"
MARKED = ".neoai-Editor:visible .squiggly-error, .neoai-Editor:visible .squiggly-warning"
SLOW_MS = 60_000
PATH = "window.jupyterapp.shell.currentWidget?.context?.path"
TOOLS = "def measure(width: int) -> int:\n    '''How wide it is.'''\n    return width\n"
MAIN = "import os\n\nfrom tools import measure\n\nprint(measure(1))\nlimit = 2\n"


@pytest.fixture
def project(workspace: Workspace, page: Any) -> tuple[str, str]:
    """A project with two files, `main.py` open; their paths."""
    tools = workspace.write("tools.py", TOOLS)
    main = workspace.write("main.py", MAIN)
    register(page, workspace.name)
    open_ready(page, main)
    return main, tools


def register(page: Any, path: str, **changes: Any) -> None:
    page.evaluate(
        """async ([path, changes]) => {
            const settings = window.jupyterapp.serviceManager.serverSettings;
            const call = async (address, method, body) => {
                const headers = {'Content-Type': 'application/json',
                    Authorization: `token ${settings.token}`};
                const url = settings.baseUrl + 'neoai/v1/projects' + address;
                return (await fetch(url, {method, headers, body: JSON.stringify(body)})).json();
            };
            const {id} = await call('', 'POST', {path, name: path});
            if (Object.keys(changes).length) {
                await call('/' + id, 'PATCH', changes);
            }
        }""",
        [path, changes],
    )
    page.evaluate("window.jupyterapp.commands.execute('neoai:refresh-projects')")


def open_ready(page: Any, path: str) -> None:
    open_in_monaco(page, path)
    page.wait_for_selector(READY, timeout=SLOW_MS)


def action(page: Any, name: str) -> None:
    page.evaluate(f"void {VIEW}.run('{name}')")


def pids(server: LabServer) -> list[int]:
    """The language servers that run for this JupyterLab."""
    found = subprocess.run(
        ["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(None, 1) for line in found.splitlines() if "-m pylsp" in line]
    mine = str(server.home)
    return [
        int(pid)
        for pid, _ in lines
        if mine in Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    ]


def test_problems_completion_hover_and_signature(
    project: tuple[str, str], page: Any, screenshot: Any
) -> None:
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    page.wait_for_function(
        f"""() => {VIEW}.editor.getContribution && window.jupyterapp
            && document.querySelector('.neoai-ProblemsStatus')?.textContent.includes('1 warn')""",
    )
    page.evaluate("void window.jupyterapp.commands.execute('neoai:show-problems')")
    page.wait_for_selector(".neoai-Problems-row:has-text('os')")
    put_cursor(page, 5, 8)
    action(page, "editor.action.showHover")
    page.wait_for_selector(".monaco-hover:visible:has-text('How wide it is.')", timeout=SLOW_MS)
    screenshot(page, "language server hover")
    put_cursor(page, 6, 10)
    page.keyboard.press("Enter")
    page.keyboard.type("meas")
    row = ".suggest-widget.visible .monaco-list-row:has-text('measure')"
    page.wait_for_selector(row, timeout=SLOW_MS)
    screenshot(page, "language server completion")
    page.keyboard.press("Tab")
    page.keyboard.type("(")
    page.wait_for_selector(".parameter-hints-widget.visible:has-text('width')", timeout=SLOW_MS)
    screenshot(page, "language server signature")
    assert not page.console_errors


def test_definition_opens_the_other_file_and_the_library_read_only(
    project: tuple[str, str], page: Any, screenshot: Any
) -> None:
    _, tools = project
    put_cursor(page, 5, 8)
    page.keyboard.press("F12")
    page.wait_for_function(
        f"path => {PATH} === path && {VIEW}?.editor.getPosition().lineNumber === 1",
        arg=tools,
        timeout=SLOW_MS,
    )
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")
    page.keyboard.press("Control+Home")
    page.keyboard.type("import textwrap\n")
    put_cursor(page, 1, 10)
    page.keyboard.press("F12")
    tab = ".lm-TabBar-tab.lm-mod-current:has-text('textwrap.py (read-only)')"
    page.wait_for_selector(tab, timeout=SLOW_MS)
    page.wait_for_selector(".neoai-Editor:visible .view-line:has-text('Text wrapping')")
    screenshot(page, "language server library")
    page.keyboard.type("never")
    assert not page.locator(".neoai-Editor:visible .view-line:has-text('never')").count()


def test_references_are_peeked_across_files(
    project: tuple[str, str], page: Any, screenshot: Any
) -> None:
    put_cursor(page, 5, 8)
    page.keyboard.press("Shift+F12")
    page.wait_for_selector(".peekview-widget .referenceMatch", timeout=SLOW_MS)
    page.wait_for_function(
        "document.querySelectorAll('.peekview-widget .reference-file').length === 2"
    )
    screenshot(page, "language server references")


def test_a_name_is_renamed_in_open_and_closed_files_and_undone(
    project: tuple[str, str], page: Any, workspace: Workspace
) -> None:
    main, _ = project
    put_cursor(page, 5, 8)
    page.keyboard.press("F2")
    page.wait_for_function("!!document.activeElement?.closest('.rename-box')", timeout=SLOW_MS)
    page.keyboard.press("Control+A")
    page.keyboard.type("gauge")
    page.keyboard.press("Enter")
    wait_for_text(page, MAIN.replace("measure", "gauge"))
    until(
        lambda: workspace.read("tools.py") == TOOLS.replace("measure", "gauge").encode(),
        "the closed file is changed",
    )
    assert page.evaluate(PATH) == main
    page.evaluate("window.jupyterapp.commands.execute('neoai:undo')")
    wait_for_text(page, MAIN)
    assert not page.console_errors


def test_escape_leaves_the_name_as_it_was(project: tuple[str, str], page: Any) -> None:
    put_cursor(page, 5, 8)
    page.keyboard.press("F2")
    page.wait_for_function("!!document.activeElement?.closest('.rename-box')", timeout=SLOW_MS)
    page.keyboard.type("gauge")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")
    assert page.evaluate(f"{VIEW}.model.getValue()") == MAIN


def test_a_quick_fix_takes_the_unused_import_away(
    project: tuple[str, str], page: Any, screenshot: Any
) -> None:
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    put_cursor(page, 1, 9)
    # Where the light bulb is, the server has said its last of this place.
    page.wait_for_selector(".lightBulbWidget", timeout=SLOW_MS)
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")
    page.keyboard.press("Control+.")
    fix = ".action-widget .monaco-list-row:has-text('Remove unused import')"
    page.wait_for_selector(fix, timeout=SLOW_MS)
    screenshot(page, "language server quick fix")
    page.click(fix)
    wait_for_text(page, MAIN.removeprefix("import os\n"))
    page.wait_for_selector(MARKED, state="detached", timeout=SLOW_MS)


def test_a_killed_server_comes_back_and_nothing_is_doubled(
    project: tuple[str, str], server: LabServer, page: Any
) -> None:
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    (pid,) = pids(server)
    os.kill(pid, signal.SIGKILL)
    page.wait_for_selector(MARKED, state="detached", timeout=SLOW_MS)
    page.wait_for_selector(READY, timeout=SLOW_MS)
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    put_cursor(page, 6, 10)
    page.keyboard.press("Enter")
    page.keyboard.type("meas")
    row = ".suggest-widget.visible .monaco-list-row[aria-label^='measure']"
    page.wait_for_selector(row, timeout=SLOW_MS)
    assert page.locator(row).count() == 1


def test_a_split_view_is_one_document_and_both_show_the_problems(
    project: tuple[str, str], page: Any
) -> None:
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    page.evaluate("void window.jupyterapp.commands.execute('neoai:split-editor-right')")
    page.wait_for_function(
        """() => [...document.querySelectorAll('.neoai-Editor')]
            .filter(node => node.querySelector('.squiggly-warning')).length === 2"""
    )
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    page.keyboard.press("Control+End")
    page.keyboard.type("limit.")
    row = ".suggest-widget.visible .monaco-list-row[aria-label^='bit_length']"
    page.wait_for_selector(row, timeout=SLOW_MS)


def test_the_settings_switch_it_off_and_on_at_once(
    project: tuple[str, str], page: Any, screenshot: Any
) -> None:
    page.wait_for_selector(MARKED, timeout=SLOW_MS)
    page.click(".neoai-ServerStatus")
    page.wait_for_selector(".lm-Menu-itemLabel:text-is('Use Language Server for python')")
    screenshot(page, "language server menu")
    page.click(".lm-Menu-itemLabel:text-is('Use Language Server for python')")
    page.wait_for_selector(".neoai-ServerStatus:text-is('Language server off')")
    page.wait_for_selector(MARKED, state="detached")
    page.evaluate("void window.jupyterapp.commands.execute('neoai:toggle-language-server')")
    page.wait_for_selector(READY, timeout=SLOW_MS)
    page.wait_for_selector(MARKED, timeout=SLOW_MS)


def test_a_language_without_a_server_says_so_and_plain_text_says_nothing(
    workspace: Workspace, page: Any, server: LabServer
) -> None:
    register(page, workspace.name)
    open_in_monaco(page, workspace.write("a.yaml", "a: 1\n"))
    page.wait_for_selector(".neoai-ServerStatus:text-is('No language server')", timeout=SLOW_MS)
    open_in_monaco(page, workspace.write("a.txt", "plain\n"))
    page.wait_for_selector(".neoai-ServerStatus", state="hidden")
    assert not page.console_errors
