"""The routes of zip archives: a project as one, and one into a project."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import quote

from ..http import NeoAIHandler, Route, operation
from .handlers import AUTH_RESOURCE
from .models import ExportQuery, ZipImport, ZipImported
from .sharing.handlers import access_of

ZIP = "application/zip"


def attachment(name: str) -> str:
    """The `Content-Disposition` of an archive of that name."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", name)
    return f"attachment; filename=\"{plain}.zip\"; filename*=UTF-8''{quote(name)}.zip"


class ExportHandler(NeoAIHandler):
    """`/projects/{project_id}/export`."""

    auth_resource = AUTH_RESOURCE

    def compute_etag(self) -> None:
        """None: it is streamed."""

    @operation("Export a project as a zip archive", query=ExportQuery, media_type=ZIP)
    async def get(self, project_id: str, *, query: ExportQuery) -> None:
        """Streamed. Without what `.gitignore` leaves out, links and `.git`."""
        name, blocks = await self.neoai.projects.entries.export(project_id, query.path)
        self.set_header("Content-Type", ZIP)
        self.set_header("Content-Disposition", attachment(name))
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            if block:
                self.write(block)
                await self.flush()
        self.finish(set_content_type=ZIP)


class ImportHandler(NeoAIHandler):
    """`/projects/{project_id}/import`."""

    auth_resource = AUTH_RESOURCE

    @operation("Unpack a zip archive", body=ZipImport, reply=ZipImported, status=201)
    async def post(self, project_id: str, *, body: ZipImport) -> ZipImported:
        """Of the project's own, uploaded before, into a new folder: all of it or nothing. An entry
        that leads outside is 422, more than the limit 413. `.git` and links are left out, and
        chats where it is not the server's owner who asks."""
        count = await self.neoai.projects.entries.unpack(
            project_id, body.path, body.to, remove=body.remove, chats=access_of(self) is None
        )
        return ZipImported(path=body.to, files=count)


routes = [
    Route("/projects/{project_id}/export", ExportHandler),
    Route("/projects/{project_id}/import", ImportHandler),
]
