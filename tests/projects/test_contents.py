"""The contents manager: hidden files, no `.git`, line endings kept in both modes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from jupyter_server_fileid.manager import ArbitraryFileIdManager
from jupyter_server_ydoc.loaders import FileLoader
from tornado.httpclient import HTTPClientError

from neoai_server_ext.projects.contents import NeoAIContentsManager


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def jp_server_config(jp_server_config: Any) -> Any:
    ours = "neoai_server_ext.projects.contents.NeoAIContentsManager"
    extensions = {**jp_server_config["ServerApp"], "contents_manager_class": ours}
    return {**jp_server_config, "ServerApp": extensions}


@pytest.fixture
def manager(tmp_path: Path) -> NeoAIContentsManager:
    return NeoAIContentsManager(root_dir=str(tmp_path))


async def put(jp_fetch: Any, path: str, content: str) -> None:
    model = {"type": "file", "format": "text", "content": content}
    await jp_fetch("api/contents", path, method="PUT", body=json.dumps(model))


async def saved_by_a_room(manager: Any, path: str, content: str) -> None:
    """As jupyter_server_ydoc's file loader saves."""
    await manager.save({"type": "file", "format": "text", "content": content}, path)


@pytest.mark.parametrize("data", [b"a\r\nb\r\n", b"a\r\nb", b"a\nb\r\nc\r\n", b"\xef\xbb\xbfa\r\n"])
async def test_a_rooms_save_of_an_unchanged_file_changes_no_byte(
    manager: NeoAIContentsManager, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    text = (await manager.get("a.txt"))["content"].replace("\r\n", "\n")

    await saved_by_a_room(manager, "a.txt", text)

    assert (tmp_path / "a.txt").read_bytes() == data


async def test_a_rooms_save_of_an_edited_file_keeps_its_endings(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"a\r\nb\r\nc")

    await saved_by_a_room(manager, "a.txt", "a\nnew\nb\nc")

    assert (tmp_path / "a.txt").read_bytes() == b"a\r\nnew\r\nb\r\nc"


async def test_the_file_loader_of_the_rooms_keeps_every_byte(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    file_ids = ArbitraryFileIdManager(
        db_path=str(tmp_path / "ids.db"), root_dir=str(tmp_path), log=manager.log
    )
    (tmp_path / "a.txt").write_bytes(b"a\r\nb\nc\r\nd")
    loader = FileLoader(file_ids.index("a.txt"), file_ids, manager)
    text = (await loader.load_content("text", "file"))["content"]
    assert "\r" not in text

    await loader.maybe_save_content({"format": "text", "type": "file", "content": text})
    assert (tmp_path / "a.txt").read_bytes() == b"a\r\nb\nc\r\nd"
    edited = text.replace("c\n", "c\nnew\n")
    await loader.maybe_save_content({"format": "text", "type": "file", "content": edited})

    assert (tmp_path / "a.txt").read_bytes() == b"a\r\nb\nc\r\nnew\r\nd"


async def test_the_users_own_change_of_endings_is_honoured(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    (jp_root_dir / "a.txt").write_bytes(b"a\r\nb\r\n")

    await put(jp_fetch, "a.txt", "a\nb\n")

    assert (jp_root_dir / "a.txt").read_bytes() == b"a\nb\n"


async def test_the_users_own_save_is_written_as_it_came(jp_fetch: Any, jp_root_dir: Path) -> None:
    for text in ("a\r\nb", "a\nb\r\n", "", "\n", "x"):
        await put(jp_fetch, "a.txt", text)
        assert (jp_root_dir / "a.txt").read_bytes() == text.encode()


async def test_a_new_file_and_a_notebook_are_left_alone(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    await saved_by_a_room(manager, "new.txt", "a\nb")
    assert (tmp_path / "new.txt").read_bytes() == b"a\nb"
    notebook = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_bytes(
        json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()
    )

    await manager.save({"type": "notebook", "content": notebook}, "n.ipynb")

    assert b"\r" not in (tmp_path / "n.ipynb").read_bytes()


async def test_hidden_files_are_shown_and_git_never_is(jp_fetch: Any, jp_root_dir: Path) -> None:
    (jp_root_dir / ".git/objects").mkdir(parents=True)
    (jp_root_dir / ".git/config").write_text("secret")
    (jp_root_dir / ".gitignore").write_text("*.pyc\n")
    (jp_root_dir / "link").symlink_to(".git/config")

    listing = json.loads((await jp_fetch("api/contents")).body)["content"]

    names = {item["name"] for item in listing}
    assert ".gitignore" in names
    assert ".git" not in names
    assert "ignore" not in json.loads((await jp_fetch("api/contents/.gitignore")).body)["content"]
    body = json.dumps({"type": "file", "format": "text", "content": "x"})
    for method, path, options in [
        ("GET", "api/contents/.git", {}),
        ("GET", "api/contents/.git/config", {}),
        ("GET", "api/contents/.GIT/config", {}),
        ("GET", "api/contents/link", {}),
        ("PUT", "api/contents/.git/config", {"body": body}),
        ("DELETE", "api/contents/.git/config", {}),
        ("PATCH", "api/contents/.git/config", {"body": '{"path": "stolen"}'}),
        ("PATCH", "api/contents/.gitignore", {"body": '{"path": ".git/hook"}'}),
        ("GET", "files/.git/config", {}),
        ("GET", "files/link", {}),
    ]:
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch(*path.split("/"), method=method, **options)
        assert caught.value.code == 404, (method, path)
    assert (jp_root_dir / ".git/config").read_text() == "secret"
    assert (await jp_fetch("files/.gitignore")).body == b"*.pyc\n"


async def test_what_is_no_regular_file_is_never_read_for_a_save(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    os.mkfifo(jp_root_dir / "pipe")
    (jp_root_dir / "endless").symlink_to("/dev/zero")
    for name in ("pipe", "endless"):
        with pytest.raises(HTTPClientError) as refused:
            await put(jp_fetch, name, "text")
        assert refused.value.code == 409
