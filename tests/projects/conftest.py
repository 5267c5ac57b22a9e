"""A served projects folder, and a trash of the test's own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tornado.httpclient import HTTPClientError

from neoai_server_ext.projects.service import ProjectService


@pytest.fixture(autouse=True)
def trash_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """send2trash reads the place of the trash when it is imported, which is long ago."""
    from send2trash import plat_other

    can = tmp_path / "share" / "Trash"
    monkeypatch.setattr(plat_other, "HOMETRASH_B", bytes(can))
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", bytes(can.parent))
    return can / "files"


@dataclass
class Answer:
    """A reply, whatever its status."""

    code: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


Call = Callable[..., Awaitable[Answer]]


@pytest.fixture
def root(jp_root_dir: Path) -> Path:
    """The folder that the server serves."""
    return jp_root_dir


@pytest.fixture
def projects(jp_serverapp: Any) -> ProjectService:
    """The server's own service."""
    extension = jp_serverapp.web_app.settings["neoai"]
    service: ProjectService = extension.projects
    return service


@pytest.fixture
def call(http_server_client: Any, jp_base_url: str, jp_auth_header: Any, projects: Any) -> Call:
    """`await call("PUT", "/projects/…", {json})` or with `body=bytes`: an Answer for any status.

    Whatever is refused must be a problem document without a traceback.
    """

    async def call(method: str, path: str, json_body: Any = None, **options: Any) -> Answer:
        if json_body is not None:
            options["body"] = json.dumps(json_body)
        if method in ("POST", "PUT", "PATCH") and "body_producer" not in options:
            options.setdefault("body", b"")
        headers = {**jp_auth_header, **options.pop("headers", {})}
        try:
            reply = await http_server_client.fetch(
                jp_base_url + "neoai/v1" + path,
                method=method,
                headers=headers,
                request_timeout=60,
                **options,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            reply = error.response
        answer = Answer(reply.code, reply.headers, reply.body or b"")
        if answer.code >= 400 and method != "HEAD":
            assert reply.headers["Content-Type"] == "application/problem+json"
            assert answer.json["status"] == answer.code
            assert "Traceback" not in answer.body.decode()
            assert answer.json["request_id"]
        return answer

    return call


@pytest.fixture
def served(root: Path, call: Call) -> Callable[..., Awaitable[str]]:
    """Register a folder (made if need be) and give the project's id."""

    async def served(path: str = "work") -> str:
        (root / path).mkdir(exist_ok=True, parents=True)
        answer = await call("POST", "/projects", {"name": path, "path": path})
        assert answer.code == 201, answer.body
        return str(answer.json["id"])

    return served


@pytest.fixture
def url() -> Callable[[str, str | bytes], str]:
    """The address of a file."""
    return lambda project_id, path: f"/projects/{project_id}/files/{quote(path, safe='/')}"
