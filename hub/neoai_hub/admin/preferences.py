"""What a user has chosen, kept at the hub so that it goes along from server to server."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, Session, mapped_column

from neoai_server_ext import errors

from ..clock import Clock, SystemClock
from ..db import HubBase, HubDatabase

MAX_BYTES = 16 * 1024


class PreferencesRow(HubBase):
    """One user's."""

    __tablename__ = "neoai_preferences"

    user: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class Preferences:
    """Reads and replaces them."""

    def __init__(self, database: HubDatabase, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or SystemClock()

    async def get(self, user: str) -> dict[str, Any]:
        """An object, empty where nothing was chosen."""

        def work(session: Session) -> dict[str, Any]:
            row = session.get(PreferencesRow, user)
            return row.data if row else {}

        return await self._database.read(work)

    async def put(self, user: str, data: dict[str, Any]) -> None:
        """Replace them. Raises TooLarge; Invalid for what no JSON elsewhere may hold."""
        try:
            size = len(json.dumps(data, ensure_ascii=False, allow_nan=False).encode())
        except ValueError:  # half a surrogate is one too
            raise errors.Invalid("Preferences hold text and finite numbers.") from None
        if size > MAX_BYTES:
            raise errors.TooLarge(f"Preferences are at most {MAX_BYTES // 1024} KiB.")

        def work(session: Session) -> None:
            row = PreferencesRow(user=user, data=data, updated_at=self._clock.now())
            session.merge(row)

        await self._database.write(work)
