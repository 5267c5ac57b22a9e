"""Merging for a page that holds a document by itself, over REST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

TEXT = "a\nb\nc\nd\ne\n"


def three(**changed: Any) -> dict[str, Any]:
    return {"path": "p/a.txt", "base": TEXT, "mine": TEXT, "disk": TEXT, **changed}


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


async def test_both_sides_changes_come_back_and_what_they_replace_is_kept(
    call: Any, projects: Any, root: Path
) -> None:
    (root / "p").mkdir()
    project = (await call("POST", "/projects", {"path": "p"})).json["id"]
    mine, disk = TEXT.replace("a", "mine"), TEXT.replace("e", "disk")
    answer = await call("POST", "/collaboration/merge", three(mine=mine, disk=disk))
    assert answer.json == {"content": "mine\nb\nc\nd\ndisk\n", "conflicts": 0}
    (kept,) = (await call("GET", f"/projects/{project}/versions/a.txt")).json["items"]
    version = await call("GET", f"/projects/{project}/versions/a.txt?version={kept['id']}")
    assert version.body == mine.encode()


async def test_where_they_collide_there_is_no_content_until_somebody_chooses(call: Any) -> None:
    mine, disk = TEXT.replace("c", "mine"), TEXT.replace("c", "disk")
    answer = await call("POST", "/collaboration/merge", three(mine=mine, disk=disk))
    assert answer.json == {"content": None, "conflicts": 1}
    answer = await call("POST", "/collaboration/merge", three(mine=mine, disk=disk, choice="both"))
    assert answer.json["content"] == "a\nb\nmine\ndisk\nd\ne\n"


async def test_what_cannot_be_merged_is_said(call: Any, jp_serverapp: Any) -> None:
    assert (await call("POST", "/collaboration/merge", three(mine={}))).code == 400
    for content in ({}, {"cells": [], "nbformat": 3}):
        body = three(base=content, mine=content, disk=content)
        assert (await call("POST", "/collaboration/merge", body)).code == 400
    jp_serverapp.web_app.settings["neoai"].collaboration.merge_disk_changes = False
    answer = await call("POST", "/collaboration/merge", three())
    assert (answer.code, answer.json["type"].rpartition(":")[2]) == (409, "merging-off")
