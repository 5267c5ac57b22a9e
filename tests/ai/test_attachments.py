"""What is attached to a message, where others may write in the chat too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from jupyterlab_chat.models import (
    AttachmentSelection,
    FileAttachment,
    NotebookAttachment,
    NotebookAttachmentCell,
)

from neoai_server_ext.ai.chat.attachments import NOT_HERE, Shelf
from neoai_server_ext.ai.context import Part, Place
from neoai_server_ext.ai.context.place import PRIVATE
from neoai_server_ext.notebooks.sources import MAX_BYTES


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A served folder with a project, in which a folder is private."""
    for name in ("kitchen/pot.py", "kitchen/cellar/still.py", "other/own.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "kitchen" / "way-out.py").symlink_to(tmp_path / "other" / "own.py")
    (tmp_path / "kitchen" / "image.png").write_bytes(b"\x89PNG\0")
    (tmp_path / "kitchen" / "link.py").symlink_to("cellar/still.py")
    os.mkfifo(tmp_path / "kitchen" / "pipe")
    return Shelf(tmp_path, Place(root=tmp_path / "kitchen", hidden=("cellar/",)))


def attached(shelf: Shelf, attachment: FileAttachment | NotebookAttachment) -> Part:
    (part,) = shelf.parts({"a": attachment}, ["a", "gone"])
    return part


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("kitchen/pot.py", ""),
        ("other/../kitchen/pot.py", ""),
        ("other/own.py", NOT_HERE),
        ("kitchen/../other/own.py", NOT_HERE),
        ("kitchen/way-out.py", NOT_HERE),
        ("kitchen/pipe", NOT_HERE),
        ("kitchen", NOT_HERE),
        ("/etc/hostname", NOT_HERE),
        ("missing", NOT_HERE),
        ("\0", NOT_HERE),
        ("kitchen/cellar/still.py", PRIVATE),
        ("kitchen/link.py", PRIVATE),
        ("kitchen/image.png", "It is no text."),
    ],
)
def test_only_what_lies_in_the_project_and_is_not_private_goes_along(
    shelf: Shelf, path: str, note: str
) -> None:
    part = attached(shelf, FileAttachment(value=path))
    assert (part.note, bool(part.text)) == (note, not note)


def test_nothing_goes_along_where_the_place_is_not_known(shelf: Shelf) -> None:
    part = attached(Shelf(shelf.served, Place()), FileAttachment(value="kitchen/pot.py"))
    assert (part.text, part.note) == ("", NOT_HERE)


def test_a_selection_is_what_is_meant_and_not_all_of_the_file(shelf: Shelf) -> None:
    selection = AttachmentSelection(start=(4, 0), end=(5, 1), content="pot.heat()\n")
    part = attached(shelf, FileAttachment(value="kitchen/pot.py", selection=selection))
    assert part == Part("selection", "kitchen/pot.py:5", "pot.heat()\n")


def test_of_a_notebook_the_cells_sources_go_along_the_chosen_ones_where_some_are(
    shelf: Shelf,
) -> None:
    cells = [
        {"id": "a", "cell_type": "code", "source": "x = 1", "outputs": [{"text": "x" * 9000}]},
        {"id": "b", "cell_type": "markdown", "source": ["# Title\n", "Text"]},
    ]
    (shelf.served / "kitchen" / "n.ipynb").write_text(json.dumps({"cells": cells}))
    whole = attached(shelf, NotebookAttachment(value="kitchen/n.ipynb"))
    assert whole.text == "# %% code 1\nx = 1\n\n# %% markdown 2\n# Title\nText"
    chosen = [NotebookAttachmentCell(id="b", input_type="markdown")]
    one = attached(shelf, NotebookAttachment(value="kitchen/n.ipynb", cells=chosen))
    assert one.text == "# %% markdown 2\n# Title\nText"
    # as the chat's picker of files names it
    assert attached(shelf, FileAttachment(value="kitchen/n.ipynb")) == whole


def test_of_a_notebook_with_large_outputs_the_sources_go_along_too(shelf: Shelf) -> None:
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [{"image/png": "iVBOR" * 500_000}]}
    notebook = shelf.served / "kitchen" / "n.ipynb"
    notebook.write_text(json.dumps({"cells": [cell]}))
    assert attached(shelf, FileAttachment(value="kitchen/n.ipynb")).text == "# %% code 1\nx = 1"
    with notebook.open("a") as file:
        file.write(" " * MAX_BYTES)
    part = attached(shelf, FileAttachment(value="kitchen/n.ipynb"))
    assert (part.text, "more than 20,000,000 bytes" in part.note) == ("", True)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', "[" * 50_000, '{"cells": [1]}'])
def test_what_is_no_notebook_goes_along_as_it_is(shelf: Shelf, text: str) -> None:
    (shelf.served / "kitchen" / "n.ipynb").write_text(text)
    assert attached(shelf, NotebookAttachment(value="kitchen/n.ipynb")).text == text
