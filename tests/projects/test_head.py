"""Files as the last commit has them: real git, and repositories that mean harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from .test_clone import git

Served = Callable[..., Awaitable[str]]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


def commit(folder: Path, **files: bytes) -> Path:
    """A repository with one commit of these files."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def code_of(answer: Any) -> str:
    return str(answer.json["type"].rsplit(":", 1)[-1])


async def test_a_file_is_as_the_last_commit_has_it(call: Any, served: Served, root: Path) -> None:
    work = commit(root / "work", a=b"one\n", gone=b"was here\n")
    project = await served()
    (work / "a").write_bytes(b"two\n")
    (work / "gone").unlink()
    answer = await call("GET", f"/projects/{project}/head/a")
    assert answer.body == b"one\n"
    assert answer.headers["X-Git-Commit"] == git(work, "rev-parse", "HEAD").strip()
    assert (await call("GET", f"/projects/{project}/head/gone")).body == b"was here\n"


async def test_the_repository_may_lie_around_the_project_or_within_it(
    call: Any, served: Served, root: Path
) -> None:
    commit(root / "outer" / "work" / "inner", a=b"inner\n")
    (root / "outer/work/[a] b").mkdir()
    (root / "outer/work/[a] b/*.txt").write_bytes(b"outer\n")
    (root / "outer/.gitignore").write_text("inner\n")
    commit(root / "outer")
    project = await served("outer/work")
    assert (await call("GET", f"/projects/{project}/head/inner/a")).body == b"inner\n"
    answer = await call("GET", f"/projects/{project}/head/%5Ba%5D%20b/*.txt")
    assert answer.body == b"outer\n"


async def test_a_staged_rename_is_followed(call: Any, served: Served, root: Path) -> None:
    work = commit(root / "work", old=b"1\n2\n3\n4\n5\n6\n")
    project = await served()
    git(work, "mv", "old", "new")
    (work / "new").write_bytes(b"1\n2\n3\n4\n5\n7\n")
    assert (await call("GET", f"/projects/{project}/head/new")).body == b"1\n2\n3\n4\n5\n6\n"


async def test_what_there_is_not_is_said(call: Any, served: Served, root: Path) -> None:
    project = await served()
    (root / "work/a").write_bytes(b"1")
    for prepare, code in [
        (lambda: None, "no-repository"),
        (lambda: git(root / "work", "init", "-q"), "no-commit"),
        (lambda: git(root / "work", "commit", "-q", "--allow-empty", "-m", "x"), "not-in-head"),
    ]:
        prepare()
        answer = await call("GET", f"/projects/{project}/head/a")
        assert (answer.code, code_of(answer)) == (404, code)
    for path in (".git/config", "../x", "%2Fetc/passwd"):
        assert (await call("GET", f"/projects/{project}/head/{path}")).code == 404


async def test_line_endings_and_encodings_are_those_of_a_checkout(
    call: Any, served: Served, root: Path
) -> None:
    attributes = b"* text eol=crlf\nwide working-tree-encoding=UTF-16LE\n"
    files = {".gitattributes": attributes, "a": b"1\r\n", "wide": "ü\n".encode("utf-16-le")}
    work = commit(root / "work", **files)
    project = await served()
    assert git(work, "show", "HEAD:a") == "1\n"
    assert (await call("GET", f"/projects/{project}/head/a")).body == b"1\r\n"
    expected = "ü\r\n".encode("utf-16-le")
    assert (await call("GET", f"/projects/{project}/head/wide")).body == expected


async def test_nothing_of_an_untrusted_repository_runs(
    call: Any, served: Served, root: Path, tmp_path: Path
) -> None:
    work = commit(root / "work", a=b"text\n", b=b"text\n")
    (work / ".gitattributes").write_text("* filter=bad diff=bad\nb filter=wor=se\n")
    project = await served()
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho x >> '{ran}'\ncat\n")
    program.chmod(0o755)
    for key in (
        *("filter.bad.smudge", "filter.bad.clean", "filter.wor=se.smudge", "filter.wor=se.process"),
        *("core.fsmonitor", "core.sshCommand", "core.gitProxy", "core.pager", "core.editor"),
        *("diff.bad.textconv", "diff.bad.command", "diff.external", "credential.helper"),
        "core.alternateRefsCommand",
    ):
        git(work, "config", key, str(program))
    git(work, "config", "filter.bad.required", "true")
    git(work, "config", "core.hooksPath", str(tmp_path))
    (tmp_path / "post-index-change").symlink_to(program)
    (tmp_path / "fsmonitor-watchman").symlink_to(program)
    for name in ("a", "b"):
        assert (await call("GET", f"/projects/{project}/head/{name}")).body == b"text\n"
    assert (await call("GET", f"/projects/{project}/head/not-there")).code == 404
    assert not ran.exists()

    await call("PATCH", f"/projects/{project}", {"trusted": True})
    assert (await call("GET", f"/projects/{project}/head/a")).body == b"text\n"
    assert ran.exists()


async def test_what_is_not_here_is_not_fetched(
    call: Any, served: Served, root: Path, tmp_path: Path
) -> None:
    """A partial clone gets missing objects through a program that its configuration names."""
    work = commit(root / "work", a=b"text\n")
    project = await served()
    blob = git(work, "rev-parse", "HEAD:a").strip()
    (work / ".git/objects" / blob[:2] / blob[2:]).unlink()
    ran = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho x >> '{ran}'\n")
    program.chmod(0o755)
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": f"file://{work}",
        "remote.origin.promisor": "true",
        "remote.origin.uploadpack": str(program),
    }.items():
        git(work, "config", key, value)
    answer = await call("GET", f"/projects/{project}/head/a")
    assert (answer.code, code_of(answer)) == (409, "git-refused")
    assert not ran.exists()


async def test_a_folder_that_poses_as_a_repository_is_none(
    call: Any, served: Served, root: Path, tmp_path: Path
) -> None:
    project = await served()
    posing = root / "work/posing"
    git(root, "init", "-q", "--bare", str(posing))
    (posing / "a").write_text("x")
    answer = await call("GET", f"/projects/{project}/head/posing/a")
    assert answer.code in (404, 409)
