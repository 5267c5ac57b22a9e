"""The way to the hub: over HTTP, with this server's own token. It knows nothing else of the hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import quote

from pydantic import ValidationError
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPError

from .models import HubReply
from .service import HubAway, HubRefuses

PATIENCE_S = 30.0


class HubClient:
    """Tells the hub of this server."""

    def __init__(self, url: str, token: str, ssl: Mapping[str, Any] | None = None) -> None:
        self._url, self._token, self._ssl = url, token, dict(ssl or {})
        self._http: AsyncHTTPClient | None = None

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Self | None:
        """The hub that has started this server; None where none has."""
        api, token = environ.get("JUPYTERHUB_API_URL"), environ.get("JUPYTERHUB_API_TOKEN")
        user = environ.get("JUPYTERHUB_USER")
        if not (api and token and user):
            return None
        server = quote(environ.get("JUPYTERHUB_SERVER_NAME", ""), safe="")
        url = f"{api.rstrip('/')}/neoai/servers/{quote(user, safe='')}/{server}/session"
        names = {"client_key": "KEYFILE", "client_cert": "CERTFILE", "ca_certs": "CLIENT_CA"}
        files = {key: environ.get(f"JUPYTERHUB_SSL_{name}", "") for key, name in names.items()}
        return cls(url, token, {key: file for key, file in files.items() if file})

    async def tell(self, report: dict[str, Any]) -> HubReply:
        """Send a report. Raises HubAway where no answer comes, HubRefuses where it takes none."""
        if self._http is None:
            self._http = AsyncHTTPClient(force_instance=True)
        try:
            reply = await self._http.fetch(
                self._url,
                method="POST",
                body=json.dumps(report),
                headers={
                    "Authorization": f"token {self._token}",
                    "Content-Type": "application/json",
                },
                request_timeout=report.get("hold_s", 0.0) + PATIENCE_S,
                follow_redirects=False,
                **self._ssl,
            )
            return HubReply.model_validate_json(reply.body)
        except HTTPClientError as error:
            if error.code < 500:
                raise HubRefuses(str(error)) from error
            raise HubAway(str(error)) from error
        except (HTTPError, OSError, ValidationError) as error:
            raise HubAway(str(error)) from error

    def close(self) -> None:
        """End every question that is open."""
        if self._http is not None:
            self._http.close()
            self._http = None
