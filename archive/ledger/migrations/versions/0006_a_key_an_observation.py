"""Evidence under one key an observation: a key may open several blobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import archive.ledger.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_instant = archive.ledger.tables.Instant(timezone=True)


def upgrade() -> None:
    """Go forward: what was kept before stays under a key of its own, without an observation."""
    op.rename_table("evidence_key", "evidence_key_old")
    op.create_table(
        "evidence_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("observation", sa.Integer(), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", _instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["observation"], ["observation.id"], name=op.f("fk_evidence_key_observation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_key_id")),
        sa.UniqueConstraint("observation", name=op.f("uq_evidence_key_observation")),
    )
    op.create_table(
        "evidence_blob",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=96), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["evidence_key.id"], name=op.f("fk_evidence_blob_key")),
        sa.PrimaryKeyConstraint("name", "key", name=op.f("pk_evidence_blob")),
    )
    op.execute(
        "INSERT INTO evidence_key (id, wrapped, destroyed_at) "
        "SELECT row_number() OVER (ORDER BY name), wrapped, destroyed_at FROM evidence_key_old"
    )
    op.execute(
        "INSERT INTO evidence_blob (name, key, file) "
        "SELECT name, row_number() OVER (ORDER BY name), name FROM evidence_key_old"
    )
    op.drop_table("evidence_key_old")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('evidence_key', 'id'), "
            "coalesce((SELECT max(id) FROM evidence_key), 0) + 1, false)"
        )


def downgrade() -> None:
    """Go back: the keys of blobs kept since stay, their files have names that are new."""
    op.create_table(
        "evidence_key_old",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("destroyed_at", _instant, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_evidence_key_name")),
    )
    op.execute(
        "INSERT INTO evidence_key_old (name, wrapped, destroyed_at) "
        "SELECT b.name, k.wrapped, k.destroyed_at FROM evidence_blob b "
        "JOIN evidence_key k ON k.id = b.key "
        "WHERE b.key = (SELECT min(o.key) FROM evidence_blob o WHERE o.name = b.name)"
    )
    op.drop_table("evidence_blob")
    op.drop_table("evidence_key")
    op.rename_table("evidence_key_old", "evidence_key")
