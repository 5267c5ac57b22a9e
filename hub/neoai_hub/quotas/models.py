"""The ledger's tables, and a quota as it is set and shown."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import BeatColumns
from ..db import HubBase
from .windows import Window

KindName = Literal["cpu", "memory", "servers", "server-hours", "gpu-hours", "storage", "ai-budget"]
Scope = Literal["user", "group", "default"]
DEFAULT = "default"


@dataclass(frozen=True)
class Kind:
    """What a quota counts. `timed`: over a window; else at any one time."""

    name: KindName
    label: str
    unit: str
    timed: bool = False


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("cpu", "CPU cores", "cores"),
        Kind("memory", "Memory", "bytes"),
        Kind("servers", "Servers", "servers"),
        Kind("storage", "Storage", "bytes"),
        Kind("server-hours", "Server hours", "hours", timed=True),
        Kind("gpu-hours", "GPU hours", "hours", timed=True),
        Kind("ai-budget", "AI budget", "usd", timed=True),
    )
}


class Quota(BaseModel):
    """How much of one kind. Cores, bytes, hours, US dollars or a number of servers."""

    model_config = ConfigDict(extra="forbid")

    kind: KindName
    limit: Annotated[float, Field(ge=0)] | None = Field(
        description="In the kind's unit; null says that there is no limit."
    )
    window: Annotated[str, StringConstraints(max_length=10)] | None = Field(
        default=None,
        description="For hours and budgets: `day`, `week`, `month`, or rolling, like `24h`, `30d`.",
    )
    shared: bool = Field(
        default=False,
        description="All members use it up together (with the default: everybody on the hub), "
        "instead of each having it.",
    )

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.limit is not None and not math.isfinite(self.limit):
            raise ValueError("limit must be finite; null says that there is no limit")
        if KINDS[self.kind].timed:
            if self.window is None:
                raise ValueError(f"{self.kind} needs a window")
            Window(self.window)
        elif self.window is not None:
            raise ValueError(f"{self.kind} has no window: it holds at any time")
        return self


class QuotaRow(HubBase):
    """One quota that is set: of `user`, `group` or `default` (whose name is `default`)."""

    __tablename__ = "neoai_quotas"

    scope: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    shared: Mapped[bool] = mapped_column(primary_key=True)
    limit: Mapped[float | None]
    window: Mapped[str | None]

    def quota(self) -> Quota:
        """As it was set."""
        fields: Any = {"kind": self.kind, "limit": self.limit}
        return Quota(**fields, window=self.window, shared=self.shared)


class ReservationRow(BeatColumns, HubBase):
    """What one start of a server takes: `reserved`, `running` or `settled` (`outcome`: `ended`,
    `lapsed`, `superseded`). `metered_s` is what was charged of it."""

    __tablename__ = "neoai_reservations"

    key: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    server: Mapped[str]
    profile: Mapped[str]
    groups: Mapped[list[str]]
    cpus: Mapped[float]
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    gpus: Mapped[int]
    gpu_kind: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str]
    reserved_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    metered_s: Mapped[float]
    used_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    cpu_seconds: Mapped[float | None]

    __table_args__ = (
        Index("ix_neoai_reservations_user_state", "user", "state"),
        Index("ix_neoai_reservations_state", "state"),
    )


class ReservationSubject(HubBase):
    """Whose quotas a reservation counts in: its user, each of the groups, the hub as a whole."""

    __tablename__ = "neoai_reservation_subjects"

    subject: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True, index=True)


class UsageRow(HubBase):
    """What was used in a slot of 15 minutes: seconds of servers and GPUs, dollars of AI."""

    __tablename__ = "neoai_usage"

    subject: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(primary_key=True)
    amount: Mapped[float]


class VolumeRow(HubBase):
    """How large a user's volume was when it was last measured; it counts once, however many of the
    user's servers mount it. (Without a name: what was measured before they were kept.)"""

    __tablename__ = "neoai_volumes"

    subject: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(primary_key=True)
    volume: Mapped[str] = mapped_column(primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    measured_at: Mapped[datetime]
