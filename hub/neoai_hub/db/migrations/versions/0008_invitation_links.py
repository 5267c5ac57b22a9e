"""Invitations for whoever has the link."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "neoai_invitation_links",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ends_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_neoai_invitation_links"),
    )
    op.create_index(
        "ix_neoai_invitation_links_code_hash", "neoai_invitation_links", ["code_hash"], unique=True
    )


def downgrade() -> None:
    op.drop_table("neoai_invitation_links")
