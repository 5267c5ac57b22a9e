"""The index over very many files, and where the processes that read them end."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from neoai_server_ext.index import cutting
from neoai_server_ext.index.service import IndexService

from .test_index import index, project
from .test_watching import git

__all__ = ["index", "project"]

MANY = 400
POISONED = """
import os
from neoai_server_ext.index import cutting
cut = cutting.cut
cutting.cut = lambda path, text, *more: (
    os._exit(11) if "poison" in text else cut(path, text, *more)
)
cutting.serve()
"""


def many(project: Path) -> None:
    for number in range(MANY):
        (project / "src" / f"m{number}.py").write_text(f"def walk{number}():\n    zebra{number}\n")


async def found(index: IndexService, query: str) -> set[str]:
    return {hit.path for hit in await index.search("p", query, 100)}


async def test_a_file_that_ends_whoever_reads_it_is_left_out_and_all_others_are_found(
    index: IndexService, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(project)
    (project / "src" / "m7.py").write_text("def walk7():\n    poison\n")
    monkeypatch.setattr(cutting, "SERVE", POISONED)
    await index.search("p", "water")
    state = await index.state("p")
    assert (state.state, state.files) == ("ready", MANY + 2)
    assert await found(index, "poison") == set()
    for number in (0, 6, 8, 31, 32, MANY - 1):
        assert f"src/m{number}.py" in await found(index, f"walk{number}")


async def test_a_process_that_is_killed_is_started_again_and_nothing_is_missing(
    index: IndexService, project: Path
) -> None:
    many(project)
    task = asyncio.create_task(index.search("p", "water"))
    killed = False
    while not killed and not task.done():
        await asyncio.sleep(0)
        for child in psutil.Process().children():
            if any("serve()" in part for part in child.cmdline()):
                child.kill()
                killed = True
    await task
    assert killed
    assert (await index.state("p")).files == MANY + 2
    assert "src/m399.py" in await found(index, "walk399")


async def test_no_module_of_the_folder_that_the_server_runs_in_is_taken_for_pythons(
    index: IndexService, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(project)
    (project / "pickle.py").write_text("open('met', 'w').close(); raise SystemExit\n")
    monkeypatch.chdir(project)
    assert "src/m399.py" in await found(index, "walk399")
    assert not (project / "met").exists()


async def test_what_is_interrupted_in_the_servers_terminal_is_the_server_alone(
    index: IndexService, project: Path
) -> None:
    many(project)
    task = asyncio.create_task(index.search("p", "water"))
    groups: set[int] = set()
    while not task.done():
        await asyncio.sleep(0.005)
        for child in psutil.Process().children():
            with suppress(ProcessLookupError):
                groups.add(os.getpgid(child.pid))
    await task
    # A process is in its parent's group for a moment, until it is in its own.
    assert groups - {os.getpgid(0)}
    ours = [
        child for child in psutil.Process().children() if os.getpgid(child.pid) == os.getpgid(0)
    ]
    assert not any("index" in part for child in ours for part in child.cmdline())


async def test_processes_that_end_again_and_again_are_said(
    index: IndexService, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(project)
    monkeypatch.setattr(cutting, "SERVE", "raise SystemExit(1)")
    await index.search("p", "water")
    state = await index.state("p")
    assert state.state == "failed"
    assert "end again and again" in state.detail
    monkeypatch.undo()
    assert "src/m3.py" in await found(index, "walk3")


async def test_two_hundred_thousand_files_of_packages_cost_a_search_nothing(
    index: IndexService, project: Path
) -> None:
    modules = project / "node_modules"
    for folder in range(200):
        (modules / f"p{folder}").mkdir(parents=True)
        first = modules / f"p{folder}" / "0.js"
        first.write_text("zebra()\n")
        for number in range(1, 1000):
            os.link(first, modules / f"p{folder}" / f"{number}.js")
    began = time.process_time()
    assert await found(index, "zebra") == set()
    assert (await index.state("p")).files == 2
    assert time.process_time() - began < 5


async def test_a_rebase_while_it_is_indexed_ends_in_what_is_there(
    index: IndexService, project: Path
) -> None:
    git(project, "init", "-q", "-b", "main")
    many(project)
    git(project, "add", ".")
    git(project, "commit", "-qm", "many")
    git(project, "checkout", "-qb", "topic")
    for number in range(50):
        (project / "src" / f"m{number}.py").write_text(f"def ride{number}():\n    camel\n")
        git(project, "commit", "-qam", f"camel {number}")
    git(project, "checkout", "-q", "main")
    (project / "src" / "kitchen.py").write_text("def cool_water():\n    yak\n")
    git(project, "commit", "-qam", "yak")
    git(project, "checkout", "-q", "topic")
    task = asyncio.create_task(index.search("p", "water"))
    await asyncio.to_thread(git, project, "rebase", "-q", "main")
    await task
    assert await found(index, "yak") == {"src/kitchen.py"}
    assert await found(index, "camel") >= {f"src/m{number}.py" for number in range(5)}
    old = [hit.path for hit in await index.search("p", "zebra", 500) if "zebra" in hit.text]
    assert old
    assert not {f"src/m{number}.py" for number in range(50)} & set(old)
