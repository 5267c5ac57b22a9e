"""The status bar's item of the search index: how it stands, pausing it and making it anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import LabServer, NewPage, until
from .projects import Registry
from .test_accessibility import AXE, THEMES, check

STATUS = ".neoai-IndexStatus:visible"
POPUP = ".neoai-IndexPopup"


@pytest.fixture
def registry(server: LabServer) -> Iterator[Registry]:
    found = Registry(server)
    found.clear()
    yield found
    found.clear()


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> str:
    """A folder of this test's own: an index stays when its project goes."""
    return f"kitchen-{request.node.name[:40].strip('_')}-{len(request.node.name)}"


@pytest.fixture
def kitchen(registry: Registry, folder: str) -> str:
    """A project with two files."""
    project = str(registry.add(folder, "Kitchen")["id"])
    registry.put(project, "water.py", b"def boil_water(pot):\n    return pot\n")
    registry.put(project, "README.md", b"# Kitchen\nBoil water.\n")
    return project


def state(registry: Registry, project: str) -> Any:
    return registry.call("GET", f"/ai/index/{project}")


def found(registry: Registry, project: str, query: str) -> list[str]:
    body = {"project_id": project, "query": query}
    return [item["path"] for item in registry.call("POST", "/ai/search", body)["items"]]


def show(page: Any) -> Any:
    page.locator(STATUS).click()
    popup = page.locator(POPUP)
    popup.wait_for()
    return popup


def test_a_project_is_indexed_when_it_is_opened_and_its_index_is_paused_and_made_anew(
    new_page: NewPage, registry: Registry, kitchen: str, folder: str, screenshot: Any
) -> None:
    page = new_page(path=folder)
    until(lambda: state(registry, kitchen)["state"] == "ready", "the project is indexed")
    popup = show(page)
    until(lambda: "Up to date" in popup.inner_text(), "the popup says that all is well")
    assert "Search index of Kitchen" in popup.inner_text()
    assert popup.locator("dd").first.inner_text() == "2"
    screenshot(page, "search-index")

    popup.get_by_role("button", name="Pause").click()
    popup.get_by_role("button", name="Resume").wait_for()
    assert page.locator(STATUS).inner_text() == "Index paused"
    registry.put(kitchen, "cellar.py", b"wine = 1\n")
    assert found(registry, kitchen, "wine") == []

    popup.get_by_role("button", name="Resume").click()
    popup.get_by_role("button", name="Pause").wait_for()
    until(lambda: found(registry, kitchen, "wine") == ["cellar.py"], "it has caught up")

    popup.get_by_role("button", name="Rebuild").click()
    until(lambda: popup.locator("dd").first.inner_text() == "3", "it is made anew")
    page.keyboard.press("Escape")
    popup.wait_for(state="detached")
    assert page.evaluate("document.activeElement.className").count("neoai-IndexStatus")


def test_progress_is_shown_while_many_files_are_read_and_can_be_cancelled(
    new_page: NewPage,
    registry: Registry,
    server: LabServer,
    kitchen: str,
    folder: str,
    screenshot: Any,
) -> None:
    server.set("@neoai/lab/search-index.jupyterlab-settings", {"indexWhenOpened": False})
    page = new_page(path=folder)
    popup = show(page)
    assert "There is no index yet" in popup.inner_text()
    for number in range(1500):
        text = f"def walk{number}(dog):\n    return dog\n\n\n" * 50
        (server.root / folder / f"m{number}.py").write_text(text)
    popup.get_by_role("button", name="Index Now").click()
    popup.locator("progress").wait_for()
    until(lambda: page.locator(STATUS).inner_text().startswith("Indexing"), "progress is shown")
    screenshot(page, "search-index-progress")
    popup.get_by_role("button", name="Cancel").click()
    popup.locator("progress").wait_for(state="detached")
    assert state(registry, kitchen)["files"] < 1502


@pytest.mark.parametrize("theme", THEMES)
def test_the_popup_is_accessible_in_every_theme_and_fits_a_narrow_window(
    new_page: NewPage,
    registry: Registry,
    server: LabServer,
    kitchen: str,
    folder: str,
    screenshot: Any,
    theme: str,
) -> None:
    server.set("@jupyterlab/apputils-extension/themes.jupyterlab-settings", {"theme": theme})
    broken: list[str] = []
    for width in (1280, 480):
        page = new_page(path=folder, width=width)
        page.add_script_tag(path=str(AXE))
        until(lambda: state(registry, kitchen)["state"] == "ready", "the project is indexed")
        box = show(page).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        broken += check(page)
        screenshot(page, f"search-index-{theme}-{width}")
        page.close()
    assert not broken, "\n".join(broken)
