"""Where the index is, and the outbox of one that is being filled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.ledger.tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "index_place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("move", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_index_place")),
    )
    op.create_table(
        "to_index_next",
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("leased_until", archive.ledger.tables.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["post"], ["post.id"], name=op.f("fk_to_index_next_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_to_index_next")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("to_index_next")
    op.drop_table("index_place")
