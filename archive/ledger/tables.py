"""The ledger's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps none of the zone itself."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: give it a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give aware UTC times."""
        if value is None:
            return None
        aware: datetime = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

job = Table(
    "job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("platform", String(64), nullable=False),
    Column("query", Text, nullable=False),
    Column("window", String(64), nullable=False, default=""),
    Column("operator", String(128), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("state", String(16), nullable=False, default="open"),
    Column("reason", Text),
    Column("created_at", Instant, nullable=False),
)

observation = Table(
    "observation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", ForeignKey("job.id"), nullable=False, index=True),
    Column("cursor", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("fetched_at", Instant, nullable=False),
    Column("status", Integer, nullable=False),
    Column("page_state", String(16), nullable=False),
    Column("extent", String(16), nullable=False),
    Column("body_sha256", String(64)),
    Column("warc", Text),
    Column("screenshot_sha256", String(64)),
    Column("session", String(64)),
    Column("clock_offset", Float),
    Column("tools", Text, nullable=False),
)

evidence_key = Table(
    "evidence_key",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("observation", ForeignKey("observation.id"), unique=True),
    Column("wrapped", LargeBinary),
    Column("destroyed_at", Instant),
)

evidence_blob = Table(
    "evidence_blob",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("key", ForeignKey("evidence_key.id"), primary_key=True),
    Column("file", String(96), nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("platform", String(64), primary_key=True),
    Column("account_id", String(256), primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("body", Text, nullable=False),
)

post = Table(
    "post",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String(512), nullable=False, unique=True),
    Column("platform", String(64), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("gone_at", Instant),
    Column("keep", Boolean, nullable=False, default=False),
    Column("drop_after", Instant, index=True),
)

post_version = Table(
    "post_version",
    metadata,
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("seen_at", Instant, nullable=False),
    Column("observation", ForeignKey("observation.id")),
    Column("body", Text, nullable=False),
)

verdict = Table(
    "verdict",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("judged_at", Instant, nullable=False),
    Column("model", String(128), nullable=False),
    Column("intent", String(16), nullable=False),
    Column("risk", Float, nullable=False),
    Column("hit", Boolean, nullable=False),
    Column("review", Boolean, nullable=False, server_default=false()),
    Column("body", Text, nullable=False),
    UniqueConstraint("post", "version", "model", "judged_at"),
    Index("ix_verdict_post_version", "post", "version"),
    Index("ix_verdict_review", "review", "risk"),
)

model_use = Table(
    "model_use",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("model", String(128), nullable=False),
    Column("manifest", String(64), nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("operator", String(128), nullable=False),
)

review = Table(
    "review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("post", ForeignKey("post.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("reviewed_at", Instant, nullable=False),
    Column("body", Text, nullable=False),
)


def _outbox(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("post", ForeignKey("post.id", ondelete="CASCADE"), primary_key=True),
        Column("version", Integer, nullable=False),
        Column("owner", String(128)),
        Column("leased_until", Instant),
    )


to_judge = _outbox("to_judge")
to_index = _outbox("to_index")
to_index_next = _outbox("to_index_next")  # for an index that is being filled

index_place = Table(
    "index_place",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("engine", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("move", String(32)),
)
to_link = _outbox("to_link")
to_alert = _outbox("to_alert")

lexicon_change = Table(
    "lexicon_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("term", String(128), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),
)

dropped = Table(
    "dropped",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("dropped_at", Instant, nullable=False),
)

chain = Table(
    "chain",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
)
