"""The served projects of the projects' tests, and where their exports are kept."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from neoai_server_ext.exports.service import ExportService

from ..object_storage import s3, s3_options  # noqa: F401
from ..projects.conftest import call, projects, root, served, trash_can  # noqa: F401

Ended = Callable[[str, str], Awaitable[dict[str, Any]]]


@pytest.fixture
def db_url(tmp_path: Path) -> str:
    """SQLite alone: nothing here depends on the database."""
    return f"sqlite:///{tmp_path / 'neoai.db'}"


@pytest.fixture
def exports(jp_serverapp: Any) -> ExportService:
    """The server's own service."""
    service: ExportService = jp_serverapp.web_app.settings["neoai"].exports
    return service


@pytest.fixture
def bucket(s3: str, exports: ExportService) -> Any:  # noqa: F811
    """Exports go to S3: the file system, with `root` as the folder that they go to."""
    import s3fs

    filesystem = s3fs.S3FileSystem(**s3_options(s3))
    filesystem.root = f"b{uuid.uuid4().hex}"
    filesystem.mkdir(filesystem.root)
    exports.url, exports.options = f"s3://{filesystem.root}/kept", s3_options(s3)
    return filesystem


@pytest.fixture
def ended(call: Any) -> Ended:  # noqa: F811
    """`await ended(project, export)`: the export, once its events have ended."""

    async def ended(project: str, export: str) -> dict[str, Any]:
        address = f"/projects/{project}/exports/{export}"
        assert (await call("GET", f"{address}/events")).code == 200
        found: dict[str, Any] = (await call("GET", address)).json
        return found

    return ended
