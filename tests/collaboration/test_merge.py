"""Three-way merges of texts and notebooks."""

from __future__ import annotations

from typing import Any

import pytest

from neoai_server_ext import errors
from neoai_server_ext.collaboration.merge import comparable, merge


def notebook(*sources: str, ids: bool = True, **metadata: Any) -> dict[str, Any]:
    """A notebook of code cells, of a format with or without ids."""
    cells: list[dict[str, Any]] = []
    for number, source in enumerate(sources):
        cell: dict[str, Any] = {"cell_type": "code", "source": source, "metadata": {}}
        cell |= {"outputs": [], "execution_count": None}
        cells.append(cell | ({"id": f"cell{number}"} if ids else {}))
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5 if ids else 4}


def sources(content: Any) -> list[str]:
    return [cell["source"] for cell in content["cells"]]


@pytest.mark.parametrize("ids", [True, False])
def test_cells_that_only_one_side_changed_are_taken_from_it(ids: bool) -> None:
    base = notebook("a", "b", "c", "d", ids=ids)
    mine = notebook("a", "b mine", "c", "d", ids=ids)
    disk = notebook("a", "b", "c", "d disk", ids=ids)
    merged = merge(base, mine, disk)
    assert sources(merged.content) == ["a", "b mine", "c", "d disk"]
    assert merged.conflicts == 0
    assert all(("id" in cell) is ids for cell in merged.content["cells"])  # type: ignore[index]


@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize(
    ("choice", "source"), [("mine", "b mine"), ("disk", "b disk"), ("both", "b mine\nb disk")]
)
def test_a_choice_decides_colliding_lines_alone(ids: bool, choice: Any, source: str) -> None:
    base = notebook("a", "b", "c", ids=ids)
    mine = notebook("a mine", "b mine", "c", ids=ids)
    disk = notebook("a", "b disk", "c", ids=ids)
    assert merge(base, mine, disk).conflicts == 1
    assert sources(merge(base, mine, disk, choice).content) == ["a mine", source, "c"]


def test_a_cell_that_one_side_deleted_and_the_other_changed_stays() -> None:
    base, mine = notebook("a", "b"), notebook("a", "b changed")
    gone = notebook("a")
    assert sources(merge(base, mine, gone).content) == ["a", "b changed"]
    assert sources(merge(base, gone, mine).content) == ["a", "b changed"]
    assert sources(merge(base, base, gone).content) == ["a"]


def test_metadata_is_merged_key_by_key() -> None:
    base = notebook("a", kernelspec="old", shared=1)
    mine = notebook("a", kernelspec="old", shared=2, mine=True)
    disk = notebook("a", kernelspec="new", shared=3)
    merged: Any = merge(base, mine, disk).content
    assert merged["metadata"] == {"kernelspec": "new", "shared": 2, "mine": True}


def test_texts_keep_their_last_line_without_a_break_and_odd_characters() -> None:
    merged = merge("a\nb\nc", "a mine\nb\nc", "a\nb\nc ü\ud800")
    assert merged.content == "a mine\nb\nc ü\ud800"
    assert merged.conflicts == 0


def test_how_a_notebook_was_written_down_is_no_change() -> None:
    """The page has texts in one piece and its own marks of trust; the file has neither."""
    base = notebook("a\nb", "c")
    base["cells"][0]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1\n2\n"}]
    disk = notebook("a\nb", "c")
    disk["cells"][0]["source"] = ["a\n", "b"]
    disk["cells"][0]["metadata"] = {"trusted": True}
    disk["cells"][0]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]}
    ]
    assert comparable(disk) == base


@pytest.mark.parametrize(
    "content", [{}, {"cells": 1}, {"cells": [1], "nbformat": 4}, {"cells": [], "nbformat": 3}]
)
def test_what_is_no_notebook_is_refused(content: Any) -> None:
    with pytest.raises(errors.BadInput):
        comparable(content)
