"""Jupyter Server's authorizer that holds all but the server's owner to the projects' roles."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth import Authorizer
from jupyter_server.auth.identity import (
    IdentityProvider,
    LegacyIdentityProvider,
    PasswordIdentityProvider,
)
from tornado.web import HTTPError
from traitlets import Callable, List, Unicode, default

from ... import errors
from .demands import Account, Anyone, At, Member, granted
from .roles import Access, Person
from .rules import demands_of

if TYPE_CHECKING:
    from jupyter_server.auth import User
    from jupyter_server.base.handlers import JupyterHandler

    from ...extension import NeoAIExtension

PLAIN = (IdentityProvider, PasswordIdentityProvider)
OWNERS_ONLY = (
    "This is for the owner of this server alone: it would give the whole account, with every file "
    "and program of it."
)
NO_ROLE = "You have no role in any project on this server; ask its owner to share one with you."


def groups_of(user: User) -> Iterable[str]:
    """The groups in JupyterHub's model of the user, else an attribute `groups`."""
    model = getattr(user, "hub_user", None)
    if isinstance(model, dict):
        return [str(group) for group in model.get("groups") or ()]
    return [str(group) for group in getattr(user, "groups", None) or ()]


class ProjectAuthorizer(Authorizer):
    """The owner of the server may do everything; others, what their roles in projects allow.

    Where everybody signs in with one token or password (Jupyter's own identity providers),
    everybody who is signed in is the owner. Where an identity provider names people, only those in
    `owners` are.
    """

    owners = List(
        Unicode(),
        help="""The names of those who have this server's whole account: kernels, terminals and
        every file. By default the user whose server JupyterHub says this is. With another
        identity provider that names people there is no default, and nobody has the account until
        this is set. A service that signs in at JupyterHub is written `service:NAME`. Without a
        provider that names people it has no effect.""",
    ).tag(config=True)

    groups_of = Callable(
        groups_of,
        help="""Takes Jupyter's user, returns the names of the groups that he is in. By default
        those of JupyterHub's user model, else the user's attribute `groups`.""",
    ).tag(config=True)

    @default("owners")
    def _default_owners(self) -> list[str]:
        name = os.environ.get("JUPYTERHUB_USER")
        return [name] if name else []

    def is_authorized(
        self, handler: JupyterHandler, user: User, action: str, resource: str
    ) -> Awaitable[bool] | bool:
        """Whether this user may make this request.

        The verdict goes by the handler and its request; `action` and `resource` come from a
        decorator that remembers those of its first call.
        """
        if self.is_owner(user):
            return True
        return self._allowed(handler, user)

    async def _allowed(self, handler: JupyterHandler, user: User) -> bool:
        try:
            return await self.refusal(handler, self.person(user)) is None
        except errors.NeoAIError as error:
            raise HTTPError(503, error.detail) from error

    @property
    def tells_people_apart(self) -> bool:
        """Whether the identity provider names people, so that roles have an effect."""
        provider = self.identity_provider
        if type(provider) is LegacyIdentityProvider:
            login = provider.login_handler_class
            return not login.__module__.startswith("jupyter_server.")
        return type(provider) not in PLAIN

    def is_owner(self, user: User) -> bool:
        """Whether this user has the whole account."""
        return not self.tells_people_apart or self.person(user).name in self.owners

    def person(self, user: User) -> Person:
        """A user as shares know him."""
        model = getattr(user, "hub_user", None)
        is_service = isinstance(model, dict) and model.get("kind", "user") != "user"
        name = f"service:{user.username}" if is_service else str(user.username)
        return Person(name, frozenset() if is_service else frozenset(self.groups_of(user)))

    async def refusal(self, handler: JupyterHandler, person: Person) -> str | None:
        """Why somebody who is not the owner may not make a request; None where he may.

        What the person may see is kept on the handler, as `neoai_access`, for listings. Raises
        Unavailable while the database is out of order.
        """
        extension: NeoAIExtension | None = handler.settings.get("neoai")
        if extension is None:
            return OWNERS_ONLY
        access = await extension.sharing.access(person)
        given: Any = handler
        given.neoai_access = access
        for demand in demands_of(handler, extension.routes):
            match demand:
                case Anyone():
                    continue
                case Member():
                    if not access.grants:
                        return NO_ROLE
                case Account():
                    return OWNERS_ONLY
                case At():
                    if not await self._granted(demand, access, extension):
                        return f"You need to be {_role(demand)} there; ask an owner of the project."
        return None

    async def _granted(self, demand: At, access: Access, extension: NeoAIExtension) -> bool:
        location = None
        if demand.project_id is not None:
            location = await extension.sharing.location(demand.project_id)
        return await asyncio.to_thread(granted, demand, access, location)


def _role(demand: At) -> str:
    article = "a" if demand.role == "viewer" else "an"
    return f"{article} {demand.role}"
