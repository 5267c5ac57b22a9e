"""What users' servers and the hub tell one another, as a route of the hub's own API.

It has to be in the hub's process, where the spawners are: JupyterHub would rather have a service,
which knows none of them.
"""

from __future__ import annotations

from jupyterhub.apihandlers.base import APIHandler
from pydantic import ValidationError
from tornado import web

from neoai_spawners.beating import Beats
from neoai_spawners.session import Report

MOST_BYTES = 64 * 1024


class SessionHandler(APIHandler):
    """`POST /hub/api/neoai/servers/{user}/{server}/session`, by the token of that server."""

    async def post(self, user_name: str, server_name: str) -> None:
        """Take a server's report, and answer once there is something new for it."""
        spawner = self._spawner(user_name, server_name)
        if len(self.request.body) > MOST_BYTES:
            raise web.HTTPError(413, "A report is shorter than this.")
        try:
            report = Report.model_validate_json(self.request.body or b"{}")
        except ValidationError as error:
            raise web.HTTPError(400, f"This is no report: {error.error_count()} mistakes") from None
        reply = await spawner.hear(report)
        self.write(reply.model_dump_json())

    def _spawner(self, user_name: str, server_name: str) -> Beats:
        """The running server that the token belongs to, or to whose user it belongs. Who may only
        open it (a share, an admin's access) may not speak for it."""
        if not self.current_user:
            raise web.HTTPError(403, "Missing or invalid credentials.")
        allowed = self.has_scope(f"users:activity!user={user_name}") and self.has_scope(
            f"access:servers!server={user_name}/{server_name}"
        )
        user = self.find_user(user_name) if allowed else None
        if user is None or server_name not in user.spawners:
            raise web.HTTPError(404)
        spawner = user.spawners[server_name]
        if not isinstance(spawner, Beats) or not spawner.active:
            raise web.HTTPError(404)
        return spawner


SESSION_ROUTE = (r"/api/neoai/servers/([^/]+)/([^/]*)/session", SessionHandler)
