"""What a hand does in NeoAI's editor: keys, settings, languages, indentation, splits, help."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import EDITOR, VIEW, open_in_monaco, put_cursor, text_of, wait_for_text

PLAIN = pytest.mark.parametrize("server", ["plain_lab_server"], indirect=True)
BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
EDITOR_SETTINGS = "@neoai/lab/editor.jupyterlab-settings"
DEFINITIONS = """\
class A:
    def one(self):
        return 1

    def two(self):
        pass


x = 1
"""


def execute(page: Any, command: str, **args: Any) -> None:
    """Run a command as its menu item would."""
    page.evaluate(
        "([id, args]) => void window.jupyterapp.commands.execute(id, args)", [command, args]
    )


@BOTH
def test_vims_keys_edit_and_colon_w_saves(workspace: Workspace, page: Any, screenshot: Any) -> None:
    open_in_monaco(page, workspace.write("vim.txt", "one two\nthree\n"))
    execute(page, "neoai:set-keymap", keymap="vim")
    page.wait_for_selector(".neoai-KeymapLine:has-text('NORMAL')")
    page.keyboard.type("dwA!")
    page.wait_for_selector(".neoai-KeymapLine:has-text('INSERT')")
    page.keyboard.press("Escape")
    page.keyboard.type("jdd")
    wait_for_text(page, "two!\n")
    page.keyboard.type("u")
    wait_for_text(page, "two!\nthree\n")
    page.keyboard.type(":w")
    screenshot(page, "editor vim")
    page.keyboard.press("Enter")
    until(lambda: workspace.read("vim.txt") == b"two!\nthree\n", "the text on disk")
    execute(page, "neoai:set-keymap", keymap="default")
    page.wait_for_selector(".neoai-KeymapLine", state="detached")
    page.evaluate(f"{VIEW}.editor.focus()")
    put_cursor(page, 1, 1)
    page.keyboard.type("x")
    wait_for_text(page, "xtwo!\nthree\n")


@BOTH
def test_what_vim_inserts_is_one_step_of_undo_however_slowly_it_is_typed(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("vim.txt", "one two\nthree\n"))
    execute(page, "neoai:set-keymap", keymap="vim")
    page.wait_for_selector(".neoai-KeymapLine:has-text('NORMAL')")
    page.keyboard.type("ohello")
    page.keyboard.type(" world", delay=600)
    page.keyboard.press("Escape")
    wait_for_text(page, "one two\nhello world\nthree\n")
    page.keyboard.type("xx")
    wait_for_text(page, "one two\nhello wor\nthree\n")
    page.keyboard.type("u")
    wait_for_text(page, "one two\nhello worl\nthree\n")
    page.keyboard.type("uu")
    wait_for_text(page, "one two\nthree\n")
    page.keyboard.press("Control+r")
    wait_for_text(page, "one two\nhello world\nthree\n")
    page.keyboard.type("ggcwsome more")
    page.keyboard.press("Escape")
    wait_for_text(page, "some more two\nhello world\nthree\n")
    page.keyboard.type("u")
    wait_for_text(page, "one two\nhello world\nthree\n")


@PLAIN
def test_emacs_keys_undo_what_was_typed(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    server.set(EDITOR_SETTINGS, {"keymap": "emacs"})
    page = new_page()
    open_in_monaco(page, workspace.write("emacs.txt", "one two\n"))
    page.wait_for_selector(".neoai-KeymapLine", state="attached")
    page.keyboard.insert_text("hello ")
    wait_for_text(page, "hello one two\n")
    page.keyboard.press("Control+/")
    wait_for_text(page, "one two\n")
    page.keyboard.insert_text("again ")
    wait_for_text(page, "again one two\n")
    page.keyboard.press("Control+x")
    page.keyboard.press("u")
    wait_for_text(page, "one two\n")


@PLAIN
def test_emacs_keys_move_kill_yank_and_save(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    server.set(EDITOR_SETTINGS, {"keymap": "emacs"})
    page = new_page()
    open_in_monaco(page, workspace.write("emacs.txt", "one two\nthree\n"))
    page.wait_for_selector(".neoai-KeymapLine", state="attached")
    for key in ("Control+e", "Control+a", "Control+k"):
        page.keyboard.press(key)
    wait_for_text(page, "\nthree\n")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+y")
    wait_for_text(page, "\none twothree\n")
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("emacs.txt") == b"\none twothree\n", "the text on disk")
    page.keyboard.press("Tab")
    wait_for_text(page, "\none two three\n")


@PLAIN
def test_every_display_setting_changes_an_open_editor_by_its_command(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("settings.py", DEFINITIONS))
    page.wait_for_selector(f"{EDITOR} .bracket-highlighting-0")
    option = f"name => {VIEW}.editor.getRawOptions()[name]"
    for command, name, before, after in [
        ("neoai:toggle-whitespace", "renderWhitespace", "selection", "all"),
        ("neoai:toggle-line-numbers", "lineNumbers", "on", "off"),
        ("neoai:toggle-folding", "folding", True, False),
        ("neoai:toggle-screen-reader-mode", "accessibilitySupport", "auto", "on"),
    ]:
        assert page.evaluate(option, name) == before
        execute(page, command)
        page.wait_for_function(f"([name, after]) => ({option})(name) === after", arg=[name, after])
        page.wait_for_function(
            "id => window.jupyterapp.commands.isToggled(id) === (id !== 'neoai:toggle-folding'"
            " && id !== 'neoai:toggle-line-numbers')",
            arg=command,
        )
    execute(page, "neoai:toggle-bracket-colors")
    page.wait_for_selector(f"{EDITOR} .bracket-highlighting-0", state="detached")
    execute(page, "neoai:toggle-sticky-scroll")
    page.wait_for_function(f"{VIEW}.editor.getRawOptions().stickyScroll.enabled === false")


@PLAIN
def test_fonts_rulers_and_cursor_are_those_of_the_settings(
    server: LabServer, workspace: Workspace, new_page: NewPage
) -> None:
    chosen = {"fontSize": 21, "fontFamily": "serif", "fontLigatures": True}
    server.set(EDITOR_SETTINGS, {**chosen, "rulers": [40, 60], "cursorStyle": "block"})
    page = new_page()
    open_in_monaco(page, workspace.write("look.txt", "text\n"))
    page.wait_for_function(
        f"document.querySelectorAll('{EDITOR.split(':')[0]} .view-ruler').length === 2"
    )
    style = page.eval_on_selector(
        f"{EDITOR} .view-lines",
        "n => [getComputedStyle(n).fontSize, getComputedStyle(n).fontFamily]",
    )
    assert style[0] == "21px"
    assert style[1].startswith("serif")
    page.wait_for_selector(f"{EDITOR} .cursors-layer.cursor-block-style", state="attached")


@PLAIN
def test_the_language_comes_from_name_and_content_and_the_status_bar_changes_it(
    workspace: Workspace, page: Any
) -> None:
    for name, content, language in [
        (".bashrc", "alias x=y\n", "shell"),
        ("Containerfile", "FROM scratch\n", "dockerfile"),
        ("run", "#!/usr/bin/env -S python3 -u\nx = 1\n", "python"),
        ("modeline.txt", "a: 1\n\n\n# vim: ft=yaml\n", "yaml"),
    ]:
        open_in_monaco(page, workspace.write(name, content))
        assert page.evaluate(f"{VIEW}.model.getLanguageId()") == language
    page.click(".neoai-LanguageStatus:has-text('YAML')")
    page.select_option(".jp-Dialog select", label="TOML")
    page.click(".jp-Dialog button.jp-mod-accept")
    page.wait_for_selector(".neoai-LanguageStatus:has-text('TOML')")
    assert page.evaluate(f"{VIEW}.model.getLanguageId()") == "toml"


@PLAIN
def test_the_indentation_is_found_shown_chosen_and_converted(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("tabs.js", "{\n\tx\n\t{\n\t\ty\n\t}\n}\n"))
    page.wait_for_selector(".neoai-IndentationStatus:has-text('Tabs: 4')")
    open_in_monaco(page, workspace.write("two.js", "{\n  x\n  {\n    y\n  }\n}\n"))
    page.wait_for_selector(".neoai-IndentationStatus:has-text('Spaces: 2')")
    page.click(".neoai-IndentationStatus")
    page.click(".lm-Menu-itemLabel:text-is('Convert Indentation to Tabs')")
    wait_for_text(page, "{\n\tx\n\t{\n\t\ty\n\t}\n}\n")
    page.click(".neoai-IndentationStatus")
    page.click(".lm-Menu-itemLabel:text-is('Indent with 8 Spaces')")
    page.wait_for_selector(".neoai-IndentationStatus:has-text('Spaces: 8')")
    page.evaluate(f"{VIEW}.editor.focus()")
    put_cursor(page, 1, 1)
    page.keyboard.press("Tab")
    assert text_of(page).startswith(" " * 8 + "{")


@PLAIN
def test_the_status_bar_counts_what_is_selected(workspace: Workspace, page: Any) -> None:
    open_in_monaco(page, workspace.write("select.txt", "one\ntwo\n"))
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_selector(".neoai-CursorStatus:has-text('(1 selected)')")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+Alt+ArrowDown")
    page.wait_for_selector(".neoai-CursorStatus:has-text('(2 cursors)')")
    page.keyboard.type("x")
    wait_for_text(page, "xone\nxtwo\n")


@PLAIN
def test_folding_occurrences_and_replace_work_by_key_and_by_command(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("many.py", DEFINITIONS))
    execute(page, "neoai:fold-all")
    page.wait_for_function(f"{VIEW}.editor.getVisibleRanges().length > 1")
    execute(page, "neoai:unfold-all")
    page.wait_for_function(f"{VIEW}.editor.getVisibleRanges().length === 1")
    put_cursor(page, 2, 14)
    execute(page, "neoai:select-all-occurrences")
    page.wait_for_selector(".neoai-CursorStatus:has-text('(2 cursors)')")
    page.keyboard.type("me")
    wait_for_text(page, DEFINITIONS.replace("self", "me"))
    page.keyboard.press("Escape")
    put_cursor(page, 1, 1)
    page.keyboard.press("Control+h")
    page.wait_for_selector(f"{EDITOR} .find-widget.visible.replaceToggled")
    page.keyboard.type("def")
    page.wait_for_selector(f"{EDITOR} .find-widget .matchesCount:has-text('of 2')")
    page.keyboard.press("Tab")
    page.keyboard.type("async def")
    page.keyboard.press("Control+Alt+Enter")
    wait_for_text(page, DEFINITIONS.replace("self", "me").replace("def", "async def"))
    page.keyboard.press("Escape")
    page.keyboard.press("Control+g")
    page.wait_for_selector(".quick-input-widget:visible")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.editor.getPosition().lineNumber === 5")


@BOTH
def test_a_split_editor_shows_the_same_text_at_another_place(
    workspace: Workspace, page: Any, screenshot: Any
) -> None:
    path = workspace.write("long.py", "".join(f"line_{n} = {n}\n" for n in range(1, 301)))
    open_in_monaco(page, path)
    page.evaluate("() => { window.first = window.jupyterapp.shell.currentWidget; }")
    page.evaluate(f"{VIEW}.editor.revealLine(200)")
    put_cursor(page, 200, 3)
    page.keyboard.press("Control+\\")
    page.wait_for_function(
        f"window.jupyterapp.shell.currentWidget !== window.first && {VIEW}?.editor.hasTextFocus()"
    )
    assert page.locator(".neoai-Editor:visible").count() == 2
    page.wait_for_function(f"{VIEW}.editor.getPosition().lineNumber === 200")
    page.wait_for_function(f"{VIEW}.editor.getVisibleRanges()[0].startLineNumber > 100")
    top = page.evaluate("window.first.content.view.editor.getScrollTop()")
    page.keyboard.press("Control+End")
    page.keyboard.type("last = 1")
    page.wait_for_function("window.first.content.view.model.getValue().endsWith('last = 1')")
    assert page.evaluate("window.first.content.view.editor.getScrollTop()") == top
    screenshot(page, "editor split")
    page.keyboard.press("Control+s")
    until(lambda: workspace.read("long.py").endswith(b"last = 1"), "the text on disk")


@PLAIN
def test_a_closed_editor_comes_back(workspace: Workspace, page: Any) -> None:
    path = workspace.write("closed.py", "x\n")
    open_in_monaco(page, path)
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")
    page.wait_for_selector(".neoai-Editor", state="detached")
    page.keyboard.press("Control+Alt+t")
    page.wait_for_function(
        "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=path
    )


@PLAIN
def test_help_for_the_keyboard_is_behind_alt_f1_and_gives_the_keyboard_back(
    workspace: Workspace, page: Any
) -> None:
    open_in_monaco(page, workspace.write("help.py", "x\n"))
    label = page.eval_on_selector(
        f"{EDITOR} [role=textbox], {EDITOR} textarea", "n => n.getAttribute('aria-label')"
    )
    assert "help.py" in label
    page.keyboard.press("Alt+F1")
    page.wait_for_selector(".jp-Dialog .neoai-EditorHelp")
    page.keyboard.press("Escape")
    page.wait_for_selector(".jp-Dialog", state="detached")
    page.wait_for_function(f"{VIEW}.editor.hasTextFocus()")
    page.keyboard.press("Control+m")
    page.keyboard.press("Tab")
    page.wait_for_function(f"!{VIEW}.editor.hasTextFocus()")
    assert text_of(page) == "x\n"
