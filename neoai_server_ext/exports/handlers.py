"""The routes of kept exports."""

from __future__ import annotations

from jupyter_server.utils import url_path_join
from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from .. import errors
from ..http import NeoAIHandler, Reply, Route, operation
from ..http.routes import PREFIX
from ..logs import logger
from ..pagination import PageQuery
from ..projects.handlers import AUTH_RESOURCE
from ..projects.ziphandlers import ZIP, attachment
from .models import Export, ExportCreate, ExportPage

log = logger("exports")


class ExportsHandler(NeoAIHandler):
    """`/projects/{project_id}/exports`."""

    auth_resource = AUTH_RESOURCE

    @operation("List a project's kept exports", query=PageQuery, reply=ExportPage)
    async def get(self, project_id: str, *, query: PageQuery) -> ExportPage:
        """The newest first; those on their way, and those that failed, too."""
        items, more = await self.neoai.exports.page(project_id, query.limit, query.cursor)
        return ExportPage(items=items, next_cursor=more)

    @operation("Keep an export", body=ExportCreate, reply=Export, status=202)
    async def post(self, project_id: str, *, body: ExportCreate) -> Reply:
        """Packs a zip archive and sends it to `c.ExportService.url`. When it is complete the
        oldest go, as `keep_count` and `keep_days` say."""
        found = await self.neoai.exports.create(project_id, body.path, ignored=body.ignored)
        parts = ("projects", project_id, "exports", found.id)
        location = url_path_join(self.base_url, PREFIX, *parts)
        return Reply(found, status=202, headers={"Location": location})


class KeptExportHandler(NeoAIHandler):
    """`/projects/{project_id}/exports/{export_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show a kept export", reply=Export)
    async def get(self, project_id: str, export_id: str) -> Export:
        """Its state, and how far it is."""
        return await self.neoai.exports.get(project_id, export_id)

    @operation("Remove a kept export", status=204)
    async def delete(self, project_id: str, export_id: str) -> None:
        """For good. One that is on its way is 409: cancel it first."""
        await self.neoai.exports.delete(project_id, export_id)


class ExportEventsHandler(NeoAIHandler):
    """`/projects/{project_id}/exports/{export_id}/events`."""

    auth_resource = AUTH_RESOURCE

    @operation("Follow an export", media_type="text/event-stream")
    async def get(self, project_id: str, export_id: str) -> None:
        """`progress {progress}`, then `ready`, `failed` or `cancelled` with the export."""
        found = await self.neoai.exports.events(project_id, export_id, self.last_event_id)
        await self.stream(found)


class ExportCancelHandler(NeoAIHandler):
    """`/projects/{project_id}/exports/{export_id}/cancel`."""

    auth_resource = AUTH_RESOURCE

    @operation("Cancel an export", reply=Export)
    async def post(self, project_id: str, export_id: str) -> Export:
        """What was packed and sent of it goes. `running` where it has not ended within ten
        seconds: it will."""
        return await self.neoai.exports.cancel(project_id, export_id)


class ExportResumeHandler(NeoAIHandler):
    """`/projects/{project_id}/exports/{export_id}/resume`."""

    auth_resource = AUTH_RESOURCE

    @operation("Send the rest of an export", reply=Export, status=202)
    async def post(self, project_id: str, export_id: str) -> Export:
        """Of one that failed and is `resumable`; parts that arrived are not sent again."""
        return await self.neoai.exports.resume(project_id, export_id)


class ExportContentHandler(NeoAIHandler):
    """`/projects/{project_id}/exports/{export_id}/content`."""

    auth_resource = AUTH_RESOURCE

    def compute_etag(self) -> None:
        """None: it is streamed."""

    @operation("Download a kept export", media_type=ZIP)
    async def get(self, project_id: str, export_id: str) -> None:
        """Every part is checked before it goes out; where one is wrong the connection breaks
        before the `Content-Length` is reached, so that it cannot pass for whole."""
        export, blocks = await self.neoai.exports.content(project_id, export_id)
        block = await anext(blocks, None)  # what is wrong here is still said in a problem document
        self.set_header("Content-Type", ZIP)
        self.set_header("Content-Length", str(export.bytes))
        self.set_header("Content-Disposition", attachment(export.name))
        self.set_header("Cache-Control", "private, no-store")
        try:
            while block is not None:
                self.write(block)
                await self.flush()
                block = await anext(blocks, None)
        except StreamClosedError:
            return
        except errors.NeoAIError as error:
            log.warning("an export broke off: %s", error.detail)
            self._break_off()
            return
        self.finish(set_content_type=ZIP)

    def _break_off(self) -> None:
        connection = self.request.connection
        if isinstance(connection, HTTP1Connection):
            connection.stream.close()
        self._finished = True
        self.on_finish()


routes = [
    Route("/projects/{project_id}/exports", ExportsHandler),
    Route("/projects/{project_id}/exports/{export_id}", KeptExportHandler),
    Route("/projects/{project_id}/exports/{export_id}/events", ExportEventsHandler),
    Route("/projects/{project_id}/exports/{export_id}/cancel", ExportCancelHandler),
    Route("/projects/{project_id}/exports/{export_id}/resume", ExportResumeHandler),
    Route("/projects/{project_id}/exports/{export_id}/content", ExportContentHandler),
]
