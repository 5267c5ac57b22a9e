"""The settings of GPUs and their leases."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class GpuDevice(BaseModel):
    """A GPU that is configured by hand."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(
        min_length=1,
        max_length=200,
        description="What Docker or Kubernetes knows it by: `GPU-…`, `MIG-…`, or any name.",
    )
    kind: str = Field(min_length=1, max_length=100, description="`H100`, `H100-1g.10gb`, …")
    node: str = Field(default="", max_length=253, description="The machine it is in.")
    memory_bytes: int = Field(default=0, ge=0)


class GpuSettings(BaseModel):
    """Where GPUs come from, and how long one is kept."""

    model_config = ConfigDict(extra="forbid")

    discover: bool = Field(
        default=True, description="Ask NVIDIA's driver (NVML) on the hub's machine for GPUs."
    )
    node: str = Field(default="", description="The name of the hub's machine, for what it finds.")
    devices: list[GpuDevice] = Field(
        default=[], description="GPUs that are configured by hand, beside those found."
    )
    lease_s: float = Field(
        default=180.0,
        gt=0,
        description="Seconds without a heartbeat, while the hub ran, after which a lease ends; at "
        "least three times `quotas.heartbeat_s`.",
    )
    waiting_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds that a place in the line is kept while nobody asks again.",
    )
    idle_s: float = Field(
        default=3600.0,
        ge=0,
        description="A GPU that is idle for so long is reclaimed: its server stops. 0: never.",
    )
    idle_below: float = Field(
        default=0.05, ge=0, le=1, description="Utilisation (0 to 1) under which a GPU is idle."
    )
    idle_warn_minutes: list[int] = Field(
        default=[15, 5], description="Minutes before an idle GPU is reclaimed at which to warn."
    )
    samples_kept_days: int = Field(
        default=30, ge=1, description="Days that samples of utilisation are kept."
    )
