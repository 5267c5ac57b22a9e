"""GPUs, their leases, the line and the samples."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "neoai_gpus",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_neoai_gpus"),
    )
    _leases()
    op.create_table(
        "neoai_gpu_waiting",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked_at", TIME, nullable=False),
        *_beat(),
        sa.PrimaryKeyConstraint("id", name="pk_neoai_gpu_waiting"),
    )
    op.create_index("ix_neoai_gpu_waiting_key", "neoai_gpu_waiting", ["key"])
    op.create_table(
        "neoai_gpu_samples",
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("utilisation", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "at", name="pk_neoai_gpu_samples"),
    )


def _leases() -> None:
    op.create_table(
        "neoai_gpu_leases",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("device_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("taken_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("held_s", sa.Double(), nullable=False),
        sa.Column("idle_s", sa.Double(), nullable=False),
        sa.Column("utilisation", sa.Double(), nullable=True),
        *_beat(),
        sa.PrimaryKeyConstraint("id", name="pk_neoai_gpu_leases"),
    )
    for column in ("key", "user"):
        op.create_index(f"ix_neoai_gpu_leases_{column}", "neoai_gpu_leases", [column])
    op.create_index("ix_neoai_gpu_leases_ended", "neoai_gpu_leases", ["kind", "ended_at"])
    active = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_neoai_gpu_leases_device",
        "neoai_gpu_leases",
        ["device_id"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )


def _beat() -> list[sa.Column[Any]]:
    return [
        sa.Column("beat_at", TIME, nullable=False),
        sa.Column("beat_s", sa.Double(), nullable=False),
        sa.Column("beat_boot", sa.String(), nullable=False),
    ]


def downgrade() -> None:
    for table in ("samples", "waiting", "leases"):
        op.drop_table(f"neoai_gpu_{table}")
    op.drop_table("neoai_gpus")
