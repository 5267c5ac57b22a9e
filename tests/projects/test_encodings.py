"""Files in other encodings than UTF-8 are text, and come back byte for byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.utils import ensure_async
from tornado.httpclient import HTTPClientError
from tornado.web import HTTPError

from neoai_server_ext.projects import encodings, texts
from neoai_server_ext.projects.contents import NeoAIContentsManager
from neoai_server_ext.projects.texts import TextMarks

WESTERN = "Café déjà vu, größer\n"
TEXTS = {
    "utf-8": "schön 🙂\n".encode(),
    "utf-8-bom": b"\xef\xbb\xbfsch\xc3\xb6n\n",
    "utf-16le": "\ufeffschön\n".encode("utf-16-le"),
    "utf-16be": "\ufeffschön\n".encode("utf-16-be"),
    "iso-8859-1": WESTERN.encode("latin-1"),
    "windows-1252": "“Café”, 5 €\n".encode("cp1252"),
    "windows-1251": "Привет, мир\n".encode("cp1251"),
    "koi8-r": "Привет, мир\n".encode("koi8-r"),
    "gb18030": "你好世界。我是中国人。\n".encode("gb18030"),
    "big5": "你好世界。這是繁體中文的文字。\n".encode("big5"),
    "shift-jis": "こんにちは、世界。テスト\n".encode("shift_jis"),
    "euc-jp": "こんにちは、世界。テスト\n".encode("euc_jp"),
    "euc-kr": "안녕하세요 세계\n".encode("euc_kr"),
}


@pytest.fixture
def manager(tmp_path: Path) -> NeoAIContentsManager:
    made = NeoAIContentsManager(root_dir=str(tmp_path))
    made.texts = TextMarks(tmp_path / ".marks.json")
    return made


async def read(manager: NeoAIContentsManager, path: str) -> str:
    model = await manager.get(path, type="file", format="text")
    content: str = model["content"]
    return content


async def save(manager: NeoAIContentsManager, path: str, content: str) -> None:
    await ensure_async(manager.save({"type": "file", "format": "text", "content": content}, path))


@pytest.mark.parametrize("encoding", TEXTS)
def test_the_encoding_of_a_text_is_found_out(encoding: str) -> None:
    assert encodings.detected(TEXTS[encoding]) == encoding


def test_utf_16_without_a_mark_is_found_out() -> None:
    assert encodings.detected("plain text\n".encode("utf-16-le")) == "utf-16le"
    assert encodings.detected("plain text\n".encode("utf-16-be")) == "utf-16be"


@pytest.mark.parametrize(
    "data", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\x00\x00\xff\xd8", b"\x00\xff"]
)
async def test_what_is_no_text_is_still_refused_as_text(
    manager: NeoAIContentsManager, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "a.bin").write_bytes(data)
    with pytest.raises(HTTPError) as caught:
        await read(manager, "a.bin")
    assert caught.value.status_code == 400


async def test_a_page_hears_whether_a_file_is_text_before_it_asks_for_the_content(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    files = {
        "empty.txt": (b"", "utf-8"),
        "marked.txt": (TEXTS["utf-8-bom"], "utf-8-bom"),
        "western.txt": (TEXTS["iso-8859-1"], "iso-8859-1"),
        "wide.txt": (TEXTS["utf-16le"], "utf-16le"),
        "zeros.dat": (b"text\0" * 9, None),
        "picture.txt": (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xd8", None),
    }
    for name, (data, encoding) in files.items():
        (jp_root_dir / name).write_bytes(data)

        model = json.loads((await jp_fetch("api/contents", name, params={"content": 0})).body)

        assert model["encoding"] == encoding, name
        assert model["content"] is None


def test_a_file_too_large_to_be_read_for_it_is_judged_by_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "JUDGED_WHOLE", 100)
    monkeypatch.setattr(texts, "JUDGED_HEAD", 64)
    file = tmp_path / "a.txt"
    marks = TextMarks()
    for lead in range(4):
        file.write_bytes(b"a" * lead + "😀".encode() * 60)
        assert texts.encoding_on_disk(marks, str(file)) == "utf-8"
    file.write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 9)
    assert texts.encoding_on_disk(marks, str(file)) is None


@pytest.mark.parametrize("encoding", TEXTS)
async def test_a_save_writes_the_encoding_that_was_read(
    manager: NeoAIContentsManager, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(TEXTS[encoding])
    content = await read(manager, "a.txt")
    await save(manager, "a.txt", content)
    assert file.read_bytes() == TEXTS[encoding]
    await save(manager, "a.txt", content + "more\n")
    assert file.read_bytes() == TEXTS[encoding] + "more\n".encode(encodings.codec_of(encoding))


async def test_an_edit_that_looks_like_another_encoding_is_saved_in_the_files_own(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes("“Café”\n".encode("cp1252"))
    await read(manager, "a.txt")
    await save(manager, "a.txt", "Café\n")
    await save(manager, "a.txt", "5 €\n")
    assert (tmp_path / "a.txt").read_bytes() == "5 €\n".encode("cp1252")


async def test_a_character_that_the_encoding_lacks_is_refused_and_nothing_is_written(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(WESTERN.encode("latin-1"))
    content = await read(manager, "a.txt")
    with pytest.raises(HTTPError, match="line 2"):
        await save(manager, "a.txt", content + "→\n")
    assert file.read_bytes() == WESTERN.encode("latin-1")


async def test_a_chosen_encoding_is_read_and_written_and_survives_a_restart_and_a_rename(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Ł\n".encode("iso-8859-2"))
    texts.choose(manager.texts, str(file), "iso-8859-2")
    assert await read(manager, "a.txt") == "Ł\n"
    manager.texts = TextMarks(tmp_path / ".marks.json")
    await manager.rename_file("a.txt", "b.txt")
    assert await read(manager, "b.txt") == "Ł\n"
    texts.choose(manager.texts, str(tmp_path / "b.txt"), "utf-16le")
    await save(manager, "b.txt", "Ł\n")
    assert (tmp_path / "b.txt").read_bytes() == b"\xff\xfe" + "Ł\n".encode("utf-16-le")
    texts.choose(manager.texts, str(tmp_path / "b.txt"), "utf-8")
    await save(manager, "b.txt", "\ufeffŁ\n")
    assert (tmp_path / "b.txt").read_bytes() == "Ł\n".encode()


async def test_a_chosen_encoding_leaves_the_line_endings_as_they_are(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Café\r\ndéjà\r\n".encode("latin-1"))
    texts.choose(manager.texts, str(file), "utf-8")
    await save(manager, "a.txt", "Café\ndéjà\nvu\n")
    assert file.read_bytes() == "Café\r\ndéjà\r\nvu\r\n".encode()


async def test_chosen_line_endings_are_written_until_somebody_else_writes_the_file(
    manager: NeoAIContentsManager, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"one\ntwo\n")
    texts.choose(manager.texts, str(file), line_endings="crlf")
    assert texts.state(manager.texts, str(file)) == ("utf-8", "crlf")
    await save(manager, "a.txt", "one\ntwo\n")
    assert file.read_bytes() == b"one\r\ntwo\r\n"
    await save(manager, "a.txt", "one\nthree\n")
    assert file.read_bytes() == b"one\r\nthree\r\n"
    file.write_bytes(b"from outside\n")
    await save(manager, "a.txt", "from outside\nand here\n")
    assert file.read_bytes() == b"from outside\nand here\n"
    assert texts.state(manager.texts, str(file)) == ("utf-8", "lf")


async def test_marks_that_cannot_be_read_are_forgotten(tmp_path: Path) -> None:
    (tmp_path / "marks.json").write_text('{"/a": {"nonsense": 1}}')
    assert TextMarks(tmp_path / "marks.json").get("/a") == texts.TextMark()


async def test_encoding_and_endings_are_shown_and_chosen_over_rest(
    jp_fetch: Any, jp_root_dir: Path
) -> None:
    file = jp_root_dir / "a.txt"
    file.write_bytes(b"Caf\xe9\r\n")

    async def text(**changes: Any) -> Any:
        if not changes:
            reply = await jp_fetch("neoai", "v1", "text", params={"path": "a.txt"})
        else:
            body = json.dumps({"path": "a.txt", **changes})
            reply = await jp_fetch("neoai", "v1", "text", method="PATCH", body=body)
        return json.loads(reply.body)

    shown = await text()
    assert (shown["encoding"], shown["line_endings"]) == ("iso-8859-1", "crlf")
    shown = await text(encoding="utf-8", line_endings="lf")
    assert (shown["encoding"], shown["line_endings"]) == ("utf-8", "lf")
    body = json.dumps({"type": "file", "format": "text", "content": "Café\r\n"})
    await jp_fetch("api", "contents", "a.txt", method="PUT", body=body)
    assert file.read_bytes() == "Café\n".encode()
    with pytest.raises(HTTPClientError) as caught:
        await text(encoding="ebcdic")
    assert caught.value.code == 422
    for nowhere in (".git/config", "x" * 300):
        with pytest.raises(HTTPClientError) as caught:
            await jp_fetch("neoai", "v1", "text", params={"path": nowhere})
        assert caught.value.code == 404
