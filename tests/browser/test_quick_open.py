"""Quick open, as a person uses it: by the keyboard, in Monaco and out of it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace
from .monaco import VIEW, open_in_monaco
from .projects import Registry

pw = pytest.importorskip("playwright.sync_api")

BOX = ".neoai-QuickOpen"
CURRENT = "window.jupyterapp.shell.currentWidget?.context?.path"


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project in this test's folder."""
    registry = Registry(server)
    registry.clear()
    for name in ("src/app.py", "src/appModel.ts", "src/panel.ts", "docs/guide.md", "build/app.js"):
        workspace.write(name, f"# {name}\n")
    workspace.write(
        "src/app.py", "import os\n\n\nclass Shop:\n    def sell(self):\n        return 'needle'\n"
    )
    workspace.write(".gitignore", "/build/\n")
    return registry.add(workspace.name, "shop")


def open_box(page: Any) -> Any:
    page.keyboard.press("Control+p")
    box = page.locator(BOX)
    box.wait_for()
    return box


def typed(page: Any, text: str) -> None:
    """Type, and wait until what is listed is for just that."""
    page.locator(f"{BOX} input").fill(text)
    page.wait_for_function(
        f"text => document.querySelector('{BOX}')?.dataset.shown === text", arg=text
    )


def labels(page: Any) -> list[str]:
    found: list[str] = page.locator(f"{BOX}-label").all_inner_texts()
    return found


def wait_until_current(page: Any, path: str) -> None:
    page.wait_for_function(f"path => {CURRENT} === path", arg=path)


def test_files_are_found_and_opened_by_typing(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page(path=workspace.name)
    box = open_box(page)
    typed(page, "app")
    pw.expect(page.locator(f"{BOX}-label")).to_have_text(["app.py", "appModel.ts"])
    assert page.locator(f"{BOX}-item mark").first.inner_text() == "app"
    typed(page, "am")
    pw.expect(page.locator(f"{BOX}-item").first).to_contain_text("appModel.ts")
    screenshot(page, "quick-open")
    typed(page, "nothing of the kind")
    pw.expect(box.locator("[role=status]")).to_contain_text("No file of shop fits")
    typed(page, "src/app:4")
    page.keyboard.press("Enter")
    pw.expect(box).to_have_count(0)
    wait_until_current(page, f"{workspace.name}/src/app.py")
    page.wait_for_function(f"{VIEW}?.editor.getPosition().lineNumber === 4")

    # In Monaco the same key; what was opened lately comes first, the file in front last.
    open_box(page)
    typed(page, "panel")
    page.keyboard.press("Enter")
    wait_until_current(page, f"{workspace.name}/src/panel.ts")
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    open_box(page)
    typed(page, "")
    pw.expect(page.locator(f"{BOX}-item").first).to_contain_text("recently opened")
    assert labels(page)[0] == "app.py"
    page.keyboard.press("Enter")
    wait_until_current(page, f"{workspace.name}/src/app.py")

    # A new file is found without opening the project again; Escape gives the keyboard back.
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    workspace.write("src/brandNew.rs", "")
    open_box(page)
    page.keyboard.type("bn")
    pw.expect(page.locator(f"{BOX}-label").first).to_have_text("brandNew.rs")
    page.keyboard.press("Escape")
    pw.expect(page.locator(BOX)).to_have_count(0)
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    assert page.console_errors == []


def test_lines_symbols_text_and_commands_are_found_too(
    new_page: NewPage, workspace: Workspace, project: Any, screenshot: Any
) -> None:
    page = new_page(path=workspace.name, dark=True, width=760)
    open_in_monaco(page, f"{workspace.name}/src/app.py")
    open_box(page)
    typed(page, ":3:1")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.editor.getPosition().lineNumber === 3")

    open_box(page)
    typed(page, "@")
    assert [label.strip() for label in labels(page)] == ["Shop", "sell"]
    typed(page, "@sel")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.editor.getPosition().lineNumber === 5")

    open_box(page)
    typed(page, "#needle")
    pw.expect(page.locator(f"{BOX}-item")).to_have_count(1)
    screenshot(page, "quick-open-text-dark")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}.editor.getPosition().lineNumber === 6")

    open_box(page)
    typed(page, ">show projects")
    page.keyboard.press("Enter")
    pw.expect(page.locator("#neoai-projects")).to_be_visible()
    assert page.console_errors == []


def test_without_a_project_it_says_so(new_page: NewPage, server: LabServer) -> None:
    Registry(server).clear()
    page = new_page()
    box = open_box(page)
    pw.expect(box.locator("[role=status]")).to_contain_text("Open a project to find its files")
    page.mouse.click(5, 400)
    pw.expect(box).to_have_count(0)
