"""The lexicon: coded words with goods and gloss, and where they stand in a text."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ahocorasick_rs import AhoCorasick, MatchKind

from archive import codec
from archive.errors import InputError
from archive.labels import Goods
from archive.records import Term
from archive.text import Folded, fold, squeeze

MEASURED = Path(__file__).parent / "data" / "lexicon.measured.tsv"
PROPOSED, APPROVED, RETIRED = "proposed", "approved", "retired"
ENOUGH = 5  # posts that hold a word: with fewer its precision is not told


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A word of the trade; ``unless`` are innocent longer words that hold it.

    ``precision`` is the share of adverts among the posts that hold the word, measured on the
    written corpus and on real posts (``lexicon.measured.tsv``); ``None`` where too few hold it.
    """

    term: str
    gloss: str
    goods: tuple[Goods, ...] = ()
    unless: tuple[str, ...] = ()
    source: str = "DOMAIN"
    status: str = APPROVED
    precision: float | None = None


class Lexicon:
    """A version of the lexicon, matched on folded text and over symbols inside words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entry for entry in entries if entry.status == APPROVED)
        words = [replace(entry, precision=None) for entry in self.entries]
        self.version = hashlib.sha256(repr(words).encode()).hexdigest()[:12]
        patterns = {fold(entry.term).text: entry for entry in self.entries}
        innocent = {fold(word).text for entry in self.entries for word in entry.unless}
        self._words = [*patterns, *innocent - patterns.keys()]
        self._entries = patterns
        self._automaton = AhoCorasick(self._words, matchkind=MatchKind.Standard)

    def match(self, text: str, *, field: str = "text") -> tuple[Term, ...]:
        """Give the words met, longest first at each place, in original offsets."""
        folded = fold(text)
        found: dict[tuple[int, int], str] = {}
        for view in (folded, squeeze(folded)):
            found |= self._spans(view)
        return tuple(
            term
            for span, word in sorted(_longest(found).items())
            if (term := self.term(word, text, *span, field))
        )

    def get(self, word: str) -> Entry | None:
        """Give the entry of a word, however it is written; ``None`` for a word that is none."""
        return self._entries.get(fold(word).text)

    def seeds(self, goods: Goods) -> tuple[str, ...]:
        """Give the words to search a platform with for some goods, the surest first.

        A word not yet measured comes after those that are mostly in adverts, before the others.
        """
        named = [entry for entry in self.entries if goods in entry.goods and len(entry.term) > 1]
        return tuple(entry.term for entry in sorted(named, key=_sureness, reverse=True))

    def alike(self, word: str) -> tuple[str, ...]:
        """Give the other words that mean what a word means, for a search to ask for as well."""
        entry = self.get(word)
        if entry is None or not entry.goods:  # how the trade talks: no word stands for another
            return ()
        said = _meaning(entry)
        return tuple(e.term for e in self.entries if e is not entry and _meaning(e) == said)

    def beyond(self, other: Lexicon) -> tuple[Entry, ...]:
        """Give the entries whose words the other lexicon does not have."""
        return tuple(e for word, e in self._entries.items() if word not in other._entries)

    def _spans(self, view: Folded) -> dict[tuple[int, int], str]:
        matches = self._automaton.find_matches_as_indexes(view.text, overlapping=True)
        return {
            view.span(start, end): self._words[number]
            for number, start, end in matches
            if _is_word(view.text, start, end)
        }

    def term(self, word: str, text: str, start: int, end: int, field: str) -> Term | None:
        """Give the mark of a folded word at a place; ``None`` for a word that is no entry."""
        entry = self._entries.get(word)
        if entry is None:
            return None
        return Term(
            field=field,
            start=start,
            end=end,
            surface=text[start:end],
            term=entry.term,
            gloss=entry.gloss,
            goods=entry.goods,
        )


def dump(lexicon: Lexicon) -> str:
    """Give a lexicon as JSON, so that a model can keep the one it was trained with."""
    return codec.encode(lexicon.entries)


def load(text: str) -> Lexicon:
    """Read what ``dump`` gave."""
    return Lexicon(codec.decode(text, tuple[Entry, ...]))


@cache
def base() -> Lexicon:
    """Give the lexicon that ships with the package."""
    text = (resources.files("archive") / "data" / "lexicon.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    grouped = [
        _entry({**group, "term": term})
        for group in table["group"]
        for term in group.pop("terms").split()
    ]
    precisions = _precisions()
    return Lexicon(
        replace(entry, precision=precisions.get(entry.term))
        for entry in [*map(_entry, table["term"]), *grouped]
    )


def living(changes: Mapping[str, Entry]) -> Lexicon:
    """Give the base with what a ledger changed: by folded word, the entry that now holds.

    A retired entry takes its word out; where nothing was changed this is the base itself.
    """
    if not changes:
        return base()
    kept = {fold(entry.term).text: entry for entry in base().entries}
    new = {word: changes[word] for word in sorted(changes) if word not in kept}
    return Lexicon([*(changes.get(word, entry) for word, entry in kept.items()), *new.values()])


def _precisions() -> dict[str, float]:
    lines = MEASURED.read_text(encoding="utf-8").split("\n") if MEASURED.exists() else []
    found = {}
    for line in lines:
        if line and not line.startswith("#"):
            term, *rest = line.split("\t")
            written, denied, real, innocent = map(int, rest)
            if (held := written + denied + real + innocent) >= ENOUGH:
                found[term] = round((written + real) / held, 3)
    return found


def _sureness(entry: Entry) -> float:
    return 0.5 if entry.precision is None else entry.precision


def _meaning(entry: Entry) -> tuple[str, frozenset[Goods]]:
    """Give gloss and goods; what a gloss says in brackets is how the word is written."""
    return entry.gloss.partition(" (")[0], frozenset(entry.goods)


def _entry(row: dict[str, Any]) -> Entry:
    try:
        goods = tuple(Goods(label) for label in row.get("goods", ()))
        return Entry(**{**row, "goods": goods, "unless": tuple(row.get("unless", ()))})
    except (TypeError, ValueError) as error:
        raise InputError(f"The lexicon's term {row.get('term')!r} is wrong: {error}.") from error


def _is_word(text: str, start: int, end: int) -> bool:
    """Latin initials count only as whole words: cx, not the cx inside excxel."""
    if not text[start:end].isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _longest(found: dict[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    kept: dict[tuple[int, int], str] = {}
    reached = -1
    for span in sorted(found, key=lambda span: (span[0], -span[1])):
        if span[0] >= reached:
            kept[span] = found[span]
            reached = span[1]
    return kept
