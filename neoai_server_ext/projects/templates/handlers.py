"""The route of templates."""

from __future__ import annotations

import asyncio

from ...http import NeoAIHandler, Route, operation
from ..handlers import AUTH_RESOURCE
from . import service
from .models import Templates


class TemplatesHandler(NeoAIHandler):
    """`/templates`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the templates", reply=Templates)
    async def get(self) -> Templates:
        """What a new project can start from, and what each asks."""
        return Templates(items=await asyncio.to_thread(service.shipped))


routes = [Route("/templates", TemplatesHandler)]
