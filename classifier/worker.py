"""The worker: takes posts from the ``to_judge`` outbox and writes verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.stored import StoredPost
from archive.records import Post, Verdict
from archive.settings import Settings
from classifier.judge import Choice, Judge, Why
from classifier.models import chosen_model
from classifier.pool import cores

LEASE_SECONDS = 300.0


class Judges(Protocol):
    """What the worker needs of a judge."""

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        """Give one verdict a post, in order."""


class Worker:
    """Judges what waits, a batch at a time; a killed worker loses nothing but time.

    Verdicts, the end of their tickets, and the promise to index are one transaction.
    """

    def __init__(
        self,
        ledger: Ledger,
        judge: Judges,
        *,
        retention_days: int = 7,
        review_days: int = 30,
        batch: int = 512,
    ) -> None:
        self._ledger = ledger
        self._judge = judge
        self._retention = timedelta(days=retention_days)
        self._doubt = timedelta(days=max(retention_days, review_days))
        self._batch = batch

    def run(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Judge until the outbox is empty; return how many posts were judged."""
        with self._ledger.writing() as connection:
            self._ledger.to_judge.release_dead(connection)
        judged = 0
        while number := self.step():
            judged += number
            if progress:
                progress(number)
        return judged

    def step(self) -> int:
        """Judge one batch; return how many tickets were done."""
        ledger = self._ledger
        with ledger.writing() as connection:
            tickets = ledger.to_judge.take(connection, most=self._batch, seconds=LEASE_SECONDS)
            stored = ledger.posts.of_tickets(connection, tickets)
        verdicts = self._judge.judge([s.post for s in stored], [s.version for s in stored])
        with ledger.writing() as connection:
            ledger.posts.hold(connection, [post.id for post in stored])
            held = {ticket.post for ticket in ledger.to_judge.held(connection, tickets)}
            pairs = [pair for pair in zip(stored, verdicts, strict=True) if pair[0].id in held]
            self._write(connection, pairs)
            ledger.to_judge.done(connection, tickets)
        return len(tickets)

    def _write(self, connection: Connection, pairs: Sequence[tuple[StoredPost, Verdict]]) -> None:
        ledger, stored = self._ledger, [post for post, _ in pairs]
        ledger.verdicts.add(connection, [(post.id, verdict) for post, verdict in pairs])
        ledger.to_index.put(
            connection, [Ticket(post=post.id, version=post.version) for post in stored]
        )
        self._retain(connection, [post.id for post in stored])

    def _retain(self, connection: Connection, posts: Sequence[int]) -> None:
        """Keep adverts, what waits for a person for a while, and the innocent for a short time."""
        posts_of, now = self._ledger.posts, datetime.now(UTC)
        judged = self._ledger.verdicts.of_posts(connection, posts)
        hits = [post for post, found in judged.items() if found.hit]
        doubtful = [post for post, found in judged.items() if found.doubtful and not found.hit]
        innocent = sorted({*judged} - {*hits, *doubtful})
        posts_of.retain(connection, hits, until=None)
        posts_of.retain(connection, doubtful, until=now + self._doubt)
        posts_of.retain(connection, innocent, until=now + self._retention)


class JudgeInUse:
    """The judge of the model and the lexicon in force in a home; loaded anew when one changes."""

    def __init__(self, ledger: Ledger, settings: Settings) -> None:
        self._ledger = ledger
        self._settings = settings
        self._loaded: tuple[Path, str] | None = None
        self._judge: Judge | None = None

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        """Give one verdict a post, in order."""
        folder = chosen_model(self._settings, self._ledger)
        with self._ledger.reading() as connection:
            lexicon = self._ledger.lexicon.living(connection)
        wanted = (folder, lexicon.version)
        if self._judge is None or wanted != self._loaded:
            choice = Choice(model=folder, why=Why.HITS, entries=lexicon.entries)
            self._judge, self._loaded = Judge.load(choice, threads=cores()), wanted
        return self._judge.judge(posts, versions)
