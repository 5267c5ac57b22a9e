"""A server with projects, and fixes in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ...ai.test_api import first, jp_server_config, kitchen, second  # noqa: F401
from ...projects.conftest import call, projects, root, served, trash_can  # noqa: F401

NAME = "ZeroDivisionError"
ZERO = {"name": NAME, "message": "division by zero"}
FIX = {"error": ZERO, "before": "pots / 0", "after": "pots / 3", "path": "n.ipynb", "cell": "c1"}


@pytest.fixture
def keep(call: Any) -> Callable[..., Awaitable[Any]]:  # noqa: F811
    """Keep a fix; gives the reply's document."""

    async def keep(project_id: str, **values: Any) -> Any:
        reply = await call("POST", "/ai/fixes", {**FIX, "project_id": project_id, **values})
        assert reply.code == 201, reply.body
        return reply.json

    return keep


@pytest.fixture
def find(call: Any) -> Callable[..., Awaitable[Any]]:  # noqa: F811
    """The fixes of an error."""

    async def find(project_id: str, error: Any, **values: Any) -> Any:
        body = {"project_id": project_id, "error": error, **values}
        reply = await call("POST", "/ai/fixes/search", body)
        assert reply.code == 200, reply.body
        return reply.json["items"]

    return find
