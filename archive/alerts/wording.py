"""What an alert says: the post as the search shows it, masked, and the search that found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from archive import codec
from archive.errors import InputError
from archive.index.feeding import document
from archive.index.protocol import Query
from archive.labels import Goods, Intent
from archive.ledger.alerts import AlertRow
from archive.ledger.ledger import Ledger
from archive.ledger.outbox import Ticket
from archive.ledger.saved import Saved


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A new hit of a saved search; ``id`` stays when it is told again, victims' data is masked."""

    id: str
    search: str
    query: str
    key: str
    platform: str
    url: str
    account: str
    intent: Intent
    goods: tuple[Goods, ...]
    risk: float
    posted_at: datetime
    found_at: datetime
    title: str
    text: str


def asked(saved: Saved) -> Query:
    """Give what is searched; raises ``InputError`` where this version knows it no more."""
    try:
        return codec.decode(saved.query, Query)
    except msgspec.ValidationError as error:
        raise InputError(f"It asks for what is no longer known: {error}") from error


def in_words(saved: Saved) -> str:
    """Say a saved search in one line: its text and what narrows it."""
    try:
        query = asked(saved)
    except InputError:
        return saved.query
    parts = [query.text] if query.text else []
    for name, values in (
        ("platform", query.platforms),
        ("intent", query.intents),
        ("goods", query.goods),
    ):
        parts += [f"{name}={value}" for value in values]
    parts += [f"since={query.since:%Y-%m-%d}"] if query.since else []
    parts += [f"until={query.until:%Y-%m-%d}"] if query.until else []
    return " ".join(parts) or "every advert"


def alerts_of(
    ledger: Ledger, connection: Connection, rows: Sequence[AlertRow], saved: Mapping[int, Saved]
) -> list[Alert]:
    """Give what alerts say; a post that is no advert any more is left out."""
    tickets = {Ticket(post=row.post, version=row.version) for row in rows}
    stored = {found.id: found for found in ledger.posts.at_versions(connection, tickets)}
    judged = ledger.verdicts.of_posts(connection, list(stored))
    found: list[Alert] = []
    for row in rows:
        post, word = stored.get(row.post), judged.get(row.post)
        if post is None or word is None or not word.hit:
            continue
        shown = document(post, word)
        found.append(
            Alert(
                id=row.id,
                search=saved[row.saved].name,
                query=in_words(saved[row.saved]),
                key=shown.key,
                platform=shown.platform,
                url=post.post.url,
                account=shown.account,
                intent=shown.intent,
                goods=shown.goods,
                risk=round(shown.risk, 3),
                posted_at=shown.at,
                found_at=row.at,
                title=shown.title,
                text=shown.text,
            )
        )
    return found
