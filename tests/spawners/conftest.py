"""Hubs for the tests of the spawners."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import require
from tests.fakes.hub import ROOT, Hub
from tests.fakes.ledger import Ledger

FAKE = [sys.executable, str(ROOT / "tests" / "fakes" / "singleuser.py")]
LOCAL = f"""
from neoai_spawners.local import NeoAILocalSpawner
c.JupyterHub.spawner_class = NeoAILocalSpawner
c.NeoAILocalSpawner.homes = "homes"
c.Spawner.cmd = {FAKE!r}
c.NeoAISpawner.catalogue = {{"profiles": [
    {{"name": "small", "cpus": 1, "memory": "1G"}},
    {{"name": "large", "cpus": 4, "memory": "8G", "groups": ["staff"]}},
    {{"name": "gpu", "gpus": 1, "gpu_kind": "H100"}}]}}
"""

StartHub = Callable[..., Hub]


@pytest.fixture
def start_hub(tmp_path: Path) -> Iterator[StartHub]:
    """`start_hub(config, groups=…)`: a hub of this test's own."""
    require("hub's proxy")
    started: list[Hub] = []

    def start(config: str = "", **kwargs: object) -> Hub:
        hub = Hub(tmp_path, config, **kwargs)  # type: ignore[arg-type]
        started.append(hub)
        hub.start()
        return hub

    yield start
    for hub in started:
        hub.stop()


@pytest.fixture
def local_hub(start_hub: StartHub) -> StartHub:
    """`local_hub(config, groups=…)`: one whose servers are small processes."""
    return lambda config="", **kwargs: start_hub(LOCAL + config, **kwargs)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """The quotas and leases of this test's hub."""
    return Ledger(tmp_path / "ledger.sqlite")
