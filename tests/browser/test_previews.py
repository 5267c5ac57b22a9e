"""What a text looks like, beside it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import NewPage, Workspace
from .monaco import EDITOR, VIEW, open_file, open_in_monaco

BOTH = pytest.mark.parametrize("server", ["lab_server", "plain_lab_server"], indirect=True)
MARKDOWN = ".jp-MarkdownViewer .jp-RenderedMarkdown"
GRID = """[...window.jupyterapp.shell.widgets('main')]
    .find(widget => widget.content?.hasClass?.('jp-CSVViewer')).content.layout.widgets[0]"""
BOOK = "# Title\n\n" + "".join(
    f"## Part {number}\n\nSome text.\n\n```python\nprint({number})\n```\n\n" for number in range(60)
)


def open_beside(page: Any) -> None:
    """The preview of the file in front, as VS Code's keys open it."""
    page.keyboard.press("Control+Alt+k")
    page.keyboard.press("v")


def tops(page: Any, heading: str) -> float:
    """How far a heading of the preview is below the preview's top, in pixels."""
    found: float = page.evaluate(
        f"""heading => {{
            const view = document.querySelector('{MARKDOWN}');
            const found = [...view.querySelectorAll('h2')]
                .find(node => node.textContent.startsWith(heading));
            return found.getBoundingClientRect().top - view.getBoundingClientRect().top;
        }}""",
        heading,
    )
    return found


@BOTH
def test_markdown_is_rendered_beside_the_text_as_it_is_typed(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    page = new_page()
    open_in_monaco(page, workspace.write("notes.md", "# First\n"))

    open_beside(page)
    page.locator(f"{MARKDOWN} h1", has_text="First").wait_for()
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    page.keyboard.type("## Typed just now\n\n")

    page.locator(f"{MARKDOWN} h2", has_text="Typed just now").wait_for()
    screenshot(page, "preview-markdown")
    assert not page.console_errors


def test_text_and_preview_scroll_together(new_page: NewPage, workspace: Workspace) -> None:
    page = new_page()
    open_in_monaco(page, workspace.write("book.md", BOOK))
    open_beside(page)
    page.locator(f"{MARKDOWN} h2", has_text="Part 59").wait_for()
    line = BOOK[: BOOK.index("## Part 30")].count("\n") + 1

    page.locator(EDITOR).hover()
    page.mouse.wheel(0, 10)
    page.evaluate(
        f"line => {VIEW}.editor.setScrollTop({VIEW}.editor.getTopForLineNumber(line), 1)", line
    )
    page.wait_for_function(
        f"""() => {{
            const view = document.querySelector('{MARKDOWN}');
            const found = [...view.querySelectorAll('h2')]
                .find(node => node.textContent.startsWith('Part 30'));
            const far = found.getBoundingClientRect().top - view.getBoundingClientRect().top;
            return Math.abs(far) < 40;
        }}"""
    )

    page.locator(MARKDOWN).hover()
    page.mouse.wheel(0, -100_000)
    page.wait_for_function(f"{VIEW}.editor.getScrollTop() === 0")
    assert tops(page, "Part 0") > 0


def test_a_preview_stands_beside_those_that_are_there(
    new_page: NewPage, workspace: Workspace
) -> None:
    page = new_page()
    open_in_monaco(page, workspace.write("one.md", "# One\n"))
    open_beside(page)
    page.locator(f"{MARKDOWN} h1", has_text="One").wait_for()
    open_in_monaco(page, workspace.write("two.md", "# Two\n"))
    open_beside(page)

    page.locator(f"{MARKDOWN} h1", has_text="Two").wait_for()
    assert page.locator("#jp-main-dock-panel .lm-DockPanel-tabBar:visible").count() == 2


@BOTH
def test_a_table_follows_its_text_and_keeps_its_place(
    new_page: NewPage, workspace: Workspace, screenshot: Any
) -> None:
    rows = "".join(f"{number},name {number}\n" for number in range(5000))
    page = new_page(dark=True)
    path = workspace.write("table.csv", f"id,name\n{rows}")
    open_file(page, path, "NeoAI Editor")
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    open_beside(page)
    page.wait_for_function(f"() => {GRID}?.dataModel?.rowCount('body') === 5000")
    page.evaluate(f"() => {GRID}.scrollTo(0, 60_000)")

    page.keyboard.press("Control+End")
    page.keyboard.type("5000,the newest")

    page.wait_for_function(f"() => {GRID}.dataModel.rowCount('body') === 5001")
    page.wait_for_function(f"() => {GRID}.scrollY === 60_000")
    screenshot(page, "preview-table-dark")


def test_a_picture_follows_its_text(new_page: NewPage, workspace: Workspace) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="9"></svg>'
    page = new_page()
    open_file(page, workspace.write("drawing.svg", drawing.format(40)), "NeoAI Editor")
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    open_beside(page)
    page.wait_for_function("document.querySelector('.jp-ImageViewer img')?.naturalWidth === 40")

    page.evaluate(f"text => {VIEW}.replaceText(text)", drawing.format(70))

    page.wait_for_function("document.querySelector('.jp-ImageViewer img').naturalWidth === 70")


def test_a_preview_opened_first_shares_the_document_with_the_editor(
    new_page: NewPage, workspace: Workspace
) -> None:
    path = workspace.write("shared.md", "# Shared\n")
    ada, ben = new_page("Ada"), new_page("Ben")
    open_file(ada, path, "Markdown Preview")
    open_in_monaco(ben, path)

    ben.keyboard.type("Ben was here. ")

    ada.locator(MARKDOWN, has_text="Ben was here.").wait_for()


def test_a_link_of_a_preview_opens_in_the_editor(new_page: NewPage, workspace: Workspace) -> None:
    workspace.write("sub/code.py", "print('linked')\n")
    page = new_page()
    open_in_monaco(page, workspace.write("links.md", "[the code](sub/code.py)\n"))
    open_beside(page)

    page.locator(MARKDOWN).get_by_text("the code").click()

    page.locator(".view-line", has_text="linked").wait_for()


def test_previews_come_back_after_a_reload(new_page: NewPage, workspace: Workspace) -> None:
    page = new_page()
    open_in_monaco(page, workspace.write("kept.md", "# Kept\n"))
    with page.expect_response(
        lambda reply: "markdownviewer-widget:" in (reply.request.post_data or "")
    ):
        open_beside(page)

    page.reload()

    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    page.locator(f"{MARKDOWN} h1", has_text="Kept").wait_for()
    page.wait_for_selector(f"{EDITOR} .view-line")
