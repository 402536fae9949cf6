"""What was judged: verdicts and reviews; nothing is edited, only superseded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select

from archive import codec
from archive.labels import ACTIONABLE
from archive.ledger import tables
from archive.ledger.outbox import Outbox, Ticket
from archive.records import Review, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The newest verdict and, where a person looked, the newest review of a post."""

    verdict: Verdict
    review: Review | None = None

    @property
    def hit(self) -> bool:
        """Whether the post counts as an advert; a person's word outranks the model's."""
        return self.review.intent in ACTIONABLE if self.review else self.verdict.hit

    @property
    def doubtful(self) -> bool:
        """Whether the post waits for a person."""
        return self.verdict.review and self.review is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment: the last verdict and the last review written until then."""

    verdicts: int = 0
    reviews: int = 0


class Verdicts:
    """Verdicts and reviews; every call runs inside the caller's transaction.

    Each promises to link the post anew in the same transaction.
    """

    def __init__(self) -> None:
        self._to_link = Outbox(tables.to_link)

    def add(self, connection: Connection, verdicts: Iterable[tuple[int, Verdict]]) -> None:
        """Write verdicts, each with the ledger's row id of its post."""
        pairs = list(verdicts)
        if not pairs:
            return
        connection.execute(insert(tables.verdict), [_row(post, said) for post, said in pairs])
        tickets = [Ticket(post=post, version=said.post_version) for post, said in pairs]
        self._to_link.put(connection, tickets)

    def review(self, connection: Connection, post: int, review: Review) -> None:
        """Write a person's review."""
        connection.execute(
            insert(tables.review).values(
                post=post,
                version=review.post_version,
                reviewed_at=review.reviewed_at,
                body=codec.encode(review),
            )
        )
        self._to_link.put(connection, [Ticket(post=post, version=review.post_version)])

    def of_posts(
        self, connection: Connection, posts: Sequence[int], *, until: Mark | None = None
    ) -> dict[int, Judged]:
        """Give what was last judged of posts, by the ledger's row ids; ``until`` as of then."""
        v = tables.verdict
        newest = select(func.max(v.c.id)).where(v.c.post.in_(posts)).group_by(v.c.post)
        if until:
            newest = newest.where(v.c.id <= until.verdicts)
        rows = connection.execute(select(v.c.post, v.c.body).where(v.c.id.in_(newest)))
        verdicts = {row.post: codec.decode(row.body, Verdict) for row in rows}
        reviews = self._reviews(connection, posts, until)
        return {
            post: Judged(verdict=verdict, review=reviews.get(post))
            for post, verdict in verdicts.items()
        }

    def mark(self, connection: Connection) -> Mark:
        """Give a moment in the order of verdicts and reviews: now."""
        verdicts, reviews = (
            connection.scalar(select(func.max(table.c.id))) or 0
            for table in (tables.verdict, tables.review)
        )
        return Mark(verdicts=verdicts, reviews=reviews)

    def doubtful(self, connection: Connection, *, most: int) -> list[int]:
        """Give posts, by row id, that wait for a person, riskiest first."""
        v, newer, r = tables.verdict, tables.verdict.alias(), tables.review
        waiting = (
            select(v.c.post)
            .where(v.c.review.is_(True))
            .where(~exists().where(newer.c.post == v.c.post, newer.c.id > v.c.id))
            .where(~exists().where(r.c.post == v.c.post))
        )
        return list(connection.scalars(waiting.order_by(v.c.risk.desc()).limit(most)))

    def count(self, connection: Connection) -> dict[str, int]:
        """Count posts with a verdict, and hits, by the newest verdict of each."""
        v = tables.verdict
        newest = select(func.max(v.c.id)).group_by(v.c.post)
        rows = connection.execute(
            select(v.c.hit, func.count()).where(v.c.id.in_(newest)).group_by(v.c.hit)
        )
        by_hit = {bool(hit): number for hit, number in rows}
        return {"judged": sum(by_hit.values()), "hits": by_hit.get(True, 0)}

    def unindexed_since(self, connection: Connection) -> datetime | None:
        """Say when the post was judged that has waited longest for the index."""
        v, waiting = tables.verdict, tables.to_index
        waited = select(func.min(v.c.judged_at)).join(
            waiting, (waiting.c.post == v.c.post) & (waiting.c.version == v.c.version)
        )
        since: datetime | None = connection.scalar(waited)
        return since

    def _reviews(
        self, connection: Connection, posts: Sequence[int], until: Mark | None
    ) -> dict[int, Review]:
        r = tables.review
        newest = select(func.max(r.c.id)).where(r.c.post.in_(posts)).group_by(r.c.post)
        if until:
            newest = newest.where(r.c.id <= until.reviews)
        rows = connection.execute(select(r.c.post, r.c.body).where(r.c.id.in_(newest)))
        return {row.post: codec.decode(row.body, Review) for row in rows}


def _row(post: int, verdict: Verdict) -> dict[str, object]:
    return {
        "post": post,
        "version": verdict.post_version,
        "judged_at": verdict.judged_at,
        "model": verdict.model,
        "intent": verdict.intent,
        "risk": verdict.risk,
        "hit": verdict.hit,
        "review": verdict.review,
        "body": codec.encode(verdict),
    }
