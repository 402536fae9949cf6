"""Which model a home judges with, and which verdicts wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.ledger.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "model_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("manifest", sa.String(length=64), nullable=False),
        sa.Column("used_at", archive.ledger.tables.Instant(timezone=True), nullable=False),
        sa.Column("operator", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_use")),
    )
    op.add_column(
        "verdict", sa.Column("review", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index("ix_verdict_review", "verdict", ["review", "risk"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_verdict_review", table_name="verdict")
    op.drop_column("verdict", "review")
    op.drop_table("model_use")
