"""An error that was fixed once, when it comes again: no model is configured in any of these."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from .chats import notebook, open_answer, sources
from .conftest import LabServer, NewPage, Workspace, until
from .monaco import open_file
from .projects import Registry, run
from .test_asking import ERROR, execute
from .test_review import propose

pw = pytest.importorskip("playwright.sync_api")

ZERO = {"name": ERROR["ename"], "message": ERROR["evalue"]}


@pytest.fixture
def kitchen(server: LabServer, workspace: Workspace) -> tuple[Registry, str]:
    """A project of the test's own."""
    registry = Registry(server)
    registry.clear()
    return registry, registry.add(workspace.name, "Kitchen")["id"]


def kept(registry: Registry, project: str) -> list[Any]:
    """The fixes that the server has of the error."""
    body = {"project_id": project, "error": ZERO, "k": 50}
    found: list[Any] = registry.call("POST", "/ai/fixes/search", body)["items"]
    return found


def test_an_error_that_was_fixed_once_is_fixed_in_another_notebook_without_a_model(
    new_page: NewPage, workspace: Workspace, kitchen: tuple[Registry, str], screenshot: Any
) -> None:
    registry, project = kitchen
    page = new_page("Ada")
    path = workspace.write("one.ipynb", notebook("pots = 3", "total = pots / 0"))
    open_file(page, path)
    pw.expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    execute(page, "notebook:run-all-cells")
    group = page.get_by_role("group", name="This error")
    pw.expect(group.get_by_role("button", name="Fix This Error")).to_be_visible()
    pw.expect(group.get_by_role("button", name="Fixed Before: Show")).to_have_count(0)
    propose(page, {"path": path, "cell": "cell-1", "proposed": "total = pots / 2"})
    page.get_by_role("button", name="Accept All").click()
    (fix,) = until(lambda: kept(registry, project), "the fix is kept")
    assert (fix["before"], fix["after"]) == ("total = pots / 0", "total = pots / 2")
    assert (fix["path"], fix["cell"]) == ("one.ipynb", "cell-1")

    other = new_page("Ada")
    open_file(other, workspace.write("two.ipynb", notebook("pans = 4", "total = pans / 0")))
    pw.expect(other.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    execute(other, "notebook:run-all-cells")
    show = other.get_by_role("button", name="Fixed Before: Show")
    show.click()
    earlier = other.get_by_role("group", name="How it was fixed before")
    pw.expect(earlier).to_contain_text("in one.ipynb")
    pw.expect(earlier).to_contain_text("+total = pots / 2")
    screenshot(other, "earlier-fix")
    earlier.get_by_role("button", name="Apply").click()
    other.locator(".neoai-Hunk:visible").wait_for()
    assert sources(other)[1] == "total = pans / 0"
    other.get_by_role("button", name="Accept All").click()
    until(lambda: sources(other)[1] == "total = pans / 2", "the cell is mended")
    until(lambda: len(kept(registry, project)) == 2, "this fix is kept too")


def test_where_the_cell_is_as_it_was_it_is_mended_at_once_and_the_key_takes_it_back(
    new_page: NewPage, workspace: Workspace, kitchen: tuple[Registry, str], screenshot: Any
) -> None:
    registry, project = kitchen
    body = {"project_id": project, "error": ZERO, "path": "a.ipynb", "before": "1 / 0"}
    registry.call("POST", "/ai/fixes", {**body, "after": "1 / 2"})
    page = new_page("Ada", dark=True, width=700, height=700)
    open_file(page, workspace.write("n.ipynb", notebook("1 / 0", outputs=[ERROR])))
    page.get_by_role("button", name="Fixed Before: Show").focus()
    page.keyboard.press("Enter")
    screenshot(page, "earlier-fix-dark-narrow")
    page.get_by_role("button", name="Apply").click()
    until(lambda: sources(page) == ["1 / 2"], "the cell is mended")
    page.locator(".jp-Cell .cm-content").first.click()
    page.keyboard.press("Control+z")
    until(lambda: sources(page) == ["1 / 0"], "it is taken back")


def test_a_fix_that_does_not_fit_is_shown_to_copy_and_can_be_forgotten(
    new_page: NewPage, workspace: Workspace, kitchen: tuple[Registry, str], screenshot: Any
) -> None:
    registry, project = kitchen
    body = {"project_id": project, "error": ZERO, "before": "mean(pots) / none"}
    registry.call("POST", "/ai/fixes", {**body, "after": "mean(pots) / (none or 1)"})
    page = new_page("Ada")
    open_file(page, workspace.write("n.ipynb", notebook("1 // 0", outputs=[ERROR])))
    page.get_by_role("button", name="Fixed Before: Show").click()
    earlier = page.get_by_role("group", name="How it was fixed before")
    pw.expect(earlier).to_contain_text("too different")
    pw.expect(earlier.get_by_role("button", name="Copy Fixed Code")).to_be_visible()
    pw.expect(earlier.get_by_role("button", name="Apply")).to_have_count(0)
    screenshot(page, "earlier-fix-copy")
    earlier.get_by_role("button", name="Forget").click()
    pw.expect(page.get_by_role("button", name="Fixed Before: Show")).to_have_count(0)
    assert kept(registry, project) == []
    page.reload()
    pw.expect(page.get_by_role("button", name="Fix This Error")).to_be_visible()
    pw.expect(page.get_by_role("button", name="Fixed Before: Show")).to_have_count(0)


PAN = "".join(f"x{n} = {n}\n" for n in range(40)) + "\n\ndef share(pots):\n    return pots / 0\n"
REPLY = "In `pan.py`:\n\n```python\ndef share(pots):\n    return pots / 2\n```\n"


@pytest.mark.parametrize(
    ("question", "is_kept"),
    [
        ("/fix pan.py ZeroDivisionError: division by zero", True),
        ("Explain the error `ZeroDivisionError: division by zero` in cell 2 of `a.ipynb`.", True),
        ("/test pan.py\nZeroDivisionError: division by zero", False),
        ("Make two of it.", False),
    ],
)
def test_a_fix_of_a_file_is_kept_where_an_error_was_asked_about(
    new_page: NewPage,
    workspace: Workspace,
    kitchen: tuple[Registry, str],
    question: str,
    is_kept: bool,
) -> None:
    registry, project = kitchen
    page = new_page("Ada")
    open_file(page, workspace.write("pan.py", PAN))
    chat = open_answer(page, workspace, question, REPLY)
    chat.get_by_role("button", name="Apply to File").click()
    page.locator(".neoai-Hunk:visible").wait_for()
    with page.expect_response("**/ai/fixes?*") if is_kept else nullcontext():
        page.get_by_role("button", name="Accept All").click()
    page.get_by_role("button", name="Accept All").wait_for(state="detached")
    assert len(kept(registry, project)) == is_kept
    if is_kept:
        (fix,) = kept(registry, project)
        assert (fix["path"], fix["cell"]) == ("pan.py", "")
        assert fix["before"].splitlines()[-1] == "    return pots / 0"
        assert fix["after"].splitlines()[-1] == "    return pots / 2"
        assert "x0 = 0" not in fix["before"]


@pytest.mark.parametrize(
    ("dark", "width"), [(False, 1280), (True, 560)], ids=["light", "dark-narrow"]
)
def test_the_search_panel_lists_the_fix_of_the_error_that_is_searched_for(
    new_page: NewPage,
    workspace: Workspace,
    kitchen: tuple[Registry, str],
    screenshot: Any,
    dark: bool,
    width: int,
) -> None:
    registry, project = kitchen
    workspace.write("pan.py", PAN)
    body = {"project_id": project, "error": ZERO, "path": "pan.py", "before": "pots / 0"}
    registry.call("POST", "/ai/fixes", {**body, "after": "pots / 2"})
    page = new_page("Ada", dark=dark, width=width)
    open_file(page, f"{workspace.name}/pan.py")
    run(page, "neoai:search-project")
    panel = page.locator("#neoai-search")
    panel.get_by_role("tab", name="Meaning").click()
    panel.get_by_label("Search", exact=True).fill("division by zero")
    found = panel.get_by_title("How ZeroDivisionError: division by zero was fixed in pan.py")
    pw.expect(found).to_contain_text("Fixed before")
    found.click()
    pw.expect(panel.get_by_role("region", name="Preview")).to_contain_text("+pots / 2")
    screenshot(page, f"search-fix-{'dark' if dark else 'light'}")
