"""What a test does in the project view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .projects import menu_item

TREE = "#neoai-tree"
OpenTree = Callable[..., Any]


def open_project(page: Any, project_id: str) -> None:
    page.evaluate(
        "id => void window.jupyterapp.commands.execute('neoai:open-project', {id})", project_id
    )
    page.locator(f"{TREE} [role=tree]").wait_for()


def item(page: Any, name: str) -> Any:
    """The entry of this name."""
    return page.locator(f'{TREE} [role=treeitem][aria-label="{name}"]')


def listed(page: Any) -> Any:
    """The names in sight, in order."""
    return page.locator(f"{TREE} [role=treeitem] .neoai-TreeRow-name")


def active(page: Any) -> Any:
    """The entry that has the keyboard."""
    return page.locator(f"{TREE} .neoai-mod-cursor")


def choose(page: Any, name: str, label: str) -> None:
    """Pick an entry of the context menu."""
    item(page, name).click(button="right")
    menu_item(page, label).first.click()


def toast(page: Any, news: str) -> Any:
    return page.locator(".Toastify__toast", has_text=news)


def focus_tree(page: Any) -> None:
    page.locator(f"{TREE} [role=tree]").focus()


def drag(page: Any, source: Any, target: Any) -> None:
    """From the middle of one thing to that of another, as a hand does."""
    start, end = source.bounding_box(), target.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + 70, start["y"] + start["height"] / 2 + 8, steps=3)
    page.locator(".neoai-TreeDrag").wait_for()
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] / 2, steps=5)
    page.mouse.up()
