"""The routes of finding and replacing."""

from __future__ import annotations

import asyncio
import gzip

from ...http import NeoAIHandler, Reply, Route, operation
from ..handlers import AUTH_RESOURCE
from .models import Paths, PathsQuery, Replacement, ReplacementCreate, TextQuery

COMPRESSED_FROM = 4096


class PathsHandler(NeoAIHandler):
    """`/projects/{project_id}/paths`."""

    auth_resource = AUTH_RESOURCE

    def compute_etag(self) -> None:
        """None: the stamp says whether it has changed."""

    @operation("List the names of a project's files", query=PathsQuery, reply=Paths)
    async def get(self, project_id: str, *, query: PathsQuery) -> Reply:
        """All of them in one short reply, without what `.gitignore` leaves out: to find files by
        name."""
        body = await self.neoai.find.paths(project_id, query.known)
        headers = {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
        accepted = self.request.headers.get("Accept-Encoding", "")
        if len(body) > COMPRESSED_FROM and "gzip" in accepted:
            body = await asyncio.to_thread(gzip.compress, body, 1)
            headers["Content-Encoding"] = "gzip"
        return Reply(body, headers=headers)


class SearchHandler(NeoAIHandler):
    """`/projects/{project_id}/search`."""

    auth_resource = AUTH_RESOURCE

    @operation("Search a project's text", query=TextQuery, media_type="text/event-stream")
    async def get(self, project_id: str, *, query: TextQuery) -> None:
        """`files {items: [{path, stamp, matches: [{line, start, end, text, at}]}]}` as they are
        found, then `end {files, matches, limited, seconds}`, where `limited` is null, `matches`
        or `time`. Leaving ends the search. 422 `bad-regex` says what is wrong with it."""
        await self.stream(await self.neoai.find.text(project_id, query))


class ReplacementsHandler(NeoAIHandler):
    """`/projects/{project_id}/replacements`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Replace text across a project", body=ReplacementCreate, reply=Replacement, status=201
    )
    async def post(self, project_id: str, *, body: ReplacementCreate) -> Replacement:
        """Exactly what is given is written, each file's edits all or none. A file that is not as
        the search saw it is left alone, and its state says so."""
        return await self.neoai.find.replace(project_id, body.files)


class UndoHandler(NeoAIHandler):
    """`/projects/{project_id}/replacements/{replacement_id}/undo`."""

    auth_resource = AUTH_RESOURCE

    @operation("Undo a replacement", reply=Replacement)
    async def post(self, project_id: str, replacement_id: str) -> Replacement:
        """Every file that has not changed since is as it was, byte for byte; `edits` counts
        these files. 404 `not-kept` for one that was undone or is long ago."""
        return await self.neoai.find.undo(project_id, replacement_id)


routes = [
    Route("/projects/{project_id}/paths", PathsHandler),
    Route("/projects/{project_id}/search", SearchHandler),
    Route("/projects/{project_id}/replacements", ReplacementsHandler),
    Route("/projects/{project_id}/replacements/{replacement_id}/undo", UndoHandler),
]
