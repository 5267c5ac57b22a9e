"""The models of requests and replies about chats."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ..requests import ChatContext, Strict, UsageCounts

Path = Field(max_length=4096, description="The chat's file, relative to the server's root.")


class AnswerAgain(Strict):
    """Which message of a chat to answer once more."""

    path: str = Path
    message_id: str = Field(max_length=200)
    model: str = Field(default="", max_length=500, description="In place of the conversation's.")


class ShowVersion(Strict):
    """Which of the replies to a message to show; they count from 0."""

    path: str = Path
    message_id: str = Field(max_length=200, description="The reply's.")
    version: int = Field(ge=0, le=1000)


class ViewKeep(Strict):
    """What its user has in front as a message is sent. Paths are relative to the server's root."""

    path: str = Path
    context: ChatContext
    error: str = Field(default="", max_length=100_000, description="Of the cell in front.")


class ViewKept(BaseModel):
    """What the message names in its metadata, as `neoai.view`."""

    id: str


class Conversation(BaseModel):
    """A chat of a project. usage: of all its replies; `cost_usd` of those whose price is known."""

    path: str = Field(description="Relative to the project.")
    title: str
    messages: int
    updated_at: datetime
    usage: UsageCounts
    snippet: str = Field(description="Around what was searched for; else its last message.")


class Conversations(BaseModel):
    """A project's chats, the one written last first."""

    items: list[Conversation]


class ConversationsQuery(BaseModel):
    """What they are searched for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=1000, description="Words that must all be in it.")


class ExportQuery(BaseModel):
    """As what."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["markdown", "json"] = "markdown"
