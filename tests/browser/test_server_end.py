"""A hub ends a user's server: that is said before, all is saved, and the next page says why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ..conftest import require
from ..fakes.hub import Hub
from .conftest import COLLABORATION, COLLABORATION_IN_LAB, PATIENCE_S, QUIET
from .monaco import open_in_monaco
from .test_accessibility import AXE, THEMES, check

CONFIG = """
from neoai_hub.config import configure
configure(c, {{
    "hub": {{"bind_url": c.JupyterHub.bind_url}},
    "spawner": {{"kind": "local"}},
    "quotas": {{"heartbeat_s": 1}},
    "gpus": {{"discover": False}},
    "admin": {{"enabled": False}},
    "culling": {culling!r},
}})
c.JupyterHub.authenticator_class = "jupyterhub.auth.DummyAuthenticator"
"""
TOAST = ".Toastify__toast"
STATUS = ".neoai-SessionStatus:visible"
NO_AUTOSAVE = {
    **QUIET,
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "one",
            "metadata": {},
            "outputs": [],
            "source": "1 + 1",
        }
    ],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
StartHub = Callable[..., Hub]


@pytest.fixture
def start_hub(_parts: None, tmp_path: Path) -> Iterator[StartHub]:
    """`start_hub(culling=…, collaborative=…)`: a hub at which ann's server is ready."""
    require("hub's proxy")
    started: list[Hub] = []

    def start(culling: dict[str, Any] | None = None, collaborative: bool = True) -> Hub:
        hub = Hub(tmp_path, CONFIG.format(culling=culling or {}))
        started.append(hub)
        hub.start()
        hub.until(lambda: "neoai_quotas" in tables(hub), "the hub's tables are there")
        _prepare(home(hub), collaborative)
        hub.add("ann")
        return hub

    yield start
    for hub in started:
        hub.stop()


def home(hub: Hub) -> Path:
    """The folder that ann's server serves."""
    return hub.folder / "hub-data" / "homes" / "ann"


def _prepare(folder: Path, collaborative: bool) -> None:
    """Settings of JupyterLab: nothing is saved by itself."""
    jupyter = folder / ".jupyter"
    for name, value in NO_AUTOSAVE.items():
        file = jupyter / "lab" / "user-settings" / name
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(value))
    config: dict[str, Any] = {"LabApp": {"expose_app_in_browser": True}}
    if not collaborative:
        config["ServerApp"] = {"jpserver_extensions": dict.fromkeys(COLLABORATION, False)}
        (jupyter / "labconfig").mkdir()
        disabled = {"disabledExtensions": dict.fromkeys(COLLABORATION_IN_LAB, True)}
        (jupyter / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
    (jupyter / "jupyter_server_config.json").write_text(json.dumps(config))


def _database(hub: Hub) -> sqlite3.Connection:
    return sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite", timeout=30)


def tables(hub: Hub) -> set[str]:
    """Those that the hub has made."""
    with _database(hub) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master")}


def allow(hub: Hub, seconds: float) -> None:
    """Set how long servers may run in a day."""
    with _database(hub) as database:
        database.execute("DELETE FROM neoai_quotas")
        database.execute(
            'INSERT INTO neoai_quotas (scope, name, kind, shared, "limit", "window") '
            "VALUES ('default', 'default', 'server-hours', 0, ?, '24h')",
            (seconds / 3600,),
        )


@pytest.fixture
def lab(chromium: Any) -> Iterator[Callable[..., Any]]:
    """`lab(hub)`: JupyterLab as ann, who has signed in at the hub."""
    contexts: list[Any] = []

    def lab(hub: Hub) -> Any:
        context = chromium.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        context.set_default_timeout(PATIENCE_S * 1000)
        page = context.new_page()
        page.goto(f"{hub.url}/hub/login?next=/user/ann/lab")
        page.fill("#username_input", "ann")
        page.fill("#password_input", "password-of-the-tests")
        page.click("#login_submit")
        page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
        page.wait_for_selector(".jp-Launcher")
        return page

    yield lab
    for context in contexts:
        context.close()


def is_under_hub(page: Any) -> None:
    """Wait until the page knows that a hub can end its server."""
    page.wait_for_function("window.jupyterapp.commands.isEnabled('neoai:show-server-end')")


def reason(hub: Hub) -> str:
    """What the page before the next start says."""
    client = hub.browser("ann")
    try:
        return client.get("/hub/spawn").text
    finally:
        client.close()


@pytest.mark.parametrize("collaborative", [True, False])
def test_when_a_quota_runs_out_it_is_said_before_and_all_is_saved(
    start_hub: StartHub, lab: Callable[..., Any], collaborative: bool, screenshot: Any
) -> None:
    hub = start_hub(collaborative=collaborative)
    allow(hub, 250)
    for name in ("hello.py", "left.py"):
        (home(hub) / name).write_text("first = 1\n")
    (home(hub) / "n.ipynb").write_text(json.dumps(NOTEBOOK))
    hub.ready("ann")
    page = lab(hub)

    toast = page.locator(TOAST, has_text="Server hours run out in about")
    toast.wait_for()
    assert "your work is saved" in toast.inner_text()
    assert toast.get_by_role("button", name="Keep Working").count() == 0
    page.wait_for_function("document.querySelector('.neoai-SessionStatus')?.dataset.state")
    assert page.locator(STATUS).inner_text().startswith("Stops in ")
    assert "The server stops in" in str(page.locator(STATUS).get_attribute("title"))

    if collaborative:
        gone = lab(hub)
        open_in_monaco(gone, "left.py")
        gone.keyboard.press("Control+End")
        gone.keyboard.insert_text("left = 'by a page that is closed'\n")
        shared = "window.jupyterapp.shell.currentWidget.context.model.sharedModel.getSource()"
        gone.wait_for_function(f"{shared}.includes('left')")
        gone.wait_for_timeout(0)
        gone.context.close()
    open_in_monaco(page, "hello.py")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("unsaved = 'file'\n")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:open', {path: 'n.ipynb'})")
    page.wait_for_selector(".jp-Notebook .jp-Cell .cm-content")
    page.click(".jp-Notebook .jp-Cell .cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.insert_text(" # unsaved notebook")
    page.wait_for_selector(".lm-TabBar-tab.jp-mod-current.jp-mod-dirty")
    assert "unsaved" not in (home(hub) / "hello.py").read_text()
    assert "unsaved" not in (home(hub) / "n.ipynb").read_text()

    allow(hub, 1)
    page.locator(TOAST, has_text="Everything is saved; the server stops now.").wait_for()
    screenshot(page, f"server-end-saved-{'rooms' if collaborative else 'plain'}")
    hub.gone("ann")

    assert (home(hub) / "hello.py").read_text() == "first = 1\nunsaved = 'file'\n"
    assert "unsaved notebook" in (home(hub) / "n.ipynb").read_text()
    if collaborative:
        assert "a page that is closed" in (home(hub) / "left.py").read_text()
    said = reason(hub)
    assert "Server hours have run out" in said
    assert "Not saved" not in said
    assert "may be lost" not in said


def test_an_idle_server_is_kept_by_who_says_so_and_ends_where_nobody_does(
    start_hub: StartHub, lab: Callable[..., Any]
) -> None:
    hub = start_hub(culling={"idle_s": 40})
    hub.ready("ann")
    page = lab(hub)
    is_under_hub(page)

    idle = page.locator(TOAST, has_text="Nothing has been done here for a while")
    keep = idle.get_by_role("button", name="Keep Working")
    keep.wait_for()
    keep.focus()
    page.keyboard.press("Enter")
    idle.wait_for(state="detached")
    page.wait_for_selector(STATUS, state="detached")

    idle.wait_for()
    hub.gone("ann")
    assert "nothing had been done on it for 40 seconds" in reason(hub)


def test_what_is_said_of_the_end_can_be_seen_read_and_reached_by_keys(
    start_hub: StartHub, lab: Callable[..., Any], screenshot: Any
) -> None:
    hub = start_hub(culling={"idle_s": 1200, "warn_minutes": [15]})
    allow(hub, 290)
    hub.ready("ann")
    page = lab(hub)
    page.locator(TOAST, has_text="Server hours").wait_for()
    assert page.locator(f"{TOAST} [role=alert]").count() >= 1
    page.add_script_tag(path=str(AXE))
    broken = []
    for theme in THEMES:
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        broken += [f"{theme}: {line}" for line in check(page)]
        for width in (1280, 420):
            page.set_viewport_size({"width": width, "height": 720})
            screenshot(page, f"server-end-{theme}-{width}")
        page.set_viewport_size({"width": 1280, "height": 720})
    assert not broken, "\n".join(broken)

    page.locator(STATUS).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert "Server hours run out" in dialog.inner_text()
    screenshot(page, "server-end-dialog")
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
