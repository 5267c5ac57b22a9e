"""Courses with teachers, and invitations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "neoai_courses",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("ceiling", sa.JSON(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_neoai_courses"),
    )
    op.create_table(
        "neoai_teachers",
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("course", "user", name="pk_neoai_teachers"),
    )
    op.create_index("ix_neoai_teachers_user", "neoai_teachers", ["user"])
    op.create_table(
        "neoai_invitations",
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("user", name="pk_neoai_invitations"),
    )


def downgrade() -> None:
    for table in ("invitations", "teachers", "courses"):
        op.drop_table(f"neoai_{table}")
