"""Bring a database to this code's schema, all of it or nothing; two servers at once take turns."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, column, create_engine, event, inspect, select, text
from sqlalchemy import table as named
from sqlalchemy.pool import NullPool

from .schema import HEAD

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x4E656F4149  # "NeoAI", an arbitrary key that only we take
LOCK_TIMEOUT_S = 10

log = logging.getLogger("neoai.db")


@dataclass(frozen=True)
class Schema:
    """Migrations of one set of tables, the newest of them, and the table that says where one is."""

    head: str
    migrations: Path
    version_table: str = "alembic_version"


class NewerSchema(Exception):
    """The database was written by a newer NeoAI."""


def sync_url(url: str) -> str:
    """The same database for SQLAlchemy's blocking engine."""
    return url.replace("sqlite+aiosqlite:", "sqlite:", 1)


def migrate(url: str, schema: Schema | None = None) -> str | None:
    """Upgrade to the newest schema, a user's own unless another is given; returns the revision it
    was at before (None where it was new).

    Blocks: call it in a thread. Raises NewerSchema, or SQLAlchemy's errors as they come.
    """
    schema = schema or Schema(HEAD, MIGRATIONS)
    engine = create_engine(sync_url(url), poolclass=NullPool, **_options(url))
    if engine.dialect.name == "sqlite":
        _serialise(engine)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            before = current_revision(connection, schema.version_table)
            if before == schema.head:
                return before
            _refuse_newer(before, schema)
            if before is not None and engine.dialect.name == "sqlite":
                _back_up(engine, before)
            _upgrade(connection, schema)
            return before
    finally:
        engine.dispose()


def current_revision(connection: Connection, table: str = "alembic_version") -> str | None:
    """The revision that the database says it is at."""
    if not inspect(connection).has_table(table):
        return None
    revision: str | None = connection.scalar(
        select(column("version_num")).select_from(named(table))
    )
    return revision


def _options(url: str) -> dict[str, dict[str, int]]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": LOCK_TIMEOUT_S}}
    return {"connect_args": {"connect_timeout": LOCK_TIMEOUT_S}}


def _serialise(engine: Engine) -> None:
    """Make SQLite's transactions cover DDL and exclude other writers (SQLAlchemy's own recipe)."""

    @event.listens_for(engine, "connect")
    def _own_transactions(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _refuse_newer(revision: str | None, schema: Schema) -> None:
    known = {path.name.split("_")[0] for path in (schema.migrations / "versions").glob("*.py")}
    if revision is not None and revision not in known:
        raise NewerSchema(revision)


def _upgrade(connection: Connection, schema: Schema) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.migrations))
    config.attributes["connection"] = connection
    command.upgrade(config, schema.head)
    log.info("the database is at schema %s", schema.head)


def _back_up(engine: Engine, revision: str) -> None:
    """Keep a copy of the file as it was before its schema changes."""
    source = Path(str(engine.url.database))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = source.with_name(f"{source.name}.schema-{revision}.{stamp}")
    reader = sqlite3.connect(source)
    writer = sqlite3.connect(target)
    try:
        reader.backup(writer)
    finally:
        writer.close()
        reader.close()
    target.chmod(0o600)
    log.info("kept the database as it was before the upgrade in %s", target)
