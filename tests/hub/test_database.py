"""The hub's tables: their migrations, and an audit log that nobody can change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import neoai_hub.admin.services  # noqa: F401  (it has every table)
from neoai_hub import audit
from neoai_hub.db import HubBase, HubDatabase
from neoai_hub.db.schema import HEAD, SCHEMA
from neoai_server_ext.db import migrate


def test_the_migrations_make_exactly_the_tables_of_the_models(db_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    migrate.migrate(db_url, SCHEMA)
    engine = create_engine(migrate.sync_url(db_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": SCHEMA.version_table}
        )
        assert compare_metadata(context, HubBase.metadata) == []
    engine.dispose()


def test_the_schema_constant_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(SCHEMA.migrations))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_hub_and_a_users_server_can_share_a_database(db_url: str) -> None:
    migrate.migrate(db_url)
    migrate.migrate(db_url, SCHEMA)
    engine = create_engine(migrate.sync_url(db_url))
    with engine.connect() as connection:
        assert migrate.current_revision(connection) == migrate.HEAD
        assert migrate.current_revision(connection, SCHEMA.version_table) == HEAD
    engine.dispose()


@pytest.mark.parametrize("deed", ["UPDATE neoai_audit SET actor = 'x'", "DELETE FROM neoai_audit"])
async def test_the_audit_log_can_only_grow(database: HubDatabase, db_url: str, deed: str) -> None:
    now = datetime.now(UTC)
    await database.write(
        lambda session: audit.record(session, now, "ann", "quotas.set", "user:bob", limit=1)
    )
    engine = create_engine(db_url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(deed))
    engine.dispose()
    (entry,) = await audit.AuditLog(database).page()
    assert (entry.actor, entry.details) == ("ann", {"limit": 1})


async def test_what_is_rolled_back_leaves_no_entry(database: HubDatabase) -> None:
    def fail(session: Session) -> None:
        audit.record(session, datetime.now(UTC), "ann", "quotas.set", "user:bob")
        session.flush()
        raise KeyError

    with pytest.raises(KeyError):
        await database.write(fail)
    assert await audit.AuditLog(database).page() == []


async def test_the_log_is_read_page_by_page_newest_first(database: HubDatabase) -> None:
    def five(session: Session) -> None:
        for number in range(5):
            audit.record(session, datetime.now(UTC), "ann", "quotas.set", f"user:u{number}")
            session.flush()

    await database.write(five)
    log = audit.AuditLog(database)
    first = await log.page(limit=2)
    rest = await log.page(before=first[-1].id, limit=10)
    subjects = [row.subject for row in [*first, *rest]]
    assert subjects == ["user:u4", "user:u3", "user:u2", "user:u1", "user:u0"]
    assert [row.subject for row in await log.page(subject="user:u1")] == ["user:u1"]
