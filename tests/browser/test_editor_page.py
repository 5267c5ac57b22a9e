"""NeoAI's editor in JupyterLab's page: what it loads, opens, shows and which keys it takes."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import EDITOR, VIEW, open_file, open_in_monaco, put_cursor, text_of

BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
PLAIN = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
CURRENT_FACTORY = """() => {
    const widget = window.jupyterapp.shell.currentWidget;
    const classes = widget.content.node.classList;
    return classes.contains('neoai-Editor') ? 'NeoAI Editor'
        : classes.contains('jp-FileEditor') ? 'Editor' : classes.value;
}"""


@PLAIN
def test_monaco_is_fetched_with_the_first_file_and_not_before(
    workspace: Workspace, new_page: NewPage
) -> None:
    path = workspace.write("first.py", "x = 1\n")
    page = new_page()
    ours = """performance.getEntriesByType('resource').map(entry => entry.name)
        .filter(name => name.includes('/lab/extensions/@neoai/'))"""
    before = page.evaluate(ours)
    fetched = [page.context.request.get(url).body() for url in before]
    assert sum(len(gzip.compress(body)) for body in fetched) <= 100 * 1024
    assert not any(b"monaco-editor" in body and len(body) > 200_000 for body in fetched)
    open_in_monaco(page, path)
    after = page.evaluate(ours)
    assert len(after) > len(before)
    if not page.workers:
        page.wait_for_event("worker")
    assert page.console_errors == []


@BOTH
@pytest.mark.parametrize(
    ("name", "content", "opened"),
    [
        ("a.py", "x = 1\n", "NeoAI Editor"),
        ("README.md", "# Title\n", "NeoAI Editor"),
        ("Makefile", "all:\n\ttrue\n", "NeoAI Editor"),
        ("notes.unknown", "text\n", "NeoAI Editor"),
        ("table.csv", "a,b\n1,2\n", "jp-CSVViewer"),
        ("data.json", "{}", "jp-MimeDocument"),
    ],
)
def test_a_file_opens_in_the_editor_or_viewer_that_is_meant_for_it(
    workspace: Workspace, page: Any, name: str, content: str, opened: str
) -> None:
    open_file(page, workspace.write(name, content))
    assert opened in page.evaluate(CURRENT_FACTORY)


@PLAIN
def test_the_default_editor_can_be_switched_back_while_jupyterlab_runs(
    workspace: Workspace, page: Any
) -> None:
    first, second, third = (workspace.write(name, "x\n") for name in ("1.py", "2.md", "3.py"))
    open_file(page, first)
    assert page.evaluate(CURRENT_FACTORY) == "NeoAI Editor"
    page.evaluate("window.jupyterapp.commands.execute('neoai:toggle-default-editor')")
    open_file(page, second)
    assert page.evaluate(CURRENT_FACTORY) == "Editor"
    page.evaluate("window.jupyterapp.commands.execute('neoai:toggle-default-editor')")
    open_file(page, third)
    assert page.evaluate(CURRENT_FACTORY) == "NeoAI Editor"


@BOTH
def test_a_new_text_file_from_the_launcher_is_in_the_editor(
    workspace: Workspace, page: Any
) -> None:
    page.evaluate(
        "cwd => void window.jupyterapp.commands.execute('fileeditor:create-new', {cwd})",
        workspace.name,
    )
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    page.keyboard.type("first words")
    assert text_of(page) == "first words"
    assert page.query_selector(".jp-FileEditor") is None
    assert page.query_selector(".jp-Dialog") is None


@PLAIN
def test_a_viewer_that_the_user_chose_for_a_type_of_file_is_kept(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    server.set(
        "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings",
        {"defaultViewers": {"python": "Editor", "markdown": "Markdown Preview"}},
    )
    page = new_page()
    open_file(page, workspace.write("chosen.py", "x\n"))
    assert page.evaluate(CURRENT_FACTORY) == "Editor"
    open_file(page, workspace.write("chosen.md", "# x\n"))
    assert "jp-MarkdownViewer" in page.evaluate(CURRENT_FACTORY)
    open_file(page, workspace.write("other.txt", "x\n"))
    assert page.evaluate(CURRENT_FACTORY) == "NeoAI Editor"


@PLAIN
def test_jupyterlabs_shortcuts_work_in_the_editor_and_monacos_come_first(
    workspace: Workspace, page: Any
) -> None:
    path = workspace.write("keys.py", "one = 1\n")
    open_in_monaco(page, path)
    page.keyboard.press("Shift+Enter")
    assert text_of(page) == "\none = 1\n"
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("keys.py") == b"\none = 1\n", "Ctrl+S saved")
    page.keyboard.press("Control+f")
    page.wait_for_selector(f"{EDITOR} .find-widget.visible")
    assert page.query_selector(".jp-DocumentSearch-overlay") is None
    page.keyboard.press("Escape")
    put_cursor(page, 2, 1)
    page.keyboard.press("Control+/")
    assert text_of(page) == "\n# one = 1\n"
    page.keyboard.press("F1")
    page.wait_for_selector(".quick-input-widget:visible")
    page.keyboard.press("Escape")
    page.wait_for_selector(".quick-input-widget", state="hidden")
    page.keyboard.press("Control+b")
    page.wait_for_selector("#jp-left-stack", state="hidden")
    page.keyboard.press("Control+Shift+c")
    page.wait_for_selector("#modal-command-palette .lm-CommandPalette-input:visible")


@PLAIN
def test_a_key_that_both_have_is_monacos_in_the_editor(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("other.py", "x\n"))
    path = workspace.write("fold.py", "def f():\n    return 1\n\n\ny = 2\n")
    open_in_monaco(page, path)
    put_cursor(page, 2, 5)
    page.keyboard.press("Control+Shift+BracketLeft")  # fold; JupyterLab: the previous tab
    page.wait_for_function(f"{VIEW}.editor.getVisibleRanges().length > 1")
    assert page.evaluate("window.jupyterapp.shell.currentWidget.context.path") == path


@PLAIN
def test_the_editors_menu_is_in_the_themes_colours(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("menu.py", "x = 1\n"))
    page.click(f"{EDITOR} .view-line", button="right")
    page.wait_for_function(
        """() => {
            const parts = document.querySelectorAll('.neoai-Editor .monaco-menu-container *');
            return [...parts].some(part =>
                getComputedStyle(part).backgroundColor === getComputedStyle(
                    document.querySelector('.neoai-Editor .monaco-editor')).backgroundColor);
        }"""
    )


@PLAIN
def test_suggestions_at_a_panels_border_are_not_clipped(workspace: Workspace, page: Any) -> None:
    lines = "\n".join(f"a_rather_long_name_{number} = {number}" for number in range(40))
    path = workspace.write("clip.py", lines + "\na_")
    page.set_viewport_size({"width": 900, "height": 420})
    open_in_monaco(page, workspace.write("left.py", "x\n"))
    page.evaluate(
        """async path => {
            const options = {mode: 'split-bottom'};
            await window.jupyterapp.commands.execute('docmanager:open', {path, options});
        }""",
        path,
    )
    page.wait_for_function(f"{VIEW}?.model.uri.path.endsWith('clip.py')")
    page.evaluate(f"{VIEW}.editor.focus()")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+Space")
    # A language server that has just been started takes its time on a busy machine.
    page.wait_for_selector(".suggest-widget.visible .monaco-list-row")
    reachable = """() => {
        const box = document.querySelector('.suggest-widget.visible').getBoundingClientRect();
        const panel = window.jupyterapp.shell.currentWidget.node.getBoundingClientRect();
        const points = [[box.left + 8, box.top + 8], [box.right - 8, box.top + 8],
                        [box.left + 8, box.bottom - 8], [box.right - 8, box.bottom - 8]];
        const outside = box.top < panel.top || box.bottom > panel.bottom
            || box.right > panel.right;
        return outside && points.every(([x, y]) =>
            document.elementFromPoint(x, y)?.closest('.suggest-widget'));
    }"""
    page.wait_for_function(reachable)


@PLAIN
def test_the_editor_fills_its_panel_after_every_change_of_size(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("size.py", "x\n"))
    fits = f"""() => {{
        const host = window.jupyterapp.shell.currentWidget.content.node.getBoundingClientRect();
        const info = {VIEW}.editor.getLayoutInfo();
        return host.width > 0 && info.width === Math.round(host.width)
            && info.height === Math.round(host.height);
    }}"""
    page.wait_for_function(fits)
    page.set_viewport_size({"width": 800, "height": 500})
    page.wait_for_function(fits)
    page.evaluate("window.first = window.jupyterapp.shell.currentWidget.id")
    open_in_monaco(page, workspace.write("other.py", "y\n"))
    page.set_viewport_size({"width": 1100, "height": 700})
    page.wait_for_function(fits)
    page.evaluate("window.jupyterapp.shell.activateById(window.first)")
    page.wait_for_function(f"{VIEW}.model.uri.path.endsWith('size.py')")
    page.wait_for_function(fits)


@PLAIN
def test_the_editor_takes_the_colours_of_jupyterlabs_theme_at_once(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("theme.py", "def f():\n    return 'text'\n"))
    background = (
        "getComputedStyle(document.querySelector('.neoai-Editor .monaco-editor')).backgroundColor"
    )
    same = f"""() => {{
        const probe = document.body.appendChild(document.createElement('i'));
        probe.style.backgroundColor = 'var(--jp-layout-color0)';
        const wanted = getComputedStyle(probe).backgroundColor;
        probe.remove();
        return {background} === wanted;
    }}"""
    page.wait_for_function(same)
    light = page.evaluate(background)
    page.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})"
    )
    page.wait_for_function(f"light => {background} !== light", arg=light)
    page.wait_for_function(same)


@PLAIN
def test_settings_change_open_editors_at_once(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("settings.py", "x\n"))
    assert page.query_selector(f"{EDITOR} .minimap")
    page.evaluate("window.jupyterapp.commands.execute('neoai:toggle-minimap')")
    page.wait_for_selector(f"{EDITOR} .minimap", state="hidden")
    page.evaluate("window.jupyterapp.commands.execute('neoai:toggle-word-wrap')")
    page.wait_for_function(f"{VIEW}.editor.getRawOptions().wordWrap === 'on'")


@BOTH
def test_a_citation_opens_its_file_at_the_line_and_highlights_it(
    workspace: Workspace, page: Any
) -> None:
    path = workspace.write("cited.py", "".join(f"line_{n} = {n}\n" for n in range(1, 301)))
    page.evaluate(
        "args => window.jupyterapp.commands.execute('neoai:open-at-line', args).then(() => null)",
        {"path": path, "line": 200, "endLine": 203},
    )
    page.wait_for_selector(".neoai-HighlightedLine")
    assert page.evaluate(f"{VIEW}.editor.getPosition().lineNumber") == 200
    visible = page.evaluate(f"{VIEW}.editor.getVisibleRanges()[0]")
    assert visible["startLineNumber"] < 200 < 203 < visible["endLineNumber"]
    put_cursor(page, 10, 1)
    page.wait_for_selector(".neoai-HighlightedLine", state="detached")
    page.evaluate(
        """async path => {
            const widget = await window.jupyterapp.commands.execute('docmanager:open', {path});
            await widget.setFragment('#L250');
        }""",
        path,
    )
    assert page.evaluate(f"{VIEW}.editor.getPosition().lineNumber") == 250


@PLAIN
def test_a_citation_of_a_file_that_is_gone_says_so_and_opens_no_tab(
    workspace: Workspace, page: Any
) -> None:
    page.evaluate(
        "void window.jupyterapp.commands.execute('neoai:open-at-line', {path: 'gone.py', line: 3})"
    )
    page.wait_for_selector(".jp-Dialog-header:has-text('gone.py')")
    assert page.query_selector(".lm-TabBar-tabLabel:has-text('gone.py')") is None


@PLAIN
def test_when_monaco_does_not_arrive_the_file_can_be_opened_all_the_same(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    path = workspace.write("offline.py", "x = 1\n")
    page.route("**/lab/extensions/@neoai/lab/static/**", lambda route: route.abort())
    open_file(page, path)
    page.wait_for_selector(".neoai-EditorError")
    screenshot(page, "editor not loaded")
    page.unroute("**/lab/extensions/@neoai/lab/static/**")
    page.click(".neoai-EditorError button:has-text('Try again')")
    page.wait_for_selector(f"{EDITOR} .view-line")
    assert text_of(page) == "x = 1\n"


@PLAIN
def test_when_monaco_does_not_arrive_jupyterlabs_editor_is_one_click_away(
    workspace: Workspace, page: Any
) -> None:
    path = workspace.write("offline.py", "x = 1\n")
    page.route("**/lab/extensions/@neoai/lab/static/**", lambda route: route.abort())
    open_file(page, path)
    page.click(".neoai-EditorError button:has-text('JupyterLab')")
    page.wait_for_selector(".jp-FileEditor .cm-line")


@PLAIN
def test_a_renamed_file_is_coloured_by_its_new_name(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("before.txt", "def f(): pass\n"))
    assert page.evaluate(f"{VIEW}.model.getLanguageId()") == "plaintext"
    page.evaluate("window.jupyterapp.shell.currentWidget.context.rename('after.py')")
    page.wait_for_function(f"{VIEW}.model.getLanguageId() === 'python'")


@PLAIN
def test_the_status_bar_shows_where_the_cursor_is(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("status.txt", "one\ntwo\n"))
    put_cursor(page, 2, 3)
    page.wait_for_selector(".neoai-CursorStatus:has-text('Ln 2, Col 3')")
    page.click(".neoai-CursorStatus")
    page.wait_for_selector(".quick-input-widget:visible")
