"""Changes on disk against unsaved edits, in real rooms of a real server: what
jupyter-collaboration's own rooms lose (#240, #243), and what ours keep."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server_ydoc.stores import SQLiteYStore
from pycrdt import Doc, Text
from pycrdt.store import YDocNotFound

from neoai_server_ext.collaboration.rooms import CONFLICT, edit_lines

TEXT = "".join(f"line {number}\n" for number in range(1, 10))


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def guarded(request: pytest.FixtureRequest) -> bool:
    """Whether the rooms are ours; `@pytest.mark.parametrize("guarded", [False])`."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def jp_server_config(jp_server_config: Any, guarded: bool, tmp_path: Path) -> Any:
    """Rooms that look at the disk often and, unless a test says so, never save by themselves."""
    jp_server_config["ServerApp"]["jpserver_extensions"] |= {
        "jupyter_server_ydoc": True,
        "jupyter_server_fileid": True,
    }
    jp_server_config["BaseFileIdManager"] = {"db_path": str(tmp_path / "fileid.db")}
    # `get_document` makes its store without the configuration, in the working directory.
    store = type("Store", (SQLiteYStore,), {"db_path": str(tmp_path / "rooms.db")})
    jp_server_config["YDocExtension"] = {
        "document_save_delay": None,
        "file_poll_interval": 0.05,
        "ystore_class": store,
    }
    jp_server_config["CollaborationService"] = {"merge_disk_changes": guarded}
    return jp_server_config


@pytest.fixture
def rooms(jp_serverapp: Any, guarded: bool) -> Any:
    """jupyter-collaboration's extension, with its own rooms where they are not guarded."""
    app = jp_serverapp.extension_manager.extension_points["jupyter_server_ydoc"].app
    if not guarded:
        from jupyter_server_ydoc import app as app_module
        from jupyter_server_ydoc import handlers
        from jupyter_server_ydoc.rooms import DocumentRoom

        app_module.DocumentRoom = handlers.DocumentRoom = DocumentRoom
    return app


Opened = Callable[..., Any]


@pytest.fixture
def opened(rooms: Any) -> Opened:
    """`await opened("a.txt")`: the live shared document of a file."""

    async def opened(path: str, kind: str = "file") -> Any:
        form = "text" if kind == "file" else "json"
        return await rooms.get_document(
            path=path, content_type=kind, file_format=form, copy=False, create=True
        )

    return opened


def room_of(rooms: Any) -> Any:
    """The one room that there is."""
    (room,) = rooms.ywebsocket_server.rooms.values()
    return room


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition of the server's own making."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def type_into(document: Any, old: str, new: str) -> None:
    """Edit as a client does."""
    text = str(document._ysource)
    at = len(text[: text.index(old)].encode())
    with document.ydoc.transaction():
        del document._ysource[at : at + len(old.encode())]
        document._ysource.insert(at, new)


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_a_change_on_disk_and_unsaved_edits_elsewhere_are_both_kept(
    opened: Opened, root: Path, guarded: bool
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    type_into(document, "line 2", "my line 2")

    (root / "a.txt").write_text(TEXT.replace("line 8", "git's line 8"))
    await until(lambda: "git's" in str(document._ysource))

    assert ("my line 2" in str(document._ysource)) is guarded


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_a_save_that_meets_a_change_on_disk_merges(
    opened: Opened, rooms: Any, root: Path, guarded: bool
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room = room_of(rooms)
    await rooms.file_loaders.clear()  # nobody polls: the save is the first to see it
    type_into(document, "line 2", "my line 2")
    (root / "a.txt").write_text(TEXT.replace("line 8", "git's line 8"))

    await room._save_to_disc()

    on_disk = (root / "a.txt").read_text()
    assert "git's line 8" in on_disk
    assert ("my line 2" in on_disk) is guarded
    assert on_disk == str(document._ysource)


async def test_where_lines_collide_nothing_is_overwritten_and_everybody_sees_it(
    opened: Opened, rooms: Any, root: Path
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    type_into(document, "line 5", "mine")
    theirs = TEXT.replace("line 5", "theirs")
    (root / "a.txt").write_text(theirs)

    await until(lambda: document.ystate.get(CONFLICT))
    await room_of(rooms)._save_to_disc()

    assert "mine" in str(document._ysource)
    assert (root / "a.txt").read_text() == theirs


@pytest.mark.parametrize(
    ("choice", "line"), [("mine", "mine\n"), ("disk", "theirs\n"), ("both", "mine\ntheirs\n")]
)
async def test_a_choice_ends_the_conflict_and_saves(
    opened: Opened, rooms: Any, root: Path, call: Any, choice: str, line: str
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room_of(rooms)._save_delay = 0.01
    type_into(document, "line 5", "mine")
    type_into(document, "line 1\n", "my first\n")
    (root / "a.txt").write_text(TEXT.replace("line 5", "theirs").replace("line 9", "their last"))
    await room_of(rooms).reconcile()
    assert document.ystate.get(CONFLICT)

    answer = await call("POST", "/collaboration/resolve", {"path": "a.txt", "choice": choice})

    assert answer.code == 204
    wanted = TEXT.replace("line 5\n", line).replace("line 9", "their last")
    wanted = wanted.replace("line 1\n", "my first\n")
    assert str(document._ysource) == wanted
    assert document.ystate.get(CONFLICT) is None
    await until(lambda: (root / "a.txt").read_text() == wanted)
    again = await call("POST", "/collaboration/resolve", {"path": "a.txt", "choice": choice})
    assert again.code == 409


async def test_a_conflict_that_somebody_edits_away_ends_by_itself(
    opened: Opened, rooms: Any, root: Path
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    type_into(document, "line 5", "mine")
    (root / "a.txt").write_text(TEXT.replace("line 5", "theirs"))
    await until(lambda: document.ystate.get(CONFLICT))
    type_into(document, "mine", "theirs")
    await room_of(rooms)._save_to_disc()
    assert document.ystate.get(CONFLICT) is None


async def stored_text(room: Any) -> str:
    """What the room's store has of a text."""
    doc: Doc[Any] = Doc()
    with contextlib.suppress(YDocNotFound):
        await room.ystore.apply_updates(doc)
    return str(doc.get("source", type=Text))


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_edits_that_a_killed_server_had_not_saved_are_merged_with_the_disk(
    opened: Opened, rooms: Any, root: Path, guarded: bool
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room = room_of(rooms)
    type_into(document, "line 2", "my line 2")
    while "my line 2" not in await stored_text(room):
        # As the room itself does in its time; a write that meets a locked database is dropped.
        await room.ystore.write(document.ydoc.get_update())
    await rooms.ywebsocket_server.delete_room(name=room.room_id)
    (root / "a.txt").write_text(TEXT.replace("line 8", "git's line 8"))

    again = await opened("a.txt")

    assert "git's line 8" in str(again._ysource)
    assert ("my line 2" in str(again._ysource)) is guarded


async def test_what_the_api_writes_is_in_the_open_document_at_once(
    opened: Opened, call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/a.txt").write_text(TEXT)
    document = await opened("work/a.txt")
    type_into(document, "line 2", "my line 2")

    body = TEXT.replace("line 8", "the API's line 8").encode()
    assert (await call("PUT", f"/projects/{project}/files/a.txt", body=body)).code == 200

    assert "the API's line 8" in str(document._ysource)
    assert "my line 2" in str(document._ysource)


async def test_a_restored_checkpoint_is_in_the_open_document_at_once_and_edits_are_versions(
    opened: Opened, call: Any, served: Any, root: Path
) -> None:
    project = await served()
    (root / "work/a.txt").write_text(TEXT)
    made = await call("POST", f"/projects/{project}/checkpoints", {})
    (root / "work/a.txt").write_text("something else\n")
    document = await opened("work/a.txt")

    await call("POST", f"/projects/{project}/checkpoints/{made.json['id']}/restore", {})

    assert str(document._ysource) == TEXT
    found = await call("GET", f"/projects/{project}/versions/a.txt")
    assert len(found.json["items"]) == 1


def notebook(*sources: str) -> dict[str, Any]:
    """A notebook of code cells."""
    cells = [
        {
            "id": f"cell{number}",
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_notebooks_are_merged_cell_by_cell(opened: Opened, root: Path, guarded: bool) -> None:
    (root / "n.ipynb").write_text(json.dumps(notebook("a = 1", "b = 1", "c = 1")))
    document = await opened("n.ipynb", "notebook")
    source = document.ycells[0]["source"]
    source += "\nmine = 1"

    (root / "n.ipynb").write_text(json.dumps(notebook("a = 1", "b = 1", "c = 2")))
    await until(lambda: "c = 2" in str(document.get()["cells"][2]["source"]))

    cells = [str(cell["source"]) for cell in document.get()["cells"]]
    assert cells == ["a = 1\nmine = 1" if guarded else "a = 1", "b = 1", "c = 2"]


async def test_colliding_cells_are_kept_on_both_sides(
    opened: Opened, rooms: Any, root: Path, call: Any
) -> None:
    (root / "n.ipynb").write_text(json.dumps(notebook("a = 1", "b = 1")))
    document = await opened("n.ipynb", "notebook")
    source = document.ycells[0]["source"]
    source += "\nmine = 1"
    (root / "n.ipynb").write_text(json.dumps(notebook("a = 'theirs'", "b = 2")))
    await until(lambda: document.ystate.get(CONFLICT))

    answer = await call("POST", "/collaboration/resolve", {"path": "n.ipynb", "choice": "mine"})

    assert answer.code == 204
    cells = [str(cell["source"]) for cell in document.get()["cells"]]
    assert "mine = 1" in cells[0]
    assert cells[1] == "b = 2"


async def test_what_is_not_open_has_no_conflict(call: Any, rooms: Any) -> None:
    answer = await call("POST", "/collaboration/resolve", {"path": "a.txt", "choice": "mine"})
    assert answer.code == 404
    answer = await call("POST", "/collaboration/resolve", {"path": "a.txt", "choice": "hers"})
    assert answer.code == 422


def test_edits_by_lines_give_the_new_text_whatever_it_is() -> None:
    chance = random.Random(7)
    words = ["ä\n", "b\n", "\n", "😀 x\n", "end", "\r\n", "\x0c\n"]
    for _ in range(300):
        old, new = ("".join(chance.choices(words, k=chance.randrange(12))) for _ in range(2))
        doc: Doc[Any] = Doc()
        doc["source"] = text = Text(old)
        edit_lines(doc, text, old, new)
        assert str(text) == new
