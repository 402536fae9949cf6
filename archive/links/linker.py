"""The linker: takes judged posts from the ``to_link`` outbox, one transaction a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from archive.ledger.ledger import Ledger
from archive.ledger.link_rows import Key, Pair, Tie, Trace
from archive.links.grouping import Grouping
from archive.links.guard import Guard
from archive.links.joining import STRENGTH
from archive.links.meetings import Meeting
from archive.links.reading import Advert, read_traces
from archive.links.traces import CONTACT, ESCROW, STEM, STRONG, WEAK
from archive.records import Link, Proof

_LOCK = 0x4C494E4B  # "LINK": the PostgreSQL advisory lock of the one linker
_BATCH = 200
_MOST = dict.fromkeys(STRONG, 8)  # accounts on one key that a new one is compared with
_MOST_WEAK = 24
_LINKED = 4  # accounts to which a new one gets a written link for one key


class Linker:
    """Links what waits; only adverts leave traces, and a killed run loses one batch of work."""

    def __init__(self, ledger: Ledger, *, batch: int = _BATCH) -> None:
        self._ledger = ledger
        self._links = ledger.links
        self._guard = Guard(ledger.links)
        self._grouping = Grouping(ledger.links, ledger.campaigns)
        self._batch = batch

    def run(self, *, progress: Callable[[int], None] | None = None) -> int:
        """Link until the outbox is empty; return how many posts were seen to."""
        total = 0
        while number := self.step():
            total += number
            if progress:
                progress(number)
        return total

    def step(self) -> int:
        """Link one batch; return how many posts were seen to."""
        ledger = self._ledger
        with ledger.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            tickets = ledger.to_link.take(connection, most=self._batch, seconds=60)
            stored = ledger.posts.of_tickets(connection, tickets)
            judged = ledger.verdicts.of_posts(connection, [post.id for post in stored])
            pairs = [(post, judged.get(post.id)) for post in stored]
            adverts = [Advert(post, found) for post, found in pairs if found and found.hit]
            hits = {advert.stored.id for advert in adverts}
            innocent = {post.id: post.at for post in stored if post.id not in hits}
            self._withdraw(connection, adverts, innocent)
            self._link(connection, read_traces(connection, ledger.evidence, adverts))
            ledger.to_link.done(connection, tickets)
        return len(tickets)

    def _withdraw(
        self, connection: Connection, adverts: Sequence[Advert], innocent: Mapping[int, datetime]
    ) -> None:
        """Take back what posts showed that are read anew, or are no adverts any more."""
        versions = {advert.stored.id: advert.stored.version for advert in adverts}
        for post in sorted(self._links.traced(connection, [*versions, *innocent])):
            lost = self._links.withdraw(connection, post, version=versions.get(post))
            if post in innocent:
                self._grouping.regroup(connection, lost, at=innocent[post])

    def _link(self, connection: Connection, traces: Sequence[Trace]) -> None:
        fresh = self._links.add(connection, traces)
        self._look(connection, traces, fresh)
        met = self._meetings(connection, traces, fresh)
        since: dict[str, datetime] = {}
        for trace in traces:
            since[trace.member] = min(trace.at, since.get(trace.member, trace.at))
        reborn = self._grouping.place(connection, met, since=since)
        shown = [
            (one.tie, other)
            for one in met
            if (one.tie.member, one.tie.key) in fresh and one.tie.key.kind != STEM
            for other in one.others[:_LINKED]
        ]
        self._write(connection, [*shown, *reborn])

    def _look(self, connection: Connection, traces: Sequence[Trace], fresh: set[Pair]) -> None:
        """Look at what more accounts share now; take apart what a hub had joined."""
        latest: dict[Key, datetime] = {}
        for trace in traces:
            latest[trace.key] = max(trace.at, latest.get(trace.key, trace.at))
        grown: Counter[Key] = Counter()
        at: dict[Key, datetime] = {}
        for _, key in fresh:
            looked = Key(CONTACT, key.value) if key.kind == ESCROW else key
            grown[looked] += 1
            at[looked] = latest[key]
        for key in self._guard.look(connection, grown, at=at):
            sharing = self._links.ties_on(connection, key)
            self._grouping.regroup(connection, (tie.member for tie in sharing), at=at[key])

    def _meetings(
        self, connection: Connection, traces: Sequence[Trace], fresh: set[Pair]
    ) -> list[Meeting]:
        """Give who else shows the keys that are new to accounts, or stems, hubs aside."""
        stems = {(trace.member, trace.key) for trace in traces if trace.key.kind == STEM}
        new = {pair for pair in fresh if pair[1].kind in STRONG | WEAK}
        ties = self._links.live_ties(connection, new | stems)
        sharing = self._sharing(connection, {tie.key for tie in ties})
        turn = {trace.member: at for at, trace in enumerate(reversed(traces))}
        found = []
        for tie in sorted(ties, key=lambda tie: (-turn[tie.member], str(tie.key))):
            others = (o for o in sharing.get(tie.key, ()) if o.member != tie.member)
            most = _MOST.get(tie.key.kind, _MOST_WEAK)
            found.append(Meeting(tie=tie, others=tuple(others)[:most]))
        return found

    def _sharing(self, connection: Connection, keys: set[Key]) -> dict[Key, list[Tie]]:
        """Give the latest ties to keys that several share; a stem that many bear is no evidence."""
        counts = self._links.counts(connection, keys)
        shared = {
            key: number
            for key, number in counts.items()
            if number > 1 and (key.kind != STEM or number <= _MOST_WEAK)
        }
        return self._links.ties_on_each(connection, shared, most=_MOST_WEAK)

    def _write(self, connection: Connection, shown: Sequence[tuple[Tie, Tie]]) -> None:
        """Write links with the places that prove them."""
        pairs = {(tie.member, tie.key) for both in shown for tie in both}
        proofs = self._links.proofs(connection, pairs)
        self._links.link(connection, [_link(one, other, proofs) for one, other in shown])


def _link(one: Tie, other: Tie, proofs: Mapping[Pair, Proof]) -> Link:
    left, right = sorted((one.member, other.member))
    pairs = ((left, one.key), (right, one.key))
    return Link(
        left=left,
        right=right,
        reason="reborn" if one.key.kind == STEM else one.key.kind,
        value=one.key.value,
        strength=STRENGTH[one.key.kind],
        first=max(one.first, other.first),
        last=max(one.last, other.last),
        proof=tuple(proofs[pair] for pair in pairs if pair in proofs),
    )
