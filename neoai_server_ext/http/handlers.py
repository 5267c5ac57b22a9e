"""The service's own routes: health and the API document."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, Field

from .. import __version__
from .base import NeoAIHandler, Reply
from .openapi import document
from .operation import operation
from .routes import Route


class Check(BaseModel):
    """One part's state: `ok`, `off` (not configured) or `failed`, and what to do about it."""

    status: Literal["ok", "off", "failed"]
    detail: str = ""


class Health(BaseModel):
    """The state of the whole: `degraded` while any part has failed."""

    status: Literal["ok", "degraded"]
    version: str
    checks: dict[str, Check] = Field(description="By part: `database`, `root`, …")


class HealthHandler(NeoAIHandler):
    """`/health`."""

    auth_resource = "neoai-projects"
    _track_activity = False

    @operation("Say whether every part works", reply=Health)
    async def get(self) -> Health:
        """Always 200 while the server answers; `status` and `checks` tell the rest."""
        checks = {name: Check(**found) for name, found in (await self.neoai.checks()).items()}
        failed = any(check.status == "failed" for check in checks.values())
        return Health(status="degraded" if failed else "ok", version=__version__, checks=checks)


class OpenAPIHandler(NeoAIHandler):
    """`/openapi.json`."""

    auth_resource = "neoai-projects"

    @operation("This document")
    async def get(self) -> Reply:
        """The OpenAPI 3.1 document of every route."""
        body = json.dumps(document(self.neoai.routes)).encode()
        return Reply(body, headers={"Content-Type": "application/json"})


routes = [Route("/health", HealthHandler), Route("/openapi.json", OpenAPIHandler)]
