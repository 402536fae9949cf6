"""From ledger and index to what a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from archive.chain import Body
from archive.errors import InputError
from archive.index.protocol import FACETS, Bucket, Hit, Query
from archive.index.together import Together
from archive.labels import ACTIONABLE, Intent
from archive.ledger.outbox import Ticket
from archive.ledger.stored import StoredPost
from archive.ledger.verdicts import Judged
from archive.lexicon import Lexicon
from archive.links.traces import member_of
from archive.masking import mask
from archive.records import Post, Review, Term, Verdict
from desk.campaigns import campaign_of
from desk.rooms import Rooms, feed_waiting
from desk.web.marking import Mark
from desk.web.views import (
    Doubtful,
    EvidenceView,
    Found,
    Picture,
    PostView,
    SearchView,
    ShownText,
    VerdictView,
)

_ALIKE = 8  # words offered beside a search


def search(rooms: Rooms, query: Query) -> SearchView:
    """Search the index and write the search to the chain; counts come if the time is enough."""
    index = Together(rooms.index, rooms.settings.search_seconds)
    page = index.search(query)
    lexicon = _lexicon(rooms)
    if query.text:
        with rooms.ledger.writing() as connection:
            chain = rooms.ledger.chain
            body: Body = {"query": chain.mark(query.text), "hits": page.total}
            chain.append(connection, "search", actor=rooms.settings.operator, body=body)
    none: list[Bucket] = []
    facets = {
        str(facet): index.spare(facet, partial(index.facets, query, facet), none)
        for facet in FACETS
    }
    days = index.spare("days", partial(index.histogram, query), none)
    words = alike(index, query, lexicon)
    return SearchView(
        total=page.total,
        hits=tuple(_found(hit, lexicon) for hit in page.hits),
        after=page.after,
        facets=facets,
        days=days,
        alike=words,
        late=index.late,
    )


def alike(index: Together, query: Query, lexicon: Lexicon) -> tuple[Bucket, ...]:
    """Give the words that mean what a query asks for and have hits, the most frequent first."""

    def hits(word: str) -> int:
        return index.search(replace(query, text=word, size=1, after=None)).total

    counts = {
        word: index.spare("alike", partial(hits, word), 0) for word in lexicon.alike(query.text)
    }
    found = [Bucket(value=word, count=count) for word, count in counts.items() if count]
    return tuple(sorted(found, key=lambda bucket: -bucket.count)[:_ALIKE])


def post(rooms: Rooms, key: str, *, clear: bool = False) -> PostView | None:
    """Give a post that is a hit or in doubt; ``None`` for an unknown or an innocent one.

    ``clear`` leaves victims' numbers readable: only after a reveal was written to the chain.
    """
    ledger = rooms.ledger
    with ledger.reading() as connection:
        versions = ledger.posts.versions(connection, key)
        if not versions:
            return None
        stored = versions[-1]
        judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
        if judged is None or not (judged.hit or judged.doubtful):
            return None
        evidence = _evidence(rooms, connection, versions)
        lexicon = ledger.lexicon.living(connection)
    shown = _post(versions, judged, evidence, lexicon, clear=clear)
    return replace(shown, campaign=campaign_of(ledger, member_of(stored.post)))


def doubtful(rooms: Rooms, *, most: int = 100) -> tuple[Doubtful, ...]:
    """Give the posts that wait for a person, riskiest first; the look enters the chain."""
    ledger = rooms.ledger
    with ledger.writing() as connection:
        ids = ledger.verdicts.doubtful(connection, most=most)
        stored = {s.id: s.post for s in ledger.posts.of_ids(connection, ids)}
        judged = ledger.verdicts.of_posts(connection, ids)
        lexicon = ledger.lexicon.living(connection)
        body: Body = {"posts": len(ids)}
        ledger.chain.append(connection, "doubts", actor=rooms.settings.operator, body=body)
    return tuple(_doubtful(stored[post], judged[post].verdict, lexicon) for post in ids)


def decide(rooms: Rooms, key: str, *, intent: Intent, note: str) -> None:
    """Write a person's word on a post; it outranks the model's and reaches the index.

    Raises ``InputError`` for a post that is no advert and does not wait for a person.
    """
    ledger, operator = rooms.ledger, rooms.settings.operator
    if post(rooms, key) is None:
        raise InputError(f"There is no advert and no doubtful post {key}.")
    with ledger.writing() as connection:
        stored = ledger.posts.get(connection, key)
        if stored is None:
            raise InputError(f"There is no post {key}.")
        verdict = ledger.verdicts.of_posts(connection, [stored.id])[stored.id].verdict
        now = datetime.now(UTC)
        review = Review(
            post=key,
            post_version=stored.version,
            reviewed_at=now,
            reviewer=operator,
            intent=intent,
            goods=tuple(scored.label for scored in verdict.goods),
            note=note,
        )
        ledger.verdicts.review(connection, stored.id, review)
        advert = intent in ACTIONABLE
        until = None if advert else now + timedelta(days=rooms.settings.retention_days)
        ledger.posts.retain(connection, [stored.id], until=until)
        ledger.to_index.put(connection, [Ticket(post=stored.id, version=stored.version)])
        body: Body = {"post": ledger.chain.mark(key), "intent": intent}
        ledger.chain.append(connection, "review", actor=operator, body=body)
    feed_waiting(rooms, tell=False)


def picture(rooms: Rooms, key: str, sha256: str) -> bytes | None:
    """Give the kept bytes of a picture of a hit."""
    shown = post(rooms, key)
    if shown is None or all(picture.sha256 != sha256 for picture in shown.pictures):
        return None
    with rooms.ledger.reading() as connection:
        return rooms.ledger.evidence.get(connection, sha256)


def note_reveal(rooms: Rooms, key: str, *, case: str, reason: str) -> None:
    """Write to the chain that a post was read in clear, for which case, and why."""
    with rooms.ledger.writing() as connection:
        chain = rooms.ledger.chain
        body: Body = {"post": chain.mark(key), "case": case, "reason": chain.mark(reason)}
        chain.append(connection, "reveal", actor=rooms.settings.operator, body=body)


def _doubtful(said: Post, verdict: Verdict, lexicon: Lexicon) -> Doubtful:
    return Doubtful(
        key=said.key,
        platform=said.platform,
        risk=verdict.risk,
        threshold=verdict.threshold,
        title=_shown("title", said.title, verdict, lexicon, clear=False),
        text=_shown("text", said.text, verdict, lexicon, clear=False),
    )


def _found(hit: Hit, lexicon: Lexicon) -> Found:
    document = hit.document
    return Found(
        key=document.key,
        platform=document.platform,
        intent=document.intent,
        goods=document.goods,
        risk=document.risk,
        at=document.at,
        account=document.account,
        title=_searched("title", document.title, hit, lexicon),
        text=_searched("text", document.text, hit, lexicon),
    )


def _lexicon(rooms: Rooms) -> Lexicon:
    with rooms.ledger.reading() as connection:
        return rooms.ledger.lexicon.living(connection)


def _searched(field: str, text: str, hit: Hit, lexicon: Lexicon) -> ShownText:
    searched = [Mark(start=start, end=end) for name, start, end in hit.marks if name == field]
    return ShownText(text=text, marks=(*searched, *_glossed(lexicon.match(text))))


def _glossed(terms: Sequence[Term]) -> list[Mark]:
    return [
        Mark(start=term.start, end=term.end, gloss=f"{term.term}: {term.gloss}") for term in terms
    ]


def _post(
    versions: Sequence[StoredPost],
    judged: Judged,
    evidence: tuple[EvidenceView, ...],
    lexicon: Lexicon,
    *,
    clear: bool,
) -> PostView:
    stored, said, verdict = versions[-1], versions[-1].post, judged.verdict
    author = said.author
    return PostView(
        key=said.key,
        version=stored.version,
        platform=said.platform,
        url=said.url,
        account=author.name if author else "",
        account_id=author.account_id if author else "",
        ip_location=said.ip_location,
        posted_at=said.posted_at,
        first_seen=stored.first_seen,
        last_seen=stored.last_seen,
        gone_at=stored.gone_at,
        title=_shown("title", said.title, verdict, lexicon, clear=clear),
        text=_shown("text", said.text, verdict, lexicon, clear=clear),
        pictures=tuple(Picture(url=media.url, sha256=media.sha256) for media in said.media),
        verdict=_verdict(verdict),
        review=judged.review,
        evidence=evidence,
        earlier=tuple(ShownText(text=mask(v.post.text)) for v in versions[:-1]),
    )


def _shown(field: str, text: str, verdict: Verdict, lexicon: Lexicon, *, clear: bool) -> ShownText:
    marks = _glossed(_terms_today(field, text, verdict, lexicon))
    marks += [
        Mark(start=span.start, end=span.end, weight=span.weight)
        for span in verdict.spans or ()
        if span.field == field
    ]
    return ShownText(text=text if clear else mask(text), marks=tuple(marks))


def _terms_today(field: str, text: str, verdict: Verdict, lexicon: Lexicon) -> list[Term]:
    """Give the verdict's words that are still of the trade, and those approved since."""
    held = [
        replace(term, gloss=entry.gloss)
        for term in verdict.terms
        if term.field == field and (entry := lexicon.get(term.term))
    ]
    since = [
        term
        for term in lexicon.match(text, field=field)
        if all(term.end <= other.start or other.end <= term.start for other in held)
    ]
    return [*held, *since]


def _verdict(verdict: Verdict) -> VerdictView:
    order = sorted(Intent, key=lambda intent: -verdict.scores[intent])
    return VerdictView(
        model=verdict.model,
        lexicon=verdict.lexicon,
        stage=verdict.stage,
        judged_at=verdict.judged_at,
        intent=verdict.intent,
        risk=verdict.risk,
        threshold=verdict.threshold,
        hit=verdict.hit,
        scores={str(intent): verdict.scores[intent] for intent in order},
        goods=verdict.goods,
        offer=verdict.offer,
        review=verdict.review,
        spans=verdict.spans or (),
    )


def _evidence(
    rooms: Rooms, connection: Connection, versions: Sequence[StoredPost]
) -> tuple[EvidenceView, ...]:
    jobs = {status.job.id: status.job for status in rooms.ledger.jobs.all(connection)}
    found: list[EvidenceView] = []
    for stored in versions:
        number = stored.post.observation
        seen = rooms.ledger.jobs.observation(connection, number) if number else None
        if seen:
            job = jobs[seen.job]
            found.append(
                EvidenceView(version=stored.version, job=job.id, query=job.query, observation=seen)
            )
    return tuple(found)
