"""Opening, migrating and failing: a real SQLite file and, where there is one, a real PostgreSQL."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from neoai_server_ext import errors
from neoai_server_ext.db import Base, Database, migrate
from neoai_server_ext.db.models import IdempotencyKey
from neoai_server_ext.db.schema import HEAD


def row(scope: str) -> IdempotencyKey:
    return IdempotencyKey(
        scope=scope, fingerprint="f", status=200, headers={"a": "b"}, created_at=datetime.now(UTC)
    )


async def test_a_new_database_is_made_and_keeps_what_is_written(db_url: str) -> None:
    db = Database(db_url)
    async with db.session() as session:
        session.add(row("one"))
    await db.close()
    again = Database(db_url)
    async with again.session() as session:
        found = (await session.scalars(select(IdempotencyKey))).one()
    await again.close()
    assert found.headers == {"a": "b"}
    assert found.created_at.tzinfo is UTC


async def test_a_session_that_fails_leaves_nothing_behind(db_url: str) -> None:
    db = Database(db_url)

    async def fail_in_the_middle() -> None:
        async with db.session() as session:
            session.add(row("one"))
            await session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        await fail_in_the_middle()
    async with db.session() as session:
        assert (await session.scalars(select(IdempotencyKey))).all() == []
    await db.close()


async def test_the_migrations_make_exactly_the_tables_of_the_models(db_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    import neoai_server_ext.extension  # noqa: F401  (the tables of all features)

    migrate.migrate(db_url)
    engine = create_engine(migrate.sync_url(db_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_schema_constant_is_the_newest_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_older_database_is_kept_beside_the_upgraded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "neoai.db"
    monkeypatch.setattr(migrate, "HEAD", "0001")
    migrate.migrate(f"sqlite:///{path}")
    monkeypatch.undo()
    assert migrate.migrate(f"sqlite:///{path}") == "0001"
    (kept,) = tmp_path.glob("neoai.db.schema-0001.*")
    engine = create_engine(f"sqlite:///{kept}")
    with engine.connect() as connection:
        assert migrate.current_revision(connection) == "0001"


async def test_two_servers_that_start_at_once_both_find_a_whole_schema(db_url: str) -> None:
    code = "import sys; from neoai_server_ext.db.migrate import migrate; migrate(sys.argv[1])"
    workers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, db_url) for _ in range(4)
    ]
    assert [await worker.wait() for worker in workers] == [0] * 4
    engine = create_engine(migrate.sync_url(db_url))
    with engine.connect() as connection:
        assert migrate.current_revision(connection) == HEAD
    engine.dispose()


async def test_a_newer_database_is_left_alone_and_the_way_out_is_named(db_url: str) -> None:
    migrate.migrate(db_url)
    engine = create_engine(migrate.sync_url(db_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db = Database(db_url)
    with pytest.raises(errors.Unavailable) as caught:
        async with db.session():
            pass
    assert caught.value.code == "database-newer"
    assert "doctor --repair" in caught.value.detail
    with engine.connect() as connection:
        assert migrate.current_revision(connection) == "9999"
    engine.dispose()


async def test_a_damaged_file_is_reported_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "neoai.db"
    path.write_bytes(b"this is no database at all, and was never meant to be one" * 100)
    before = path.read_bytes()
    db = Database(f"sqlite:///{path}")
    with pytest.raises(errors.Unavailable) as caught:
        async with db.session():
            pass
    assert caught.value.code == "database-damaged"
    assert path.read_bytes() == before


async def test_a_locked_file_is_reported_and_works_again_once_let_go(tmp_path: Path) -> None:
    path = tmp_path / "neoai.db"
    migrate.migrate(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    db = Database(f"sqlite:///{path}")
    db.busy_timeout_s = 0.1
    with pytest.raises(errors.Unavailable) as caught:
        async with db.session() as session:
            session.add(row("one"))
    assert caught.value.code == "database-locked"
    holder.execute("ROLLBACK")
    await db.open()
    async with db.session() as session:
        session.add(row("one"))
    await db.close()
    holder.close()


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    db = Database("postgresql+psycopg://someone:topsecret@127.0.0.1:1/nothing")
    with pytest.raises(errors.Unavailable) as caught:
        async with db.session():
            pass
    assert caught.value.code == "database-unreachable"
    assert "127.0.0.1:1" in caught.value.detail
    assert "topsecret" not in caught.value.detail


async def test_the_file_and_its_folder_are_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "fresh" / "neoai.db"
    db = Database(f"sqlite:///{path}")
    await db.open()
    await db.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_full_disk_refuses_the_write_and_keeps_the_database(
    tmp_path: Path, require: object
) -> None:
    require("tmpfs mount")  # type: ignore[operator]
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        db = Database(f"sqlite:///{folder / 'neoai.db'}")
        async with db.session() as session:
            session.add(row("one"))
        (folder / "filler").write_bytes(b"x" * 400_000)

        async def fill() -> None:
            for number in range(200):
                entry = row(f"big-{number}")
                entry.body = b"x" * 20_000
                async with db.session() as session:
                    session.add(entry)

        with pytest.raises(errors.StorageFull, match="full"):
            await fill()
        (folder / "filler").unlink()
        async with db.session() as session:
            assert await session.get(IdempotencyKey, "one") is not None
        await db.close()
    finally:
        subprocess.run(["umount", folder], check=True)
