"""The tables of GPUs, their leases, the line and the samples."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..clock import BeatColumns
from ..db import HubBase, Serial


class GpuRow(HubBase):
    """A GPU or a MIG slice. `present`: it was found, or configured, when the hub last started."""

    __tablename__ = "neoai_gpus"

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    node: Mapped[str]
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    present: Mapped[bool]
    seen_at: Mapped[datetime]


class GpuLeaseRow(BeatColumns, HubBase):
    """One device that one server holds, or held until `ended_at` (`reason`: `released`, `expired`,
    `superseded`, `idle`). A device has one lease at a time: the index sees to it."""

    __tablename__ = "neoai_gpu_leases"

    id: Mapped[Serial]
    device_id: Mapped[str]
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(index=True)
    user: Mapped[str] = mapped_column(index=True)
    server: Mapped[str]
    taken_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str]
    held_s: Mapped[float]
    idle_s: Mapped[float]
    utilisation: Mapped[float | None]

    __table_args__ = (
        Index(
            "uq_neoai_gpu_leases_device",
            "device_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_neoai_gpu_leases_ended", "kind", "ended_at"),
    )


class GpuWaitingRow(BeatColumns, HubBase):
    """A server's place in the line; `id` is the order."""

    __tablename__ = "neoai_gpu_waiting"

    id: Mapped[Serial]
    key: Mapped[str] = mapped_column(index=True)
    user: Mapped[str]
    server: Mapped[str]
    gpus: Mapped[int]
    kind: Mapped[str]
    asked_at: Mapped[datetime]


class GpuSampleRow(HubBase):
    """How busy a leased device was, 0 to 1, and how much of its memory was in use."""

    __tablename__ = "neoai_gpu_samples"

    device_id: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    user: Mapped[str]
    utilisation: Mapped[float]
    memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
