"""The settings of the ledger of quotas."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator


class QuotaSettings(BaseModel):
    """How time is metered and windows are cut."""

    model_config = ConfigDict(extra="forbid")

    heartbeat_s: float = Field(
        default=60.0,
        gt=0,
        le=900,
        description="Seconds between two heartbeats of a running server: the most that a crash "
        "can add to or take from what is charged.",
    )
    hold_s: float = Field(
        default=900.0,
        ge=0,
        description="Seconds of its time quotas that a start reserves; what is charged comes out "
        "of it first. A start needs that much left (or the whole quota, where that is less).",
    )
    lapse_s: float = Field(
        default=600.0,
        gt=0,
        description="A server of which nothing was heard for so many seconds, while the hub ran, "
        "counts as ended; at least three times `heartbeat_s`.",
    )
    warn_minutes: list[int] = Field(
        default=[15, 5],
        description="Minutes before a time quota runs out at which its users are warned.",
    )
    clean_up_s: float = Field(
        default=3600.0,
        ge=60,
        description="Seconds for which a server runs that is started to clean up, above a storage "
        "quota. It can be started again.",
    )
    timezone: str = Field(
        default="UTC", description="The time zone in which days, weeks and months begin."
    )

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"`{name}` is no time zone; `Europe/Berlin` is one")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.timezone)
