"""The declarative base of the hub's tables: not those of a user's server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, mapped_column

from neoai_server_ext.db.base import NAMES, TYPES

CHUNK = 500
Serial = Annotated[
    int,
    mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
]
"""The key of a table whose rows are numbered."""


class HubBase(DeclarativeBase):
    """Tables that the hub and its services share; all names begin with `neoai_`, so that they can
    live in JupyterHub's database."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {**TYPES, list[str]: JSON, list[Any]: JSON}


def in_chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """So many at a time as every database takes in one statement."""
    for start in range(0, len(names), CHUNK):
        yield names[start : start + CHUNK]
