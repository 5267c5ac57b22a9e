"""The sizes of users' volumes, as they were last measured."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..db import in_chunks
from .models import ReservationRow, VolumeRow
from .rules import subjects_of, user_subject


def measured(
    session: Session, row: ReservationRow, sizes: Mapping[str, int], now: datetime
) -> None:
    """Remember how large the volumes of a running server are, for everybody it counts for."""
    known = delete(VolumeRow).where(VolumeRow.user == row.user, VolumeRow.volume.in_([*sizes, ""]))
    session.execute(known)
    session.add_all(
        VolumeRow(subject=subject, user=row.user, volume=name, bytes=size, measured_at=now)
        for subject in subjects_of(row.user, row.groups)
        for name, size in sizes.items()
    )


def of(session: Session, user: str) -> Sequence[VolumeRow]:
    """A user's volumes, the largest first."""
    query = select(VolumeRow).where(VolumeRow.subject == user_subject(user), VolumeRow.user == user)
    return list(session.scalars(query.order_by(VolumeRow.bytes.desc(), VolumeRow.volume)))


def forget(session: Session, user: str, names: Collection[str]) -> None:
    """Volumes of a user that are no more."""
    session.execute(
        delete(VolumeRow).where(VolumeRow.user == user, VolumeRow.volume.in_(list(names)))
    )


def forget_all_but(session: Session, users: Collection[str]) -> int:
    """The volumes of everybody who is not among these users; of how many."""
    gone = sorted(set(session.scalars(select(VolumeRow.user).distinct())) - set(users))
    for some in in_chunks(gone):
        session.execute(delete(VolumeRow).where(VolumeRow.user.in_(some)))
    return len(gone)
