"""The worker: takes posts from the ``to_judge`` outbox and writes verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection

from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.posts import StoredPost
from archive.lexicon import Lexicon
from archive.records import Post, Verdict
from classifier.judge import Judge

LEASE_SECONDS = 300.0


class Judges(Protocol):
    """What the worker needs of a judge."""

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        """Give one verdict a post, in order."""


class LivingJudge:
    """The judge of a ledger's living lexicon; it is loaded anew when a word was approved."""

    def __init__(self, ledger: Ledger, model: Path | None) -> None:
        self._ledger = ledger
        self._model = model
        self._lexicon: Lexicon | None = None
        self._judge: Judge | None = None

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        """Give one verdict a post, in order, by the lexicon as it is now."""
        with self._ledger.reading() as connection:
            lexicon = self._ledger.lexicon.living(connection)
        if self._judge is None or lexicon is not self._lexicon:
            self._judge = Judge.load(self._model, lexicon=lexicon)
            self._lexicon = lexicon
        return self._judge.judge(posts, versions)


class Worker:
    """Judges what waits, a batch at a time; a killed worker loses nothing but time.

    Verdicts, the end of their tickets, and the promise to index are one transaction.
    """

    def __init__(
        self, ledger: Ledger, judge: Judges, *, retention_days: int = 7, batch: int = 512
    ) -> None:
        self._ledger = ledger
        self._judge = judge
        self._retention = timedelta(days=retention_days)
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
            self._write(connection, stored, verdicts)
            ledger.to_judge.done(connection, tickets)
        return len(tickets)

    def _write(
        self, connection: Connection, stored: Sequence[StoredPost], verdicts: Sequence[Verdict]
    ) -> None:
        ledger = self._ledger
        pairs = list(zip(stored, verdicts, strict=True))
        ledger.verdicts.add(connection, [(post.id, verdict) for post, verdict in pairs])
        ledger.to_index.put(
            connection, [Ticket(post=post.id, version=post.version) for post in stored]
        )
        kept = [post.id for post, verdict in pairs if verdict.actionable]
        innocent = [post.id for post, verdict in pairs if not verdict.actionable]
        ledger.posts.retain(connection, kept, until=None)
        until = datetime.now(UTC) + self._retention
        ledger.posts.retain(connection, innocent, until=until)
