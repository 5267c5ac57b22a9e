"""The routes of chats."""

from __future__ import annotations

from ...http import NeoAIHandler, Route, operation
from ...http.base import Reply
from ..handlers import AUTH_RESOURCE
from .models import (
    AnswerAgain,
    Conversations,
    ConversationsQuery,
    ExportQuery,
    ShowVersion,
    ViewKeep,
    ViewKept,
)

TYPES = {"markdown": "text/markdown; charset=utf-8", "json": "application/json"}


class AgainHandler(NeoAIHandler):
    """`/ai/chats/answer`."""

    auth_resource = AUTH_RESOURCE

    @operation("Answer a message of an open chat again", body=AnswerAgain, status=204)
    async def post(self, *, body: AnswerAgain) -> None:
        """The reply comes in the chat, in place of the last one to this message, which stays as a
        version of it. 404 `not-open` where nobody has the chat open."""
        self.neoai.chats.answer_again(body.path, body.message_id, body.model)


class VersionHandler(NeoAIHandler):
    """`/ai/chats/version`."""

    auth_resource = AUTH_RESOURCE

    @operation("Show another version of a reply", body=ShowVersion, status=204)
    async def post(self, *, body: ShowVersion) -> None:
        """For everybody in the chat; what is asked next follows that version. 409 while a reply is
        being written."""
        self.neoai.chats.show_version(body.path, body.message_id, body.version)


class ViewHandler(NeoAIHandler):
    """`/ai/chats/view`."""

    auth_resource = AUTH_RESOURCE

    @operation("Keep what its user has in front", body=ViewKeep, reply=ViewKept)
    async def post(self, *, body: ViewKeep) -> ViewKept:
        """For the one message whose metadata names it; in memory alone. What lies outside of the
        chat's project, or in a private one within it, does not go along."""
        return ViewKept(id=self.neoai.views.keep(self.user_name, body.context, body.error))


class ConversationsHandler(NeoAIHandler):
    """`/projects/{project_id}/conversations`."""

    auth_resource = AUTH_RESOURCE

    @operation("List a project's chats", query=ConversationsQuery, reply=Conversations)
    async def get(self, project_id: str, *, query: ConversationsQuery) -> Conversations:
        """The one written last first; with `q` those that have all of its words. A chat is renamed,
        moved and deleted as any file is."""
        return await self.neoai.chats.conversations(project_id, query.q)


class ExportHandler(NeoAIHandler):
    """`/projects/{project_id}/conversations/{path}`."""

    auth_resource = AUTH_RESOURCE

    @operation("Export a chat", query=ExportQuery)
    async def get(self, project_id: str, path: str, *, query: ExportQuery) -> Reply:
        """As Markdown for people, or as JSON with each message's model, usage and versions."""
        content = await self.neoai.chats.exported(project_id, path, query.format)
        return Reply(content, headers={"Content-Type": TYPES[query.format]})


routes = [
    Route("/ai/chats/answer", AgainHandler),
    Route("/ai/chats/version", VersionHandler),
    Route("/ai/chats/view", ViewHandler),
    Route("/projects/{project_id}/conversations", ConversationsHandler),
    Route("/projects/{project_id}/conversations/{path:path}", ExportHandler),
]
