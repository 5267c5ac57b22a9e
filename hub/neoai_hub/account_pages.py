"""The pages of the hub's own accounts: NativeAuthenticator's, but changes are forms with
JupyterHub's `_xsrf`, and the audit log is told of them before the page says that they are done."""

from __future__ import annotations

from typing import Any

from jupyterhub.scopes import needs_scope
from nativeauthenticator.handlers import (
    ChangePasswordAdminHandler,
    ChangePasswordHandler,
    DiscardHandler,
    LocalBase,
    LoginHandler,
    SignUpHandler,
    ToggleAuthorizationHandler,
)
from nativeauthenticator.orm import UserInfo
from tornado import web
from tornado.escape import url_escape
from tornado.httputil import url_concat

from .account_rules import LONGEST_PASSWORD, is_too_long
from .sign_up_pages import AskingHandler
from .signing_out import end_sessions, keep_signed_in, shut_out

DONE = "alert-success"


class _Change(LocalBase):
    """A change of somebody's account, by a form of the hub's own page."""

    def _account(self, name: str) -> UserInfo:
        account = self.authenticator.get_user(name)
        if account is None:
            raise web.HTTPError(404, "There is no such account.")
        return account

    async def _record(self, action: str, account: UserInfo) -> None:
        subject = f"user:{account.username}"
        await self.authenticator.record(self.current_user.name, action, subject)


class ApprovalHandler(_Change):
    """Approve an account, or withdraw that."""

    @needs_scope("admin:users")
    async def post(self, name: str) -> None:
        """`approved` is `yes` or `no`: a page that is old changes nothing twice. Who is barred is
        out at once."""
        account = self._account(name)
        approved = self.get_body_argument("approved")
        if approved not in ("yes", "no"):
            raise web.HTTPError(400, "An account is approved, `yes` or `no`.")
        if approved == "no" and account.username == self.current_user.name:
            raise web.HTTPError(409, "This is your own account: another admin can bar you.")
        if account.is_authorized != (approved == "yes"):
            await self._record(f"account.{'approved' if approved == 'yes' else 'barred'}", account)
            account.is_authorized = approved == "yes"
            self.db.commit()
            user = self.find_user(account.username)
            if approved == "no" and user is not None:
                await shut_out(self, user)
        self.redirect(f"{self.hub.base_url}authorize#{url_escape(account.username)}")


class RefusalHandler(_Change):
    """Discard a sign-up."""

    @needs_scope("admin:users")
    async def post(self, name: str) -> None:
        """An account that was approved is not discarded: withdraw that first."""
        account = self._account(name)
        if account.is_authorized:
            raise web.HTTPError(409, "This account is approved: it cannot be discarded.")
        user = self.find_user(account.username)
        if user is not None and user.active:
            raise web.HTTPError(409, "This user has a server that runs: stop it first.")
        await self._record("account.discarded", account)
        self.db.delete(account)
        self.db.commit()
        if user is not None:
            self.users.delete(user)
        self.redirect(f"{self.hub.base_url}authorize")


class _Told(LocalBase):
    """A page of NativeAuthenticator's that says in `alert` whether its change is done."""

    async def prepare(self) -> None:
        """No password is longer than its hash takes."""
        await super().prepare()
        for field in ("old_password", "new_password"):
            if is_too_long(self.get_body_argument(field, "", strip=False)):
                raise web.HTTPError(400, f"A password has at most {LONGEST_PASSWORD} bytes.")

    def render_template(self, name: str, sync: bool = False, **ns: Any) -> Any:
        if ns.get("alert") == DONE:
            return self._told(name, ns)
        return super().render_template(name, sync, **ns)

    async def _told(self, name: str, ns: dict[str, Any]) -> str:
        actor, action, whose = self._deed()
        await self.authenticator.record(actor, action, f"user:{whose}")
        await self._end_the_old()
        page: str = await super().render_template(name, **ns)
        return page

    def _deed(self) -> tuple[str, str, str]:
        raise NotImplementedError

    async def _end_the_old(self) -> None:
        raise NotImplementedError


class OwnPasswordHandler(_Told, ChangePasswordHandler):
    """Change the own password."""

    def _deed(self) -> tuple[str, str, str]:
        return self.current_user.name, "account.password", self.current_user.name

    async def _end_the_old(self) -> None:
        """Whoever else is signed in under the name may be why it was changed."""
        end_sessions(self, self.current_user, tokens=False)
        keep_signed_in(self, self.current_user)


class AnyPasswordHandler(_Told, ChangePasswordAdminHandler):
    """Change somebody's password."""

    def _deed(self) -> tuple[str, str, str]:
        return self.current_user.name, "account.password", self._whose

    @property
    def _whose(self) -> str:
        name: str = self.authenticator.normalize_username(self.path_args[0])
        return name

    async def _end_the_old(self) -> None:
        user = self.find_user(self._whose)
        if user is not None:
            await shut_out(self, user)


class SignInHandler(LoginHandler):
    """The page to sign in. NativeAuthenticator 1.3's own needs parts that JupyterHub 6 dropped."""

    def _is_right(self, account: UserInfo, password: str) -> bool:
        return bool(self.authenticator.is_password_of(account, password))

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
        elif account and not account.is_authorized and self._is_right(account, password):
            error = "An administrator has not approved this account yet."
        self.finish(await self._render(error, name))


REPLACED = {
    ToggleAuthorizationHandler: ApprovalHandler,
    DiscardHandler: RefusalHandler,
    LoginHandler: SignInHandler,
    SignUpHandler: AskingHandler,
    ChangePasswordHandler: OwnPasswordHandler,
    ChangePasswordAdminHandler: AnyPasswordHandler,
}
