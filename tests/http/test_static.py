"""The lab extension's files as a browser gets them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

from neoai_server_ext.http import static

HASHED = "7411.62b0b2cb76f17e97.js"
CODE = b"// a chunk\n" + b"export const text = 'caf\xc3\xa9';\n" * 200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "static"
    folder.mkdir()
    for name in (HASHED, "style.js", "unpacked.js"):
        (folder / name).write_bytes(CODE)
        if name != "unpacked.js":
            (folder / f"{name}.gz").write_bytes(gzip.compress(CODE))
    (tmp_path / "secret.txt").write_text("secret")
    return folder


Fetch = Callable[..., Any]


@pytest.fixture
def fetch(jp_serverapp: Any, jp_fetch: Fetch, folder: Path) -> Fetch:
    static.mount(jp_serverapp.web_app, [str(folder)])

    async def get(name: str, accept: str = "gzip", **kwargs: Any) -> HTTPResponse:
        headers = {"Accept-Encoding": accept}
        return await jp_fetch(
            *("lab", "extensions", "@neoai", "lab", "static", name),
            headers=headers,
            decompress_response=False,
            **kwargs,
        )

    return get


@pytest.mark.parametrize("name", [HASHED, "style.js"])
async def test_a_browser_gets_the_packed_bytes_of_the_same_file(fetch: Fetch, name: str) -> None:
    reply = await fetch(name)
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.headers["Vary"] == "Accept-Encoding"
    assert "javascript" in reply.headers["Content-Type"]
    assert gzip.decompress(reply.body) == CODE


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0, br"])
async def test_who_does_not_take_gzip_gets_the_plain_file(fetch: Fetch, accept: str) -> None:
    reply = await fetch(HASHED, accept)
    assert "Content-Encoding" not in reply.headers
    assert reply.body == CODE


async def test_a_file_without_a_packed_copy_is_sent_as_it_is(fetch: Fetch) -> None:
    assert (await fetch("unpacked.js")).body == CODE


async def test_a_packed_copy_that_is_older_than_its_file_is_not_sent(
    fetch: Fetch, folder: Path
) -> None:
    import os

    (folder / "style.js").write_bytes(b"// newer")
    os.utime(folder / "style.js.gz", (0, 0))
    assert (await fetch("style.js")).body == b"// newer"


async def test_only_names_with_a_digest_are_kept_for_good(fetch: Fetch) -> None:
    assert "immutable" in (await fetch(HASHED)).headers["Cache-Control"]
    assert "immutable" not in (await fetch("style.js")).headers["Cache-Control"]


@pytest.mark.parametrize("name", ["..%2Fsecret.txt", "%2e%2e/secret.txt", "nothing.js"])
async def test_nothing_outside_the_folder_is_served(fetch: Fetch, name: str) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(name)
    assert caught.value.code in (403, 404)
