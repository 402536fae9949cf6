"""What a crawl begins with: words, the lexicon, known accounts and contacts, a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from archive.errors import InputError
from archive.labels import Goods
from archive.ledger.ledger import Ledger
from archive.ledger.stored import StoredPost
from archive.ledger.verdicts import Judged

ALL = "all"


def words_of_lexicon(ledger: Ledger, goods: Iterable[str]) -> list[str]:
    """Give the approved words of some goods, or of all."""
    asked = set(goods)
    known = {label.value for label in Goods}
    if wrong := asked - known - {ALL}:
        told = ", ".join(sorted(known))
        raise InputError(f"There are no goods {min(wrong)!r}: use one of {told}, or {ALL}.")
    with ledger.reading() as connection:
        entries = ledger.lexicon.living(connection).entries
    every = ALL in asked
    return [e.term for e in entries if every or asked & {label.value for label in e.goods}]


def words_of_file(path: Path) -> list[str]:
    """Give the words of a file, one a line; a line that begins with # is none."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The seeds {path} cannot be read: {error}.") from error
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not words:
        raise InputError(f"The seeds {path} hold no word: write one a line.")
    return words


def known_accounts(ledger: Ledger, platform: str) -> list[str]:
    """Give the accounts behind a platform's adverts."""
    authors = (stored.post.author for stored, _ in _hits(ledger) if stored.post.author)
    return list(dict.fromkeys(a.account_id for a in authors if a.platform == platform))


def known_contacts(ledger: Ledger) -> list[str]:
    """Give the contacts that adverts of any platform state."""
    offers = (judged.verdict.offer for _, judged in _hits(ledger) if judged.verdict.offer)
    return list(dict.fromkeys(contact.value for offer in offers for contact in offer.contacts))


def _hits(ledger: Ledger) -> Iterator[tuple[StoredPost, Judged]]:
    with ledger.reading() as connection:
        for stored in ledger.posts.scan(connection):
            judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
            if judged and judged.hit:
                yield stored, judged
