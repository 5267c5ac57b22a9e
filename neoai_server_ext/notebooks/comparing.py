"""Which cells of two notebooks stand for each other, as nbdime aligns them.

Runs as a program of its own, so that a large notebook holds up nobody: two slim notebooks as a
line of JSON on standard input, their rows as a line on standard output.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

Notebook = dict[str, Any]
Cell = dict[str, Any]
Pair = tuple[int | None, int | None]
KEPT = ("id", "cell_type", "source")


def rows(
    base: Notebook, remote: Notebook, align: Callable[[Notebook, Notebook], list[Pair]]
) -> list[dict[str, Any]]:
    """The rows of a comparison, in order; see `models.NotebookRow`."""
    before, after = base["cells"], remote["cells"]
    pairs = align(base, remote)
    moved = _moved(pairs, before, after)
    found: list[dict[str, Any]] = []
    for i, j in pairs:
        if i is not None and j is not None:
            flags = _flags(before[i], after[j])
            kind = "changed" if any(flags.values()) else "same"
            found.append({"kind": kind, "base": i, "remote": j, **flags})
        elif i is not None:
            to = moved.get(i)
            kind = "removed" if to is None else "moved-away"
            found.append({"kind": kind, "base": i, "remote": to})
        elif j is not None:
            origin = next((one for one, other in moved.items() if other == j), None)
            if origin is None:
                found.append({"kind": "added", "base": None, "remote": j})
            else:
                flags = _flags(before[origin], after[j])
                found.append({"kind": "moved", "base": origin, "remote": j, **flags})
    return found


def by_nbdime(base: Notebook, remote: Notebook) -> list[Pair]:
    """The pairs of cells that nbdime aligns, by id first and by likeness then."""
    import nbformat
    from nbdime import diff_notebooks  # type: ignore[import-untyped]

    count = len(base["cells"])
    as_node: Any = nbformat.from_dict
    difference = diff_notebooks(as_node(base), as_node(remote))
    changes: Any = next((op.diff for op in difference if op.key == "cells"), ())
    added = {op.key: len(op.valuelist) for op in changes if op.op == "addrange"}
    removed = {
        place
        for op in changes
        if op.op == "removerange"
        for place in range(op.key, op.key + op.length)
    }
    pairs: list[Pair] = []
    there, come = 0, 0
    for here in range(count + 1):
        come += added.get(here, 0)
        if here in removed:
            pairs.append((here, None))  # before what came in its place
            continue
        pairs += [(None, there + place) for place in range(come)]
        there, come = there + come, 0
        if here < count:
            pairs.append((here, there))
            there += 1
    return pairs


def by_place(base: Notebook, remote: Notebook) -> list[Pair]:
    """The pairs of cells that have the same id, or the same source, in order: always quick."""
    from difflib import SequenceMatcher

    keys = [
        [str(cell.get("id") or cell["source"]) for cell in notebook["cells"]]
        for notebook in (base, remote)
    ]
    pairs: list[Pair] = []
    matcher = SequenceMatcher(None, keys[0], keys[1], autojunk=True)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            pairs += zip(range(i1, i2), range(j1, j2), strict=True)
        else:
            pairs += [(i, None) for i in range(i1, i2)] + [(None, j) for j in range(j1, j2)]
    return pairs


def _moved(pairs: list[Pair], before: list[Cell], after: list[Cell]) -> dict[int, int]:
    """Cells that are in both, elsewhere: of the same id, or the same source, if it is no trifle."""
    gone = [i for i, j in pairs if i is not None and j is None]
    come = [j for i, j in pairs if i is None and j is not None]
    found: dict[int, int] = {}
    for key_of in (_id, _text):
        known = {key_of(after[j]): j for j in reversed(come) if key_of(after[j])}
        for i in gone:
            key = key_of(before[i])
            if key and i not in found and key in known:
                found[i] = known.pop(key)
        come = [j for j in come if j not in found.values()]
    return found


def _id(cell: Cell) -> str:
    return str(cell.get("id") or "")


def _text(cell: Cell) -> str:
    source = str(cell["source"])
    return f"{cell['cell_type']} {source}" if len(source) > 20 else ""


def _flags(one: Cell, other: Cell) -> dict[str, bool]:
    """In what two slim cells differ."""
    return {
        "source": one["source"] != other["source"] or one["cell_type"] != other["cell_type"],
        "outputs": any(one.get(key) != other.get(key) for key in ("outputs", "attachments")),
        "metadata": one["metadata"] != other["metadata"],
        "execution_count": one.get("execution_count") != other.get("execution_count"),
    }


def slim(notebook: Notebook) -> Notebook:
    """The notebook with digests for everything but its sources: whether it is equal is all that
    is asked of outputs and metadata, and they may be anything, and large."""
    cells = [_slim(cell) for cell in notebook["cells"]]
    metadata = {"digest": _digest(notebook.get("metadata"))}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _slim(cell: Cell) -> Cell:
    found: Cell = {key: value for key, value in cell.items() if key in KEPT}
    found["metadata"] = {"digest": _digest(cell.get("metadata") or {})}
    if cell["cell_type"] == "code":
        outputs = [_uncounted(output) for output in cell.get("outputs") or ()]
        found["execution_count"] = cell.get("execution_count")
        found["outputs"] = [_stand_in(outputs)] if outputs else []
    if cell.get("attachments"):
        found["attachments"] = {"all": _stand_in(cell["attachments"])["data"]}
    return found


def _uncounted(output: Any) -> Any:
    if not isinstance(output, dict):
        return output
    return {key: output[key] for key in output if key not in ("execution_count", "metadata")}


def _stand_in(value: Any) -> dict[str, Any]:
    data = {"text/plain": _digest(value)}
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Answer each line, two notebooks as JSON, with a line."""
    for line in sys.stdin.buffer:
        base, remote = json.loads(line)
        answer = json.dumps(rows(base, remote, by_nbdime))
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
