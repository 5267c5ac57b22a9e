"""What a running server uses, measured without holding up its heartbeat."""

from __future__ import annotations

import asyncio
from typing import Any

from traitlets import Float
from traitlets.config import LoggingConfigurable

from .protocols import Meter


class Measures(LoggingConfigurable):
    """Stands before a spawner of JupyterHub, whose servers are measured at each heartbeat."""

    measure_within = Float(
        5.0,
        min=0,
        help="""Seconds that a heartbeat waits for what its server uses. What takes longer is told
        with a later one; meanwhile nothing is measured a second time.""",
    ).tag(config=True)

    _log_name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._measuring: asyncio.Task[Meter] | None = None
        super().__init__(*args, **kwargs)

    async def measure(self) -> Meter:
        """What the running server uses now."""
        return Meter()

    async def _measured(self) -> Meter:
        measuring = self._measuring or asyncio.create_task(self.measure())
        self._measuring = measuring
        done, _ = await asyncio.wait({measuring}, timeout=self.measure_within)
        if not done:
            self.log.warning("What %s uses takes long to measure", self._log_name)
            return Meter()
        self._measuring = None
        try:
            return measuring.result()
        except Exception:
            self.log.exception("What %s uses cannot be measured this time", self._log_name)
            return Meter()
