"""Finding posts like one: by phrases that few posts have, or by the hash of its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from archive.errors import InputError
from archive.index.feeding import document
from archive.index.protocol import Document, Query, Searcher
from archive.labels import Goods
from archive.ledger.alike import numbers_of, posts_alike
from archive.ledger.ledger import Ledger
from archive.ledger.stored import StoredPost
from archive.links.traces import TEXT
from archive.similar.phrases import SHORTEST, Said, Shared, likeness, shared, shingles, weights
from archive.similar.pictures import Pictures

By = Literal["text", "picture"]
_PROBES = 48  # phrases of a post that are counted
_ASKED = 12  # the rarest of them, whose posts are compared
_EACH = 50  # posts of one phrase, the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Similar:
    """A post like another; ``score`` is 1 for the same, ``shared`` proves it."""

    key: str
    score: float
    platform: str
    at: datetime
    account: str
    goods: tuple[Goods, ...]
    title: str
    text: str
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The post asked for, masked, and those like it, the likest first.

    ``waiting`` posts are not linked yet: their pictures are not compared.
    """

    key: str
    by: By
    title: str
    text: str
    waiting: int
    similar: tuple[Similar, ...]


def find(ledger: Ledger, index: Searcher, key: str, *, by: By = "text", most: int = 20) -> Found:
    """Give the posts most like one; raises ``InputError`` where it is no advert.

    By text: what the index answers to the rarest phrases of the post, and near-duplicates that the
    linker knows; engines give the same hits, so the order is the same on each.
    """
    with ledger.reading() as connection:
        stored, own = _advert(ledger, connection, key)
        waiting = ledger.to_link.waiting(connection)
        if by == "picture":
            similar = _by_picture(ledger, connection, stored, most)
        else:
            similar = _by_text(ledger, connection, index, stored, own, most)
    return Found(
        key=key,
        by=by,
        title=own.title,
        text=own.text,
        waiting=waiting,
        similar=tuple(similar),
    )


def _by_text(
    ledger: Ledger,
    connection: Connection,
    index: Searcher,
    stored: StoredPost,
    own: Document,
    most: int,
) -> list[Similar]:
    here = Said.of(own.title, own.text)
    pool = _candidates(index, here)
    numbers = numbers_of(connection, TEXT, stored.id)
    near = posts_alike(connection, TEXT, numbers, most=_EACH)
    pool |= {d.key: d for d in _adverts(ledger, connection, [k for k in near if k not in pool])}
    pool.pop(own.key, None)
    said = {key: Said.of(found.title, found.text) for key, found in pool.items()}
    runs = {key: shingles(one.bare) for key, one in said.items()}
    mine = shingles(here.bare)
    weight = weights([mine, *runs.values()])
    scores = {key: likeness(mine, run, weight) for key, run in runs.items()}
    found: list[Similar] = []
    for key in sorted(pool, key=lambda key: (-scores[key], -pool[key].at.timestamp(), key)):
        proof = shared(here, said[key])
        if proof and scores[key] > 0 and _adverts(ledger, connection, [key]):
            found.append(_similar(pool[key], scores[key], proof))
        if len(found) == most:
            break
    return found


def _candidates(index: Searcher, here: Said) -> dict[str, Document]:
    """Give the newest posts with the rarest phrases that other posts have too.

    A phrase whose posts were all met by rarer ones is not asked again.
    """
    counted = [
        (index.search(Query(text=f'"{phrase}"', size=1)).total, at, phrase)
        for at, phrase in enumerate(_probes(here))
    ]
    # one post has it: this one; still asked for last, as this post may not be indexed yet
    useful = sorted((total == 1, total, at, phrase) for total, at, phrase in counted if total)
    pool: dict[str, Document] = {}
    views: dict[str, str] = {}
    asked = 0
    for _, total, _, phrase in useful:
        if sum(phrase in view for view in views.values()) >= min(total, _EACH):
            continue
        hits = index.search(Query(text=f'"{phrase}"', size=_EACH)).hits
        pool |= {hit.document.key: hit.document for hit in hits}
        for hit in hits:
            one = hit.document
            views[one.key] = Said.of(one.title, one.text).view.text
        asked += 1
        if asked == _ASKED:
            break
    return pool


def _probes(here: Said) -> list[str]:
    """Give phrases of a text, evenly drawn: runs of three signs, and words of Latin and digits."""
    text = here.view.text
    found: dict[str, None] = {}
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and text[end].isalnum() and text[end].isascii():
            end += 1
        if end - at >= SHORTEST:
            found[text[at:end]] = None
        phrase = text[at : at + SHORTEST]
        if end == at and len(phrase) == SHORTEST and phrase.isalnum():
            found[phrase] = None
        at = max(end, at + 1)
    phrases = list(found)
    step = max(1, -(-len(phrases) // _PROBES))
    words = [phrase for phrase in phrases if phrase.isascii()][:_PROBES]
    return list(dict.fromkeys([*words, *phrases[::step]]))[:_PROBES]


def _by_picture(
    ledger: Ledger, connection: Connection, stored: StoredPost, most: int
) -> list[Similar]:
    pictures = Pictures(ledger)
    keys = [key for key in pictures.candidates(connection, stored.post) if key != stored.post.key]
    found: list[Similar] = []
    for key in keys:
        other = ledger.posts.get(connection, key)
        proof = pictures.compare(connection, stored.post, other.post) if other else None
        if proof:
            said = _adverts(ledger, connection, [key])
            found += [_similar(one, proof.score, (proof.shared,)) for one in said]
    found.sort(key=lambda one: (-one.score, -one.at.timestamp(), one.key))
    return found[:most]


def _advert(ledger: Ledger, connection: Connection, key: str) -> tuple[StoredPost, Document]:
    stored = ledger.posts.get(connection, key)
    found = _adverts(ledger, connection, [key])
    if stored is None or not found:
        raise InputError(f"There is no advert {key!r}: name it as PLATFORM:ID, as a search does.")
    return stored, found[0]


def _adverts(ledger: Ledger, connection: Connection, keys: Sequence[str]) -> list[Document]:
    """Give those of some posts that are adverts now, as they are searched."""
    stored = [post for key in keys if (post := ledger.posts.get(connection, key))]
    judged = ledger.verdicts.of_posts(connection, [post.id for post in stored])
    return [
        document(post, judged[post.id])
        for post in stored
        if post.id in judged and judged[post.id].hit
    ]


def _similar(found: Document, score: float, proof: tuple[Shared, ...]) -> Similar:
    return Similar(
        key=found.key,
        score=score,
        platform=found.platform,
        at=found.at,
        account=found.account,
        goods=found.goods,
        title=found.title,
        text=found.text,
        shared=proof,
    )
