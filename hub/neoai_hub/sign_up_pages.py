"""The page to sign up: for everybody where that is open, and for who was invited."""

from __future__ import annotations

from typing import Any

from jupyterhub.orm import Group, User
from nativeauthenticator.handlers import SignUpHandler
from nativeauthenticator.orm import UserInfo
from sqlalchemy import select

from neoai_server_ext import errors

from .account_rules import LONGEST_PASSWORD, is_too_long
from .invitation_links import LinkRow

IN_USE = "This name is already in use. Try again with a different one."
INVITED = "You are invited: choose a name and a password. Nobody has to approve the account."


class AskingHandler(SignUpHandler):
    """Ask for an account; who is invited has it at once, and nobody else gets that name."""

    async def get(self) -> None:
        """The form: also where only who is invited may sign up."""
        code = self.get_query_argument("invitation_code", "")
        why = await self.authenticator.links().why_not(code) if code and self._links else ""
        said = INVITED if code and self._links and not why else why
        alert = "alert-danger" if why else "alert-info" if said else ""
        self.finish(await self._form("", alert, said, invitation="" if why else code))

    async def post(self) -> None:
        """Make the account, or say why not."""
        authenticator = self.authenticator
        name = authenticator.normalize_username(self.get_body_argument("username", strip=False))
        password = self.get_body_argument("signup_password", strip=False)
        code = self.get_body_argument("invitation", "")
        invited = await authenticator.invited(name, code)
        mistake = self._mistake(name, password, invited, code)
        if not mistake and invited is None and self._unseen(code):
            mistake = await self._taken(name)
        link, account = None, None
        if code and invited is None and not mistake:
            try:
                link = await authenticator.links().take(code)
            except errors.Conflict as error:
                mistake = error.detail
        try:
            if not mistake:
                account = authenticator.sign_up(
                    name,
                    password,
                    invited=bool(invited or link),
                    has_2fa=bool(self.get_body_argument("2fa", "")),
                )
        finally:
            if link and account is None:
                await authenticator.links().give_back(link.id)
        if account is None:
            said = mistake or self._weak()
            self.finish(await self._form(name, "alert-danger", said, invitation=code))
            return
        await self._made(account, bool(invited), link)

    async def _made(self, account: UserInfo, invited: bool, link: LinkRow | None) -> None:
        name = account.username
        details: dict[str, Any] = {"invited": invited or link is not None}
        if invited:
            await self.authenticator.invitations().used(name)
        if link:
            details |= {"invitation": link.id, "groups": self._join(name, link.groups)}
        await self.authenticator.record(name, "account.asked", f"user:{name}", **details)
        said = "The signup was successful! You can sign in now."
        if not account.is_authorized:
            said = "Your information has been sent to the admin. Sign in once it is approved."
        secret = account.otp_secret if account.has_2fa else ""
        self.finish(await self._form("", "alert-success", said, secret))

    def _join(self, name: str, wanted: list[str]) -> list[str]:
        """Have who signed up in those of these groups that there are."""
        from .roster import Change, Entry, Roster  # which needs the authenticator, as this does

        found = self.db.scalars(select(Group.name).where(Group.name.in_(wanted)))
        there = sorted(found)
        entry = Entry(name=name, groups=there)
        change = Change(actor=name, action="invitation.used", add=[entry], make=True)
        roster = Roster(self.db, self.authenticator)
        roster.apply(roster.plan(change))
        return there

    @property
    def _links(self) -> bool:
        return self.authenticator.links is not None

    def _mistake(self, name: str, password: str, invited: bool | None, code: str) -> str:
        code = code if self._links else ""
        if invited is None and not code and not self.authenticator.enable_signup:
            return "Only who was invited can sign up here, with the code of the invitation."
        if invited is False:
            return "This name is kept for somebody who was invited: give the invitation's code."
        if self.authenticator.user_exists(name):
            return IN_USE
        if is_too_long(password):
            return f"A password has at most {LONGEST_PASSWORD} bytes. Try again with a shorter one."
        if password != self.get_body_argument("signup_password_confirmation", strip=False):
            return "Your password did not match the confirmation. Try again."
        return ""

    def _unseen(self, code: str) -> bool:
        """Whether nobody approves the account."""
        return bool(code and self._links) or self.authenticator.open_signup

    async def _taken(self, name: str) -> str:
        """A user that the hub has is not for whom nobody approves to take; nor is the name of who
        had a server and was deleted, as the home is there yet."""
        if User.find(self.db, name) is not None:
            return IN_USE
        had = await self.authenticator.had_server(name)
        return "Somebody had this name before. Try again with a different one." if had else ""

    def _weak(self) -> str:
        length = self.authenticator.minimum_password_length
        return (
            "Something went wrong! Be sure your username does not contain spaces, commas, "
            "slashes or characters that nobody sees, your password has at least "
            f"{length} characters and is not too common."
        )

    async def _form(
        self,
        name: str = "",
        alert: str = "",
        said: str = "",
        secret: str = "",
        invitation: str = "",
    ) -> str:
        page: str = await self.render_template(
            "signup.html",
            username=name,
            alert=alert,
            result_message=said,
            two_factor_auth=self.authenticator.allow_2fa,
            two_factor_auth_value=secret,
            invitation=invitation,
            invited_only=not self.authenticator.enable_signup,
            shortest=self.authenticator.minimum_password_length,
        )
        return page
