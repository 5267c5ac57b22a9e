"""Volumes are measured by their names, and count once however many servers mount them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _replace("volume")


def downgrade() -> None:
    _replace("server")


def _replace(column: str) -> None:
    """Of each user the largest measurement stays until the next: two servers had one volume."""
    op.rename_table("neoai_volumes", "neoai_volumes_before")
    measured = op.create_table(
        "neoai_volumes",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column(column, sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("subject", "user", column, name=f"pk_neoai_volumes_by_{column}"),
    )
    before = sa.table("neoai_volumes_before", *map(sa.column, ("subject", "user", "bytes")))
    before.append_column(sa.Column("measured_at", TIME))
    whose = (before.c.subject, before.c.user)
    largest = sa.select(
        *whose, sa.literal(""), sa.func.max(before.c.bytes), sa.func.max(before.c.measured_at)
    ).group_by(*whose)
    names = ["subject", "user", column, "bytes", "measured_at"]
    op.execute(measured.insert().from_select(names, largest))
    op.drop_table("neoai_volumes_before")
