"""Three-way merges: of texts by `git merge-file`, of notebooks cell by cell. Blocks."""

from __future__ import annotations

import copy
import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Literal

from .. import errors

Choice = Literal["mine", "disk", "both"]
Notebook = dict[str, Any]
Cell = dict[str, Any]
Content = str | Notebook

TIMEOUT_S = 60

TEXT_OPTIONS: dict[Choice | None, list[str]] = {
    None: [],
    "mine": ["--ours"],
    "disk": ["--theirs"],
    "both": ["--union"],
}


@dataclass(frozen=True)
class Merged:
    """What came of a merge; conflicts: how many places collide."""

    content: Content
    conflicts: int = 0


def merge(base: Content, mine: Content, disk: Content, choice: Choice | None = None) -> Merged:
    """Both sides' changes since `base` together. Where they collide, `choice` decides; without
    one the conflicts are counted, and the content is not to be used."""
    if isinstance(base, str) and isinstance(mine, str) and isinstance(disk, str):
        return _merge_texts(base, mine, disk, choice)
    assert isinstance(base, dict)
    assert isinstance(mine, dict)
    assert isinstance(disk, dict)
    return _merge_notebooks(base, mine, disk, choice)


def _merge_texts(base: str, mine: str, disk: str, choice: Choice | None) -> Merged:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for name, content in (("mine", mine), ("base", base), ("disk", disk)):
            path = Path(folder, name)
            path.write_bytes(content.encode("utf-8", "surrogatepass"))
            names.append(str(path))
        environment = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        result = subprocess.run(
            ["git", "merge-file", "-p", "-q", *TEXT_OPTIONS[choice], *names],
            capture_output=True,
            cwd=folder,
            env=environment,
            check=False,
            timeout=TIMEOUT_S,
        )
    if result.returncode < 0 or result.returncode > 127:
        return Merged(mine, 1)  # git cannot merge this, binary content for instance
    return Merged(result.stdout.decode("utf-8", "surrogatepass"), result.returncode)


def _merge_notebooks(
    base: Notebook, mine: Notebook, disk: Notebook, choice: Choice | None
) -> Merged:
    """Cell by cell, as their ids tell. nbdime merges lines of one cell into each other where the
    last has no line break, and has no answer for a cell that one side deleted and the other
    changed; here the changed one stays."""
    plain = any(_cells(notebook) is None for notebook in (base, mine, disk))
    if plain:
        base = _numbered(base, "base")
        mine, disk = (
            named_like(_numbered(side, name), base)
            for side, name in ((mine, "mine"), (disk, "disk"))
        )
    before, ours, theirs = (_cells(notebook) or {} for notebook in (base, mine, disk))
    listed = ["".join(f"{key}\n" for key in side) for side in (before, ours, theirs)]
    order = _merge_texts(listed[0], listed[1], listed[2], "both")
    assert isinstance(order.content, str)
    wanted = list(dict.fromkeys(order.content.split()))
    wanted += [key for key in before if key not in wanted and _survives(key, before, ours, theirs)]
    cells, conflicts = [], 0
    for key in wanted:
        cell, collides = _merge_cell(before.get(key), ours.get(key), theirs.get(key), choice)
        cells.append({name: cell[name] for name in cell if not plain or name != "id"})
        conflicts += collides
    rest = _merge_keys(base, mine, disk)
    metadata = _merge_keys(*(side.get("metadata") or {} for side in (base, mine, disk)))
    return Merged({**rest, "metadata": metadata, "cells": cells}, conflicts)


def _cells(notebook: Notebook) -> dict[str, Cell] | None:
    """The cells by id, in order; None where they have none, or the same."""
    cells = {str(cell.get("id")): cell for cell in notebook["cells"]}
    return cells if len(cells) == len(notebook["cells"]) and "None" not in cells else None


def _numbered(notebook: Notebook, name: str) -> Notebook:
    """A notebook whose cells have ids, by their places."""
    cells = [{**cell, "id": f"{name}{place}"} for place, cell in enumerate(notebook["cells"])]
    return {**notebook, "cells": cells}


def named_like(notebook: Notebook, other: Notebook) -> Notebook:
    """A notebook in which cells that stand for each other have the ids of the other's."""
    named = copy.deepcopy(notebook)
    cells, known = named["cells"], other["cells"]
    matcher = SequenceMatcher(None, _kinds(cells), _kinds(known), autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal" or (tag == "replace" and i2 - i1 == j2 - j1):
            for cell, like in zip(cells[i1:i2], known[j1:j2], strict=True):
                cell["id"] = like["id"]
    return named


def _kinds(cells: list[Cell]) -> list[tuple[str, str]]:
    return [(str(cell["cell_type"]), _source(cell)) for cell in cells]


def _survives(
    key: str, before: dict[str, Cell], ours: dict[str, Cell], theirs: dict[str, Cell]
) -> bool:
    """Whether a cell that one side deleted was changed by the other."""
    left = ours.get(key) or theirs.get(key)
    return left is not None and _source(left) != _source(before[key])


def _merge_cell(
    base: Cell | None, mine: Cell | None, disk: Cell | None, choice: Choice | None
) -> tuple[Cell, int]:
    if mine is None or disk is None or mine == disk:
        found = mine or disk or base
        assert found is not None
        return found, 0
    if base in (mine, disk):
        return (disk if mine == base else mine), 0
    text = _merge_texts(_source(base or {}), _source(mine), _source(disk), choice)
    side = disk if choice == "disk" or _source(disk) == text.content else mine
    metadata = _merge_keys(*(cell.get("metadata") or {} for cell in (base or {}, mine, disk)))
    return {**side, "source": text.content, "metadata": metadata}, text.conflicts


def _source(cell: Cell) -> str:
    return str(_joined(cell.get("source", "")))


def _merge_keys(base: Cell, mine: Cell, disk: Cell) -> Cell:
    """Key by key; where both sides changed one, mine stays."""
    merged = dict(mine)
    for key in {**base, **disk}:
        if mine.get(key) == base.get(key) and (key in mine) == (key in base):
            if key in disk:
                merged[key] = disk[key]
            else:
                merged.pop(key, None)
    return merged


def comparable(notebook: Notebook) -> Notebook:
    """A notebook as the file has it, whoever wrote it down: texts in one piece, and without the
    marks by which a page knows the outputs that it may run. Raises BadInput where it is none."""
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise errors.BadInput("This is no notebook: it has no list of cells.")
    if notebook.get("nbformat") != 4:
        raise errors.BadInput("Only notebooks of format 4 can be merged.")
    return {**notebook, "cells": [_comparable_cell(cell) for cell in cells]}


def _comparable_cell(cell: Cell) -> Cell:
    metadata = {name: value for name, value in _dict(cell.get("metadata")) if name != "trusted"}
    found = {"cell_type": "raw", **cell, "source": _source(cell), "metadata": metadata}
    if isinstance(cell.get("outputs"), list):
        found["outputs"] = [_comparable_output(output) for output in cell["outputs"]]
    return found


def _comparable_output(output: Any) -> Any:
    if not isinstance(output, dict):
        return output
    found = dict(output)
    if "text" in found:
        found["text"] = _joined(found["text"])
    if isinstance(found.get("data"), dict):
        found["data"] = {
            kind: value if kind.endswith("json") else _joined(value)
            for kind, value in found["data"].items()
        }
    return found


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) and all(map(_is_text, value)) else value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _dict(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def as_bytes(content: Content) -> bytes:
    """A content as its file has it."""
    if isinstance(content, str):
        return content.encode("utf-8", "surrogatepass")
    import nbformat

    return nbformat.writes(nbformat.from_dict(content)).encode()  # type: ignore[no-untyped-call,no-any-return]
