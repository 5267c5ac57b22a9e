"""The lab extension's files as a browser gets them, from a server with JupyterLab and another's."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPResponse

HASHED = "7411.62b0b2cb76f17e97.js"
CODE = b"// a chunk\n" + b"export const text = 'caf\xc3\xa9';\n" * 200
Fetch = Callable[..., Any]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """Nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def another(tmp_path: Path) -> str:
    """Another lab extension; Jupyter remembers by name where in this process it found a file."""
    return f"another-{tmp_path.name}"


@pytest.fixture
def labextensions(jp_env_jupyter_path: Path, another: str) -> Path:
    """Ours and another's, with the same files."""
    found = Path(jp_env_jupyter_path, "labextensions")
    for package in ("@neoai/lab", another):
        static = found / package / "static"
        static.mkdir(parents=True)
        for name in (HASHED, "style.js", "unpacked.js"):
            (static / name).write_bytes(CODE)
            if name != "unpacked.js":
                (static / f"{name}.gz").write_bytes(gzip.compress(CODE))
        (static.parent / "secret.txt").write_text("secret")
    return found


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], labextensions: Path) -> dict[str, Any]:
    jp_server_config["ServerApp"]["jpserver_extensions"] |= {"jupyterlab": True}
    return jp_server_config


@pytest.fixture
def fetch(jp_serverapp: Any, jp_fetch: Fetch) -> Fetch:
    async def get(
        name: str,
        accept: str = "gzip",
        package: str = "@neoai/lab",
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> HTTPResponse:
        return await jp_fetch(
            *("lab", "extensions", *package.split("/"), "static", name),
            headers={"Accept-Encoding": accept, **(headers or {})},
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


async def test_a_head_request_says_the_same_without_the_bytes(fetch: Fetch) -> None:
    reply = await fetch(HASHED, method="HEAD")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert int(reply.headers["Content-Length"]) == len(gzip.compress(CODE))
    assert reply.body == b""


@pytest.mark.parametrize("accept", ["identity", "gzip;q=0, br", "gzip; q=0.000"])
async def test_who_does_not_take_gzip_gets_the_plain_file(fetch: Fetch, accept: str) -> None:
    reply = await fetch(HASHED, accept)
    assert "Content-Encoding" not in reply.headers
    assert reply.body == CODE


async def test_a_file_without_a_packed_copy_is_sent_as_it_is(fetch: Fetch) -> None:
    assert (await fetch("unpacked.js")).body == CODE


async def test_a_packed_copy_that_is_older_than_its_file_is_not_sent(
    fetch: Fetch, labextensions: Path
) -> None:
    static = labextensions / "@neoai" / "lab" / "static"
    (static / "style.js").write_bytes(b"// newer")
    os.utime(static / "style.js.gz", (0, 0))
    assert (await fetch("style.js")).body == b"// newer"


async def test_a_name_with_a_digest_is_packed_in_whatever_order_it_was_installed(
    fetch: Fetch, labextensions: Path
) -> None:
    os.utime(labextensions / "@neoai" / "lab" / "static" / f"{HASHED}.gz", (0, 0))
    assert gzip.decompress((await fetch(HASHED)).body) == CODE


async def test_only_names_with_a_digest_are_kept_for_good(fetch: Fetch) -> None:
    assert "immutable" in (await fetch(HASHED)).headers["Cache-Control"]
    assert "immutable" not in (await fetch("style.js")).headers["Cache-Control"]


async def test_who_has_the_bytes_already_is_told_so_and_each_form_has_its_own_tag(
    fetch: Fetch,
) -> None:
    packed, plain = [(await fetch(HASHED, form)).headers["Etag"] for form in ("gzip", "identity")]
    assert packed != plain
    for tag, code in ((packed, 304), (plain, 200)):
        reply = await fetch(HASHED, headers={"If-None-Match": tag}, raise_error=False)
        assert reply.code == code


async def test_another_extension_is_served_as_jupyterlab_serves_it(
    fetch: Fetch, another: str
) -> None:
    reply = await fetch(HASHED, package=another)
    assert "Content-Encoding" not in reply.headers
    assert "immutable" not in reply.headers.get("Cache-Control", "")
    assert reply.body == CODE


@pytest.mark.parametrize("open_to_all", [True, False])
async def test_who_is_not_logged_in_gets_what_jupyterlab_gives_of_other_extensions(
    fetch: Fetch, another: str, jp_serverapp: Any, open_to_all: bool
) -> None:
    jp_serverapp.web_app.settings["allow_unauthenticated_access"] = open_to_all
    stranger = {"Authorization": ""}
    for method in ("GET", "HEAD"):
        ours, theirs = [
            await fetch(
                *(HASHED, "gzip", package, stranger), method=method, follow_redirects=False,
                raise_error=False,
            )
            for package in ("@neoai/lab", another)
        ]  # fmt: skip
        assert (ours.code, theirs.code) == (200, 200)


@pytest.mark.parametrize("name", ["..%2Fsecret.txt", "%2e%2e/secret.txt", "nothing.js"])
async def test_nothing_outside_the_folder_is_served(fetch: Fetch, name: str) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await fetch(name)
    assert caught.value.code in (403, 404)
