"""What a container is from its start, and what a running one can still be given."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WAITING = "ai.neoai.waiting"
"""The image's label with the command that waits for a user."""
GIVEN_LATER = {"Binds", "Memory", "MemorySwap", "CpuQuota", "CpuShares"}
OF_ITS_USER = {"name", "command", "environment", "volumes", "host_config", "image"}
READ_AT_START = (
    "CUDA_",
    "GLIBC_",
    "JUPYTERHUB_SINGLEUSER_",
    "JUPYTER_PLATFORM_DIRS",
    "LANG",
    "LC_",
    "LD_",
    "MALLOC_",
    "MKL_",
    "NVIDIA_",
    "OMP_",
    "OPENBLAS_",
    "PATH",
    "PYTHON",
)
"""Beginnings of variables that a program or its libraries read once, while they are loaded."""


@dataclass(frozen=True)
class Wanted:
    """Containers that are kept ready for a profile: how many, and how each is made."""

    profile: str
    count: int
    create: Mapping[str, Any]
    image: Mapping[str, Any]

    @property
    def environment(self) -> Mapping[str, str]:
        """What they have from their start."""
        environment: Mapping[str, str] = self.create["environment"]
        return environment

    @property
    def shape(self) -> str:
        """What cannot be changed afterwards."""
        return shape_of(self.image["Id"], self.create)

    @property
    def key(self) -> str:
        """Another for whatever would make another container."""
        return _digest(self.shape, dict(self.environment), self.command)

    @property
    def command(self) -> list[str]:
        """What waits in them; empty where the image has nothing that does."""
        labels = self.image["Config"].get("Labels") or {}
        return str(labels.get(WAITING, "")).split()


def shape_of(image: str, create: Mapping[str, Any]) -> str:
    """A digest of all that a container of this image has from its start and keeps."""
    host = {
        name: value
        for name, value in create["host_config"].items()
        if value and name not in GIVEN_LATER
    }
    rest = {name: value for name, value in create.items() if value and name not in OF_ITS_USER}
    return _digest(image, host, rest)


def _digest(*parts: object) -> str:
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def can_be_given(environment: Mapping[str, str], born: Mapping[str, str]) -> bool:
    """Whether a process that was started with `born` can be given this environment instead."""
    if not set(born) <= set(environment):
        return False
    changed = [name for name, value in environment.items() if born.get(name) != value]
    return not any(name.startswith(READ_AT_START) for name in changed)
