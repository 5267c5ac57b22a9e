"""A project as a zip archive, and archives of every sort into a project."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


def archive(*entries: tuple[str | zipfile.ZipInfo, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries:
            file.writestr(name, content)
    return packed.getvalue()


async def test_an_export_holds_what_git_does_not_ignore_and_comes_back_by_an_import(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    work = root / "work"
    for path in ("src/a.py", "src/ü/run.sh", "out/x", ".git/config", "big.bin"):
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(path)
    (work / "big.bin").write_bytes(bytes(3_000_000))
    (work / "src/ü/run.sh").chmod(0o755)
    (work / ".gitignore").write_text("out/\n")
    (work / "link").symlink_to("/etc/passwd")

    everything = await call("GET", f"/projects/{project}/export")
    part = await call("GET", f"/projects/{project}/export?path=src")

    with zipfile.ZipFile(io.BytesIO(everything.body)) as found:
        assert found.testzip() is None
        assert sorted(found.namelist()) == [".gitignore", "big.bin", "src/a.py", "src/ü/run.sh"]
    assert "work.zip" in everything.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(part.body)) as found:
        assert sorted(found.namelist()) == ["a.py", "ü/run.sh"]
    (work / "back.zip").write_bytes(everything.body)
    body = {"path": "back.zip", "to": "new/back", "remove": True}
    back = await call("POST", f"/projects/{project}/import", body)
    assert (back.code, back.json) == (201, {"path": "new/back", "files": 4}), back.body
    assert (work / "new/back/src/a.py").read_text() == "src/a.py"
    assert (work / "new/back/src/ü/run.sh").stat().st_mode & stat.S_IXUSR
    assert not (work / "back.zip").exists()
    outside = await call("GET", f"/projects/{project}/export?path=..")
    assert outside.code == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (archive(("a", "1"), ("../evil", "x")), 422),
        (archive(("a", "1"), ("/etc/evil", "x")), 422),
        (archive(("a", "1"), ("b/../../evil", "x")), 422),
        (archive(("a", "1"), ("..\\evil", "x")), 422),
        (archive(("a", "1"), ("con", "x")), 422),
        (archive(("bomb", "0" * 2_000_000)), 413),
        (b"not a zip", 400),
        (archive(("a", "1" * 10_000))[:-60], 400),
    ],
    ids=["up", "absolute", "up-within", "backslash", "device", "bomb", "no-zip", "cut"],
)
async def test_a_bad_archive_leaves_nothing_behind(
    call: Any, served: Any, root: Path, projects: Any, content: bytes, status: int
) -> None:
    project = await served()
    projects.max_upload_bytes = 1_000_000
    work = root / "work"
    (work / "bad.zip").write_bytes(content)

    body = {"path": "bad.zip", "to": "new/folder", "remove": True}
    answer = await call("POST", f"/projects/{project}/import", body)

    assert answer.code == status, answer.body
    assert sorted(p.name for p in work.rglob("*")) == ["bad.zip"]
    assert not list(root.rglob("evil"))


async def test_links_and_git_are_left_out_and_nothing_is_written_over(
    call: Any, served: Any, root: Path
) -> None:
    project = await served()
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (root / "work/a.zip").write_bytes(
        archive((link, "/etc/passwd"), (".git/hooks/pre-commit", "x"), ("link/in", "y"))
    )
    (root / "work/there").mkdir()

    taken = await call("POST", f"/projects/{project}/import", {"path": "a.zip", "to": "there"})
    made = await call("POST", f"/projects/{project}/import", {"path": "a.zip", "to": "made"})

    assert (taken.code, taken.json["type"].split(":")[-1]) == (409, "exists")
    assert (made.code, made.json["files"]) == (201, 1)
    assert (root / "work/made/link/in").read_text() == "y"
    assert not (root / "work/made/.git").exists()
