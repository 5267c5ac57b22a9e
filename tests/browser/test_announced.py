"""What a hub's admins announce is told in JupyterLab too, until it is dismissed or taken back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

from ..fakes.hub import Hub
from .test_accessibility import THEMES
from .test_server_end import TOAST, StartHub, is_under_hub, lab, start_hub  # noqa: F401

LONG = "Bring your laptops and their power supplies on Monday. " * 5


def announce(hub: Hub, text: str, level: str = "info", groups: tuple[str, ...] = ()) -> None:
    statement = (
        'INSERT INTO neoai_announcements (text, level, "groups", made_by, made_at) '
        "VALUES (?, ?, ?, 'root', '2026-11-28 10:00:00')"
    )
    database = sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite", timeout=30)
    with closing(database), database:
        database.execute(statement, (text, level, json.dumps(groups)))


def take_back(hub: Hub, text: str) -> None:
    database = sqlite3.connect(hub.folder / "hub-data" / "neoai_hub.sqlite", timeout=30)
    with closing(database), database:
        database.execute("DELETE FROM neoai_announcements WHERE text = ?", (text,))


def test_an_announcement_is_told_as_text_dismissed_for_good_and_taken_back(
    start_hub: StartHub,  # noqa: F811
    lab: Callable[..., Any],  # noqa: F811
    screenshot: Any,
) -> None:
    hub = start_hub()
    hub.ready("ann")
    page = lab(hub)
    is_under_hub(page)
    announce(hub, "Not for ann", groups=("others",))
    announce(hub, "Exam in <b>room</b> 5", "danger")
    announce(hub, "New GPUs on Monday", "warning")
    announce(hub, LONG)
    exam = page.locator(TOAST, has_text="Exam in <b>room</b> 5")
    exam.wait_for()
    gpus = page.locator(TOAST, has_text="New GPUs on Monday")
    gpus.wait_for()
    assert page.locator(TOAST, has_text="Not for ann").count() == 0

    page.get_by_role("button", name="Read All").wait_for()
    for theme in THEMES[:2]:
        page.evaluate(
            "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
        )
        page.wait_for_function("theme => document.body.dataset.jpThemeName === theme", arg=theme)
        screenshot(page, f"announced-{theme}")
    page.get_by_role("button", name="Read All").click()
    dialog = page.get_by_role("dialog")
    assert LONG.strip() in dialog.inner_text()
    page.keyboard.press("Escape")
    exam.get_by_role("button", name="Dismiss").focus()
    page.keyboard.press("Enter")
    exam.wait_for(state="detached")
    take_back(hub, "New GPUs on Monday")
    gpus.wait_for(state="detached")

    page.reload()
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)")
    is_under_hub(page)
    announce(hub, "Later")
    page.locator(TOAST, has_text="Later").wait_for()
    for told in (exam, gpus, page.locator(TOAST, has_text="laptops")):
        assert told.count() == 0
    hub.end("ann")
