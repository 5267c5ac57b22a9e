"""The exports of a project that the server keeps, as a person makes and fetches them."""

from __future__ import annotations

import zipfile
from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace
from .projects import Registry, run

pw = pytest.importorskip("playwright.sync_api")

ROWS = ".neoai-Exports-row"


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project in this test's folder."""
    registry = Registry(server)
    registry.clear()
    workspace.write("src/app.py", "print('kept')\n")
    workspace.write("notes.md", "Notes\n")
    return registry.add(workspace.name, "Lab work")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_an_export_is_kept_downloaded_and_deleted(
    new_page: NewPage, project: Any, screenshot: Any, dark: bool
) -> None:
    page = new_page(dark=dark, width=700 if dark else 1280)
    run(page, "neoai:refresh-projects")
    page.evaluate(
        "id => void window.jupyterapp.commands.execute('neoai:show-exports', { id })",
        project["id"],
    )
    dialog = page.get_by_role("dialog")
    pw.expect(dialog).to_contain_text("Kept Exports of “Lab work”")
    pw.expect(dialog).to_contain_text("None yet.")
    pw.expect(dialog.get_by_role("button", name="Keep an Export Now")).to_be_focused()

    page.keyboard.press("Enter")

    download = dialog.get_by_role("link", name="Download")
    pw.expect(download).to_be_visible(timeout=30_000)
    pw.expect(page.locator(ROWS)).to_have_count(1)
    screenshot(page, f"kept-exports-{'dark' if dark else 'light'}")
    with page.expect_download() as fetched:
        download.click()
    with zipfile.ZipFile(fetched.value.path()) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        assert sorted(names) == ["notes.md", "src/app.py"]

    dialog.get_by_role("button", name="Delete the export of").click()
    pw.expect(page.locator(ROWS)).to_have_count(0)
    pw.expect(dialog).to_contain_text("None yet.")
    page.keyboard.press("Escape")
    pw.expect(dialog).to_have_count(0)
    assert page.console_errors == []
