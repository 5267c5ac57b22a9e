"""The hub's own accounts: NativeAuthenticator with what it leaves open closed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from time import monotonic
from typing import Any

from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.orm import UserInfo
from traitlets import Any as AnyValue
from traitlets import Unicode

from .account_pages import REPLACED
from .account_rules import LONGEST_NAME, as_code, can_be_name, is_too_long
from .config.sources import SettingsError


class NeoAIAuthenticator(NativeAuthenticator):
    """Sign-up with approval. Admins have accounts from the start, with a random first password in
    a file that only the hub's account can read: otherwise whoever signs up first under an admin's
    name would be one."""

    first_passwords = Unicode(
        "", help="The file in which the first passwords of admins are written, mode 0600."
    ).tag(config=True)
    audit = AnyValue(
        None, allow_none=True, help="Returns the audit log; nothing is told where it is not set."
    ).tag(config=True)
    invitations = AnyValue(
        None, allow_none=True, help="Returns who is invited; nobody is where it is not set."
    ).tag(config=True)
    links = AnyValue(
        None, allow_none=True, help="Returns the invitations for whoever has the link."
    ).tag(config=True)
    admin_users: Any
    enable_signup: Any
    allowed_users: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.first_passwords:
            self._make_admins()

    def get_handlers(self, app: Any) -> list[Any]:
        """NativeAuthenticator's pages, with ours in the place of some."""
        return [
            (path, REPLACED.get(handler, handler)) for path, handler in super().get_handlers(app)
        ]

    async def record(self, actor: str, action: str, subject: str, **details: Any) -> None:
        """Tell the audit log."""
        if self.audit is not None:
            await self.audit().add(actor, action, subject, **details)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> Any:
        """The name of who signs in; the audit log is told of an account that this locks."""
        name = self.normalize_username(data["username"])
        if is_too_long(data["password"]):
            data = {**data, "password": ""}  # as wrong as any other, and counted
        data = {**data, "2fa": as_code(data.get("2fa"))}
        locked = self.is_blocked(name)
        found = await super().authenticate(handler, data)
        if self.is_blocked(name) and not locked:
            details = {"attempts": self.login_attempts[name]["count"]}
            await self.record("hub", "account.locked", f"user:{name}", **details)
        return found

    def add_login_attempt(self, username: str) -> None:
        """Count a wrong one."""
        super().add_login_attempt(username)
        self.login_attempts[username]["since"] = monotonic()

    def can_try_to_login_again(self, username: str) -> bool:
        """Whether the last wrong one is long ago; NativeAuthenticator's own leaves whole days out,
        and follows jumps of the wall's clock."""
        last = self.login_attempts.get(username)
        return not last or monotonic() - last["since"] > self.seconds_before_next_try

    async def invited(self, name: str, code: str) -> bool | None:
        """Whether it is the code of who is invited; None where nobody of the name is."""
        if self.invitations is None:
            return None
        found: bool | None = await self.invitations().check(name, code)
        return found

    async def delete_user(self, user: Any) -> None:
        """Of who is deleted, account and invitation go too."""
        super().delete_user(user)
        if self.invitations is not None:
            await self.invitations().used(user.name)

    def get_authed_users(self) -> set[str]:
        """The names of accounts that are approved, and of those that always are. By one query,
        where NativeAuthenticator asks once for each account."""
        approved = self.db.query(UserInfo.username).filter(UserInfo.is_authorized)
        return {name for (name,) in approved}.union(self.allowed_users, self.admin_users)

    def validate_username(self, username: str) -> bool:
        """Whether it can be a name; none looks like another by what is not seen in it."""
        return can_be_name(username) and bool(super().validate_username(username))

    def is_password_strong(self, password: str) -> bool:
        """Whether it will do."""
        return not is_too_long(password) and bool(super().is_password_strong(password))

    def is_password_of(self, account: UserInfo, password: str) -> bool:
        """Whether it is the account's."""
        return not is_too_long(password) and bool(account.is_valid_password(password))

    async def had_server(self, name: str) -> bool:
        """Whether somebody of the name has had a server, and so a home that is there yet."""
        return self.audit is not None and await self.audit().had_server(name)

    def sign_up(self, name: str, password: str, *, invited: bool, **more: Any) -> Any:
        """The new account, approved where who signs up was invited: also where nobody else may."""
        open_to_all, self.enable_signup = self.enable_signup, invited or self.enable_signup
        try:
            account = self.create_user(name, password, **more)
        finally:
            self.enable_signup = open_to_all
        if account is not None and invited:
            account.is_authorized = True
            self.db.commit()
        return account

    def create_user(self, username: str, password: str, **kwargs: Any) -> Any:
        """The new account; None where its name or password will not do, or its name is longer than
        the table of accounts takes."""
        if len(username) > LONGEST_NAME:
            return None
        return super().create_user(username, password, **kwargs)

    def _make_admins(self) -> None:
        # JupyterHub does so too, but only after this.
        self.admin_users = {self.normalize_username(name) for name in self.admin_users}
        missing = [name for name in sorted(self.admin_users) if not self.user_exists(name)]
        if not missing:
            return
        path = Path(self.first_passwords)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
            for name in missing:
                password = secrets.token_urlsafe(64)[: max(24, self.minimum_password_length)]
                if self.sign_up(name, password, invited=True) is None:
                    raise SettingsError(f"`hub.admins`: `{name}` cannot be a user's name")
                file.write(f"{name} {password}\n")
        self.log.warning(
            "First passwords of admins (change them at /hub/change-password): %s", path
        )
