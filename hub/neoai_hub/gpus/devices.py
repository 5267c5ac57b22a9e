"""The devices that are present, which change seldom and are asked for at each start."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from neoai_spawners.protocols import Device

from ..db import HubBase
from .line import Wish, possible
from .models import GpuRow

_GPUS = HubBase.metadata.tables[GpuRow.__tablename__].c
# Made once: to put one together takes longer than SQLite needs to answer it.
ALL = select(_GPUS.id, _GPUS.kind, _GPUS.node, _GPUS.memory_bytes)
"""The fields of a `Device`."""
PRESENT = ALL.where(_GPUS.present).order_by(_GPUS.id)
VERSION = select(func.count(), func.max(_GPUS.seen_at)).where(_GPUS.present)
"""Changes with each discovery, in whatever process."""


class Devices:
    """Reads them anew once they have changed. For one thread at a time, as writers are."""

    def __init__(self) -> None:
        self._present: Sequence[Device] = ()
        self._version: object = None
        self._possible: dict[Wish, bool] = {}

    def forget(self) -> None:
        """They change now."""
        self._version = None

    def present(self, connection: Connection) -> Sequence[Device]:
        """Those that the transaction of this connection sees, by their ids."""
        version = tuple(connection.execute(VERSION).one())
        if version != self._version:
            self._present = [Device(*row) for row in connection.execute(PRESENT)]
            self._version, self._possible = version, {}
        return self._present

    def possible(self, wish: Wish) -> bool:
        """Whether those that were present last would do, if all were free."""
        if wish not in self._possible:
            self._possible[wish] = possible(wish, self._present)
        return self._possible[wish]


def by_id(connection: Connection) -> dict[str, Device]:
    """Every device that there is or was."""
    return {row.id: Device(*row) for row in connection.execute(ALL)}
