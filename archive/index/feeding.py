"""Keeping the index in step with the ledger: the outbox, its lag, the check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection

from archive.errors import EngineError, RefusedError
from archive.index.protocol import Document, Index, ReadWord
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.stored import StoredPost
from archive.ledger.verdicts import Judged
from archive.masking import mask
from archive.records import Offer, Post, Verdict
from archive.regions import places
from archive.text import fold, squeeze

T = TypeVar("T")
LEASE_SECONDS = 300.0
BATCH = 500
_REFUSED_WAIT = timedelta(days=1)
_INITIALS = re.compile(r"\(initials of (?P<word>\w+)\)")  # as the lexicon's glosses say it


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What a check found: documents put in, replaced, and taken out."""

    documents: int
    missing: int = 0
    stale: int = 0
    extra: int = 0

    @property
    def in_step(self) -> bool:
        """Whether nothing had to be mended."""
        return not (self.missing or self.stale or self.extra)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """Posts that wait for the index, those of them that it refused, and since when."""

    waiting: int
    refused: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A document and the ticket of its post."""

    ticket: Ticket
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """What an engine did not take, and why, by key."""

    tickets: tuple[Ticket, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


def feed(ledger: Ledger, index: Index, *, progress: Callable[[int], None] | None = None) -> int:
    """Index what waits in the ``to_index`` outbox; return how many posts were seen to.

    Raises ``EngineError`` when the engine cannot go on; what it did not take waits.
    """
    with ledger.writing() as connection:
        ledger.to_index.release_dead(connection)
    total = 0
    refused: dict[str, str] = {}
    while number := _step(ledger, index, refused):
        total += number
        if progress:
            progress(number)
    if refused:
        raise RefusedError(refused)
    return total


def lag(ledger: Ledger) -> Lag:
    """Say how far the index is behind the ledger."""
    with ledger.reading() as connection:
        return Lag(
            waiting=ledger.to_index.waiting(connection),
            refused=ledger.to_index.waiting_longer(connection),
            since=ledger.verdicts.unindexed_since(connection),
        )


def check(ledger: Ledger, index: Index) -> Check:
    """Feed what waits, then compare every document with the ledger and mend what differs.

    Raises ``RefusedError`` at the end where the engine refuses documents.
    """
    refused: dict[str, str] = {}
    with _collecting(refused):
        feed(ledger, index)
    held = {document.key: hash(document) for document in index.scan()}
    missing = stale = documents = 0
    for wanted in batches(written(ledger)):
        documents += len(wanted)
        absent = [found.document for found in wanted if found.document.key not in held]
        changed = [
            found.document
            for found in wanted
            if held.pop(found.document.key, None) not in (None, hash(found.document))
        ]
        missing, stale = missing + len(absent), stale + len(changed)
        with _collecting(refused):
            index.put([*absent, *changed])
    index.delete(held)
    index.settled()
    if refused:
        raise RefusedError(refused)
    return Check(documents=documents, missing=missing, stale=stale, extra=len(held))


def document(stored: StoredPost, judged: Judged) -> Document:
    """Give a post as it is searched: masked, under the intent and goods that hold."""
    post, review, verdict = stored.post, judged.review, judged.verdict
    goods = review.goods if review else tuple(scored.label for scored in verdict.goods)
    return Document(
        key=post.key,
        version=stored.version,
        platform=post.platform,
        intent=review.intent if review else verdict.intent,
        goods=goods,
        risk=verdict.risk,
        at=post.posted_at or stored.first_seen,
        title=mask(post.title),
        text=mask(post.text),
        account=post.author.name if post.author else "",
        read=tuple(_read_words(verdict)),
        contacts=_contacts(post, verdict.offer),
        prices=_prices(verdict.offer),
        places=places(post.ip_location or (post.author.ip_location if post.author else None)),
    )


def _contacts(post: Post, offer: Offer | None) -> tuple[str, ...]:
    """Give what a seller is reached at; what is masked in the text is not theirs."""
    shown = f"{mask(post.title)}\n{mask(post.text)}"
    found = offer.contacts if offer else ()
    values = (contact.value for contact in found if contact.raw in shown)
    return tuple(dict.fromkeys(value.removeprefix("@") for value in values if value))


def _prices(offer: Offer | None) -> tuple[float, ...]:
    services = offer.services if offer else ()
    found = (service.price for service in services if service.price)
    return tuple(dict.fromkeys(price.amount for price in found if price.currency == "CNY"))


def _read_words(verdict: Verdict) -> Iterator[ReadWord]:
    """Give the terms that the text does not hold as they stand, and what initials stand for."""
    for term in verdict.terms:
        words = [found["word"]] if (found := _INITIALS.search(term.gloss)) else []
        if fold(term.term).text not in squeeze(fold(term.surface)).text:
            words.append(term.term)
        for word in words:
            yield ReadWord(word=word, field=term.field, start=term.start, end=term.end)


def written(ledger: Ledger) -> Iterator[Shown]:
    """Walk over every post that an index shows."""
    with ledger.reading() as connection:
        for stored in batches(ledger.posts.scan(connection)):
            yield from shown(ledger, connection, stored)


def shown(ledger: Ledger, connection: Connection, stored: Sequence[StoredPost]) -> Iterator[Shown]:
    """Give those of some posts that an index shows."""
    judged = ledger.verdicts.of_posts(connection, [post.id for post in stored])
    for post in stored:
        found = judged.get(post.id)
        if found is not None and found.hit:
            ticket = Ticket(post=post.id, version=post.version)
            yield Shown(ticket=ticket, document=document(post, found))


def put_through(index: Index, posts: Sequence[StoredPost], found: Sequence[Shown]) -> Refusals:
    """Write what is shown of some posts and remove the rest; give what the engine refuses."""
    keys = {each.document.key for each in found}
    index.delete([post.post.key for post in posts if post.post.key not in keys])
    try:
        index.put([each.document for each in found])
    except RefusedError as error:
        tickets = [each.ticket for each in found if each.document.key in error.reasons]
        return Refusals(tickets=tuple(tickets), reasons=error.reasons)
    return Refusals()


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists of the size that one write takes."""
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch


def _step(ledger: Ledger, index: Index, refused: dict[str, str]) -> int:
    with ledger.writing() as connection:
        turn = ledger.place.claim(connection, index.name).turn
        tickets = ledger.to_index.take(connection, most=BATCH, seconds=LEASE_SECONDS)
        stored = ledger.posts.of_tickets(connection, tickets)
        found = list(shown(ledger, connection, stored))
    try:
        refusals = put_through(index, stored, found)
    except EngineError:
        with ledger.writing() as connection:
            ledger.to_index.release(connection, tickets)
        raise
    with ledger.writing() as connection:
        _strike_off(ledger, connection, tickets, refusals, turn=turn)
    refused |= refusals.reasons
    return len(tickets)


def _strike_off(
    ledger: Ledger,
    connection: Connection,
    tickets: Sequence[Ticket],
    refusals: Refusals,
    *,
    turn: int,
) -> None:
    """End the work: promise to hold it against saved searches, note it for an index on the move.

    After a move it is done again.
    """
    place = ledger.place.get(connection)
    if place is None or place.turn != turn:
        ledger.to_index.release(connection, tickets)
        return
    if place.move:
        ledger.to_index_next.put(connection, tickets)
    put_off(ledger, connection, refusals)
    done = set(tickets) - set(refusals.tickets)
    if ledger.saved.any(connection):
        ledger.to_alert.put(connection, sorted(done, key=lambda ticket: ticket.post))
    ledger.to_index.done(connection, done)


@contextmanager
def _collecting(refused: dict[str, str]) -> Iterator[None]:
    """Go on past documents that the engine refuses, and keep the reasons."""
    try:
        yield
    except RefusedError as error:
        refused |= error.reasons


def put_off(ledger: Ledger, connection: Connection, refusals: Refusals) -> None:
    """Try again tomorrow what the engine refuses."""
    until = datetime.now(UTC) + _REFUSED_WAIT
    ledger.to_index.put_off(connection, refusals.tickets, until=until)
