"""A whole piece of work without a mouse."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import LabServer, NewPage, Workspace, until
from .monaco import VIEW, wait_for_text
from .projects import Registry
from .tree import TREE

pw = pytest.importorskip("playwright.sync_api")

# Whether the keyboard is somewhere, and a person sees where: a ring, or the field's own cursor.
FOCUS_IS_VISIBLE = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return false;
  if (node.closest('.monaco-editor') || node.matches('input, textarea')) return true;
  const active = node.getAttribute('aria-activedescendant');
  const shown = active ? document.getElementById(active) : node;
  return [shown, node].filter(Boolean).some(one => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  });
}"""


@pytest.fixture
def project(server: LabServer, workspace: Workspace) -> Any:
    """A project with a program."""
    registry = Registry(server)
    registry.clear()
    workspace.write("shop.py", "price = 3\n")
    workspace.write("src/tax.py", "rate = 0.19\n")
    return registry.add(workspace.name, "Shop")


def choose(page: Any, label: str) -> None:
    """Run a command from JupyterLab's palette."""
    page.keyboard.press("Control+Shift+c")
    page.locator(".lm-CommandPalette-input:focus").wait_for()
    page.keyboard.type(label)
    page.locator(".lm-CommandPalette-item.lm-mod-active", has_text=label).wait_for()
    page.keyboard.press("Enter")


def test_a_project_is_opened_edited_searched_restored_and_closed_with_the_keyboard_alone(
    new_page: NewPage, server: LabServer, workspace: Workspace, project: Any
) -> None:
    page = new_page()

    choose(page, "Show Projects")
    page.locator("#neoai-projects :focus").wait_for()
    assert page.evaluate(FOCUS_IS_VISIBLE)
    page.keyboard.press("Enter")

    page.locator(f"{TREE} [role=tree]").wait_for()
    pw.expect(page.locator(f"{TREE} [role=tree]")).to_be_focused()
    entries = page.locator(f"{TREE} [role=treeitem]")
    pw.expect(entries).to_have_count(2)
    for name in ("aria-level", "aria-setsize", "aria-posinset"):
        assert all(entry.get_attribute(name) for entry in entries.all()), name
    page.keyboard.press("End")
    assert page.evaluate(FOCUS_IS_VISIBLE)
    page.keyboard.press("Enter")

    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    page.keyboard.type("# Prices\n")
    page.keyboard.press("Control+s")
    saved = "# Prices\nprice = 3\n"
    until(lambda: workspace.read("shop.py").decode() == saved, "the edit on disk")

    page.keyboard.press("Control+Shift+f")
    page.locator("#neoai-search input:focus").wait_for()
    page.keyboard.type("rate")
    page.locator("#neoai-search .neoai-mod-match").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_function(
        f"{VIEW}?.model.getValue() === 'rate = 0.19\\n' && {VIEW}.editor.hasTextFocus()"
    )

    page.keyboard.press("Control+p")
    page.locator(".neoai-QuickOpen input:focus").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function(f"{VIEW}?.editor.hasTextFocus()")
    page.keyboard.press("Control+p")
    page.locator(".neoai-QuickOpen input:focus").wait_for()
    page.keyboard.type("shop")
    page.locator(".neoai-QuickOpen [role=option]", has_text="shop.py").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{VIEW}?.model.getValue().startsWith('# Prices')")

    choose(page, "Show History")
    restore = page.locator("#neoai-history .neoai-History-restore").last
    restore.wait_for(state="attached")
    page.locator("#neoai-history :focus").wait_for()
    while not restore.evaluate("node => node === document.activeElement"):
        page.keyboard.press("Tab")
        assert page.locator("#neoai-history :focus").count(), "Tab left the panel too early"
    assert page.evaluate(FOCUS_IS_VISIBLE)
    page.keyboard.press("Enter")
    until(lambda: workspace.read("shop.py").decode() == "price = 3\n", "the old version on disk")
    wait_for_text(page, "price = 3\n")

    choose(page, "Close Tab")
    page.wait_for_function(
        "() => ![...window.jupyterapp.shell.widgets('main')].some(w => w.title.label === 'shop.py')"
    )
    assert not page.console_errors
