"""The tables of the usage, and what requests and replies say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..db import Base

GROUPS = ("model", "task", "project", "day")


class CallRow(Base):
    """One request to a model. outcome: `running` while it is under way."""

    __tablename__ = "usage_calls"

    id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    day: Mapped[str]
    task: Mapped[str]
    project_id: Mapped[str | None]
    provider: Mapped[str]
    model: Mapped[str]
    outcome: Mapped[str]
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    cost_usd: Mapped[float | None]
    latency_s: Mapped[float]
    first_s: Mapped[float | None]
    estimated: Mapped[bool]


class EventRow(Base):
    """Something that happened in the product."""

    __tablename__ = "usage_events"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    at: Mapped[datetime]
    project_id: Mapped[str | None] = mapped_column(index=True)
    data: Mapped[dict[str, Any]]


def _in_utc(given: datetime) -> datetime:
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be in the years 1 to 9999 of UTC") from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class UsageQuery(BaseModel):
    """Which calls, and how they are summed up."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(default=None, description="From this moment on.")
    until: Moment | None = Field(default=None, description="Before this moment.")
    group_by: str = Field(
        default="", description="Some of `model,task,project,day`; days are those of UTC."
    )

    @field_validator("group_by")
    @classmethod
    def _known(cls, given: str) -> str:
        names = [name.strip() for name in given.split(",") if name.strip()]
        if set(names) - set(GROUPS):
            raise ValueError(f"must be some of {','.join(GROUPS)}")
        return ",".join(dict.fromkeys(names))


class Totals(BaseModel):
    """Sums over calls. cost_usd: of those whose price is known; unpriced: how many are not."""

    calls: int = 0
    failed: int = 0
    estimated: int = Field(default=0, description="How many have estimated counts.")
    unpriced: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float = 0.0


class Group(Totals):
    """The sums of one group; what is not grouped by is null."""

    model: str | None = None
    task: str | None = None
    project: str | None = Field(default=None, description="The project's id; empty for none.")
    day: str | None = None


Dollars = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class LimitsWanted(BaseModel):
    """Limits on a month's costs in USD; null: none."""

    model_config = ConfigDict(extra="forbid")

    soft_usd: Dollars | None = Field(default=None, description="From here on there are warnings.")
    hard_usd: Dollars | None = Field(default=None, description="From here on no model is asked.")

    @model_validator(mode="after")
    def _soft_comes_first(self) -> Self:
        both = self.soft_usd is not None and self.hard_usd is not None
        if both and self.soft_usd > self.hard_usd:  # type: ignore[operator]
            raise ValueError("the soft limit must not be above the hard limit")
        return self


class Limits(BaseModel):
    """This month's costs against the limits that count: of the user's own and the
    administrator's, the lower. Null: no limit."""

    month: str
    cost_usd: float
    soft_limit_usd: float | None
    hard_limit_usd: float | None
    state: str = Field(description="`ok`, `soft` (over the soft limit) or `hard` (nothing more).")
    notice: str = Field(description="What is to be said of it; empty while all is well.")


class LimitsSet(BaseModel):
    """The user's own limits, and what stands above them."""

    soft_usd: float | None
    hard_usd: float | None
    administrator: LimitsWanted
    effective: Limits


class Usage(BaseModel):
    """What the models took."""

    total: Totals
    items: list[Group]
    limits: Limits


class ProductEvent(BaseModel):
    """Something that happened; whatever else it holds is kept with it."""

    model_config = ConfigDict(extra="allow")

    id: str = Field(min_length=1, max_length=200)
    kind: str = Field(min_length=1, max_length=200)
    at: AwareDatetime = Field(
        ge=datetime(1970, 1, 2, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC)
    )
    project_id: str | None = None


class ProductEvents(BaseModel):
    """Events to keep, on this server alone."""

    model_config = ConfigDict(extra="forbid")

    events: list[ProductEvent] = Field(max_length=1000)


class EventsKept(BaseModel):
    """How many were new, and how many were known already."""

    accepted: int
    known: int


class ProjectUsage(BaseModel):
    """What a project took, and what happened in it."""

    project_id: str
    total: Totals
    days: list[Group]
    events: dict[str, int] = Field(description="How many of each kind.")
