"""The living lexicon: proposals, approvals and retirements of words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.ledger.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "lexicon_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("term", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", archive.ledger.tables.Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lexicon_change")),
    )
    with op.batch_alter_table("lexicon_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lexicon_change_term"), ["term"], unique=False)


def downgrade() -> None:
    """Go back: only the base lexicon is left."""
    with op.batch_alter_table("lexicon_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lexicon_change_term"))

    op.drop_table("lexicon_change")
