"""The routes of projects and their files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from datetime import UTC, datetime
from email.utils import formatdate
from typing import cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado.http1connection import HTTP1Connection
from tornado.web import HTTPError, authenticated, stream_request_body

from .. import errors
from ..http import NeoAIHandler, Reply, Route, operation
from ..http.routes import PREFIX
from ..pagination import Page, PageQuery
from . import ranges
from .files import BLOCK, FileState, Reading, Writing, too_large
from .models import (
    FileItems,
    FileWritten,
    Move,
    Moved,
    Project,
    ProjectCreate,
    ProjectDelete,
    ProjectUpdate,
    TreeQuery,
)
from .sharing.handlers import roles_of

AUTH_RESOURCE = "neoai-projects"
NO_LIMIT = 1 << 62
BYTES = "application/octet-stream"


class ProjectPage(Page[Project]):
    """One page of projects, the newest first."""


class ProjectsHandler(NeoAIHandler):
    """`/projects`."""

    auth_resource = AUTH_RESOURCE

    @operation("List the projects", query=PageQuery, reply=ProjectPage)
    async def get(self, *, query: PageQuery) -> Page[Project]:
        """Those within the server's root that the caller has a role in, the newest first."""
        roles = await roles_of(self)
        page = await self.neoai.projects.page(query.limit, query.cursor, only=roles)
        for project in page.items:
            project.role = roles[project.id] if roles is not None else "owner"
        return page

    @operation("Add a project", body=ProjectCreate, reply=Project, status=201)
    async def post(self, *, body: ProjectCreate) -> Reply:
        """Registers the folder at `path`, clones `git_url`, or makes a new folder, from a
        `template` too. The reply to a clone or a template comes when it is complete; with
        `Prefer: respond-async` it is 202 at once, and the project's `events` tell how it goes."""
        is_long = body.git_url is not None or body.template is not None
        background = is_long and self._prefers("respond-async")
        project = await self.neoai.projects.create(body, wait=not background)
        location = url_path_join(self.base_url, PREFIX, "projects", project.id)
        headers = {"Location": location}
        if background:
            headers["Preference-Applied"] = "respond-async"
        return Reply(project, status=202 if background else 201, headers=headers)

    def _prefers(self, token: str) -> bool:
        preferences = ",".join(self.request.headers.get_list("Prefer")).split(",")
        return token in (preference.strip().lower() for preference in preferences)


class ProjectHandler(NeoAIHandler):
    """`/projects/{project_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show a project", reply=Project)
    async def get(self, project_id: str) -> Project:
        """One project."""
        project = await self.neoai.projects.get(project_id)
        roles = await roles_of(self)
        project.role = roles.get(project_id, "viewer") if roles is not None else "owner"
        return project

    @operation("Rename, trust or configure a project", body=ProjectUpdate, reply=Project)
    async def patch(self, project_id: str, *, body: ProjectUpdate) -> Project:
        """What is absent stays as it is."""
        return await self.neoai.projects.update(project_id, body)

    @operation("Remove a project", query=ProjectDelete, status=204)
    async def delete(self, project_id: str, *, query: ProjectDelete) -> None:
        """Forgets the project; its files stay, or go to the trash with `files=true`. Where there
        is no trash nothing happens at all. A running clone is ended and taken away."""
        await self.neoai.projects.delete(project_id, with_files=query.files)


class ProjectEventsHandler(NeoAIHandler):
    """`/projects/{project_id}/events`."""

    auth_resource = AUTH_RESOURCE

    @operation("Follow a clone, or a project made from a template", media_type="text/event-stream")
    async def get(self, project_id: str) -> None:
        """`progress {phase, percent, counts}`, then `ready` (with a template's `message` and the
        file to `open`), `failed` or `cancelled`."""
        await self.stream(await self.neoai.projects.events(project_id, self.last_event_id))


class ProjectCancelHandler(NeoAIHandler):
    """`/projects/{project_id}/cancel`."""

    auth_resource = AUTH_RESOURCE

    @operation("Cancel a clone, or a project made from a template", status=204)
    async def post(self, project_id: str) -> None:
        """Ends what is running, takes away what there was of it, and forgets the project."""
        await self.neoai.projects.cancel_clone(project_id)


class MoveHandler(NeoAIHandler):
    """`/projects/{project_id}/move`."""

    auth_resource = AUTH_RESOURCE

    @operation("Move or rename a file or folder", body=Move, reply=Moved)
    async def post(self, project_id: str, *, body: Move) -> Moved:
        """Makes the target's parents; never overwrites (409 `exists`)."""
        await self.neoai.projects.move(project_id, body.source, body.target)
        return Moved(path=body.target)


class TreeHandler(NeoAIHandler):
    """`/projects/{project_id}/files`."""

    auth_resource = AUTH_RESOURCE

    def compute_etag(self) -> None:
        """None: a digest of a whole tree would take the event loop's time."""

    @operation("List a project's tree", query=TreeQuery, reply=FileItems)
    async def get(self, project_id: str, *, query: TreeQuery) -> Reply:
        """Each folder before its content, names in order. What `.gitignore` leaves out is left
        out, unless `ignored=true`; `.git` always is."""
        body = await self.neoai.projects.tree(project_id, query)
        return Reply(body, headers={"Content-Type": "application/json"})


class PathHandler(NeoAIHandler):
    """A handler whose address ends in a file's path."""

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """Paths may be any bytes, as they are on disk."""
        if name == "path":
            return os.fsdecode(value)
        return super().decode_argument(value, name)


@stream_request_body
class FileHandler(PathHandler):
    """`/projects/{project_id}/files/{path}`: bytes in and out, streamed."""

    auth_resource = AUTH_RESOURCE

    _writing: Writing | None = None
    _refusal: errors.NeoAIError | None = None

    async def prepare(self) -> None:  # type: ignore[override]
        """Begin to write before the body comes. A refusal is kept until the body has passed by:
        a connection closed in its middle would take the reply with it."""
        await super().prepare()
        self._waiting: list[bytes] = []
        self._waiting_size = 0
        if self.request.method != "PUT" or self._finished:
            return
        await self._admit()
        cast(HTTP1Connection, self.request.connection).set_max_body_size(NO_LIMIT)
        try:
            self._writing = await self._begin()
        except errors.NeoAIError as error:
            if self.request.headers.get("Expect", "").lower() == "100-continue":
                raise
            self._refusal = error

    async def _admit(self) -> None:
        """Take nothing of a body from someone who may not write."""
        await cast(Awaitable[None], _admitted(self))

    async def _begin(self) -> Writing:
        limit = self.neoai.projects.max_upload_bytes
        length = self.request.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length[:19]) > limit:
            raise too_large(limit)
        self._condition = ranges.condition(self.request.headers)
        return await self.neoai.projects.write(**self.path_kwargs)

    async def data_received(self, chunk: bytes) -> None:
        """Collect a block, then hand it to the disk; the client waits meanwhile."""
        if self._writing is None:
            return
        self._waiting.append(chunk)
        self._waiting_size += len(chunk)
        if self._waiting_size >= BLOCK:
            await self._pass_on()

    async def _pass_on(self) -> None:
        data, self._waiting, self._waiting_size = b"".join(self._waiting), [], 0
        writing = self._writing
        if writing is None or not data:
            return
        try:
            await asyncio.to_thread(writing.write, data)
        except errors.NeoAIError as error:
            self._refusal, self._writing = error, None
            await asyncio.to_thread(writing.abort)

    @operation("Write a file", reply=FileWritten, body_media_type=BYTES)
    async def put(self, project_id: str, path: str) -> Reply:
        """The body is the whole content; written in one step, parents made. `If-Match` with the
        ETag that was read (412 if the file has changed), `If-None-Match: *` for a new file.
        201 for a new file, 200 for a replaced one."""
        await self._pass_on()
        writing, self._writing = self._writing, None
        if self._refusal is not None:
            raise self._refusal
        assert writing is not None
        state = await self.neoai.projects.save(project_id, path, writing, self._condition)
        reply = written(path, state)
        status = 201 if state.created else 200
        return Reply(reply, status=status, headers={"ETag": reply.etag})

    @operation("Read a file", media_type=BYTES)
    async def get(self, project_id: str, path: str) -> None:
        """Bytes with a strong `ETag`; `Range` and `If-None-Match` are honoured."""
        await self._serve(project_id, path)

    @operation("Ask about a file", media_type=BYTES)
    async def head(self, project_id: str, path: str) -> None:
        """The headers of GET."""
        await self._serve(project_id, path)

    @operation("Move a file or folder to the trash", status=204)
    async def delete(self, project_id: str, path: str) -> None:
        """With `If-Match`, only in the state that was read. Never deletes for good."""
        condition = ranges.condition(self.request.headers)
        await self.neoai.projects.delete_file(project_id, path, condition)

    async def _serve(self, project_id: str, path: str) -> None:
        reading = await self.neoai.projects.read(project_id, path)
        try:
            await self._send(reading)
        finally:
            await asyncio.to_thread(reading.close)

    async def _send(self, reading: Reading) -> None:
        state = reading.state
        self.set_header("ETag", f'"{state.etag}"')
        self.set_header("Last-Modified", formatdate(state.mtime_ns / 1e9, usegmt=True))
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Cache-Control", "no-cache")
        if self.check_etag_header():
            self.set_status(304)
            self.finish(set_content_type=BYTES)
            return
        start, end = ranges.wanted(self.request.headers, state)
        if (start, end) != (0, state.size):
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{end - 1}/{state.size}")
        self.set_header("Content-Length", str(end - start))
        self.set_header("Content-Type", BYTES)
        if self.request.method != "HEAD":
            await self._send_bytes(reading, start, end)
        self.finish(set_content_type=BYTES)

    async def _send_bytes(self, reading: Reading, start: int, end: int) -> None:
        while start < end:
            block = await asyncio.to_thread(reading.settled, start, min(BLOCK, end - start))
            if not block:
                # Too few bytes for the Content-Length: the client sees that it is not complete.
                raise HTTPError(500, "the file changed while it was read")
            self.write(block)
            await self.flush()
            start += len(block)

    def on_connection_close(self) -> None:
        """A body that stops in the middle leaves nothing behind."""
        super().on_connection_close()
        self._abandon()

    def on_finish(self) -> None:
        """Nor does one that was refused."""
        super().on_finish()
        self._abandon()

    def _abandon(self) -> None:
        writing, self._writing = self._writing, None
        if writing is not None:
            asyncio.get_running_loop().run_in_executor(None, writing.abort)


@authenticated
@authorized
async def _admitted(handler: FileHandler) -> None:
    """Whoever comes this far may do what the request's method does."""


def written(path: str, state: FileState) -> FileWritten:
    """What a reply says of a file that was written."""
    return FileWritten(
        path=os.fsencode(path).decode("utf-8", "replace"),
        size=state.size,
        mtime=datetime.fromtimestamp(state.mtime_ns / 1e9, UTC),
        etag=f'"{state.etag}"',
    )


routes = [
    Route("/projects", ProjectsHandler),
    Route("/projects/{project_id}", ProjectHandler),
    Route("/projects/{project_id}/events", ProjectEventsHandler),
    Route("/projects/{project_id}/cancel", ProjectCancelHandler),
    Route("/projects/{project_id}/move", MoveHandler),
    Route("/projects/{project_id}/files", TreeHandler),
    Route("/projects/{project_id}/files/{path:path}", FileHandler),
]
