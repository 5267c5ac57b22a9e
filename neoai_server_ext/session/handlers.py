"""The routes of the server's life."""

from __future__ import annotations

from ..http import NeoAIHandler, Route, operation
from .models import PageSaves, Session

AUTH_RESOURCE = "neoai-session"
EVENT = "https://events.neoai.dev/session/v1"
EVENT_SCHEMA = {
    "$id": EVENT,
    "version": "1",
    "title": "How the server stands with its hub",
    "description": "Something has changed of what `GET /session` says.",
    "personal-data": False,
    "type": "object",
    "properties": {},
}


class SessionHandler(NeoAIHandler):
    """`/session`."""

    auth_resource = AUTH_RESOURCE
    _track_activity = False

    @operation("Show how the server stands with its hub", reply=Session)
    async def get(self) -> Session:
        """What is going to end it, and whether everything is to be saved now. Jupyter's event
        `https://events.neoai.dev/session/v1` comes with each change."""
        return self.neoai.session.session()


class ActivityHandler(NeoAIHandler):
    """`/session/activity`."""

    auth_resource = AUTH_RESOURCE

    @operation("Say that somebody is at work", reply=Session)
    async def post(self) -> Session:
        """For pages, as people use the keyboard and the mouse: once a minute is enough. A server
        that would end for being idle is kept."""
        return await self.neoai.session.active()


class SavesHandler(NeoAIHandler):
    """`/session/saves/{save_id}`."""

    auth_resource = AUTH_RESOURCE
    _track_activity = False

    @operation("Say that a page saves, or has saved", body=PageSaves, status=204)
    async def post(self, save_id: str, *, body: PageSaves) -> None:
        """As `save` of the session asks for. The server is stopped once every page that has begun
        is done, or when the time for it is up. 404 where nothing is to be saved under this id."""
        self.neoai.session.page_saves(save_id, body)


routes = [
    Route("/session", SessionHandler),
    Route("/session/activity", ActivityHandler),
    Route("/session/saves/{save_id}", SavesHandler),
]
