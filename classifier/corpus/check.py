"""``python -m classifier.corpus.check FILE``: what is wrong with a batch, and its counts."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from archive.labels import Goods, Intent
from archive.records import Offer
from archive.text import folded
from classifier.corpus.reading import examine
from classifier.corpus.rows import Row

_ID_NUMBER = re.compile(r"\d{17}[\dXx]")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
SHINGLE = 5
NEAR = 0.5
SHARED = 2


def shingles(text: str) -> frozenset[str]:
    """Give the character 5-grams of the folded text without white space."""
    plain = "".join(folded(text).split())
    return frozenset(plain[at : at + SHINGLE] for at in range(max(1, len(plain) - SHINGLE + 1)))


def near_duplicates(rows: Sequence[Row]) -> Iterator[tuple[Row, Row, float]]:
    """Give each row with an earlier one whose 5-grams overlap by a Jaccard over 0.5."""
    owners: dict[str, list[int]] = {}
    sets = [shingles(row.whole) for row in rows]
    for at, grams in enumerate(sets):
        shared = Counter(other for gram in grams for other in owners.get(gram, ()))
        for other, common in shared.most_common(3):
            jaccard = common / (len(grams) + len(sets[other]) - common)
            if jaccard > NEAR:
                yield rows[at], rows[other], jaccard
                break
        for gram in grams:
            owners.setdefault(gram, []).append(at)


def problems(rows: Sequence[Row]) -> Iterator[str]:
    """Say what is wrong over the whole of a batch."""
    by_id = {row.id: row for row in rows}
    if len(by_id) < len(rows):
        twice = [name for name, count in Counter(row.id for row in rows).items() if count > 1]
        yield f"ids used twice: {' '.join(twice[:10])}"
    for row in rows:
        if row.actionable and (row.twin not in by_id or by_id[str(row.twin)].actionable):
            yield f"line {row.line}: {row.id} needs a negative twin of this batch"
        if _PHONE.search(row.whole) or _ID_NUMBER.search(row.whole):
            yield f"line {row.line}: {row.id} has a number that looks like a real person's"
    for row, other, jaccard in near_duplicates(rows):
        yield f"line {row.line}: {row.id} is near {other.id} (Jaccard {jaccard:.2f})"


def unsaid(rows: Sequence[Row]) -> Iterator[str]:
    """Say which adverts state no offer, and which negatives are the twin of too many."""
    for row in rows:
        if row.actionable and row.offer == Offer():
            yield f"line {row.line}: {row.id} states no offer: give its service and contact lines"
    uses = Counter(row.twin for row in rows if row.actionable and row.twin)
    for name, count in uses.items():
        if count > SHARED:
            yield f"{name} is the twin of {count} adverts: {SHARED} at most may share one"


def counts(rows: Sequence[Row]) -> Iterator[str]:
    """Give the counts that a quota asks for."""
    intents = Counter(row.intent for row in rows)
    yield f"{len(rows)} rows: " + " ".join(f"{i} {intents[i]}" for i in Intent)
    sell = [row for row in rows if row.intent is Intent.SELL]
    medical = {Goods.MEDICAL_RECORD, Goods.MEDICAL_INSURANCE, Goods.MATERNITY}
    yield f"sell bulk {sum(Goods.CUSTOMER_LEADS in r.goods for r in sell)}"
    yield f"sell medical {sum(bool(medical & set(r.goods)) for r in sell)}"
    for name, wanted in (("adverts", True), ("negatives", False)):
        chosen = [row for row in rows if row.actionable == wanted]
        degrees = Counter(row.degree for row in chosen)
        yield (
            f"{name} {len(chosen)}: hard {sum(r.hard for r in chosen)}, "
            f"keywords {sum(r.form == 'keywords' for r in chosen)}, "
            + " ".join(f"{degree} {count}" for degree, count in degrees.items())
        )
        forms = Counter(row.form or "post" for row in chosen)
        yield "  forms: " + " ".join(f"{form} {count}" for form, count in forms.most_common())
        lengths = sorted(len(row.whole) for row in chosen) or [0]
        fifths = (lengths[len(lengths) * at // 5] for at in range(1, 5))
        yield "  lengths by fifths: " + " ".join(map(str, fifths))
    goods = Counter(label for row in rows for label in row.goods)
    yield "goods: " + " ".join(f"{label} {goods[label]}" for label in Goods)


def main(path: Path) -> int:
    """Print the problems and counts of one batch."""
    _, rows, wrong = examine(path)
    said = [f"line {error.line}: {error}" for error in wrong] + [*problems(rows), *unsaid(rows)]
    for sentence in said[:60]:
        print(sentence)
    print(f"{len(said)} problems")
    for sentence in counts(rows):
        print(sentence)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
