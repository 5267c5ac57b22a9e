"""Comparing notebooks cell by cell."""

from __future__ import annotations

import copy
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.notebooks.service import NotebookService

A, B, C = "import numpy as np\nimport os\n", "data = np.load('x.npy')\n", "print(data.mean())\n"


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@asynccontextmanager
async def comparer(timeout_s: float = 120.0) -> AsyncIterator[NotebookService]:
    """Compares, with all the time that a busy machine needs."""
    service = NotebookService(compare_timeout_s=timeout_s)
    try:
        yield service
    finally:
        await service.stop()


def notebook(*sources: str, ids: bool = True) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
        | {"execution_count": None}
        | ({"id": f"c{number}"} if ids else {})
        for number, source in enumerate(sources)
    ]
    minor = 5 if ids else 4
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


async def compared(base: Any, remote: Any) -> list[tuple[str, int | None, int | None]]:
    async with comparer() as service:
        found = await service.compare(base, remote)
    assert found.complete
    return [(row.kind, row.base, row.remote) for row in found.rows]


@pytest.mark.parametrize("ids", [True, False])
async def test_cells_are_aligned_and_told_apart(ids: bool) -> None:
    base = notebook(A, B, C, ids=ids)
    remote = notebook(A, B.replace("x.npy", "y.npy"), C, "new = 1\n", ids=ids)
    assert await compared(base, remote) == [
        ("same", 0, 0),
        ("changed", 1, 1),
        ("same", 2, 2),
        ("added", None, 3),
    ]
    assert await compared(remote, base) == [
        ("same", 0, 0),
        ("changed", 1, 1),
        ("same", 2, 2),
        ("removed", 3, None),
    ]


@pytest.mark.parametrize("ids", [True, False])
async def test_a_cell_that_stands_elsewhere_has_moved(ids: bool) -> None:
    base = notebook(A, B, C, ids=ids)
    remote = copy.deepcopy(base)
    remote["cells"].append(remote["cells"].pop(0))
    assert await compared(base, remote) == [
        ("moved-away", 0, 2),
        ("same", 1, 0),
        ("same", 2, 1),
        ("moved", 0, 2),
    ]


async def test_in_what_cells_differ_is_said_one_by_one() -> None:
    base = notebook(A, B, C, "x", "y")
    remote = copy.deepcopy(base)
    remote["cells"][0]["outputs"] = [stream("1")]
    remote["cells"][1]["metadata"] = {"tags": ["slow"]}
    remote["cells"][2]["execution_count"] = 7
    remote["cells"][3]["metadata"] = {"trusted": True}
    remote["cells"][4]["cell_type"] = "raw"
    remote["metadata"] = {"kernelspec": {"name": "python3"}}
    async with comparer() as service:
        found = await service.compare(base, remote)
    flags = [
        [
            name
            for name in ("source", "outputs", "metadata", "execution_count")
            if getattr(row, name)
        ]
        for row in found.rows[:4]
    ]
    assert flags == [["outputs"], ["metadata"], ["execution_count"], []]
    assert found.rows[3].kind == "same"
    assert found.metadata


async def test_twenty_megabytes_of_outputs_are_compared_quickly() -> None:
    base = notebook(*(f"cell number {number}\n" for number in range(100)))
    for cell in base["cells"]:
        cell["outputs"] = [stream("x" * 1000 + "\n") for _ in range(200)]
    remote = copy.deepcopy(base)
    remote["cells"][50]["outputs"][100]["text"] += "another"
    async with comparer() as service:
        await service.compare(notebook(A), notebook(B))  # it is loaded then
        began = time.monotonic()
        found = await service.compare(base, remote)
    assert [row.base for row in found.rows if row.outputs] == [50]
    assert found.complete
    assert time.monotonic() - began < 5


async def test_what_takes_nbdime_too_long_is_compared_all_the_same() -> None:
    base, remote = notebook(A, B, C), notebook(A, "other\n", C)
    remote["cells"].append(remote["cells"].pop(0))
    async with comparer(timeout_s=0.001) as service:
        found = await service.compare(base, remote)
    assert not found.complete
    assert [row.kind for row in found.rows] == ["moved-away", "changed", "same", "moved"]


async def test_the_operation_takes_notebooks_of_format_4_alone(call: Any) -> None:
    body = {"base": notebook(A), "remote": notebook(A, B)}
    answer = await call("POST", "/notebooks/compare", body)
    assert [row["kind"] for row in answer.json["rows"]] == ["same", "added"]
    for broken in ({}, {"cells": [], "nbformat": 3}, {"cells": [1], "nbformat": 4}):
        answer = await call("POST", "/notebooks/compare", {"base": broken, "remote": notebook(A)})
        assert answer.code == 400
    strange = notebook(A)
    strange["cells"][0]["outputs"] = [{"output_type": "display_data"}, "no output"]
    answer = await call("POST", "/notebooks/compare", {"base": strange, "remote": notebook(A, B)})
    assert answer.code == 200
