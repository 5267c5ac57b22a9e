"""The routes of checkpoints and versions."""

from __future__ import annotations

from ..http import NeoAIHandler, Reply, Route, operation
from ..pagination import PageQuery
from ..projects.handlers import AUTH_RESOURCE, BYTES, PathHandler, written
from ..projects.models import FileWritten
from .history import Checkpoint
from .models import (
    ChangesQuery,
    CheckpointChange,
    CheckpointChanges,
    CheckpointCreate,
    CheckpointItem,
    CheckpointPage,
    CheckpointRestore,
    CheckpointRestored,
    VersionItem,
    VersionPage,
    VersionQuery,
    VersionRestore,
)
from .service import shown


class CheckpointsHandler(NeoAIHandler):
    """`/projects/{project_id}/checkpoints`."""

    auth_resource = AUTH_RESOURCE

    @operation("List a project's checkpoints", query=PageQuery, reply=CheckpointPage)
    async def get(self, project_id: str, *, query: PageQuery) -> CheckpointPage:
        """The newest first; those made before something destructive too."""
        items, more = await self.neoai.checkpoints.checkpoints(
            project_id, query.limit, query.cursor
        )
        return CheckpointPage(items=[_item(one) for one in items], next_cursor=more)

    @operation("Make a checkpoint", body=CheckpointCreate, reply=CheckpointItem, status=201)
    async def post(self, project_id: str, *, body: CheckpointCreate) -> CheckpointItem:
        """Keeps the whole project as it is, untracked files included. What `.gitignore` or
        `c.CheckpointService.exclude` leaves out, and too large files, are not in it."""
        return _item(await self.neoai.checkpoints.create(project_id, body.label or None))


class CheckpointHandler(NeoAIHandler):
    """`/projects/{project_id}/checkpoints/{checkpoint_id}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show a checkpoint", reply=CheckpointItem)
    async def get(self, project_id: str, checkpoint_id: str) -> CheckpointItem:
        """One checkpoint."""
        return _item(await self.neoai.checkpoints.get(project_id, checkpoint_id))

    @operation("Forget a checkpoint", status=204)
    async def delete(self, project_id: str, checkpoint_id: str) -> None:
        """The others stay as they are."""
        await self.neoai.checkpoints.forget(project_id, checkpoint_id)


class CheckpointChangesHandler(NeoAIHandler):
    """`/projects/{project_id}/checkpoints/{checkpoint_id}/changes`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show what changed after a checkpoint", query=ChangesQuery, reply=CheckpointChanges)
    async def get(
        self, project_id: str, checkpoint_id: str, *, query: ChangesQuery
    ) -> CheckpointChanges:
        """Up to now, or to another checkpoint. A restore would take these changes back."""
        found = await self.neoai.checkpoints.changes(project_id, checkpoint_id, query.to)
        return CheckpointChanges(
            items=[
                CheckpointChange.model_validate({"path": shown(one.path), "change": one.kind})
                for one in found
            ]
        )


class CheckpointFileHandler(PathHandler):
    """`/projects/{project_id}/checkpoints/{checkpoint_id}/files/{path}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Read a file of a checkpoint", media_type=BYTES)
    async def get(self, project_id: str, checkpoint_id: str, path: str) -> Reply:
        """Its bytes as they were."""
        content = await self.neoai.checkpoints.file(project_id, checkpoint_id, path)
        return Reply(content, headers={"Content-Type": BYTES})


class CheckpointRestoreHandler(NeoAIHandler):
    """`/projects/{project_id}/checkpoints/{checkpoint_id}/restore`."""

    auth_resource = AUTH_RESOURCE

    @operation("Restore a checkpoint", body=CheckpointRestore, reply=CheckpointRestored)
    async def post(
        self, project_id: str, checkpoint_id: str, *, body: CheckpointRestore
    ) -> CheckpointRestored:
        """The tree, or the `paths` of it, is then as it was; newer files are removed. Restoring
        the checkpoint `undo` takes it back."""
        done, before = await self.neoai.checkpoints.restore(
            project_id, checkpoint_id, body.paths or ()
        )
        return CheckpointRestored(
            id=checkpoint_id,
            undo=before.id,
            restored=[shown(path) for path in done.restored],
            removed=[shown(path) for path in done.removed],
            kept={shown(path): reason for path, reason in done.kept.items()},
        )


class VersionsHandler(PathHandler):
    """`/projects/{project_id}/versions/{path}`."""

    auth_resource = AUTH_RESOURCE

    @operation("List a file's versions, or read one", query=VersionQuery, reply=VersionPage)
    async def get(self, project_id: str, path: str, *, query: VersionQuery) -> Reply:
        """The newest first, from before renames too; with `version`, that version's bytes
        (`application/octet-stream`)."""
        return await self._versions(project_id, path, query)

    async def _versions(self, project_id: str, path: str, query: VersionQuery) -> Reply:
        if query.version is not None:
            content = await self.neoai.checkpoints.read_version(project_id, path, query.version)
            return Reply(content, headers={"Content-Type": BYTES})
        found, more = await self.neoai.checkpoints.versions(
            project_id, path, query.limit, query.cursor
        )
        items = [
            VersionItem(
                id=one.id,
                path=shown(one.path),
                created_at=one.created_at,
                size=one.size,
                reason=one.reason,
            )
            for one in found
        ]
        return Reply(VersionPage(items=items, next_cursor=more))


class VersionRestoreHandler(VersionsHandler):
    """`/projects/{project_id}/versions/{path}/restore`."""

    @operation("List the versions of a file named restore", query=VersionQuery, reply=VersionPage)
    async def get(self, project_id: str, path: str, *, query: VersionQuery) -> Reply:
        """As for every other file."""
        return await self._versions(project_id, f"{path}/restore", query)

    @operation("Restore a version", body=VersionRestore, reply=FileWritten)
    async def post(self, project_id: str, path: str, *, body: VersionRestore) -> FileWritten:
        """The file has that version's content again; what it had becomes a version."""
        state = await self.neoai.checkpoints.restore_version(project_id, path, body.version)
        return written(path, state)


def _item(found: Checkpoint) -> CheckpointItem:
    return CheckpointItem(
        id=found.id,
        label=found.label,
        created_at=found.created_at,
        reason=found.reason,
        files=found.files,
        bytes=found.bytes,
        skipped={shown(path): reason for path, reason in found.skipped.items()},
    )


routes = [
    Route("/projects/{project_id}/checkpoints", CheckpointsHandler),
    Route("/projects/{project_id}/checkpoints/{checkpoint_id}", CheckpointHandler),
    Route("/projects/{project_id}/checkpoints/{checkpoint_id}/changes", CheckpointChangesHandler),
    Route("/projects/{project_id}/checkpoints/{checkpoint_id}/restore", CheckpointRestoreHandler),
    Route(
        "/projects/{project_id}/checkpoints/{checkpoint_id}/files/{path:path}",
        CheckpointFileHandler,
    ),
    Route("/projects/{project_id}/versions/{path:path}/restore", VersionRestoreHandler),
    Route("/projects/{project_id}/versions/{path:path}", VersionsHandler),
]
