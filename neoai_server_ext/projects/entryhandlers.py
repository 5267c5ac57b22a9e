"""The routes of the project view: new folders, copies, the trash, stamps."""

from __future__ import annotations

from ..http import NeoAIHandler, Reply, Route, operation
from .handlers import AUTH_RESOURCE, BYTES, PathHandler
from .models import (
    Discarded,
    EntryCopy,
    EntryPath,
    Moved,
    Restore,
    Stamps,
    StampsQuery,
)


class FoldersHandler(NeoAIHandler):
    """`/projects/{project_id}/folders`."""

    auth_resource = AUTH_RESOURCE

    @operation("Make a folder", body=EntryPath, reply=Moved, status=201)
    async def post(self, project_id: str, *, body: EntryPath) -> Moved:
        """And its parents; 409 `exists` where there is something already."""
        await self.neoai.projects.entries.make_folder(project_id, body.path)
        return Moved(path=body.path)


class CopyHandler(NeoAIHandler):
    """`/projects/{project_id}/copy`."""

    auth_resource = AUTH_RESOURCE

    @operation("Copy a file or folder", body=EntryCopy, reply=Moved, status=201)
    async def post(self, project_id: str, *, body: EntryCopy) -> Moved:
        """Complete or not at all; never overwrites (409 `exists`)."""
        await self.neoai.projects.entries.copy(project_id, body.source, body.target)
        return Moved(path=body.target)


class TrashHandler(NeoAIHandler):
    """`/projects/{project_id}/trash`."""

    auth_resource = AUTH_RESOURCE

    @operation(
        "Move a file or folder to the trash, to undo", body=EntryPath, reply=Discarded, status=201
    )
    async def post(self, project_id: str, *, body: EntryPath) -> Discarded:
        """As DELETE of the file, with the id to restore it by. 409 `no-trash` where there is no
        trash: then it is left in place."""
        trashed = await self.neoai.projects.discard(project_id, body.path)
        return Discarded(path=body.path, id=None if trashed is None else trashed.id)


class RestoreHandler(NeoAIHandler):
    """`/projects/{project_id}/trash/{trash_id}/restore`."""

    auth_resource = AUTH_RESOURCE

    @operation("Restore from the trash", body=Restore, reply=Moved)
    async def post(self, project_id: str, trash_id: str, *, body: Restore) -> Moved:
        """To where it was, or to `to`. Never overwrites (409 `exists`); 404 `not-in-trash` where
        the trash does not hold this very file any more."""
        path = await self.neoai.projects.entries.restore(project_id, trash_id, body.to)
        return Moved(path=path)


class StampsHandler(NeoAIHandler):
    """`/projects/{project_id}/stamps`."""

    auth_resource = AUTH_RESOURCE

    @operation("Ask whether folders have changed", query=StampsQuery, reply=Stamps)
    async def get(self, project_id: str, *, query: StampsQuery) -> Stamps:
        """A stamp for each folder; another one means: list it again."""
        folders = query.folders.split("\n")
        return Stamps(items=await self.neoai.projects.entries.stamps(project_id, folders))


class HeadHandler(PathHandler):
    """`/projects/{project_id}/head/{path}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Read a file as the last commit has it", media_type=BYTES)
    async def get(self, project_id: str, path: str) -> Reply:
        """As a checkout would write it, under its old name where a rename is staged. Programs that
        the repository names as filters run for trusted projects alone. `X-Git-Commit` says which
        commit. 404 `no-repository`, `no-commit`, `not-in-head`; 409 `git-refused`."""
        found = await self.neoai.projects.entries.committed(project_id, path)
        headers = {"Content-Type": BYTES, "X-Git-Commit": found.commit}
        return Reply(found.content, headers=headers)


routes = [
    Route("/projects/{project_id}/head/{path:path}", HeadHandler),
    Route("/projects/{project_id}/folders", FoldersHandler),
    Route("/projects/{project_id}/copy", CopyHandler),
    Route("/projects/{project_id}/trash", TrashHandler),
    Route("/projects/{project_id}/trash/{trash_id}/restore", RestoreHandler),
    Route("/projects/{project_id}/stamps", StampsHandler),
]
