"""The user's own database: SQLite in WAL mode, or PostgreSQL by `NeoAIExtension.db_url`."""

from .base import Base, UTCDateTime
from .database import Database

__all__ = ["Base", "Database", "UTCDateTime"]
