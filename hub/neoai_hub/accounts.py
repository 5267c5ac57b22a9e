"""The hub's own accounts: NativeAuthenticator with what it leaves open closed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from nativeauthenticator import NativeAuthenticator
from nativeauthenticator.handlers import DiscardHandler, LoginHandler, ToggleAuthorizationHandler
from tornado import web
from tornado.escape import url_escape
from tornado.httputil import HTTPServerRequest, url_concat
from traitlets import Unicode

from .config.sources import SettingsError


def _from_own_page(request: HTTPServerRequest) -> None:
    """Refuse links from elsewhere, for a GET that changes something."""
    site = request.headers.get("Sec-Fetch-Site")
    referer = urlparse(request.headers.get("Referer", "")).netloc
    own = site == "same-origin" if site else referer == request.host
    if not own:
        raise web.HTTPError(403, "Approve and discard accounts on the hub's own page.")


class ApprovalHandler(ToggleAuthorizationHandler):
    """Approve an account: only from the hub's own page."""

    async def get(self, slug: str) -> None:
        """Refuse links from elsewhere."""
        _from_own_page(self.request)
        if self.authenticator.get_user(slug) is None:
            raise web.HTTPError(404, "There is no such account.")
        await super().get(slug)


class RefusalHandler(DiscardHandler):
    """Discard a sign-up: only from the hub's own page."""

    async def get(self, user_name: str) -> None:
        """Refuse links from elsewhere."""
        _from_own_page(self.request)
        await super().get(user_name)


class SignInHandler(LoginHandler):
    """The page to sign in. NativeAuthenticator 1.3's own needs parts that JupyterHub 6 dropped."""

    def _render(self, login_error: str | None = None, username: str = "", **ns: Any) -> Any:
        next_url = self.get_argument("next", "")
        where = self.authenticator.login_url(self.hub.base_url)
        return self.render_template(
            "native-login.html",
            next=url_escape(next_url),
            username=username,
            login_error=login_error,
            custom_html=self.authenticator.custom_html,
            login_url=self.settings["login_url"],
            enable_signup=self.authenticator.enable_signup,
            two_factor_auth=self.authenticator.allow_2fa,
            authenticator_login_url=url_concat(where, {"next": next_url}),
            **ns,
        )

    async def post(self) -> None:
        """Sign in, or say why not."""
        form = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
        name, password = form.get("username", ""), form.get("password", "")
        locked = self.authenticator.is_blocked(self.authenticator.normalize_username(name))
        user = await self.login_user({**form, "username": name, "password": password})
        if user:
            self._jupyterhub_user = user
            self.redirect(self.get_next_url(user))
            return
        error = "Invalid username or password."
        account = self.authenticator.get_user(name)
        if locked:
            minutes = -(-self.authenticator.seconds_before_next_try // 60)
            error = f"Too many attempts: this account is locked for {minutes} minutes."
        elif account and not account.is_authorized and account.is_valid_password(password):
            error = "An administrator has not approved this account yet."
        self.finish(await self._render(error, name))


REPLACED = {
    ToggleAuthorizationHandler: ApprovalHandler,
    DiscardHandler: RefusalHandler,
    LoginHandler: SignInHandler,
}


class NeoAIAuthenticator(NativeAuthenticator):
    """Sign-up with approval. Admins have accounts from the start, with a random first password in
    a file that only the hub's account can read: otherwise whoever signs up first under an admin's
    name would be one."""

    first_passwords = Unicode(
        "", help="The file in which the first passwords of admins are written, mode 0600."
    ).tag(config=True)
    admin_users: Any
    enable_signup: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.first_passwords:
            self._make_admins()

    def get_handlers(self, app: Any) -> list[Any]:
        """NativeAuthenticator's pages, with ours in the place of some."""
        return [
            (path, REPLACED.get(handler, handler)) for path, handler in super().get_handlers(app)
        ]

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
                sign_up, self.enable_signup = self.enable_signup, True
                made = self.create_user(name, password)
                self.enable_signup = sign_up
                if made is None:
                    raise SettingsError(f"`hub.admins`: `{name}` cannot be a user's name")
                file.write(f"{name} {password}\n")
        self.log.warning(
            "First passwords of admins (change them at /hub/change-password): %s", path
        )
