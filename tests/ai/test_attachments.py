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

from neoai_server_ext.ai.chat.attachments import (
    ELSEWHERE,
    EXCERPT,
    GONE,
    MAX_EXCERPT,
    NOT_HERE,
    Shelf,
)
from neoai_server_ext.ai.context import Part, Place
from neoai_server_ext.ai.context.place import PRIVATE
from neoai_server_ext.notebooks.sources import MAX_BYTES

PNG = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A served folder with a project, in which a folder is private."""
    for name in ("kitchen/pot.py", "kitchen/cellar/still.py", "other/own.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"# {name}\n")
    (tmp_path / "kitchen" / "way-out.py").symlink_to(tmp_path / "other" / "own.py")
    (tmp_path / "kitchen" / "image.bin").write_bytes(b"\x89PNG\0")
    (tmp_path / "kitchen" / "pot.png").write_bytes(PNG)
    (tmp_path / "kitchen" / "no.png").write_bytes(b"no picture")
    (tmp_path / "kitchen" / "link.py").symlink_to("cellar/still.py")
    os.mkfifo(tmp_path / "kitchen" / "pipe")
    return Shelf(tmp_path, Place(root=tmp_path / "kitchen", hidden=("cellar/",)))


def attached(shelf: Shelf, attachment: FileAttachment | NotebookAttachment) -> Part:
    (part,) = shelf.bring({"a": attachment}, ["a", "gone"]).parts
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
        ("/etc/hostname", NOT_HERE),
        ("missing", NOT_HERE),
        ("kitchen/missing", GONE),
        ("kitchen/no.png", "The picture is no png, jpeg, webp or gif."),
        ("http://127.0.0.1:8888/api/status", ELSEWHERE),
        ("file:///etc/hostname", ELSEWHERE),
        ("//elsewhere/x", ELSEWHERE),
        ("\0", NOT_HERE),
        ("kitchen/cellar/still.py", PRIVATE),
        ("kitchen/link.py", PRIVATE),
        ("kitchen/image.bin", "It is no text."),
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


def test_a_picture_goes_as_one_a_folder_is_looked_into_and_what_is_gone_is_said(
    shelf: Shelf,
) -> None:
    files = {name: FileAttachment(value=f"kitchen/{name}") for name in ("pot.png", "", "gone.py")}
    files["cellar"] = FileAttachment(value="kitchen/cellar")
    brought = shelf.bring(files, list(files))
    assert [image.data for image in brought.images] == [PNG]
    assert brought.folders == ["kitchen"]
    assert brought.missing == [
        f"`kitchen/gone.py`: {GONE}",
        "`kitchen/cellar`: It lies in a private project.",
    ]


@pytest.mark.parametrize(
    ("about", "part"),
    [
        ("kind=output; cell=3", ("attachment", "kitchen/pot.py, cell 3, what it put out")),
        ("kind=cell; cell=2", ("selection", "kitchen/pot.py, cell 2")),
        ("kind=variables", ("variables", "kitchen/pot.py")),
        ("kind=output; cell=\n## x", ("attachment", "kitchen/pot.py, what it put out")),
    ],
)
def test_what_the_page_brings_along_is_told_as_what_it_is_and_has_an_end(
    shelf: Shelf, about: str, part: tuple[str, str]
) -> None:
    content = "x" * (MAX_EXCERPT + 1)
    selection = AttachmentSelection(start=(0, 0), end=(0, 0), content=content)
    file = FileAttachment(
        value="kitchen/pot.py", mimetype=f"{EXCERPT}; {about}", selection=selection
    )
    found = attached(shelf, file)
    assert (found.kind, found.name) == part
    assert (len(found.text), found.note) == (MAX_EXCERPT, "1 characters at the end are left out.")


def test_what_the_page_brings_along_of_a_private_file_does_not_go_along(shelf: Shelf) -> None:
    selection = AttachmentSelection(start=(0, 0), end=(0, 0), content="secret")
    file = FileAttachment(value="kitchen/cellar/still.py", mimetype=EXCERPT, selection=selection)
    assert (attached(shelf, file).text, attached(shelf, file).note) == ("", PRIVATE)


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
