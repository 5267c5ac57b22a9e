"""What is told of the server's life."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Path = Annotated[str, Field(max_length=4096)]


class SessionNotice(BaseModel):
    """What is going to end this server."""

    kind: str = Field(
        description="`idle` and `age` (culling), `gpu-idle` and `gpu-lease`, or the quota's kind."
    )
    message: str = Field(description="For people; says what happens, and what can be done.")
    minutes: int = Field(
        description="Which warning it is: 15 or 5 minutes before, as the hub is configured."
    )
    left_s: float = Field(description="Seconds until the end, at the time of the reply.")
    ends_at: datetime
    can_keep: bool = Field(description="Whether activity keeps the server.")


class Announcement(BaseModel):
    """What the hub's admins, or teachers of a course, have announced."""

    id: str
    level: str = Field(description="`info`, `warning` or `danger`.")
    text: str = Field(description="Plain text; may have several lines.")


class Session(BaseModel):
    """How the server stands with its hub."""

    hub: bool = Field(description="Whether it runs under a hub that can tell it of its end.")
    notices: list[SessionNotice] = Field(description="The soonest end first.")
    announcements: list[Announcement] = Field(description="The newest first.")
    save: str = Field(
        description="Not empty: the server is about to be stopped, everything is to be saved now, "
        "and `POST /session/saves/{save_id}` says that it is."
    )
    busy: dict[str, int] = Field(description="What keeps it from being idle, and how many of each.")


class PageSaves(BaseModel):
    """What a page has saved."""

    model_config = ConfigDict(extra="forbid")

    page: str = Field(min_length=1, max_length=64, description="An id of the page's own.")
    done: bool = Field(description="False: it has begun, and is waited for.")
    unsaved: list[Path] = Field(
        [], max_length=100, description="Documents that could not be saved."
    )


class HubNotice(BaseModel):
    """As the hub tells it."""

    kind: str
    message: str
    minutes: int
    left_s: float
    can_keep: bool = False


class HubReply(BaseModel):
    """What the hub answers a report with."""

    version: str
    heartbeat_s: float = Field(gt=0)
    notices: list[HubNotice]
    announcements: list[Announcement] = []
    save: str = ""
    save_s: float = 0.0
