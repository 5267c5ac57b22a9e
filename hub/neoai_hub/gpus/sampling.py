"""How GPUs are used now: asked of the driver where they are in the hub's machine, and told by
spawners that can see others."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from .nvml import Nvml, NvmlError, memory, utilisation

log = logging.getLogger("neoai.hub.gpus")


@dataclass(frozen=True)
class Use:
    """How busy a device is, 0 to 1, and the bytes of its memory in use where that is known."""

    utilisation: float
    memory_bytes: int | None = None


async def uses(nvml: Nvml | None, told: Mapping[str, float]) -> dict[str, Use]:
    """By device, without those that nobody knows of; what spawners tell of how busy one is goes
    before. `nvml`: the driver, where there is one here."""
    busy, held = await asyncio.to_thread(_asked, nvml) if nvml else ({}, {})
    return {device: Use(share, held.get(device)) for device, share in {**busy, **told}.items()}


def _asked(nvml: Nvml) -> tuple[dict[str, float], dict[str, int]]:
    try:
        return utilisation(nvml), memory(nvml)
    except NvmlError as error:
        log.warning("NVML: %s", error)
        return {}, {}
