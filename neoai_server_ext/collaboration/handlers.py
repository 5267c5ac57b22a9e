"""The routes of open documents."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import ConflictResolve


class ResolveHandler(NeoAIHandler):
    """`/collaboration/resolve`."""

    auth_resource = "neoai-projects"

    @operation("End a document's conflict with its file", body=ConflictResolve, status=204)
    async def post(self, *, body: ConflictResolve) -> None:
        """The document then has both sides' changes and is saved. 404 where it is not open, 409
        `no-conflict` where nothing collides."""
        await self.neoai.collaboration.resolve(body.path, body.choice)


routes = [Route("/collaboration/resolve", ResolveHandler)]
