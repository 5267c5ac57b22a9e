"""The routes of formatting."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from ..http import NeoAIHandler, Route, operation

AUTH_RESOURCE = "neoai-projects"
MAX_CONTENT = 5_000_000


class FormatRequest(BaseModel):
    """A text, and the file whose it is."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096)
    content: str = Field(max_length=MAX_CONTENT, description="Line endings are `\\n`.")
    language: str | None = Field(
        default=None, max_length=100, description="Monaco's id, for files without a telling name."
    )


class FormatReply(BaseModel):
    """The text as the tool writes it."""

    content: str
    tool: str
    note: str | None = Field(description="What to tell the user of how it was done.")


class FormatHandler(NeoAIHandler):
    """`/format`."""

    auth_resource = AUTH_RESOURCE

    @operation("Format a file's text", body=FormatRequest, reply=FormatReply)
    async def post(self, *, body: FormatRequest) -> FormatReply:
        """By the language's usual tool and its settings in the file's folder. Writes nothing. The
        path is relative to the server's root. 409 `no-formatter` says what to install."""
        return await _formatted(self, body.path, body)


class ProjectFormatHandler(NeoAIHandler):
    """`/projects/{project_id}/format`."""

    auth_resource = AUTH_RESOURCE

    @operation("Format the text of a project's file", body=FormatRequest, reply=FormatReply)
    async def post(self, project_id: str, *, body: FormatRequest) -> FormatReply:
        """As `/format`, with a path relative to the project's folder."""
        project = await self.neoai.projects.get(project_id)
        path = f"{project.path}/{body.path}" if project.path else body.path
        return await _formatted(self, path, body)


async def _formatted(handler: NeoAIHandler, path: str, body: FormatRequest) -> FormatReply:
    by_owner = getattr(handler, "neoai_access", None) is None
    found = await handler.neoai.formatting.format(
        path, body.content, body.language, by_owner=by_owner
    )
    return FormatReply(content=found.content, tool=found.tool, note=found.note)


routes = [
    Route("/format", FormatHandler),
    Route("/projects/{project_id}/format", ProjectFormatHandler),
]
