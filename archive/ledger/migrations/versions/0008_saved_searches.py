"""Saved searches and their alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archive.ledger.tables import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEWEST_FIRST = ("alert_way", "alert", "to_alert", "saved_owed", "saved_search")


def upgrade() -> None:
    """Go forward."""
    _saved()
    _outbox()
    _alerts()


def downgrade() -> None:
    """Go back: saved searches are lost, and what was told of them."""
    for name in _NEWEST_FIRST:
        op.drop_table(name)


def _saved() -> None:
    op.create_table(
        "saved_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("webhook", sa.Text()),
        sa.Column("saved_at", Instant(timezone=True), nullable=False),
        sa.Column("operator", sa.String(128), nullable=False),
        sa.Column("verdicts", sa.Integer(), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.Column("broken", sa.Text()),
        sa.Column("broken_since", Instant(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_search")),
        sa.UniqueConstraint("name", name=op.f("uq_saved_search_name")),
    )
    op.create_table(
        "saved_owed",
        sa.Column("saved", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Boolean(), nullable=False),
        _to("saved_owed", "saved", "saved_search"),
        _to("saved_owed", "post", "post"),
        sa.PrimaryKeyConstraint("saved", "post", name=op.f("pk_saved_owed")),
    )


def _outbox() -> None:
    op.create_table(
        "to_alert",
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(128)),
        sa.Column("leased_until", Instant(timezone=True)),
        _to("to_alert", "post", "post"),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_to_alert")),
    )


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("saved", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        _to("alert", "saved", "saved_search"),
        _to("alert", "post", "post"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("saved", "post", name=op.f("uq_alert_saved")),
    )
    op.create_index(op.f("ix_alert_post"), "alert", ["post"])
    op.create_table(
        "alert_way",
        sa.Column("alert", sa.String(32), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("told_at", Instant(timezone=True)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("owner", sa.String(128)),
        sa.Column("leased_until", Instant(timezone=True)),
        _to("alert_way", "alert", "alert"),
        sa.PrimaryKeyConstraint("alert", "way", name=op.f("pk_alert_way")),
    )
    op.create_index(op.f("ix_alert_way_told_at"), "alert_way", ["told_at"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")
