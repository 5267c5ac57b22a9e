"""An identity provider that names people: each has a token of his own."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from traitlets import Dict


class Named(User):
    """A user with groups, which are no field: they stay out of the cookie and the reply."""

    groups: tuple[str, ...] = ()


class PeopleByToken(IdentityProvider):
    """`c.PeopleByToken.people = {"TOKEN": {"name": "ada", "groups": ["team"]}}`."""

    people: Any = Dict(help="Name and groups by token.").tag(config=True)

    async def get_user(self, handler: Any) -> User | None:
        """Whoever the token, or the cookie it was exchanged for, belongs to."""
        user = await super()._get_user(handler)
        if user is None:
            return None
        named = Named(username=user.username)
        for person in self.people.values():
            if person["name"] == user.username:
                named.groups = tuple(person.get("groups", ()))
        return named

    async def get_user_token(self, handler: Any) -> User | None:
        """Of the token in the header or the query."""
        person = self.people.get(self.get_token(handler))
        return None if person is None else User(username=person["name"])
