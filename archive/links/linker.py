"""The linker: takes judged posts from the ``to_link`` outbox, one transaction a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy import Connection, text

from archive.ledger.ledger import Ledger
from archive.ledger.links import Key, Tie, Trace
from archive.ledger.posts import StoredPost
from archive.ledger.verdicts import Judged
from archive.links.grouping import Grouping, Meeting
from archive.links.guard import Guard
from archive.links.joining import STRENGTH
from archive.links.likeness import Likenesses
from archive.links.traces import (
    CONTACT,
    ESCROW,
    PICTURE,
    STEM,
    STRONG,
    TEXT,
    WEAK,
    Shown,
    bare,
    handles,
    member_of,
    names,
)
from archive.records import Link, Proof

_LOCK = 0x4C494E4B  # "LINK": the PostgreSQL advisory lock of the one linker
_BATCH = 200
_MOST_STRONG, _MOST_WEAK = 8, 24  # accounts on one key that a new one is compared with
_LINKED = 4  # accounts to which a new one gets a written link for one key


class Linker:
    """Links what waits; only adverts leave traces, and a killed run loses one batch of work."""

    def __init__(self, ledger: Ledger, *, batch: int = _BATCH) -> None:
        self._ledger = ledger
        self._links = ledger.links
        self._likenesses = Likenesses(ledger.evidence)
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
            traced = self._links.traced(connection, [post.id for post in stored])
            for post in stored:
                self._see(connection, post, judged.get(post.id), traced=post.id in traced)
            ledger.to_link.done(connection, tickets)
        return len(tickets)

    def _see(
        self, connection: Connection, stored: StoredPost, judged: Judged | None, *, traced: bool
    ) -> None:
        """Read a post's traces, or take them back where it is no advert any more."""
        at = stored.post.posted_at or stored.first_seen
        hit = judged is not None and judged.hit
        version = stored.version if hit else None
        lost = self._links.withdraw(connection, stored.id, version=version) if traced else ()
        if judged is None or not hit:
            self._grouping.regroup(connection, lost, at=at)
            return
        traces = list(self._traces(connection, stored, judged))
        fresh = self._links.add(connection, traces)
        member = member_of(stored.post)
        for key in sorted(fresh, key=str):
            looked = Key(CONTACT, key.value) if key.kind == ESCROW else key
            if self._guard.look(connection, looked, at=at):
                sharing = self._links.ties_on(connection, looked)
                self._grouping.regroup(connection, (tie.member for tie in sharing), at=at)
        stems = {trace.key for trace in traces if trace.key.kind == STEM}
        met = self._meetings(connection, member, fresh | stems)
        self._grouping.place(connection, member, met, at=at)
        self._write(connection, member, [one for one in met if one.tie.key in fresh])

    def _meetings(self, connection: Connection, member: str, keys: set[Key]) -> list[Meeting]:
        """Give who else shows some keys of an account, hubs aside."""
        joining = {key for key in keys if key.kind in STRONG | WEAK | {STEM}}
        ties = self._links.live_ties_among(connection, member, joining)
        found = []
        for tie in sorted(ties, key=lambda tie: str(tie.key)):
            most = _MOST_STRONG if tie.key.kind in STRONG else _MOST_WEAK
            others = self._links.ties_on(connection, tie.key, most=most)
            met = tuple(other for other in others if other.member != member)
            found.append(Meeting(tie=tie, others=met))
        return found

    def _traces(
        self, connection: Connection, stored: StoredPost, judged: Judged
    ) -> Iterator[Trace]:
        post, member = stored.post, member_of(stored.post)
        shown = handles(post, judged.verdict.offer)
        alone = sum(one.kind == CONTACT for one in shown) == 1
        every = [*shown, *names(post.author), *self._alike(connection, stored, shown)]
        for one in {(o.kind, o.value): o for o in every}.values():
            yield Trace(
                post=stored.id,
                version=stored.version,
                member=member,
                key=Key(one.kind, one.value),
                field=one.field,
                start=one.start,
                end=one.end,
                at=post.posted_at or stored.first_seen,
                alone=alone and one.kind == CONTACT,
            )

    def _alike(
        self, connection: Connection, stored: StoredPost, shown: list[Shown]
    ) -> Iterator[Shown]:
        post = stored.post
        number = self._likenesses.of_text(connection, bare(post.text, shown, "text"))
        if number is not None:
            yield Shown(TEXT, str(number), "text", 0, len(post.text))
        for at, media in enumerate(post.media):
            alike = media.sha256 and self._likenesses.of_picture(connection, media.sha256)
            if alike:
                yield Shown(PICTURE, str(alike), f"media:{at}", 0, 0)

    def _write(self, connection: Connection, member: str, met: list[Meeting]) -> None:
        """Write links to the latest few accounts that share a key with this one."""
        written: list[Link] = []
        for one in met:
            others = one.others[:_LINKED]
            if others and one.tie.key.kind in STRONG | WEAK:
                names = [member, *(tie.member for tie in others)]
                proofs = self._links.proofs(connection, one.tie.key, names)
                written += [_link(one.tie, tie, proofs) for tie in others]
        self._links.link(connection, written)


def _link(one: Tie, other: Tie, proofs: Mapping[str, Proof]) -> Link:
    left, right = sorted((one.member, other.member))
    return Link(
        left=left,
        right=right,
        reason="reborn" if one.key.kind == STEM else one.key.kind,
        value=one.key.value,
        strength=STRENGTH[one.key.kind],
        first=max(one.first, other.first),
        last=max(one.last, other.last),
        proof=tuple(proofs[name] for name in (left, right) if name in proofs),
    )
