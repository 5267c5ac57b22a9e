"""The table of shares, and the models of requests and replies."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ...db import Base
from .roles import Role

Kind = Literal["user", "group"]
MAX_NAME = 255


class ShareRow(Base):
    """One person's or group's role in a project; it goes when the project goes."""

    __tablename__ = "shares"

    project_id: Mapped[str] = mapped_column(
        ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True, index=True)
    role: Mapped[str]
    shared_by: Mapped[str]
    created_at: Mapped[datetime]


def _name(text: str) -> str:
    if text != text.strip() or not text.isprintable():
        raise ValueError("must not begin or end with a space or contain control characters")
    return text


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_name)]


class Share(BaseModel):
    """Whom to give which role: one `user` or one `group`, by the name that the server's sign-in
    knows (JupyterHub's user and group names)."""

    model_config = ConfigDict(extra="forbid")

    user: Name | None = None
    group: Name | None = None
    role: Role

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.user is None) == (self.group is None):
            raise ValueError("give one of `user` and `group`")
        return self


class Collaborator(BaseModel):
    """Somebody with a role in a project."""

    who: str = Field(description="For `DELETE …/collaborators/{who}`: `ada`, or `group:team`.")
    kind: Kind
    name: str
    role: Role
    account: bool = Field(
        default=False,
        description="Whether this is an owner of the whole server: such a one has every right "
        "and cannot be removed here.",
    )
    inherited_from: str | None = Field(
        default=None, description="The id of the project around this one that gives the role."
    )
    shared_by: str | None = None
    created_at: datetime | None = None


class Collaborators(BaseModel):
    """Who works on a project."""

    items: list[Collaborator]
    enforced: bool = Field(
        description="Whether this server tells people apart. Where everybody signs in with the "
        "same token or password, everybody is its owner, and roles have no effect."
    )
    next_cursor: None = None


def who(kind: str, name: str) -> str:
    """How somebody is written in an address."""
    if kind == "group":
        return f"group:{name}"
    return f"user:{name}" if name.startswith(("user:", "group:")) else name


def parse_who(text: str) -> tuple[str, str]:
    """Kind and name of `ada`, `user:ada` or `group:team`."""
    kind, colon, name = text.partition(":")
    return (kind, name) if colon and kind in ("user", "group") else ("user", text)
