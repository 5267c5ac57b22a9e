"""Changes on disk against unsaved edits, in real rooms of a real server: what
jupyter-collaboration's own rooms lose (#240, #243), and what ours keep."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server_ydoc.stores import SQLiteYStore
from pycrdt import Doc, Text
from pycrdt.store import YDocNotFound

from neoai_server_ext.collaboration.edits import apply_edits, line_edits
from neoai_server_ext.collaboration.matching import matching_blocks
from neoai_server_ext.collaboration.rooms import CONFLICT, FileLoader
from neoai_server_ext.collaboration.unsaved import NotSaved

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
        from jupyter_server_ydoc import handlers, loaders
        from jupyter_server_ydoc.rooms import DocumentRoom

        app_module.DocumentRoom = handlers.DocumentRoom = DocumentRoom
        loaders.FileLoader = FileLoader
    return app


Opened = Callable[..., Any]


@pytest.fixture
def opened(rooms: Any) -> Opened:
    """`await opened("a.txt")`: the live shared document of a file."""

    async def opened(path: str, kind: str = "file") -> Any:
        form = "json" if kind == "notebook" else "text"
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


async def test_what_is_typed_while_a_change_on_disk_is_brought_in_is_kept(
    opened: Opened, rooms: Any, root: Path
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room, typed = room_of(rooms), []

    async def type_meanwhile(path: str, content: bytes) -> None:
        typed.append(content)
        type_into(document, "line 1\n", "line 1, and a good deal of ünïcödé before the change\n")

    room.keeper = SimpleNamespace(keep=type_meanwhile)
    type_into(document, "line 4", "my line 4")
    (root / "a.txt").write_text(TEXT.replace("line 8", "git's line 8"))
    await until(lambda: "git's" in str(document._ysource))

    wanted = TEXT.replace("line 8", "git's line 8").replace("line 4", "my line 4")
    wanted = wanted.replace("line 1\n", "line 1, and a good deal of ünïcödé before the change\n")
    assert str(document._ysource) == wanted
    assert len(typed) == 1


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_an_older_file_put_in_the_place_of_an_open_one_is_a_change_too(
    opened: Opened, rooms: Any, root: Path, guarded: bool
) -> None:
    (root / "older.txt").write_text(TEXT.replace("line 8", "the older line 8"))
    os.utime(root / "older.txt", (1_000_000_000, 1_000_000_000))
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room = room_of(rooms)

    (root / "older.txt").replace(root / "a.txt")
    await until(
        lambda: (
            "older" in str(document._ysource) and not room._update_lock.locked()
            if guarded
            else room._file.last_modified.year == 2001
        )
    )
    type_into(document, "line 2", "my line 2")
    await room._save_to_disc()

    assert ("the older line 8" in (root / "a.txt").read_text()) is guarded
    assert "my line 2" in (root / "a.txt").read_text()


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_a_save_in_the_moment_in_which_a_change_on_disk_is_noticed_keeps_both(
    opened: Opened, rooms: Any, root: Path, guarded: bool
) -> None:
    (root / "a.txt").write_text(TEXT)
    document = await opened("a.txt")
    room = room_of(rooms)
    await rooms.file_loaders.clear()  # nobody looks at the disk but this test
    type_into(document, "line 2", "my line 2")
    (root / "a.txt").write_text(TEXT.replace("line 8", "git's line 8"))

    look = asyncio.create_task(room._file.maybe_notify())
    await asyncio.sleep(0)
    await room._save_to_disc()
    await look

    on_disk = (root / "a.txt").read_text()
    assert "my line 2" in on_disk
    assert ("git's line 8" in on_disk) is guarded


async def test_a_chat_that_changes_on_disk_is_taken_as_it_is(opened: Opened, root: Path) -> None:
    chat = {"messages": [], "users": {}, "attachments": {}, "metadata": {}}
    (root / "a.chat").write_text(json.dumps(chat))
    document = await opened("a.chat", "chat")
    changed = {**chat, "metadata": {"id": "from disk"}}

    (root / "a.chat").write_text(json.dumps(changed))

    await until(lambda: json.loads(document.get())["metadata"].get("id") == "from disk")


async def test_a_chat_with_unsaved_messages_stays_when_it_changes_on_disk(
    opened: Opened, rooms: Any, root: Path
) -> None:
    chat = {"messages": [], "users": {}, "attachments": {}, "metadata": {"id": "one"}}
    (root / "a.chat").write_text(json.dumps(chat))
    document = await opened("a.chat", "chat")
    document.set_metadata("mine", "unsaved")
    (root / "a.chat").write_text(json.dumps({**chat, "metadata": {"id": "two"}}))

    await room_of(rooms).reconcile()
    await room_of(rooms)._save_to_disc()

    on_disk = json.loads((root / "a.chat").read_text())
    assert on_disk["metadata"] == {"id": "one", "mine": "unsaved"}


@pytest.mark.parametrize("guarded", [False, True], indirect=True)
async def test_opening_a_file_leaves_it_as_it_is_on_disk(
    opened: Opened, rooms: Any, root: Path, guarded: bool
) -> None:
    rooms.settings["collaborative_document_save_delay"] = rooms.document_save_delay = 0.01
    (root / "a.txt").write_text(TEXT)
    before = (root / "a.txt").stat()
    document = await opened("a.txt")
    document.ystate["document_id"] = room_of(rooms).room_id  # as every client does

    (root / "b.txt").write_text(TEXT)
    document = await opened("b.txt")
    type_into(document, "line 2", "my line 2")
    await until(lambda: "my line 2" in (root / "b.txt").read_text())

    after = (root / "a.txt").stat()
    assert (after.st_mtime_ns == before.st_mtime_ns) is guarded


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
    with pytest.raises(NotSaved):
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


async def test_a_file_whose_name_is_not_utf_8_is_open_in_no_room(
    call: Any, served: Any, rooms: Any, root: Path
) -> None:
    project = await served()
    (root / "work" / os.fsdecode(b"bad\xff.txt")).write_text("old")
    made = await call("POST", f"/projects/{project}/checkpoints", {})

    place = f"/projects/{project}/files/bad%ff.txt"
    assert (await call("PUT", place, body=b"new")).code == 200
    restore = f"/projects/{project}/checkpoints/{made.json['id']}/restore"
    assert (await call("POST", restore, {})).code == 200
    assert (await call("GET", place)).body == b"old"
    resolve = {"path": "\ud800", "choice": "mine"}
    assert (await call("POST", "/collaboration/resolve", resolve)).code in (404, 422)


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
        apply_edits(doc, text, line_edits(old, new))
        assert str(text) == new


def test_what_two_texts_have_in_common_is_found_in_order() -> None:
    chance = random.Random(8)
    for _ in range(200):
        words = [str(number) for number in range(chance.choice([3, 30, 1000]))]
        one, other = (chance.choices(words, k=chance.randrange(400)) for _ in range(2))
        at = (0, 0)
        for i, j, size in matching_blocks(one, other):
            assert i >= at[0]
            assert j >= at[1]
            assert one[i : i + size] == other[j : j + size]
            at = i + size, j + size


def test_a_long_text_of_which_most_lines_are_alike_is_edited_at_once() -> None:
    rows = ["  {\n", '    "value": %d\n', "  },\n"]
    old = "".join(row % number if "%" in row else row for number in range(20_000) for row in rows)
    new = old.replace('"value": 9\n', '"value": "nine"\n').replace('"value": 19990\n', "")
    begun = time.process_time()

    edits = line_edits(old, new)

    assert time.process_time() - begun < 5, "difflib alone takes minutes"
    assert [added for _, _, added in edits] == ["      },\n", '    "value": "nine"\n']
