"""The route of comparing notebooks."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import NotebookCompare, NotebookComparison


class CompareHandler(NeoAIHandler):
    """`/notebooks/compare`."""

    auth_resource = "neoai-projects"

    @operation("Compare two notebooks", body=NotebookCompare, reply=NotebookComparison)
    async def post(self, *, body: NotebookCompare) -> NotebookComparison:
        """Cell by cell, as nbdime aligns them; nothing is read or written but what the request
        holds. 400 where one is no notebook of format 4."""
        return await self.neoai.notebooks.compare(body.base, body.remote)


routes = [Route("/notebooks/compare", CompareHandler)]
