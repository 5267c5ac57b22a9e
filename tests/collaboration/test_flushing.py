# ruff: noqa: F401, F811 - fixtures of the rooms' own tests
"""Before a server ends, its rooms save what they hold back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .test_rooms import (
    TEXT,
    Opened,
    db_url,
    guarded,
    jp_server_config,
    opened,
    rooms,
    type_into,
)


@pytest.fixture
def service(jp_serverapp: Any) -> Any:
    return jp_serverapp.web_app.settings["neoai"].collaboration


async def test_what_no_room_has_saved_by_itself_is_saved(
    opened: Opened, service: Any, jp_root_dir: Path
) -> None:
    for name in ("a.py", "b.py", "same.py"):
        (jp_root_dir / name).write_text(TEXT)
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (jp_root_dir / "n.ipynb").write_text(json.dumps(notebook))
    first, second = await opened("a.py"), await opened("b.py")
    await opened("same.py")
    before = (jp_root_dir / "same.py").stat().st_mtime_ns
    book = await opened("n.ipynb", "notebook")
    type_into(first, "line 2", "edited")
    type_into(second, "line 3", "too")
    book.append_cell(
        {
            "cell_type": "code",
            "source": "print(1)",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
    )

    assert await service.save_all() == []

    assert "edited" in (jp_root_dir / "a.py").read_text()
    assert "too" in (jp_root_dir / "b.py").read_text()
    assert json.loads((jp_root_dir / "n.ipynb").read_text())["cells"][-1]["source"] == ["print(1)"]
    assert (jp_root_dir / "same.py").stat().st_mtime_ns == before


async def test_what_cannot_be_saved_is_named_and_the_rest_is_saved(
    opened: Opened, service: Any, jp_root_dir: Path
) -> None:
    for name in ("gone/a.py", "b.py"):
        (jp_root_dir / name).parent.mkdir(exist_ok=True)
        (jp_root_dir / name).write_text(TEXT)
    type_into(await opened("gone/a.py"), "line 2", "edited")
    type_into(await opened("b.py"), "line 3", "too")
    (jp_root_dir / "gone" / "a.py").unlink()
    (jp_root_dir / "gone").rmdir()
    (jp_root_dir / "gone").write_text("a file in its place")

    assert await service.save_all() == ["gone/a.py"]
    assert "too" in (jp_root_dir / "b.py").read_text()


async def test_without_rooms_there_is_nothing_to_save(rooms: Any, service: Any) -> None:
    assert await service.save_all() == []
