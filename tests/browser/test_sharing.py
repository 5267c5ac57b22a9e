"""Sharing in JupyterLab: the owner's dialog, a viewer's copy, an editor's room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE_S, TOKEN, LabServer, running_lab, until
from .monaco import text_of
from .projects import Registry, choose, names, run, show_panel

# `TOKEN`, by which the tests themselves ask the server, is the owner's.
PEOPLE = {
    TOKEN: {"name": "olga"},
    "token-vera": {"name": "vera"},
    "token-edna": {"name": "edna", "groups": ["team"]},
}
PROVIDER = "--ServerApp.identity_provider_class=tests.fakes.identity.PeopleByToken"


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """JupyterLab where people sign in by name; it is Olga's."""
    config = {
        "PeopleByToken": {"people": PEOPLE},
        "ProjectAuthorizer": {"owners": ["olga"]},
    }
    home = tmp_path_factory.mktemp("shared") / "home"
    with running_lab(home, PROVIDER, config=config) as server:
        yield server


@pytest.fixture
def lab(shared_lab: LabServer) -> LabServer:
    """It without projects and with the default settings."""
    Registry(shared_lab).clear()
    shared_lab.reset_settings()
    return shared_lab


Enter = Callable[..., Any]


@pytest.fixture
def enter(lab: LabServer, chromium: Any) -> Iterator[Enter]:
    """`enter("token-vera")`: the lab as Vera sees it."""
    contexts: list[Any] = []

    def open_page(token: str = TOKEN, width: int = 1280, height: int = 800) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.goto(f"{lab.url}lab?token={token}&reset")
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        return page

    yield open_page
    for context in contexts:
        context.close()


def add(lab: LabServer, path: str, **files: str) -> Any:
    folder = lab.root / path
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)
    return Registry(lab).add(path)


def share(lab: LabServer, project: Any, role: str, **whom: str) -> None:
    Registry(lab).call("POST", f"/projects/{project['id']}/share", {"role": role, **whom})


def open_file(page: Any, path: str) -> None:
    page.evaluate(
        "path => void window.jupyterapp.commands.execute('docmanager:open', {path})", path
    )


def rows(page: Any) -> list[str]:
    """Who is listed in the dialog, with the role."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.neoai-Share-row')].map(row =>
            row.dataset.who + ' ' + (row.querySelector('select')?.value ?? 'fixed'))"""
    )
    return found


def listed(page: Any, *expected: str) -> None:
    """Wait until the dialog lists these."""
    until(lambda: rows(page) == list(expected), f"the dialog lists {expected}")


def banner(page: Any, text: str) -> Any:
    found = page.locator(".neoai-Banner:visible", has_text=text)
    found.wait_for()
    return found


def test_an_owner_shares_changes_and_takes_back_with_the_keyboard_alone(
    lab: LabServer, enter: Enter, screenshot: Callable[..., Path]
) -> None:
    add(lab, "sales")
    page = enter()
    show_panel(page)
    choose(page, "sales", "Share Project")
    listed(page, "olga fixed")
    page.wait_for_function("document.activeElement.matches('.neoai-Share-name')")

    page.keyboard.type("vera")
    page.keyboard.press("Enter")
    listed(page, "olga fixed", "vera viewer")
    assert page.get_by_role("status").filter(has_text="vera is now: Viewer.").count() == 1
    page.get_by_label("User or group").select_option("group")
    page.get_by_role("textbox", name="Name of the group").fill("team")
    page.keyboard.press("Enter")
    listed(page, "olga fixed", "vera viewer", "group:team viewer")
    page.get_by_label("Role of vera").select_option("editor")
    listed(page, "olga fixed", "vera editor", "group:team viewer")
    screenshot(page, "share-dialog")

    page.get_by_label("Remove vera").focus()
    page.keyboard.press("Enter")
    listed(page, "olga fixed", "group:team viewer")
    page.wait_for_function("document.activeElement.matches('.neoai-Share-name')")
    page.get_by_role("textbox", name="Name of the group").fill(" ")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_selector(".neoai-ShareDialog", state="detached")


def test_an_error_is_told_in_the_dialog(lab: LabServer, enter: Enter) -> None:
    project = add(lab, "sales")
    page = enter()
    show_panel(page)
    choose(page, "sales", "Share Project")
    listed(page, "olga fixed")
    Registry(lab).call("DELETE", f"/projects/{project['id']}")
    page.keyboard.type("vera")
    page.keyboard.press("Enter")
    alert = page.locator(".neoai-Share-error", has_text="There is no such project")
    alert.wait_for()
    assert page.locator(".neoai-Share-name").input_value() == "vera"


def test_a_viewer_has_a_copy_that_follows_the_disk(
    lab: LabServer, enter: Enter, screenshot: Callable[..., Path]
) -> None:
    project = add(lab, "sales", x="one\n")
    add(lab, "private", p="secret")
    share(lab, project, "viewer", user="vera")
    page = enter("token-vera")
    show_panel(page)
    until(lambda: names(page) == ["sales"], "only the shared project is listed")
    assert page.locator(".neoai-Project-detail", has_text="Viewer").count() == 1
    assert not page.evaluate("window.jupyterapp.commands.isEnabled('neoai:new-project')")
    share_it = "window.jupyterapp.commands.isEnabled('neoai:share-project', {id: '%s'})"
    assert not page.evaluate(share_it % project["id"])

    assert not [said for said in page.complaints if "Error activating" in said]
    open_file(page, "sales/x.txt")
    page.wait_for_selector(".neoai-Editor .view-line")
    banner(page, "Read-only: you are a viewer")
    page.locator(".neoai-Editor .view-line").first.click()
    page.keyboard.type("mine")
    assert text_of(page) == "one\n"
    (lab.root / "sales/x.txt").write_text("one\ntwo\n")
    until(lambda: text_of(page) == "one\ntwo\n", "the copy follows the file")
    screenshot(page, "viewer")
    asked = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    assert not [address for address in asked if "api/collaboration" in address]

    share(lab, project, "editor", user="vera")
    banner(page, "You may edit this file now.").get_by_role("button", name="Reopen").focus()
    page.keyboard.press("Enter")  # Monaco's own word about its being read-only lies over the button
    page.locator(".neoai-Banner:visible").wait_for(state="hidden")
    page.wait_for_selector(".neoai-Editor .view-line")
    until(lambda: text_of(page) == "one\ntwo\n", "the document is there")
    page.locator(".neoai-Editor .view-line").first.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("zero ")
    until(
        lambda: (lab.root / "sales/x.txt").read_text() == "zero one\ntwo\n",
        "what an editor writes is saved",
        30,
    )

    Registry(lab).call("DELETE", f"/projects/{project['id']}/collaborators/vera")
    banner(page, "You have no access to this file any more.")
    page.locator(".neoai-Editor .view-line").first.click()
    page.keyboard.type("more")
    assert text_of(page) == "zero one\ntwo\n"


NOTEBOOK = """{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": "1 + 1",
    "outputs": [], "execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""


def test_a_notebook_opens_for_a_viewer_without_a_kernel_and_without_a_complaint(
    lab: LabServer, enter: Enter, screenshot: Callable[..., Path]
) -> None:
    project = add(lab, "sales")
    (lab.root / "sales/n.ipynb").write_text(NOTEBOOK)
    share(lab, project, "viewer", group="team")
    page = enter("token-edna")
    open_file(page, "sales/n.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    banner(page, "Read-only: you are a viewer")
    (lab.root / "sales/n.ipynb").write_text(NOTEBOOK.replace("1 + 1", "2 + 2"))
    page.locator(".jp-Notebook .jp-Cell", has_text="2 + 2").wait_for()
    assert page.locator(".jp-Dialog").count() == 0
    screenshot(page, "viewer-notebook")
    run(page, "neoai:show-projects")


def test_where_everybody_is_the_owner_the_dialog_says_that_roles_have_no_effect(
    server: LabServer, page: Any
) -> None:
    registry = Registry(server)
    registry.clear()
    registry.add("alone")
    show_panel(page)
    choose(page, "alone", "Share Project")
    page.locator(".neoai-Share-note", has_text="Roles take effect where").wait_for()
    page.keyboard.press("Escape")
    registry.clear()
