"""The ledger of quotas and the audit log, which cannot be changed."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _audit()
    op.create_table(
        "neoai_quotas",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("limit", sa.Double(), nullable=True),
        sa.Column("window", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "name", "kind", "shared", name="pk_neoai_quotas"),
    )
    _reservations()
    op.create_table(
        "neoai_usage",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("slot", TIME, nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "slot", name="pk_neoai_usage"),
    )
    op.create_table(
        "neoai_volumes",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("subject", "user", "server", name="pk_neoai_volumes"),
    )


def _audit() -> None:
    op.create_table(
        "neoai_audit",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_neoai_audit"),
    )
    for column in ("at", "actor", "subject"):
        op.create_index(f"ix_neoai_audit_{column}", "neoai_audit", [column])
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER neoai_audit_no_{event.lower()} BEFORE {event} ON neoai_audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION neoai_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER neoai_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON neoai_audit EXECUTE FUNCTION neoai_audit_refuse()"
    )


def _reservations() -> None:
    op.create_table(
        "neoai_reservations",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("profile", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("cpus", sa.Double(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("gpu_kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reserved_at", TIME, nullable=False),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("metered_s", sa.Double(), nullable=False),
        sa.Column("used_memory_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cpu_seconds", sa.Double(), nullable=True),
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("beat_s", sa.Double(), nullable=False),
        sa.Column("beat_boot", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_neoai_reservations"),
    )
    op.create_index("ix_neoai_reservations_user_state", "neoai_reservations", ["user", "state"])
    op.create_index("ix_neoai_reservations_state", "neoai_reservations", ["state"])
    op.create_table(
        "neoai_reservation_subjects",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "key", name="pk_neoai_reservation_subjects"),
    )
    op.create_index("ix_neoai_reservation_subjects_key", "neoai_reservation_subjects", ["key"])


def downgrade() -> None:
    for table in (
        "neoai_volumes",
        "neoai_usage",
        "neoai_reservation_subjects",
        "neoai_reservations",
        "neoai_quotas",
        "neoai_audit",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION neoai_audit_refuse()")
