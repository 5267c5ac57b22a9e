"""The index while a project is in use: it follows the files, and says where it cannot."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from neoai_server_ext import errors
from neoai_server_ext.index.service import IndexService

from .test_index import Folders


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "kitchen.py").write_text("def boil_water(pot):\n    return pot\n")
    (folder / "node_modules" / "left" / "pad").mkdir(parents=True)
    (folder / "node_modules" / "left" / "pad" / "index.js").write_text("function pad() {}\n")
    return folder


@pytest.fixture
def index(project: Path, tmp_path: Path) -> Iterator[IndexService]:
    service = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index")
    yield service
    for keeper in service._keepers.values():
        keeper._unwatch()


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again, as a person would; the test's own timeout ends it."""
    while not await met():
        await asyncio.sleep(0.02)


def finds(index: IndexService, query: str, *paths: str) -> Callable[[], Awaitable[bool]]:
    async def met() -> bool:
        return {hit.path for hit in await index.search("p", query)} == set(paths)

    return met


async def test_a_saved_a_new_a_moved_and_a_deleted_file_are_followed(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    (project / "src" / "kitchen.py").write_text("def grill_fish():\n    pass\n")
    await until(finds(index, "fish", "src/kitchen.py"))
    (project / "cellar.py").write_text("def fetch_wine():\n    pass\n")
    await until(finds(index, "wine", "cellar.py"))
    (project / "cellar.py").rename(project / "src" / "attic.py")
    await until(finds(index, "wine", "src/attic.py"))
    (project / "src" / "attic.py").unlink()
    await until(finds(index, "wine"))


async def test_new_moved_and_deleted_folders_are_followed_with_all_that_is_in_them(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    (project / "lib" / "deep").mkdir(parents=True)
    (project / "lib" / "deep" / "one.py").write_text("walrus = 1\n")
    await until(finds(index, "walrus", "lib/deep/one.py"))
    (project / "lib" / "deep" / "two.py").write_text("walrus = 2\n")
    await until(finds(index, "walrus", "lib/deep/one.py", "lib/deep/two.py"))
    (project / "lib").rename(project / "src" / "lib")
    await until(finds(index, "walrus", "src/lib/deep/one.py", "src/lib/deep/two.py"))
    (project / "src" / "lib" / "deep" / "two.py").write_text("nothing\n")
    await until(finds(index, "walrus", "src/lib/deep/one.py"))
    shutil.rmtree(project / "src" / "lib")
    await until(finds(index, "walrus"))
    (project / "src" / "lib" / "deep").mkdir(parents=True)
    (project / "src" / "lib" / "deep" / "one.py").write_text("walrus = 3\n")
    await until(finds(index, "walrus", "src/lib/deep/one.py"))


@pytest.mark.parametrize("name", [".gitignore", ".neoaiignore"])
async def test_what_is_ignored_from_now_on_goes_and_comes_back(
    index: IndexService, project: Path, name: str
) -> None:
    await index.search("p", "water")
    (project / name).write_text("src/\n")
    await until(finds(index, "water"))
    (project / name).unlink()
    await until(finds(index, "water", "src/kitchen.py"))


async def test_a_folder_that_is_left_out_is_neither_walked_nor_watched(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    assert index._keepers[project].updater.folders == {"", "src"}


async def test_while_paused_changes_are_left_alone_and_caught_up_with_later(
    index: IndexService, project: Path, tmp_path: Path
) -> None:
    await index.search("p", "water")
    assert (await index.pause("p", True)).paused
    (project / "cellar.py").write_text("def fetch_wine():\n    pass\n")
    assert await index.search("p", "wine") == []
    assert await index.search("p", "water") != []
    after_a_restart = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index")
    assert await after_a_restart.search("p", "wine") == []
    assert (await after_a_restart.state("p")).paused
    await index.pause("p", False)
    await until(finds(index, "wine", "cellar.py"))
    state = await index.state("p")
    assert (state.paused, state.watching) == (False, "watch")


async def test_paused_before_there_is_an_index_a_search_says_so(
    project: Path, tmp_path: Path
) -> None:
    index = IndexService(projects=Folders(p=project), index_dir=tmp_path / "index")
    await index.pause("p", True)
    with pytest.raises(errors.Unavailable) as raised:
        await index.search("p", "water")
    assert raised.value.code == "index-paused"


async def test_a_rebuilt_index_has_what_it_had_before(index: IndexService) -> None:
    await index.search("p", "water")
    before = await index.state("p")
    assert (await index.rebuild("p")).state == "building"
    await until(finds(index, "water", "src/kitchen.py"))
    after = await index.state("p")
    assert (after.files, after.chunks, after.state) == (before.files, before.chunks, "ready")
    assert after.index_bytes > 4096


async def test_what_the_server_itself_writes_needs_no_news(project: Path, tmp_path: Path) -> None:
    index = IndexService(
        projects=Folders(p=project), index_dir=tmp_path / "index", watch=False, fresh_s=1e9
    )
    await index.search("p", "water")
    (project / "src" / "cellar.py").write_text("def fetch_wine():\n    pass\n")
    assert await index.search("p", "wine") == []
    index.changed(project / "src" / "cellar.py")
    await until(finds(index, "wine", "src/cellar.py"))
    await index.close()


async def test_what_nobody_asks_of_is_not_watched_for_good(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    index.idle_s = 0
    (project / "src" / "kitchen.py").write_text("def grill_fish():\n    pass\n")

    async def unwatched() -> bool:
        return (await index.state("p")).watching == "scan"

    await until(unwatched)
    await until(finds(index, "fish", "src/kitchen.py"))


async def test_a_file_that_changes_all_the_time_is_not_read_all_the_time_but_before_a_search(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    log = project / "src" / "run.md"
    for number in range(20):
        log.write_text(f"line{number} of the tortoise\n" * 2000)
        await until(finds(index, f"line{number} tortoise", "src/run.md"))


@pytest.mark.parametrize(
    ("call", "error", "named"),
    [
        ("inotify_add_watch", "ENOSPC", "max_user_watches"),
        ("inotify_init1", "EMFILE", "max_user_instances"),
    ],
)
async def test_at_the_systems_limit_of_watches_each_search_looks_for_changes_and_the_state_says_so(
    project: Path,
    tmp_path: Path,
    require: Callable[[str], None],
    call: str,
    error: str,
    named: str,
) -> None:
    require("strace")
    script = """
import asyncio, sys
from pathlib import Path
from neoai_server_ext.index.alone import NoProjects
from neoai_server_ext.index.service import IndexService

class One:
    async def root(self, project_id):
        return Path(sys.argv[1])

async def main():
    index = IndexService(projects=One(), index_dir=Path(sys.argv[2]), fresh_s=0)
    assert await index.search("p", "water")
    state = await index.state("p")
    (Path(sys.argv[1]) / "cellar.py").write_text("wine = 1")
    print([hit.path for hit in await index.search("p", "wine")], state.state, state.watching)
    print(state.detail)
    await index.close()

asyncio.run(main())
"""
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}"),
            *("-e", f"inject={call}:error={error}"),
            *(sys.executable, "-c", script, str(project), str(tmp_path / "index")),
        ],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    said, detail = done.stdout.splitlines()
    assert said == "['cellar.py'] ready scan"
    assert named in detail


async def test_a_project_that_is_deleted_while_it_is_indexed_is_no_crash(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")
    for number in range(200):
        (project / "src" / f"m{number}.py").write_text(f"def f{number}():\n    pass\n" * 20)
    await index.build("p")
    shutil.rmtree(project)

    async def failed() -> bool:
        await index.build("p")
        return (await index.state("p")).state == "failed"

    await until(failed)
    assert "is not there" in (await index.state("p")).detail
    project.mkdir()
    (project / "new.py").write_text("zebra = 1\n")
    await until(finds(index, "zebra", "new.py"))


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


async def test_a_switch_of_branches_is_followed_while_the_first_is_still_being_read(
    index: IndexService, project: Path
) -> None:
    await index.search("p", "water")

    git(project, "init", "-qb", "main")
    git(project, "add", "src")
    git(project, "commit", "-qm", "one")
    git(project, "checkout", "-qb", "other")
    for number in range(150):
        (project / "src" / f"m{number}.py").write_text(f"def giraffe{number}():\n    pass\n")
    git(project, "add", "src")
    git(project, "commit", "-qm", "two")
    await index.build("p")
    git(project, "checkout", "-q", "main")
    await until(finds(index, "giraffe"))
    assert await finds(index, "water", "src/kitchen.py")()
    git(project, "checkout", "-q", "other")

    async def found() -> bool:
        return bool(await index.search("p", "giraffe"))

    await until(found)


async def test_an_idle_watcher_costs_next_to_nothing(index: IndexService) -> None:
    await index.search("p", "water")
    began, used = time.monotonic(), time.process_time()
    await asyncio.sleep(3)
    share = (time.process_time() - used) / (time.monotonic() - began)
    assert share < 0.02
