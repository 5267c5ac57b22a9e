"""The routes of open documents."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import ConflictResolve, DocumentMerge, DocumentMerged


class ResolveHandler(NeoAIHandler):
    """`/collaboration/resolve`."""

    auth_resource = "neoai-projects"

    @operation("End a document's conflict with its file", body=ConflictResolve, status=204)
    async def post(self, *, body: ConflictResolve) -> None:
        """The document then has both sides' changes and is saved. 404 where it is not open, 409
        `no-conflict` where nothing collides."""
        await self.neoai.collaboration.resolve(body.path, body.choice)


class MergeHandler(NeoAIHandler):
    """`/collaboration/merge`."""

    auth_resource = "neoai-projects"

    @operation("Merge a document with its file", body=DocumentMerge, reply=DocumentMerged)
    async def post(self, *, body: DocumentMerge) -> DocumentMerged:
        """For a page that holds a document by itself, without a room: both sides' changes since
        the base. Nothing is written, but what the merge replaces becomes a version of the file.
        409 `merging-off` where that is configured."""
        merged = await self.neoai.collaboration.merge(
            body.path, body.base, body.mine, body.disk, body.choice
        )
        collides = merged.conflicts > 0 and body.choice is None
        return DocumentMerged(
            content=None if collides else merged.content, conflicts=merged.conflicts
        )


routes = [
    Route("/collaboration/resolve", ResolveHandler),
    Route("/collaboration/merge", MergeHandler),
]
