"""The routes of fixes."""

from __future__ import annotations

from ...http import NeoAIHandler, Reply, Route, operation
from ..handlers import AUTH_RESOURCE
from .models import Fix, Fixes, FixQuery, FixRecord, FixSearch


class FixesHandler(NeoAIHandler):
    """`/ai/fixes`."""

    auth_resource = AUTH_RESOURCE

    @operation("Keep a fix that the user has accepted", body=FixRecord, reply=Fix, status=201)
    async def post(self, *, body: FixRecord) -> Reply:
        """The error is kept with its functions' names, without the rest of its traceback; secrets
        are taken out of it and of the code. 409 `fixes-off` where none are kept."""
        return Reply(await self.neoai.fixes.record(body))


class FixSearchHandler(NeoAIHandler):
    """`/ai/fixes/search`."""

    auth_resource = AUTH_RESOURCE

    @operation("Find how an error was mended before", body=FixSearch, reply=Fixes)
    async def post(self, *, body: FixSearch) -> Fixes:
        """Fixes of the same error first, then those of errors with words in common."""
        return Fixes(items=await self.neoai.fixes.search(body))


class FixHandler(NeoAIHandler):
    """`/ai/fixes/{fix_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Forget a fix", query=FixQuery, status=204)
    async def delete(self, fix_id: str, *, query: FixQuery) -> None:
        """It is not offered again, and goes along with no question."""
        await self.neoai.fixes.forget(query.project_id, fix_id)


routes = [
    Route("/ai/fixes", FixesHandler),
    Route("/ai/fixes/search", FixSearchHandler),
    Route("/ai/fixes/{fix_id}", FixHandler),
]
