"""Keeping the index in step with the ledger: the outbox, the check, the rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from archive.index.protocol import Document, Index, ReadWord
from archive.ledger.ledger import Ledger
from archive.ledger.posts import StoredPost
from archive.ledger.verdicts import Judged
from archive.masking import mask
from archive.records import Verdict
from archive.text import fold, squeeze

T = TypeVar("T")
LEASE_SECONDS = 300.0
_BATCH = 500


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


def feed(ledger: Ledger, index: Index, *, progress: Callable[[int], None] | None = None) -> int:
    """Index what waits in the ``to_index`` outbox; return how many posts were seen to."""
    with ledger.writing() as connection:
        ledger.to_index.release_dead(connection)
    total = 0
    while number := _step(ledger, index):
        total += number
        if progress:
            progress(number)
    return total


def check(ledger: Ledger, index: Index) -> Check:
    """Feed what waits, then compare every document with the ledger and mend what differs."""
    feed(ledger, index)
    held = {document.key: document for document in index.scan()}
    missing = stale = documents = 0
    for wanted in _batches(_documents(ledger)):
        documents += len(wanted)
        absent = [document for document in wanted if document.key not in held]
        changed = [d for d in wanted if d.key in held and held.pop(d.key) != d]
        missing, stale = missing + len(absent), stale + len(changed)
        index.put([*absent, *changed])
    index.delete(held)
    return Check(documents=documents, missing=missing, stale=stale, extra=len(held))


def rebuild(ledger: Ledger, index: Index, *, progress: Callable[[int], None] | None = None) -> int:
    """Empty the index and fill it from the ledger; return how many documents it holds."""
    index.clear()
    total = 0
    for documents in _batches(_documents(ledger)):
        index.put(documents)
        total += len(documents)
        if progress:
            progress(len(documents))
    feed(ledger, index)
    return total


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
    )


def _read_words(verdict: Verdict) -> Iterator[ReadWord]:
    """Give the terms that the text does not hold as they stand, signs aside."""
    for term in verdict.terms:
        if fold(term.term).text not in squeeze(fold(term.surface)).text:
            yield ReadWord(word=term.term, field=term.field, start=term.start, end=term.end)


def _step(ledger: Ledger, index: Index) -> int:
    with ledger.writing() as connection:
        tickets = ledger.to_index.take(connection, most=_BATCH, seconds=LEASE_SECONDS)
        stored = ledger.posts.of_tickets(connection, tickets)
        judged = ledger.verdicts.of_posts(connection, [post.id for post in stored])
    shown = [document(post, judged[post.id]) for post in stored if _is_shown(judged.get(post.id))]
    hidden = [post.post.key for post in stored if not _is_shown(judged.get(post.id))]
    index.put(shown)
    index.delete(hidden)
    with ledger.writing() as connection:
        ledger.to_index.done(connection, tickets)
    return len(tickets)


def _documents(ledger: Ledger) -> Iterator[Document]:
    with ledger.reading() as connection:
        for stored in _batches(ledger.posts.scan(connection)):
            judged = ledger.verdicts.of_posts(connection, [post.id for post in stored])
            for post in stored:
                if _is_shown(judged.get(post.id)):
                    yield document(post, judged[post.id])


def _is_shown(judged: Judged | None) -> bool:
    return judged is not None and judged.hit


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    while batch := list(islice(items, _BATCH)):
        yield batch
