"""`python -m neoai_hub.admin`: JupyterHub starts this, with the settings in its environment."""

from __future__ import annotations

import os
from urllib.parse import urlparse

import uvicorn

from ..config.settings import HubSettings
from .app import create_app
from .hub import HubClient
from .parent import end_with

GRACE_S = 5
SAID = ("running_in", "groups_from")


def main() -> None:
    """Serve until JupyterHub ends it, or has ended itself."""
    end_with(int(os.environ["NEOAI_ADMIN_HUB_PID"]))
    settings = HubSettings.model_validate_json(os.environ["NEOAI_ADMIN_SETTINGS"])
    hub = HubClient(
        api_url=os.environ["JUPYTERHUB_API_URL"],
        token=os.environ["JUPYTERHUB_API_TOKEN"],
        client_id=os.environ["JUPYTERHUB_CLIENT_ID"],
        base_url=os.environ["JUPYTERHUB_BASE_URL"],
        public_host=os.environ.get("JUPYTERHUB_HOST", ""),
        prefix=os.environ["JUPYTERHUB_SERVICE_PREFIX"],
        callback=os.environ["JUPYTERHUB_OAUTH_CALLBACK_URL"],
    )
    said = {name: os.environ.get(f"NEOAI_ADMIN_{name.upper()}", "") for name in SAID}
    app = create_app(settings, hub, **said)
    where = urlparse(os.environ["JUPYTERHUB_SERVICE_URL"])
    assert where.hostname is not None
    assert where.port is not None
    uvicorn.run(
        app,
        host=where.hostname,
        port=where.port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )


if __name__ == "__main__":
    main()
