"""Samples of GPUs have their memory too, and old ones are found by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("neoai_gpu_samples", sa.Column("memory_bytes", sa.BigInteger(), nullable=True))
    op.create_index("ix_neoai_gpu_samples_at", "neoai_gpu_samples", ["at"])


def downgrade() -> None:
    op.drop_index("ix_neoai_gpu_samples_at", "neoai_gpu_samples")
    op.drop_column("neoai_gpu_samples", "memory_bytes")
