"""``python -m classifier.corpus.datasheet``: the corpus in figures, as Markdown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from archive.labels import ACTIONABLE, Goods, Intent
from archive.records import Offer
from archive.text import folded
from classifier.contacts import contacts
from classifier.corpus.check import near_duplicates
from classifier.corpus.reading import read_batches
from classifier.corpus.rows import PLATFORMS, Batch, Degree, Row

_HEALTH = {Goods.MEDICAL_RECORD, Goods.MEDICAL_INSURANCE, Goods.MATERNITY}
_PICTURE = re.compile("[\U0001f000-\U0001ffff\u2600-\u27bf]")
# what must not give a class away: each is to be about as common on both sides
_FORMS: dict[str, Callable[[Row], bool]] = {
    "emoji": lambda row: bool(_PICTURE.search(row.whole)),
    "hashtags": lambda row: "#" in row.whole,
    "digits": lambda row: bool(re.search(r"\d", row.whole)),
    "a contact": lambda row: bool(contacts(row.whole)),
    "a title": lambda row: bool(row.title),
    "made to be found": lambda row: row.form == "keywords",
    "to 20 characters": lambda row: len(row.whole) <= 20,
    "over 80 characters": lambda row: len(row.whole) > 80,
    "plain words": lambda row: row.degree is Degree.PLAIN,
    "heavy coding": lambda row: row.degree is Degree.HEAVY,
}


def sheet(batches: Sequence[Batch]) -> Iterator[str]:
    """Give the lines of the datasheet's tables."""
    rows = [row for batch in batches for row in batch.rows]
    yield from _intents(rows)
    yield from _counts(rows)
    yield from _forms(rows)
    yield from _goods(rows)
    yield from _batches(batches)
    near = sum(1 for _ in near_duplicates(rows))
    yield f"Rows with a near-duplicate (Jaccard of 5-grams over 0.5): {near} of {len(rows)}."


def _intents(rows: Sequence[Row]) -> Iterator[str]:
    yield "## Intents\n"
    yield from _head(("intent", "posts"))
    counts = Counter(row.intent for row in rows)
    for intent in Intent:
        yield f"| {intent} | {counts[intent]} |"
    yield f"| all | {counts.total()} |\n"


def _counts(rows: Sequence[Row]) -> Iterator[str]:
    sell = [row for row in rows if row.intent is Intent.SELL]
    adverts = [row for row in rows if row.actionable]
    negatives = [row for row in rows if not row.actionable]
    yield "## What was asked for\n"
    yield from _head(("of", "posts"))
    yield f"| adverts | {len(adverts)} |"
    yield f"| adverts with an offer | {sum(row.offer != Offer() for row in adverts)} |"
    yield f"| sell, bulk lists | {sum(Goods.CUSTOMER_LEADS in row.goods for row in sell)} |"
    yield f"| sell, health | {sum(bool(_HEALTH & set(row.goods)) for row in sell)} |"
    yield f"| negatives | {len(negatives)} |"
    yield f"| hard negatives | {sum(row.hard for row in negatives)} |"
    for name, side in (("adverts", adverts), ("negatives", negatives)):
        yield f"| {name} made to be found | {sum(row.form == 'keywords' for row in side)} |"
    yield ""


def _forms(rows: Sequence[Row]) -> Iterator[str]:
    yield "## No form gives a class away\n"
    yield from _head(("share with", "adverts", "negatives"))
    sides = [[r for r in rows if r.actionable], [r for r in rows if not r.actionable]]
    for name, has in _FORMS.items():
        shares = [sum(map(has, side)) / max(1, len(side)) for side in sides]
        yield f"| {name} | {shares[0]:.2f} | {shares[1]:.2f} |"
    yield ""


def _goods(rows: Sequence[Row]) -> Iterator[str]:
    platforms = sorted(PLATFORMS)
    yield "## Goods by platform and intent\n"
    yield f"In each cell adverts of {', '.join(ACTIONABLE)}; – is none.\n"
    yield from _head(("goods", *platforms))
    counts = Counter((label, r.platform, r.intent) for r in rows for label in r.goods)
    for label in Goods:
        cells = (_cell([counts[label, p, intent] for intent in ACTIONABLE]) for p in platforms)
        yield f"| {label} | " + " | ".join(cells) + " |"
    yield ""
    yield from _empty(counts, platforms)


def _cell(counts: Sequence[int]) -> str:
    return "/".join(str(count or "–") for count in counts)


def _empty(counts: Counter[tuple[Goods, str, Intent]], platforms: Sequence[str]) -> Iterator[str]:
    every = [(g, p, i) for g in Goods for p in platforms for i in ACTIONABLE]
    empty = [cell for cell in every if not counts[cell]]
    yield f"### Empty cells: {len(empty)} of {len(every)}\n"
    yield from _head(("goods", *ACTIONABLE))
    for label in Goods:
        lists = [
            " ".join(p for goods, p, i in empty if (goods, i) == (label, intent))
            for intent in ACTIONABLE
        ]
        if any(lists):
            yield f"| {label} | " + " | ".join(lists) + " |"
    yield ""


def _batches(batches: Sequence[Batch]) -> Iterator[str]:
    yield "## Batches, and the share of character 4-grams that no other batch has\n"
    yield from _head(("batch", "posts", "adverts", "new 4-grams"))
    grams = {batch.id: _grams(batch) for batch in batches}
    for batch in batches:
        others = set().union(*(found for name, found in grams.items() if name != batch.id))
        fresh = len(grams[batch.id] - others) / max(1, len(grams[batch.id]))
        adverts = sum(row.actionable for row in batch.rows)
        yield f"| {batch.id} | {len(batch.rows)} | {adverts} | {fresh:.2f} |"
    yield ""


def _grams(batch: Batch) -> set[str]:
    texts = ("".join(folded(row.whole).split()) for row in batch.rows)
    return {text[at : at + 4] for text in texts for at in range(len(text) - 3)}


def _head(names: tuple[str, ...]) -> Iterator[str]:
    yield "| " + " | ".join(names) + " |"
    yield "|" + " --- |" * len(names)


if __name__ == "__main__":
    print("\n".join(sheet(read_batches())))
