"""The routes of search."""

from __future__ import annotations

from jupyter_server.utils import url_path_join

from ..http import NeoAIHandler, Reply, Route, operation
from ..http.routes import PREFIX
from . import words
from .models import (
    IndexStatus,
    SearchItem,
    SearchItems,
    SearchQuery,
    SymbolItem,
    SymbolItems,
    SymbolsQuery,
)

AUTH_RESOURCE = "neoai-ai"


class SearchHandler(NeoAIHandler):
    """`/ai/search`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Find the passages of a project that answer a question", body=SearchQuery, reply=SearchItems
    )
    async def post(self, *, body: SearchQuery) -> SearchItems:
        """The index is brought up to date first; 503 while a large project is indexed for the
        first time."""
        hits = await self.neoai.index.search(body.project_id, body.query, body.k, body.kinds)
        terms = words.terms_of(body.query)
        return SearchItems(items=[SearchItem.of(hit, terms) for hit in hits])


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
        """Goes on in the background; `GET` tells how far it is."""
        state = await self.neoai.index.build(project_id)
        location = url_path_join(self.base_url, PREFIX, "ai", "index", project_id)
        return Reply(IndexStatus.of(state), headers={"Location": location})


routes = [
    Route("/ai/search", SearchHandler),
    Route("/ai/symbols/{project_id}", SymbolsHandler),
    Route("/ai/index/{project_id}", IndexHandler),
]
