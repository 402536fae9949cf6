"""Reads what a batch of adverts shows that other accounts may show too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from archive.evidence import EvidenceStore
from archive.ledger.link_rows import Key, Trace
from archive.ledger.stored import StoredPost
from archive.ledger.verdicts import Judged
from archive.links.likeness import Likenesses
from archive.links.traces import CONTACT, PICTURE, TEXT, Shown, bare, handles, member_of, names


@dataclass(frozen=True, slots=True)
class Advert:
    """A post that was judged to be an advert."""

    stored: StoredPost
    judged: Judged

    @property
    def pictures(self) -> list[str]:
        """The digests of its pictures."""
        return [media.sha256 for media in self.stored.post.media if media.sha256]


@dataclass(frozen=True, slots=True)
class _Read:
    advert: Advert
    shown: list[Shown]
    bare: str


def read_traces(
    connection: Connection, evidence: EvidenceStore, adverts: Sequence[Advert]
) -> list[Trace]:
    """Give the traces of a batch, in the order of its posts; new likenesses are written."""
    likenesses = Likenesses(connection, evidence)
    read = [_read(advert) for advert in adverts]
    pictures = [sha256 for advert in adverts for sha256 in advert.pictures]
    likenesses.recall([one.bare for one in read], pictures)
    traces = [trace for one in read for trace in _traces(one, likenesses)]
    likenesses.write()
    return traces


def _read(advert: Advert) -> _Read:
    post = advert.stored.post
    shown = handles(post, advert.judged.verdict.offer)
    return _Read(advert, shown, bare(post.text, shown, "text"))


def _traces(read: _Read, likenesses: Likenesses) -> Iterator[Trace]:
    stored = read.advert.stored
    post, member = stored.post, member_of(stored.post)
    alone = sum(one.kind == CONTACT for one in read.shown) == 1
    every = [*read.shown, *names(post.author), *_alike(read, likenesses)]
    for one in {(o.kind, o.value): o for o in every}.values():
        yield Trace(
            post=stored.id,
            version=stored.version,
            member=member,
            key=Key(one.kind, one.value),
            field=one.field,
            start=one.start,
            end=one.end,
            at=stored.at,
            alone=alone and one.kind == CONTACT,
        )


def _alike(read: _Read, likenesses: Likenesses) -> Iterator[Shown]:
    post = read.advert.stored.post
    number = likenesses.of_text(read.bare)
    if number is not None:
        yield Shown(TEXT, str(number), "text", 0, len(post.text))
    for at, media in enumerate(post.media):
        alike = media.sha256 and likenesses.of_picture(media.sha256)
        if alike:
            yield Shown(PICTURE, str(alike), f"media:{at}", 0, 0)
