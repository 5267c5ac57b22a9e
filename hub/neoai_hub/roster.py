"""Who is in which group: changed in the hub's own process, for its admin service.

JupyterHub's API makes users and members one call after the other; here a change is made whole or
not at all. Only the admin service's own token may ask: it has no right to change users otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jupyterhub import orm
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.metrics import TOTAL_USERS
from jupyterhub.scopes import get_scopes_for
from nativeauthenticator.orm import UserInfo
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from tornado import web

from .account_rules import LONGEST_NAME, can_be_group
from .accounts import NeoAIAuthenticator
from .admin.roster_csv import MOST_ROWS
from .audit import HUB, record_all
from .db import in_chunks
from .invitations import invite, withdraw

if TYPE_CHECKING:
    from .parts import HubParts

MOST_BYTES = 4 * 1024 * 1024
SERVICE = "neoai"


class Entry(BaseModel):
    """A user, and groups."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=1000)
    groups: list[str] = Field(default=[], max_length=50)


class Change(BaseModel):
    """What is asked for. `dry`: only say what would happen. `make`: users and groups that are not
    there are made, users with an invitation. `kept`: a teacher asks, who changes nothing about
    these and about admins. `seen`: the digest of what was shown before."""

    model_config = ConfigDict(extra="forbid")

    actor: str
    action: str = Field(pattern=r"^[a-z.]{1,50}$")
    add: list[Entry] = Field(default=[], max_length=MOST_ROWS)
    remove: list[Entry] = Field(default=[], max_length=MOST_ROWS)
    groups: list[str] = Field(default=[], max_length=1)
    make: bool = False
    dry: bool = False
    kept: list[str] | None = Field(default=None, max_length=1000)
    seen: str = ""


class Step(BaseModel):
    """What happens to one user. `mistake`: why it cannot."""

    name: str
    new: bool = False
    invited: bool = False
    joins: list[str] = []
    leaves: list[str] = []
    mistake: str = ""


class Outcome(BaseModel):
    """The steps, and once they are done the codes of who is invited."""

    steps: list[Step]
    new_groups: list[str]
    digest: str = ""
    codes: dict[str, str] = {}


class RosterHandler(APIHandler):
    """`POST /hub/api/neoai/roster`, by the admin service's token."""

    def initialize(self, parts: Callable[[], HubParts]) -> None:
        self._parts = parts()

    async def prepare(self) -> None:
        """Only the admin service comes in."""
        await super().prepare()
        asking = self.current_user
        if not isinstance(asking, orm.Service) or asking.name != SERVICE:
            raise web.HTTPError(403, "Only the admin service may ask for this.")

    async def get(self) -> None:
        """Whether a user's own scopes open the servers of a group's members."""
        user = orm.User.find(self.db, self.get_query_argument("user"))
        held = get_scopes_for(user) if user else set()
        group = self.get_query_argument("group")
        opens = {"access:servers", f"access:servers!group={group}"}
        self.write({"open": bool(opens & held)})

    async def post(self) -> None:
        """Make a change, or say what it would do."""
        if len(self.request.body) > MOST_BYTES:
            raise web.HTTPError(413, "These are too many at once: do it in parts.")
        try:
            change = Change.model_validate_json(self.request.body)
        except ValidationError as error:
            raise web.HTTPError(400, f"This is no change: {error.error_count()} mistakes") from None
        outcome = Roster(self.db, self.authenticator).plan(change)
        regroups = outcome.new_groups or any(step.joins or step.leaves for step in outcome.steps)
        if self.authenticator.manage_groups and regroups:
            raise web.HTTPError(409, "The identity provider says who is in which group.")
        if not change.dry:
            mistaken = next((step for step in outcome.steps if step.mistake), None)
            if mistaken:
                raise web.HTTPError(409, f"{mistaken.name[:100]}: {mistaken.mistake}")
            if change.seen and change.seen != outcome.digest:
                raise web.HTTPError(409, "The hub has changed since: look at what would happen now")
            await self._make(change, outcome)
        self.write(outcome.model_dump_json())

    async def _make(self, change: Change, outcome: Outcome) -> None:
        """Our tables first, then JupyterHub's in one step; if that fails, ours as they were."""
        database, at = self._parts.database, self._parts.audit.now()
        invited = [step.name for step in outcome.steps if step.invited]
        ends_at = at + timedelta(days=self._parts.settings.authentication.native.invitation_days)

        def work(session: Session) -> dict[str, str]:
            record_all(session, at, change.actor, change.action, _entries(outcome))
            return invite(session, invited, ends_at)

        outcome.codes = await database.write(work)
        try:
            Roster(self.db, self.authenticator).apply(outcome)
        except Exception as error:
            self.db.rollback()
            await database.write(lambda session: withdraw(session, invited))
            await self._parts.audit.add(HUB, f"{change.action}.failed", f"user:{change.actor}")
            if isinstance(error, IntegrityError):
                raise web.HTTPError(409, "The hub has changed meanwhile: try again") from error
            raise


class Roster:
    """Reads and changes JupyterHub's tables of users and groups."""

    def __init__(self, db: Session, authenticator: Any) -> None:
        self._db, self._authenticator = db, authenticator
        self._own = isinstance(authenticator, NeoAIAuthenticator)

    def plan(self, change: Change) -> Outcome:
        """What the change would do."""
        names = [self._normal(each.name) for each in (*change.add, *change.remove)]
        there = set(self._found(orm.User.name, names))
        accounts = set(self._found(UserInfo.username, names)) if self._own else set()
        wanted = {group for each in (*change.add, *change.remove) for group in each.groups}
        wanted |= set(change.groups)
        groups = set(self._found(orm.Group.name, wanted))
        members = self._members(groups, set(names))
        kept = self._kept(change, names, groups)
        steps: list[Step] = []
        known: set[str] = set()
        for each in change.add:
            name = self._normal(each.name)
            step = Step(name=name, new=name not in there)
            step.invited = self._own and change.make and name not in accounts
            step.joins = [g for g in dict.fromkeys(each.groups) if (g, name) not in members]
            step.mistake = kept.get(name, "") or self._mistake(step, change, groups)
            if name in known:
                step.mistake = f"the hub writes this name as {name}, which is here already"
            known.add(name)
            steps.append(step)
        for each in change.remove:
            name = self._normal(each.name)
            leaves = [group for group in each.groups if (group, name) in members]
            mistake = kept.get(name, "") or ("" if leaves else "is no member")
            steps.append(Step(name=name, leaves=leaves, mistake=mistake))
        outcome = Outcome(steps=steps, new_groups=sorted(wanted - groups) if change.make else [])
        outcome.digest = hashlib.sha256(outcome.model_dump_json().encode()).hexdigest()
        return outcome

    def apply(self, outcome: Outcome) -> None:
        """Make it so, in one transaction."""
        new = [step.name for step in outcome.steps if step.new]
        if outcome.new_groups:
            self._db.execute(insert(orm.Group), [{"name": name} for name in outcome.new_groups])
        if new:
            self._db.execute(insert(orm.User), [{"name": name} for name in new])
        users = self._ids(orm.User, [step.name for step in outcome.steps])
        groups = self._ids(orm.Group, {g for s in outcome.steps for g in (*s.joins, *s.leaves)})
        role = self._db.scalar(select(orm.Role.id).where(orm.Role.name == "user"))
        roles = orm.Base.metadata.tables["user_role_map"]
        if new:
            rows = [{"user_id": users[name], "role_id": role} for name in new]
            self._db.execute(insert(roles), rows)
        table = orm.user_group_map
        joins = [
            {"user_id": users[step.name], "group_id": groups[group]}
            for step in outcome.steps
            for group in step.joins
        ]
        if joins:
            self._db.execute(insert(table), joins)
        for step in outcome.steps:
            for group in step.leaves:
                here = (table.c.user_id == users[step.name], table.c.group_id == groups[group])
                self._db.execute(delete(table).where(*here))
        self._db.commit()
        TOTAL_USERS.inc(len(new))
        self._forget({step.name for step in outcome.steps})

    def _forget(self, names: set[str]) -> None:
        """What JupyterHub remembers of these users and of groups and roles is read anew."""
        for held in list(self._db.identity_map.values()):
            if isinstance(held, (orm.Group, orm.Role)):
                self._db.expire(held, ["users"])
            elif isinstance(held, orm.User) and held.name in names:
                self._db.expire(held, ["groups", "roles"])

    def _kept(self, change: Change, names: list[str], groups: set[str]) -> dict[str, str]:
        """Why a teacher may not change these."""
        if change.kept is None:
            return {}
        found = self._db.scalars(select(orm.Group).where(orm.Group.name.in_(sorted(groups))))
        if any(group.roles for group in found):
            said = "the group has roles of JupyterHub's: only administrators change its members"
            return dict.fromkeys(names, said)
        admins = self._db.scalars(select(orm.User.name).where(orm.User.admin))
        said = "only administrators add and remove teachers and administrators"
        return dict.fromkeys([*map(self._normal, change.kept), *admins], said)

    def _mistake(self, step: Step, change: Change, groups: set[str]) -> str:
        if step.new and not change.make:
            return "there is no such user"
        longest = LONGEST_NAME if self._own else 255
        if step.new and (
            len(step.name) > longest or not self._authenticator.validate_username(step.name)
        ):
            return "this cannot be a user's name"
        bad = [group for group in step.joins if not can_be_group(group)]
        if bad:
            return f"“{bad[0][:100]}” cannot be a group's name"
        lacking = [group for group in step.joins if group not in groups and not change.make]
        return f"there is no group {lacking[0]}" if lacking else ""

    def _normal(self, name: str) -> str:
        return str(self._authenticator.normalize_username(name))

    def _found(self, column: Any, names: Iterable[str]) -> Iterator[str]:
        for some in in_chunks(sorted(set(names))):
            yield from self._db.scalars(select(column).where(column.in_(some)))

    def _ids(self, model: Any, names: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for some in in_chunks(sorted(set(names))):
            query = select(model.name, model.id).where(model.name.in_(some))
            found.update(dict(self._db.execute(query).tuples().all()))
        return found

    def _members(self, groups: set[str], names: set[str]) -> set[tuple[str, str]]:
        table = orm.user_group_map
        query = (
            select(orm.Group.name, orm.User.name)
            .join(table, table.c.group_id == orm.Group.id)
            .join(orm.User, table.c.user_id == orm.User.id)
        )
        found: set[tuple[str, str]] = set()
        for some in in_chunks(sorted(groups)):
            rows = self._db.execute(query.where(orm.Group.name.in_(some))).tuples()
            found |= {(group, name) for group, name in rows if name in names}
        return found


def _entries(outcome: Outcome) -> Iterator[tuple[str, dict[str, Any]]]:
    """The audit log's, one a user and one a new group."""
    for group in outcome.new_groups:
        yield f"group:{group}", {"made": True}
    for step in outcome.steps:
        if step.new or step.invited or step.joins or step.leaves:
            yield f"user:{step.name}", step.model_dump(exclude={"name", "mistake"})


def roster_route(parts: Callable[[], HubParts]) -> tuple[str, Any, dict[str, Any]]:
    """For JupyterHub's `extra_handlers`."""
    return (r"/api/neoai/roster", RosterHandler, {"parts": parts})
