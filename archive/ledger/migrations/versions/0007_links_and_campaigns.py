"""Links between accounts, and campaigns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import func, select

from archive.ledger.tables import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NEWEST_FIRST = (
    "campaign_act",
    "campaign_member",
    "campaign",
    "link",
    "hub",
    "likeness_of",
    "likeness_mark",
    "likeness",
    "tie",
    "trace",
    "to_link",
)
_KIND, _VALUE, _MEMBER = sa.String(16), sa.String(256), sa.String(384)


def upgrade() -> None:
    """Go forward; every post judged so far waits to be linked."""
    _outbox()
    _traces()
    _likenesses()
    _links()
    _campaigns()
    _promise()


def downgrade() -> None:
    """Go back: links and campaigns are lost, they can be worked out again."""
    for name in _NEWEST_FIRST:
        op.drop_table(name)


def _outbox() -> None:
    op.create_table(
        "to_link",
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(128)),
        sa.Column("leased_until", Instant(timezone=True)),
        sa.ForeignKeyConstraint(
            ["post"], ["post.id"], name=op.f("fk_to_link_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("post", name=op.f("pk_to_link")),
    )


def _traces() -> None:
    op.create_table(
        "trace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member", _MEMBER, nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("value", _VALUE, nullable=False),
        sa.Column("field", sa.String(16), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post"], ["post.id"], name=op.f("fk_trace_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace")),
    )
    op.create_index(op.f("ix_trace_post"), "trace", ["post"])
    op.create_index("ix_trace_kind_value_member", "trace", ["kind", "value", "member"])
    op.create_table(
        "tie",
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("value", _VALUE, nullable=False),
        sa.Column("member", _MEMBER, nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("alone", sa.Integer(), nullable=False),
        sa.Column("first", Instant(timezone=True), nullable=False),
        sa.Column("last", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", "member", name=op.f("pk_tie")),
    )
    op.create_index(op.f("ix_tie_member"), "tie", ["member"])


def _likenesses() -> None:
    op.create_table(
        "likeness",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likeness")),
    )
    op.create_table(
        "likeness_mark",
        sa.Column("mark", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("likeness", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["likeness"],
            ["likeness.id"],
            name=op.f("fk_likeness_mark_likeness"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mark", "likeness", name=op.f("pk_likeness_mark")),
    )
    op.create_table(
        "likeness_of",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("likeness", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["likeness"], ["likeness.id"], name=op.f("fk_likeness_of_likeness"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_likeness_of")),
    )


def _links() -> None:
    op.create_table(
        "hub",
        sa.Column("kind", _KIND, nullable=False),
        sa.Column("value", _VALUE, nullable=False),
        sa.Column("since", Instant(timezone=True), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_hub")),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("left", _MEMBER, nullable=False),
        sa.Column("right", _MEMBER, nullable=False),
        sa.Column("reason", _KIND, nullable=False),
        sa.Column("value", _VALUE, nullable=False),
        sa.Column("strength", sa.Float(), nullable=False),
        sa.Column("first", Instant(timezone=True), nullable=False),
        sa.Column("last", Instant(timezone=True), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("left", "right", "reason", "value", name=op.f("uq_link_left")),
    )
    op.create_index(op.f("ix_link_right"), "link", ["right"])
    op.create_index("ix_link_reason_value", "link", ["reason", "value"])


def _campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", Instant(timezone=True), nullable=False),
        sa.Column("merged_into", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
    )
    op.create_table(
        "campaign_member",
        sa.Column("member", _MEMBER, nullable=False),
        sa.Column("campaign", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"], ["campaign.id"], name=op.f("fk_campaign_member_campaign")
        ),
        sa.PrimaryKeyConstraint("member", name=op.f("pk_campaign_member")),
    )
    op.create_index(op.f("ix_campaign_member_campaign"), "campaign_member", ["campaign"])
    op.create_table(
        "campaign_act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("undone_at", Instant(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_act")),
    )


def _promise() -> None:
    """Put every judged post into the new outbox."""
    verdict = sa.table("verdict", sa.column("post"), sa.column("version"))
    outbox = sa.table("to_link", sa.column("post"), sa.column("version"))
    newest = select(verdict.c.post, func.max(verdict.c.version)).group_by(verdict.c.post)
    op.execute(sa.insert(outbox).from_select(["post", "version"], newest))
