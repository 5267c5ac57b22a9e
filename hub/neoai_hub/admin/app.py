"""The admin service's application."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from ..config.settings import HubSettings
from . import (
    access,
    announcement_pages,
    api,
    course_pages,
    gpu_pages,
    import_pages,
    invitation_pages,
    pages,
    problems,
    profile_pages,
)
from .hub import HubClient
from .services import Services

HERE = Path(__file__).parent


def create_app(
    settings: HubSettings, hub: HubClient, running_in: str = "", groups_from: str = ""
) -> FastAPI:
    """The whole service, under the prefix that the hub gives it. `groups_from`: who says who is in
    which group, where that is not the hub."""
    base = hub.prefix.rstrip("/")
    services = Services(settings)

    @asynccontextmanager
    async def living(_: FastAPI) -> AsyncIterator[None]:
        yield
        await hub.close()
        await services.database.close()

    app = FastAPI(
        title="NeoAI hub",
        lifespan=living,
        openapi_url=f"{base}/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.hub = hub
    app.state.services = services
    app.state.secret = secrets.token_bytes(32)
    app.state.running_in = running_in
    app.state.groups_from = groups_from
    problems.install(app, f"{base}/v1/")
    app.include_router(access.routes(hub.prefix))
    app.include_router(api.routes(f"{base}/v1"))
    for each in (
        pages,
        announcement_pages,
        course_pages,
        gpu_pages,
        import_pages,
        invitation_pages,
        profile_pages,
    ):
        app.include_router(each.routes(base))
    app.mount(f"{base}/static", StaticFiles(directory=HERE / "static"), name="static")
    return app
