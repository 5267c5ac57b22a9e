"""The declarative base of the hub's tables: not those of a user's server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, MetaData
from sqlalchemy.orm import DeclarativeBase

from neoai_server_ext.db.base import NAMES, TYPES


class HubBase(DeclarativeBase):
    """Tables that the hub and its services share; all names begin with `neoai_`, so that they can
    live in JupyterHub's database."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {**TYPES, list[str]: JSON, list[Any]: JSON}
