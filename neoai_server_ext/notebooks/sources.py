"""Notebooks as text, for models and for the search: their cells' sources, without the outputs."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from .. import errors

MAX_BYTES = 20_000_000
CELL = re.compile(r"^# %% (\w+) \d+$", re.MULTILINE)
"""The line above a cell's source, with the cell's type."""


def is_notebook(path: str) -> bool:
    """Whether a file is one by its name."""
    return path.lower().endswith(".ipynb")


def read_at_most(path: str, most: int) -> int:
    """How many bytes of a file to read where `most` of its text are enough: a notebook is read
    whole, since a part of it cannot be told from its outputs."""
    return MAX_BYTES + 1 if is_notebook(path) else most


@dataclass(frozen=True)
class Sources:
    """A notebook's sources as text and the language of its code, or another file's text."""

    text: str
    language: str = ""


def as_text(path: str, text: str, cells: Container[str] = ()) -> str:
    """A notebook's sources, each below a line `# %% type number`, with an empty line between. Any
    other file, and what has the name only, stays as it is.

    cells: the ids of the cells that are wanted; all where there are none. `cellAt` of the lab
    extension finds a line's cell again. Raises TooLarge. Blocks.
    """
    return read(path, text, cells).text


def read(path: str, text: str, cells: Container[str] = ()) -> Sources:
    """The same as `as_text`, with the language. Raises TooLarge. Blocks."""
    if not is_notebook(path):
        return Sources(text)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise errors.TooLarge(f"The notebook has more than {MAX_BYTES:,} bytes with its outputs.")
    try:
        notebook = json.loads(text.removeprefix("\ufeff"))
        shown = [
            f"# %% {cell['cell_type']} {number}\n{_source(cell)}"
            for number, cell in enumerate(_cells(notebook), 1)
            if not cells or cell.get("id") in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Sources(text)
    return Sources("\n\n".join(shown), _language(notebook))


def _language(notebook: dict[str, Any]) -> str:
    """As what ran it says, else as its kernel does; Python where neither does."""
    for part, key in (("language_info", "name"), ("kernelspec", "language")):
        try:
            name = notebook["metadata"][part][key]
        except (KeyError, TypeError):
            continue
        if isinstance(name, str) and name:
            return name
    return "python"


def _cells(notebook: Any) -> Iterator[Any]:
    """Of the third format too, which JupyterLab still opens: it has them in worksheets."""
    if "cells" in notebook:
        yield from notebook["cells"]
    else:
        for sheet in notebook["worksheets"]:
            yield from sheet["cells"]


def _source(cell: Any) -> str:
    source = cell["source"] if "source" in cell else cell["input"]
    return "".join(source).replace("\r\n", "\n")
