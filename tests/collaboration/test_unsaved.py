# ruff: noqa: F401, F811 - fixtures of the rooms' own tests
"""What cannot be written is never taken for saved: a room says why, and saves when it can."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from neoai_server_ext.collaboration.rooms import UNSAVED
from neoai_server_ext.collaboration.unsaved import NotSaved, unsaved_because

from .test_rooms import (
    Opened,
    db_url,
    guarded,
    jp_server_config,
    opened,
    room_of,
    rooms,
    type_into,
)


async def save(room: Any) -> None:
    """As a page asks for it."""
    await room._save_to_disc()


async def test_a_character_that_the_encoding_lacks_is_told_and_the_document_stays_unsaved(
    opened: Opened, rooms: Any, root: Path, call: Any
) -> None:
    (root / "a.txt").write_bytes("Grüße\n".encode("latin-1"))
    document = await opened("a.txt")
    type_into(document, "\n", " für 5 €\n")

    with pytest.raises(NotSaved):
        await save(room_of(rooms))

    assert document.ystate[UNSAVED]["code"] == "unencodable"
    assert "iso-8859-1 has no “€” (line 1)" in document.ystate[UNSAVED]["reason"]
    assert document.dirty
    assert (root / "a.txt").read_bytes() == "Grüße\n".encode("latin-1")

    answer = await call("PATCH", "/text", {"path": "a.txt", "encoding": "utf-8"})
    assert answer.code == 200
    await save(room_of(rooms))

    assert document.ystate.get(UNSAVED) is None
    assert not document.dirty
    assert (root / "a.txt").read_bytes() == "Grüße für 5 €\n".encode()


async def test_a_document_that_the_disk_refuses_says_so_until_it_is_saved(
    opened: Opened, rooms: Any, root: Path
) -> None:
    (root / "a.txt").write_text("one\n")
    document = await opened("a.txt")
    type_into(document, "one", "two")
    in_the_way = root / ".~a.txt"  # where Jupyter writes first
    in_the_way.mkdir()

    with pytest.raises(NotSaved):
        await save(room_of(rooms))

    assert document.ystate[UNSAVED] == {"code": "other", "reason": "Is a directory."}
    assert document.dirty

    in_the_way.rmdir()
    await save(room_of(rooms))

    assert document.ystate.get(UNSAVED) is None
    assert not document.dirty
    assert (root / "a.txt").read_text() == "two\n"


async def test_a_read_only_file_is_not_taken_for_saved(
    opened: Opened, rooms: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "a.txt").write_text("one\n")
    document = await opened("a.txt")
    type_into(document, "one", "two")
    # The superuser, as whom tests may run, may write everything.
    monkeypatch.setattr(os, "access", lambda path, mode, **_: mode != os.W_OK)

    with pytest.raises(NotSaved):
        await save(room_of(rooms))

    assert document.ystate[UNSAVED] == {"code": "other", "reason": "The file is read-only."}
    assert document.dirty


async def test_a_save_that_another_cancels_is_written_and_is_no_failure(
    opened: Opened, rooms: Any, root: Path, jp_serverapp: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (root / "a.txt").write_text("one\n")
    document = await opened("a.txt")
    room = room_of(rooms)
    type_into(document, "one", "two")
    cancelled = []

    def cancel(**_: Any) -> None:
        """As the save of an edit that comes in the middle of this one."""
        cancelled.append(room._saving_document.cancel())

    jp_serverapp.contents_manager.register_pre_save_hook(cancel)
    await save(room)

    assert cancelled == [True]
    assert (root / "a.txt").read_text() == room._base == "two\n"
    assert document.ystate.get(UNSAVED) is None
    assert "Error saving" not in caplog.text

    type_into(document, "two", "three")
    jp_serverapp.contents_manager._pre_save_hooks.remove(cancel)
    await save(room)
    assert (root / "a.txt").read_text() == "three\n"
    assert not document.dirty


async def test_an_edit_that_makes_the_document_the_files_again_needs_no_saving(
    opened: Opened, rooms: Any, root: Path
) -> None:
    (root / "a.txt").write_bytes("Grüße\n".encode("latin-1"))
    document = await opened("a.txt")
    type_into(document, "\n", " €\n")
    with pytest.raises(NotSaved):
        await save(room_of(rooms))
    type_into(document, " €", "")

    await save(room_of(rooms))

    assert document.ystate.get(UNSAVED) is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space"), "There is no space left on the disk."),
        (OSError(errno.EDQUOT, "Quota"), "There is no space left on the disk."),
        (OSError(errno.EROFS, "Read-only"), "The file or its folder is read-only."),
        (HTTPError(404, "Gone."), "Gone."),
        (ValueError("odd"), "odd"),
    ],
)
def test_a_reason_is_given_in_words(error: Exception, reason: str) -> None:
    assert unsaved_because(error)["reason"] == reason
