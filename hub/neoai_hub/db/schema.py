"""Which version of the hub's tables this code works with; a test holds it to the migrations."""

from pathlib import Path

from neoai_server_ext.db.migrate import Schema

HEAD = "0008"
SCHEMA = Schema(HEAD, Path(__file__).parent / "migrations", "neoai_alembic_version")
