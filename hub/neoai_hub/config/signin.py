"""How users sign in: accounts of the hub's own with approval, or an OpenID Connect provider."""

from __future__ import annotations

from typing import Any

from ..parts import HubParts
from .settings import HubSettings, OidcSettings, PasswordSettings
from .sources import SettingsError

NAMES = r"[^\x00-\x1f\x7f]{1,255}\Z"
"""Names of users: on one line, and no longer than JupyterHub's tables take."""


def configure_sign_in(c: Any, settings: HubSettings, parts: HubParts) -> None:
    """Choose the authenticator and set it up."""
    chosen = settings.authentication
    c.Authenticator.username_pattern = NAMES
    # Names at a provider are often the users' own choice: nobody is an admin there by default.
    if chosen.kind == "native" or "admins" in settings.hub.model_fields_set:
        c.Authenticator.admin_users = set(settings.hub.admins)
    if chosen.kind == "oidc":
        if chosen.oidc is None:
            raise SettingsError("`authentication.oidc` (not set): kind `oidc` needs this table")
        _configure_oidc(c, chosen.oidc, settings)
    else:
        _configure_passwords(c, chosen.native, settings, parts)


def _configure_passwords(
    c: Any, passwords: PasswordSettings, settings: HubSettings, parts: HubParts
) -> None:
    from ..accounts import NeoAIAuthenticator

    c.JupyterHub.authenticator_class = NeoAIAuthenticator
    c.JupyterHub.template_vars.update({"own_accounts": True})
    authenticator = c.NeoAIAuthenticator
    authenticator.first_passwords = str(settings.hub.data_dir.absolute() / "first-passwords.txt")
    authenticator.audit = lambda: parts.audit
    authenticator.invitations = lambda: parts.invitations
    authenticator.links = lambda: parts.links
    # Who has an account that was approved may enter: this list is NativeAuthenticator's own.
    authenticator.allow_all = True
    authenticator.enable_signup = passwords.sign_up
    authenticator.open_signup = not passwords.approval
    authenticator.minimum_password_length = passwords.minimum_length
    authenticator.check_common_password = passwords.refuse_common
    authenticator.allowed_failed_logins = passwords.failed_logins
    authenticator.seconds_before_next_try = passwords.locked_s
    authenticator.allow_2fa = passwords.two_factor


def _configure_oidc(c: Any, oidc: OidcSettings, settings: HubSettings) -> None:
    from oauthenticator.generic import GenericOAuthenticator

    c.JupyterHub.authenticator_class = GenericOAuthenticator
    authenticator = c.GenericOAuthenticator
    authenticator.client_id = oidc.client_id
    authenticator.client_secret = _secret(oidc)
    authenticator.authorize_url = oidc.authorize_url
    authenticator.token_url = oidc.token_url
    authenticator.userdata_url = oidc.userdata_url
    authenticator.login_service = oidc.title
    authenticator.scope = list(oidc.scopes)
    authenticator.username_claim = oidc.username_claim
    authenticator.manage_groups = True
    authenticator.auth_state_groups_key = f"oauth_user.{oidc.groups_claim}"
    authenticator.admin_groups = set(oidc.admin_groups)
    authenticator.allowed_groups = set(oidc.allowed_groups)
    authenticator.allow_all = not oidc.allowed_groups
    if oidc.callback_url:
        authenticator.oauth_callback_url = oidc.callback_url


def _secret(oidc: OidcSettings) -> str:
    if oidc.client_secret_file is None:
        return oidc.client_secret.get_secret_value()
    try:
        return oidc.client_secret_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        key = "authentication.oidc.client_secret_file"
        raise SettingsError(f"`{key}`: {error.filename}: {error.strerror}") from None
