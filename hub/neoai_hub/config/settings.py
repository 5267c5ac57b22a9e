"""Every setting of a hub. Docs list them from here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from neoai_spawners.culling import Culling
from neoai_spawners.profiles import Catalogue

from ..gpus.settings import GpuSettings
from ..quotas.settings import QuotaSettings

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]


OWN_IMAGE = "neoai:cpu"
BEATS = 3
"""Heartbeats that may be missed before a server counts as ended, or its lease does."""


class Section(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class ServingSettings(Section):
    """Where the hub is, and what it keeps."""

    bind_url: str = Field(
        default="http://127.0.0.1:8000", description="The address that browsers open."
    )
    data_dir: Path = Field(
        default=Path("hub-data"),
        description="The folder of the databases, the cookie secret and the users' homes (those "
        "of local processes).",
    )
    subdomain_host: str = Field(
        default="",
        description="`https://hub.example.org`: each user's server gets a subdomain of it, so that "
        "no user's page can act as another user. Recommended wherever users do not trust each "
        "other; needs a wildcard DNS entry and certificate.",
    )
    admins: list[Name] = Field(
        default=["admin"],
        description="Users who administer the hub. With an OpenID Connect provider nobody does "
        "unless this is set: name only users whose names nobody else can choose there, or use "
        "`admin_groups`.",
    )
    proxy_command: list[str] = Field(
        default=[], description="How configurable-http-proxy is started; found where it is empty."
    )
    token_days: int = Field(
        default=90, ge=1, description="Days after which users' API tokens expire, at most."
    )

    @field_validator("bind_url")
    @classmethod
    def _http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url


class DatabaseSettings(Section):
    """Where the hub's tables are."""

    url: str = Field(
        default="",
        description="For quotas, leases and the audit log: `postgresql+psycopg://…`, or SQLite in "
        "`data_dir` where it is empty.",
    )
    jupyterhub_url: str = Field(
        default="", description="For JupyterHub's own tables; likewise. Both may be the same."
    )

    @field_validator("url", "jupyterhub_url")
    @classmethod
    def _driver(cls, url: str) -> str:
        if url.startswith(("postgresql:", "postgres:")):
            raise ValueError("must name the driver: postgresql+psycopg://…")
        return url


class PasswordSettings(Section):
    """Accounts that users make themselves and admins approve (NativeAuthenticator)."""

    sign_up: bool = Field(default=True, description="Anybody may ask for an account.")
    approval: bool = Field(
        default=True, description="An admin must approve an account before it can be used."
    )
    minimum_length: int = Field(
        default=10, ge=8, le=72, description="Characters of a password; no hash takes over 72."
    )
    refuse_common: bool = Field(default=True, description="Refuse well-known passwords.")
    failed_logins: int = Field(
        default=5, ge=1, description="Failed attempts after which an account is locked."
    )
    locked_s: int = Field(default=600, ge=1, description="Seconds for which it stays locked.")
    invitation_days: int = Field(
        default=14, ge=1, le=365, description="Days for which imported users can sign up."
    )
    two_factor: bool = Field(
        default=True, description="Users may ask for a second factor (TOTP) when they sign up."
    )


class OidcSettings(Section):
    """An OpenID Connect provider."""

    authorize_url: str
    token_url: str
    userdata_url: str
    client_id: Name
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = Field(
        default=None, description="A file with the secret, instead of `client_secret`."
    )
    callback_url: str = Field(
        default="", description="`https://hub.example.org/hub/oauth_callback`, as registered there."
    )
    title: str = Field(default="your organisation", description="`Sign in with …`")
    scopes: list[str] = ["openid", "profile", "email"]
    username_claim: str = "preferred_username"
    groups_claim: str = Field(
        default="groups", description="The claim whose names become the user's groups at sign-in."
    )
    allowed_groups: list[str] = Field(
        default=[], description="Only members may sign in; everybody where it is empty."
    )
    admin_groups: list[str] = Field(default=[], description="Members administer the hub.")


class AuthenticationSettings(Section):
    """How users sign in."""

    kind: Literal["native", "oidc"] = "native"
    native: PasswordSettings = PasswordSettings()
    oidc: OidcSettings | None = None


class SpawnerSettings(Section):
    """What servers run in."""

    kind: Literal["auto", "docker", "swarm", "kubernetes", "local"] = Field(
        default="auto",
        description="`auto`: Docker where an engine answers, local processes where none does.",
    )
    image: str = Field(
        default=OWN_IMAGE,
        min_length=1,
        description="The image of servers in containers, for profiles that name none.",
    )
    start_timeout_s: int = Field(default=120, ge=5)
    http_timeout_s: int = Field(default=60, ge=5)
    named_servers: int = Field(
        default=0, ge=0, description="Further servers that a user may have beside the first."
    )
    concurrent_spawns: int = Field(
        default=20,
        ge=1,
        description="Servers that start at the same time; the others wait in line, with their "
        "place on the spawn page.",
    )
    save_s: float = Field(
        default=30.0,
        ge=0,
        le=300,
        description="Seconds that a server has to save everything before the hub ends it.",
    )
    warm: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(
        default={},
        description="Docker only: how many containers are kept started for nobody yet, by profile, "
        "so that a click opens a server at once. `{small = 3}`; none where it is empty.",
    )
    options: dict[str, Any] = Field(
        default={},
        description="Traits of the spawner's class as they are, `pids_limit` for example.",
    )


class AdminSettings(Section):
    """The admin service."""

    enabled: bool = True
    port: int = Field(default=8091, ge=1, le=65535, description="On the loopback interface.")


class HubSettings(Section):
    """All settings; each section is a table of the file."""

    hub: ServingSettings = ServingSettings()
    database: DatabaseSettings = DatabaseSettings()
    authentication: AuthenticationSettings = AuthenticationSettings()
    spawner: SpawnerSettings = SpawnerSettings()
    catalogue: Catalogue = Field(
        default=Catalogue(),
        description="Profiles, and the limits of groups: `profiles`, `limits`, `default`.",
    )
    quotas: QuotaSettings = QuotaSettings()
    gpus: GpuSettings = GpuSettings()
    culling: Culling = Culling()
    admin: AdminSettings = AdminSettings()

    @model_validator(mode="after")
    def _outlast_heartbeats(self) -> Self:
        beat = self.quotas.heartbeat_s
        ends = {"quotas.lapse_s": self.quotas.lapse_s, "gpus.lease_s": self.gpus.lease_s}
        for key, seconds in ends.items():
            if seconds < BEATS * beat:
                raise ValueError(
                    f"`{key}` ({seconds:g}) must be at least {BEATS} times `quotas.heartbeat_s` "
                    f"({beat:g}), or running servers count as ended between two heartbeats"
                )
        return self

    @model_validator(mode="after")
    def _warm_profiles_exist(self) -> Self:
        profiles = {profile.name: profile for profile in self.catalogue.profiles}
        if self.spawner.warm and self.spawner.kind not in ("auto", "docker"):
            raise ValueError("`spawner.warm` needs `spawner.kind` docker: nothing else can do it")
        for name in self.spawner.warm:
            if name not in profiles:
                raise ValueError(f"`spawner.warm`: there is no profile {name!r}")
            if profiles[name].gpus:
                raise ValueError(f"`spawner.warm`: the profile {name!r} has GPUs, which are leased")
        return self

    @property
    def database_url(self) -> str:
        """Where quotas, leases and the audit log are."""
        return self.database.url or f"sqlite:///{self.hub.data_dir.absolute()}/neoai_hub.sqlite"

    def for_services(self) -> str:
        """As JSON, what the hub's own services need to know: no secret but the database's."""
        known = self.model_copy(update={"database": DatabaseSettings(url=self.database_url)})
        whole = dict.fromkeys(("hub", "database", "catalogue", "quotas", "gpus"), True)
        return known.model_dump_json(include={**whole, "spawner": {"image"}})

    @property
    def jupyterhub_url(self) -> str:
        """Where JupyterHub's own tables are."""
        own = f"sqlite:///{self.hub.data_dir.absolute()}/jupyterhub.sqlite"
        return self.database.jupyterhub_url or own
