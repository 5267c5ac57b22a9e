"""What a test does with files in NeoAI's editor."""

from __future__ import annotations

from typing import Any

EDITOR = ".neoai-Editor:visible .monaco-editor"
# The current file's `EditorView`, once it is there.
VIEW = "window.jupyterapp.shell.currentWidget?.content?.view"


def open_file(page: Any, path: str, factory: str | None = None) -> None:
    """Open `path` as a double-click in the file browser would, and wait for its text."""
    page.evaluate(
        """async ([path, factory]) => {
            const args = factory ? {path, factory} : {path};
            const widget = await window.jupyterapp.commands.execute('docmanager:open', args);
            await widget.context.ready;
            await widget.revealed;
        }""",
        [path, factory],
    )


def open_in_monaco(page: Any, path: str) -> None:
    """Open `path` in NeoAI's editor, as the default for it; the keyboard is in the text then."""
    open_file(page, path)
    page.wait_for_selector(f"{EDITOR} .view-line")
    page.wait_for_function(
        f"""path => window.jupyterapp.shell.currentWidget?.context?.path === path
            && {VIEW}?.editor.hasTextFocus()""",
        arg=path,
    )


def text_of(page: Any) -> str:
    """The current file's text as Monaco has it."""
    text: str = page.evaluate(f"{VIEW}.model.getValue()")
    return text


def shared_text_of(page: Any) -> str:
    """The current file's text as the shared document has it."""
    text: str = page.evaluate(
        "window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()"
    )
    return text


def put_cursor(page: Any, line: int, column: int) -> None:
    """Put the cursor at a line and a column, both from 1."""
    page.evaluate(
        f"([lineNumber, column]) => {VIEW}.editor.setPosition({{lineNumber, column}})",
        [line, column],
    )


def wait_for_text(page: Any, text: str) -> None:
    """Wait until the current file's text is `text` in Monaco."""
    page.wait_for_function(f"text => {VIEW}.model.getValue() === text", arg=text)
