"""The tables of links between accounts, and of campaigns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from archive.ledger.tables import Instant, metadata

_KIND, _VALUE, _MEMBER = String(16), String(256), String(384)

trace = Table(
    "trace",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("member", _MEMBER, nullable=False),
    Column("kind", _KIND, nullable=False),
    Column("value", _VALUE, nullable=False),
    Column("field", String(16), nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("alone", Boolean, nullable=False),
    Index("ix_trace_kind_value_member", "kind", "value", "member"),
)

tie = Table(
    "tie",
    metadata,
    Column("kind", _KIND, primary_key=True),
    Column("value", _VALUE, primary_key=True),
    Column("member", _MEMBER, primary_key=True, index=True),
    Column("posts", Integer, nullable=False),
    Column("alone", Integer, nullable=False),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
)

likeness = Table(
    "likeness",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", _KIND, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

likeness_mark = Table(
    "likeness_mark",
    metadata,
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("likeness", ForeignKey("likeness.id", ondelete="CASCADE"), primary_key=True),
)

likeness_of = Table(
    "likeness_of",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("likeness", ForeignKey("likeness.id", ondelete="CASCADE"), nullable=False),
)

hub = Table(
    "hub",
    metadata,
    Column("kind", _KIND, primary_key=True),
    Column("value", _VALUE, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("members", Integer, nullable=False),
)

link = Table(
    "link",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("left", _MEMBER, nullable=False),
    Column("right", _MEMBER, nullable=False, index=True),
    Column("reason", _KIND, nullable=False),
    Column("value", _VALUE, nullable=False),
    Column("strength", Float, nullable=False),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
    Column("proof", Text, nullable=False),
    UniqueConstraint("left", "right", "reason", "value"),
    Index("ix_link_reason_value", "reason", "value"),
)

campaign = Table(
    "campaign",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("merged_into", Integer),
)

campaign_member = Table(
    "campaign_member",
    metadata,
    Column("member", _MEMBER, primary_key=True),
    Column("campaign", ForeignKey("campaign.id"), nullable=False, index=True),
)

campaign_act = Table(
    "campaign_act",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("undone_at", Instant),
)
