"""The index and what it may meet: strange files, secrets, full and read-only disks, damage, and a
second server."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.index.service import IndexService
from neoai_server_ext.projects import ignore

from .test_index import Folders, index, project, where

__all__ = ["index", "project"]


async def paths(index: IndexService, query: str) -> set[str]:
    return {hit.path for hit in await index.search("p", query, 100)}


def file_of(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "index").glob("*.sqlite")
    return file


# Files


async def test_keys_passwords_and_what_neoaiignore_names_are_left_out(
    index: IndexService, project: Path
) -> None:
    (project / ".ssh").mkdir()
    for name in (".env", ".env.local", "server.pem", "id_rsa", ".npmrc", "credentials.json"):
        (project / name).write_text("zebra = 1\n")
    for name in (".env.example", ".ssh/config", "src/notes.txt", "src/kept.txt"):
        (project / name).write_text("zebra = 1\n")
    (project / ".gitignore").write_text("!.env\n")
    (project / ".neoaiignore").write_text("*.txt\n!kept.txt\n")
    assert await paths(index, "zebra") == {".env.example", "src/kept.txt"}


async def test_of_a_neoaiignore_that_is_too_long_the_state_says_so(
    index: IndexService, project: Path
) -> None:
    await paths(index, "zebra")
    assert (await index.state("p")).detail == ""
    (project / ".neoaiignore").write_text("*.log\n" * (ignore.MAX_BYTES // 6 + 1))
    assert "longer than 1 MB" in (await index.state("p")).detail


async def test_neoaiignore_may_take_back_what_is_left_out_by_itself(
    index: IndexService, project: Path
) -> None:
    (project / "node_modules" / "mine").mkdir(parents=True)
    (project / "node_modules" / "mine" / "index.js").write_text("zebra = 1\n")
    assert await paths(index, "zebra") == set()
    (project / ".neoaiignore").write_text("!node_modules/\n")
    assert await paths(index, "zebra") == {"node_modules/mine/index.js"}


async def test_neoaiignore_takes_no_secrets_back(index: IndexService, project: Path) -> None:
    for folder in ("src/.ssh", ".aws"):
        (project / folder).mkdir()
    for name in (".env", "src/id_rsa", "src/.ssh/config", ".aws/config", ".env.example"):
        (project / name).write_text("zebra = 1\n")
    (project / ".neoaiignore").write_text("!.env\n!id_rsa\n!.ssh/\n!.ssh/**\n!.aws/\n!*\n!*/\n")
    assert await paths(index, "zebra") == {".env.example"}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
async def test_a_text_is_found_in_whatever_encoding_it_is(
    index: IndexService, project: Path, encoding: str
) -> None:
    text = "# die K\xfcche\ndef zebra(gef\xe4ngnis):\r\n    return 'n\xe4chster'\r\n" * 3
    (project / "src" / "old.py").write_bytes(text.encode(encoding))
    assert await paths(index, "zebra") == {"src/old.py"}
    assert await paths(index, "gef\xe4ngnis") == {"src/old.py"}


async def test_mixed_encodings_in_one_file_leave_the_rest_of_it_findable(
    index: IndexService, project: Path
) -> None:
    raw = "# K\xfcche\n".encode() + "# K\xfcche\n".encode("iso-8859-1") + b"def zebra(): ...\n"
    (project / "src" / "mixed.py").write_bytes(raw)
    assert await paths(index, "zebra") == {"src/mixed.py"}


async def test_a_file_of_50_000_lines_and_one_of_a_single_line_of_megabytes_are_searched(
    index: IndexService, project: Path
) -> None:
    lines = "".join(f"line {number} of the list\n" for number in range(49_999))
    (project / "long.txt").write_text(lines + "zebra at the end\n")
    (project / "wide.js").write_text("zebra(" + "x=1;" * 900_000 + ")")
    assert await paths(index, "zebra") == {"long.txt", "wide.js"}


async def test_loops_of_links_pipes_sockets_and_names_that_are_no_text_stop_nothing(
    index: IndexService, project: Path
) -> None:
    (project / "loop").symlink_to(project)
    (project / "self").symlink_to("self")
    os.mkfifo(project / "pipe.py")
    (project / "unreadable.py").write_text("zebra = 1\n")
    (project / "unreadable.py").chmod(0)
    for folder in (os.fsencode(project) + b"/\xff", os.fsencode(project) + b"/\xfe.py"):
        if folder.endswith(b".py"):
            Path(os.fsdecode(folder)).write_text("zebra = 1\n")
        else:
            Path(os.fsdecode(folder)).mkdir()
    (project / "fine.py").write_text("zebra = 1\n")
    assert "fine.py" in await paths(index, "zebra")
    assert (await index.state("p")).state == "ready"


async def test_a_notebook_whose_outputs_are_large_is_searched(
    index: IndexService, project: Path
) -> None:
    cell = {
        "cell_type": "code", "source": "zebra()", "metadata": {}, "execution_count": 1,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "walrus " * 900_000}],
    }  # fmt: skip
    (project / "big.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4}))
    assert await paths(index, "zebra") == {"big.ipynb"}
    assert await paths(index, "walrus") == set()


async def test_a_file_that_changes_while_it_is_read_is_read_again(
    index: IndexService, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neoai_server_ext.index import scanning

    kitchen = project / "src" / "kitchen.py"
    read = os.fdopen

    def slowly(descriptor: int, mode: str) -> object:
        file = read(descriptor, mode)
        if Path(f"/proc/self/fd/{descriptor}").resolve() == kitchen:
            kitchen.write_text("def zebra():\n    pass\n")
            monkeypatch.undo()
        return file

    monkeypatch.setattr(scanning.os, "fdopen", slowly)
    await index.search("p", "water")
    assert await paths(index, "zebra") == {"src/kitchen.py"}


async def test_a_touched_file_is_not_cut_again(index: IndexService, project: Path) -> None:
    await index.search("p", "water")
    store = index._keepers[project].store

    def rows() -> list[tuple[int]]:
        with store.file.connected() as connection:
            return connection.execute("SELECT id FROM passages ORDER BY id").fetchall()

    before = rows()
    for file in project.rglob("*.*"):
        os.utime(file, (5, 5))
    await index.search("p", "water")
    assert rows() == before


async def test_thousands_of_files_are_read_by_processes_of_their_own_and_all_are_found(
    index: IndexService, project: Path
) -> None:
    for number in range(500):
        (project / "src" / f"m{number}.py").write_text(f"def walk{number}():\n    zebra\n")
    await index.search("p", "water")
    assert (await index.state("p")).files == 502
    assert len(await paths(index, "zebra")) == 100


# The index's own file


@pytest.mark.parametrize(
    "harm",
    [
        "DROP TABLE passages",
        "DROP TABLE terms",
        "DELETE FROM terms_data",
        "UPDATE terms_data SET block = x'00ff00ff00ff' WHERE id > 10",
        "PRAGMA user_version = 99",
    ],
)
async def test_tables_that_are_missing_damaged_or_of_another_version_are_made_anew(
    index: IndexService, tmp_path: Path, harm: str
) -> None:
    await index.search("p", "water")
    connection = sqlite3.connect(file_of(tmp_path))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(harm)
    connection.commit()
    connection.close()
    assert where(await index.search("p", "boil water"))[0] == "src/kitchen.py:4"


async def test_an_index_that_is_cut_off_is_made_anew_when_a_server_starts(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    for number in range(300):
        (project / "src" / f"m{number}.py").write_text(f"def walk{number}():\n    zebra\n")
    await index.search("p", "water")
    file = file_of(tmp_path)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    os.truncate(file, file.stat().st_size // 2)
    later = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index", watch=False)
    assert len(await paths(later, "zebra")) == 100
    assert where(await later.search("p", "boil water"))[0] == "src/kitchen.py:4"


async def test_two_servers_share_an_index(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    other = IndexService(
        projects=Folders(p=project), index_dir=tmp_path / "index", fresh_s=0, watch=False
    )
    for number in range(150):
        (project / "src" / f"m{number}.py").write_text(f"def walk{number}():\n    zebra\n")
    both = await asyncio.gather(*(paths(one, "zebra") for one in (index, other) * 3))
    assert {len(found) for found in both} == {100}
    await asyncio.gather(index.rebuild("p"), other.search("p", "zebra"))
    (project / "src" / "cellar.py").write_text("walrus = 1\n")
    for one in (index, other):
        assert await paths(one, "walrus") == {"src/cellar.py"}
    connection = sqlite3.connect(file_of(tmp_path))
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("SELECT count(*) FROM files").fetchone() == (153,)
    connection.close()


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of its own."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    subprocess.run(mount, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


async def test_what_one_server_keeps_open_is_never_an_index_that_another_has_replaced(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    other = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index", watch=False)
    await index.search("p", "water")
    for round_ in range(3):
        (project / "src" / "found.py").write_text(f"def kettle{round_}():\n    pass\n")
        await other.rebuild("p")
        assert where(await other.search("p", f"kettle{round_}"))[0] == "src/found.py:1"
        await index.close()
        assert where(await index.search("p", f"kettle{round_}"))[0] == "src/found.py:1"
        assert where(await other.search("p", f"kettle{round_}"))[0] == "src/found.py:1"
    await other.close()
    file = file_of(tmp_path)
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


async def test_searched_while_it_is_written_an_index_keeps_no_log(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    await index.search("p", "water")
    for i in range(20):
        (project / "src" / "found.py").write_text("water = 1\n" * 5000 + f"kettle{i} = 1\n")
        assert where(await index.search("p", f"kettle{i}"))
    log = file_of(tmp_path).with_name(file_of(tmp_path).name + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    await index.close()
    assert not log.exists()


async def test_on_a_full_disk_the_search_says_so_and_goes_on_once_there_is_room(
    project: Path, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    with small_disk(tmp_path / "disk", "2m") as disk:
        with suppress(OSError), (disk / "ballast").open("wb", 0) as ballast:
            while True:
                ballast.write(b"x" * 4096)
        index = IndexService(projects=Folders(p=project), index_dir=disk / "index", watch=False)
        with pytest.raises(errors.Unavailable, match="full"):
            await index.search("p", "water")
        state = await index.state("p")
        assert (state.state, "full" in state.detail) == ("failed", True)
        (disk / "ballast").unlink()
        assert where(await index.search("p", "boil water"))[0] == "src/kitchen.py:4"
        assert (await index.state("p")).detail == ""


async def test_on_a_read_only_disk_what_there_is_is_searched(
    project: Path, tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("tmpfs mount")
    with small_disk(tmp_path / "disk", "8m") as disk:
        index = IndexService(projects=Folders(p=project), index_dir=disk / "index", watch=False)
        await index.search("p", "water")
        await index.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        index = IndexService(projects=Folders(p=project), index_dir=disk / "index", watch=False)
        assert where(await index.search("p", "boil water"))[0] == "src/kitchen.py:4"
        assert "could not be indexed" in (await index.state("p")).detail
        with pytest.raises(errors.Unavailable, match="cannot be written"):
            await index.pause("p", True)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        shutil.rmtree(disk / "index")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        index = IndexService(projects=Folders(p=project), index_dir=disk / "index", watch=False)
        with pytest.raises(errors.Unavailable, match="ead-only"):
            await index.search("p", "water")
