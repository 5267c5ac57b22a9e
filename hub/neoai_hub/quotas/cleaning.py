"""Above a storage quota no server starts but one to clean up: small, without a GPU, for a while."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from neoai_spawners.protocols import CLEAN_UP, Denial, Notice, SpawnRequest

from .models import ReservationRow
from .settings import QuotaSettings
from .standing import Standing, amount

STORAGE = "storage"
NEEDLESS = "Your storage is within its quota: start your server with a profile."


def denials(request: SpawnRequest, found: Sequence[Denial]) -> list[Denial]:
    """What of the denials holds: to clean up takes no storage, and is for who has too much."""
    if request.profile != CLEAN_UP:
        return list(found)
    if not any(each.quota == STORAGE for each in found):
        return [Denial(STORAGE, "user", 0.0, 0.0, 0.0, "bytes", None, NEEDLESS)]
    return [each for each in found if each.quota != STORAGE]


def notice(
    row: ReservationRow, storage: Sequence[Standing], settings: QuotaSettings, now: datetime
) -> Notice:
    """What a server that runs to clean up is told, from its start on."""
    left_s = settings.clean_up_s - row.metered_s
    ends = now + timedelta(seconds=left_s)
    if left_s <= 0:
        return Notice(CLEAN_UP, ends, "The time to clean up is over. It can be started again.", 0)
    minutes = math.ceil(left_s / 60)
    due = [each for each in settings.warn_minutes if left_s <= each * 60 + settings.heartbeat_s]
    shown = min([*due, math.ceil(settings.clean_up_s / 60)])
    plural = "" if minutes == 1 else "s"
    return Notice(
        CLEAN_UP, ends, f"{_said(storage)} It ends in about {minutes} minute{plural}.", shown
    )


def _said(storage: Sequence[Standing]) -> str:
    over = [each for each in storage if not each.room_for(0.0)]
    if not over:
        return (
            "Your storage is within its quota again: stop this server, and start one with a "
            "profile."
        )
    worst = max(over, key=lambda each: each.used - each.rule.limit)
    unit = worst.rule.kind.unit
    return (
        f"This server is to clean up: {amount(worst.used, unit)} of "
        f"{amount(worst.rule.limit, unit)} storage are in use. What you delete here is gone for "
        "good."
    )
