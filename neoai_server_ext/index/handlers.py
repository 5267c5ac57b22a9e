"""The routes of search."""

from __future__ import annotations

from jupyter_server.utils import url_path_join

from ..http import NeoAIHandler, Reply, Route, operation
from ..http.routes import PREFIX
from .answering import found
from .models import (
    IndexPatch,
    IndexStatus,
    SearchItems,
    SearchQuery,
    SymbolItem,
    SymbolItems,
    SymbolsQuery,
)
from .service import IndexState

AUTH_RESOURCE = "neoai-ai"


class SearchHandler(NeoAIHandler):
    """`/ai/search`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Find the passages of a project that answer a question", body=SearchQuery, reply=SearchItems
    )
    async def post(self, *, body: SearchQuery) -> SearchItems:
        """The index is brought up to date first; 503 while a large project is indexed for the
        first time. Fixes of the error that the query is about come first."""
        return SearchItems(items=await found(self.neoai.index, self.neoai.fixes, body))


class SymbolsHandler(NeoAIHandler):
    """`/ai/symbols/{project_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Find a project's definitions by parts of their names",
        query=SymbolsQuery,
        reply=SymbolItems,
    )
    async def get(self, project_id: str, *, query: SymbolsQuery) -> SymbolItems:
        """Names that begin with what is typed first; its characters in this order are enough."""
        found = await self.neoai.index.symbols(project_id, query.query, query.limit)
        return SymbolItems(items=[SymbolItem.of(symbol) for symbol in found])


class IndexHandler(NeoAIHandler):
    """`/ai/index/{project_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show how a project's index stands", reply=IndexStatus)
    async def get(self, project_id: str) -> IndexStatus:
        """`absent` until something was searched in the project or its index was asked for."""
        return IndexStatus.of(await self.neoai.index.state(project_id))

    @operation("Bring a project's index up to date", reply=IndexStatus, status=202)
    async def post(self, project_id: str) -> Reply:
        """Goes on in the background; `GET` tells how far it is, and so do its `events`."""
        return _started(self, project_id, await self.neoai.index.build(project_id))

    @operation("Pause the indexing of a project, or resume it", body=IndexPatch, reply=IndexStatus)
    async def patch(self, project_id: str, *, body: IndexPatch) -> IndexStatus:
        """Paused, the index stays as it is, also after a restart, and is searched as it is."""
        return IndexStatus.of(await self.neoai.index.pause(project_id, body.paused))


class IndexRebuildHandler(NeoAIHandler):
    """`/ai/index/{project_id}/rebuild`."""

    auth_resource = AUTH_RESOURCE

    @operation("Make a project's index from nothing", reply=IndexStatus, status=202)
    async def post(self, project_id: str) -> Reply:
        """Goes on in the background, as when it is brought up to date."""
        return _started(self, project_id, await self.neoai.index.rebuild(project_id))


class IndexCancelHandler(NeoAIHandler):
    """`/ai/index/{project_id}/cancel`."""

    auth_resource = AUTH_RESOURCE

    @operation("Stop the indexing of a project", reply=IndexStatus)
    async def post(self, project_id: str) -> IndexStatus:
        """What was indexed stays; the next search goes on with it."""
        return IndexStatus.of(await self.neoai.index.cancel(project_id))


class IndexEventsHandler(NeoAIHandler):
    """`/ai/index/{project_id}/events`."""

    auth_resource = AUTH_RESOURCE

    @operation("Follow the indexing of a project", media_type="text/event-stream")
    async def get(self, project_id: str) -> None:
        """`progress {done, total}` in files, then `ready`, `failed` or `cancelled`, with
        `{files, chunks, detail}`; of the last time where nothing goes on."""
        await self.stream(await self.neoai.index.events(project_id, self.last_event_id))


def _started(handler: NeoAIHandler, project_id: str, state: IndexState) -> Reply:
    location = url_path_join(handler.base_url, PREFIX, "ai", "index", project_id)
    return Reply(IndexStatus.of(state), headers={"Location": location})


routes = [
    Route("/ai/search", SearchHandler),
    Route("/ai/symbols/{project_id}", SymbolsHandler),
    Route("/ai/index/{project_id}", IndexHandler),
    Route("/ai/index/{project_id}/rebuild", IndexRebuildHandler),
    Route("/ai/index/{project_id}/cancel", IndexCancelHandler),
    Route("/ai/index/{project_id}/events", IndexEventsHandler),
]
