"""Who has which role in which project. Knows no HTTP."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from jupyter_core.paths import jupyter_config_dir, jupyter_data_dir
from sqlalchemy import and_, delete, or_, select
from traitlets.config import LoggingConfigurable

from ... import errors
from ...db import Database
from ..models import ProjectRow
from ..registry import Registry
from .models import Collaborator, Share, ShareRow, parse_who, who
from .roles import NAMES, RANK, Access, Person, Role


class SharingService(LoggingConfigurable):
    """Keeps the shares, and says what they come to for a person.

    Nothing is remembered between requests: a change counts for the very next one, on every
    server that has the same database.
    """

    def __init__(self, db: Database, root_dir: Path | str, private: Path, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._db = db
        self._root = Path(os.path.realpath(root_dir))
        self._private = private
        self._registry = Registry(db, self._root)
        self.on_change: list[Callable[[], Awaitable[None]]] = []
        """Told after every change, before whoever made it gets his reply."""

    async def share(self, project_id: str, wanted: Share, by: str) -> tuple[Collaborator, bool]:
        """Give a role, in the place of the one that was; the second value is whether there was
        none. Raises NotFound, and Conflict (`private-folder`) for a folder that holds the
        account's own settings and keys."""
        row = await self._registry.get(project_id)
        await asyncio.to_thread(self._refuse_private, Path(row.location))
        kind = "user" if wanted.user is not None else "group"
        name = wanted.user if wanted.user is not None else wanted.group
        assert name is not None
        async with self._db.session() as session:
            known = await session.get(ShareRow, (project_id, kind, name))
            share = known or ShareRow(project_id=project_id, kind=kind, name=name)
            share.role, share.shared_by = wanted.role, by
            if known is None:
                share.created_at = datetime.now(UTC)
                session.add(share)
        await self.changed()
        return _collaborator(share), known is None

    async def revoke(self, project_id: str, person: str) -> None:
        """Take a role away; raises NotFound."""
        await self._registry.get(project_id)
        kind, name = parse_who(person)
        async with self._db.session() as session:
            found = await session.get(ShareRow, (project_id, kind, name))
            if found is None:
                raise errors.NotFound(f"`{person}` has no role in this project.")
            await session.execute(
                delete(ShareRow).where(
                    ShareRow.project_id == project_id,
                    ShareRow.kind == kind,
                    ShareRow.name == name,
                )
            )
        await self.changed()

    async def changed(self) -> None:
        """Tell who must know at once that rights may be others now."""
        for tell in self.on_change:
            await tell()

    async def collaborators(self, project_id: str) -> list[Collaborator]:
        """Who has a role here: of the project's own, then from the projects around it; of
        several for the same one, the innermost. Raises NotFound."""
        row = await self._registry.get(project_id)
        async with self._db.session() as session:
            found = await session.execute(
                select(ShareRow, ProjectRow.location).join(
                    ProjectRow, ProjectRow.id == ShareRow.project_id
                )
            )
            shares = [(share, location) for share, location in found]
        around = [
            (share, location)
            for share, location in shares
            if Path(row.location).is_relative_to(location)
            and Path(location).is_relative_to(self._root)
        ]
        around.sort(key=lambda pair: (-len(pair[1]), pair[0].kind != "user", pair[0].name))
        items: dict[tuple[str, str], Collaborator] = {}
        for share, _ in around:
            inherited = share.project_id if share.project_id != project_id else None
            items.setdefault((share.kind, share.name), _collaborator(share, inherited))
        return list(items.values())

    async def access(self, person: Person) -> Access:
        """What a person's shares come to."""
        mine = and_(ShareRow.kind == "user", ShareRow.name == person.name)
        ours = and_(ShareRow.kind == "group", ShareRow.name.in_(person.groups))
        async with self._db.session() as session:
            found = await session.execute(
                select(ProjectRow.location, ShareRow.role)
                .join(ProjectRow, ProjectRow.id == ShareRow.project_id)
                .where(or_(mine, ours))
            )
            rows = [(location, RANK.get(role, 0)) for location, role in found]
        grants: dict[str, int] = {}
        for location, rank in rows:
            if Path(location).is_relative_to(self._root):
                grants[location] = max(rank, grants.get(location, 0))
        return await asyncio.to_thread(Access, str(self._root), grants)

    async def location(self, project_id: str) -> str | None:
        """A project's folder, or None."""
        try:
            return (await self._registry.get(project_id)).location
        except errors.NotFound:
            return None

    async def roles(self, access: Access) -> dict[str, Role]:
        """The role in each project that may be seen, by id."""
        rows = await self._registry.page()

        def ranks() -> dict[str, Role]:
            found = {row.id: access.rank(row.location) for row in rows}
            return {key: NAMES[rank] for key, rank in found.items() if rank}

        return await asyncio.to_thread(ranks)

    def _refuse_private(self, location: Path) -> None:
        own = [Path.home(), Path(jupyter_config_dir()), Path(jupyter_data_dir()), self._private]
        if any(Path(os.path.realpath(folder)).is_relative_to(location) for folder in own):
            raise errors.Conflict(
                "This folder holds the account's own settings and keys: whoever could write there "
                "would have the whole account. Share a project in a folder of its own.",
                code="private-folder",
            )


def _collaborator(share: ShareRow, inherited: str | None = None) -> Collaborator:
    return Collaborator(
        who=who(share.kind, share.name),
        kind="group" if share.kind == "group" else "user",
        name=share.name,
        role=NAMES[RANK[share.role]],
        inherited_from=inherited,
        shared_by=share.shared_by or None,
        created_at=share.created_at,
    )
