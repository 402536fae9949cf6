"""Queries with the truth beside them: what each must find, told without any parser or engine.

    python -m benchmarks.planting.queries --seed 3 --number 20 posts.jsonl

prints queries, and for each the ids of the posts that it must find, of an import file.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from archive.index.protocol import Document
from archive.labels import Intent
from archive.text import fold, folded, squeeze, tokens

Holds = Callable[[Document], bool]
_DAY = timedelta(days=1)
_JOINING = {"AND", "OR", "NOT"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a user types it, and whether a document answers it.

    ``joined``: it has parts, and goes into parentheses where it is a part itself.
    """

    text: str
    holds: Holds
    joined: bool = False


def draw(random: Random, documents: Sequence[Document], *, depth: int = 3) -> Asked:
    """Draw a query from what stands in the documents."""
    if depth == 0 or random.random() < 0.35:
        return _leaf(random, documents)
    parts = [draw(random, documents, depth=depth - 1) for _ in range(random.choice((2, 2, 3)))]
    if random.random() < 0.5:
        joined = random.choice((" ", " AND ")).join(_closed(part) for part in parts)
        return Asked(
            joined, lambda document: all(part.holds(document) for part in parts), joined=True
        )
    if random.random() < 0.6:
        joined = " OR ".join(_closed(part) for part in parts)
        return Asked(
            joined, lambda document: any(part.holds(document) for part in parts), joined=True
        )
    first, second = parts[:2]
    sign = random.choice(("-", "NOT "))
    return Asked(
        f"{_closed(first)} {sign}{_closed(second)}",
        lambda document: first.holds(document) and not second.holds(document),
        joined=True,
    )


def says(document: Document, phrase: str) -> bool:
    """Whether a phrase stands in title or text, also over symbols, or is read under a cloak."""
    wanted = tokens(phrase)
    whole = f"{document.title}\n{document.text}"
    lines = [tokens(whole), tokens(squeeze(fold(whole)).text)]
    lines += [tokens(read.word) for read in document.read]
    return any(_within(wanted, line) for line in lines)


def _within(wanted: tuple[str, ...], line: tuple[str, ...]) -> bool:
    reach = len(line) - len(wanted) + 1
    return any(line[at : at + len(wanted)] == wanted for at in range(reach))


def _closed(asked: Asked) -> str:
    return f"({asked.text})" if asked.joined else asked.text


def _leaf(random: Random, documents: Sequence[Document]) -> Asked:
    document = random.choice(documents)
    makers = (_word, _word, _word, _phrase, _label, _account, _contact, _price, _risk, _day, _place)
    asked = random.choice(makers)(random, document)
    return asked or _word(random, document) or Asked("platform:none", lambda _: False)


def _word(random: Random, document: Document) -> Asked | None:
    runs = [run for run in _runs(document.text) if not run.isascii() or len(run) > 3]
    runs = [run for run in runs if run not in _JOINING]
    if not runs:
        return None
    run = random.choice(runs)
    at = random.randrange(len(run))
    word = run[at : at + random.choice((1, 2, 2, 3, 4))]
    if word in _JOINING:
        return None
    return Asked(word, lambda other: says(other, word))


def _phrase(random: Random, document: Document) -> Asked | None:
    text = document.text
    at = random.randrange(max(1, len(text)))
    said = "".join(c for c in text[at : at + random.randrange(2, 9)] if c not in '"“”＂\n')
    return Asked(f'"{said}"', lambda other: says(other, said)) if tokens(said) else None


def _label(random: Random, document: Document) -> Asked:
    kind = random.choice(("goods", "platform", "intent"))
    if kind == "goods" and document.goods:
        label = random.choice(document.goods)
        return Asked(f"goods:{label}", lambda other: label in other.goods)
    if kind == "platform":
        return Asked(f"platform:{document.platform}", lambda o: o.platform == document.platform)
    intent = random.choice(list(Intent))
    return Asked(f"intent:{intent}", lambda other: other.intent == intent)


def _account(random: Random, document: Document) -> Asked | None:
    name = document.account
    if not name or any(c.isspace() for c in name):
        return None
    begin = name[: random.randrange(1, len(name) + 1)]
    if random.random() < 0.5:
        return Asked(f"account:{name}", lambda o: folded(o.account) == folded(name))
    return Asked(
        f"account:{begin}*",
        lambda o: bool(o.account) and folded(o.account).startswith(folded(begin)),
    )


def _contact(random: Random, document: Document) -> Asked | None:
    if not document.contacts:
        return None
    value = random.choice(document.contacts)
    if random.random() < 0.5:
        return Asked(f"contact:{value}", lambda o: folded(value) in map(folded, o.contacts))
    begin = folded(value[: max(1, len(value) - 2)])
    return Asked(
        f"contact:{begin}*", lambda o: any(folded(c).startswith(begin) for c in o.contacts)
    )


def _price(random: Random, document: Document) -> Asked:
    limit = random.choice(document.prices) if document.prices else random.choice((50, 500))
    name = f"{limit:g}"
    at = float(name)
    return random.choice(
        (
            Asked(f"price:>{name}", lambda o: any(price > at for price in o.prices)),
            Asked(f"price:<={name}", lambda o: any(price <= at for price in o.prices)),
            Asked(f"price:{name}", lambda o: any(price == at for price in o.prices)),
            Asked(f"price:0..{name}", lambda o: any(0 <= price <= at for price in o.prices)),
        )
    )


def _risk(random: Random, document: Document) -> Asked:
    limit = round(document.risk, 2)
    if random.random() < 0.5:
        return Asked(f"risk:>{limit}", lambda other: other.risk > limit)
    return Asked(f"risk:<{limit}", lambda other: other.risk < limit)


def _day(random: Random, document: Document) -> Asked:
    begin = document.at.replace(hour=0, minute=0, second=0, microsecond=0)
    after = begin + random.choice((1, 5)) * _DAY
    return random.choice(
        (
            Asked(f"date:{begin:%Y-%m-%d}", lambda o: begin <= o.at < begin + _DAY),
            Asked(f"date:>={begin:%Y-%m-%d}", lambda o: o.at >= begin),
            Asked(f"date:<{begin:%Y-%m-%d}", lambda o: o.at < begin),
            Asked(f"until:{begin:%Y-%m-%d}", lambda o: o.at < begin + _DAY),
            Asked(f"since:{begin:%Y-%m-%d}", lambda o: o.at >= begin),
            Asked(
                f"date:{begin:%Y-%m-%d}..{after:%Y-%m-%d}",
                lambda o: begin <= o.at < after + _DAY,
            ),
            Asked(f"date:{begin:%Y-%m}", lambda o: f"{o.at:%Y-%m}" == f"{begin:%Y-%m}"),
        )
    )


def _place(random: Random, document: Document) -> Asked | None:
    if not document.places:
        return None
    place = random.choice(document.places)
    return Asked(f"ip:{place}", lambda other: place in other.places)


def _runs(text: str) -> list[str]:
    """Give the stretches of letters and digits: what a user types as a word."""
    return "".join(char if char.isalnum() else " " for char in text).split()


def main() -> None:
    """Print drawn queries and the posts that they must find."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planting.queries")
    parser.add_argument("posts", type=Path, help="JSON lines with id, text, and maybe more")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--number", type=int, default=100)
    args = parser.parse_args()
    random = Random(args.seed)
    documents = [_document(json.loads(line)) for line in args.posts.open(encoding="utf-8")]
    for _ in range(args.number):
        asked = draw(random, documents)
        found = [document.key for document in documents if asked.holds(document)]
        print(json.dumps({"query": asked.text, "finds": found}, ensure_ascii=False))


def _document(row: dict[str, str]) -> Document:
    at = datetime.fromisoformat(row["posted_at"]) if row.get("posted_at") else datetime.now(UTC)
    return Document(
        key=str(row["id"]),
        version=1,
        platform=row.get("platform", "import"),
        intent=Intent.SELL,
        goods=(),
        risk=1.0,
        at=at,
        title=row.get("title", ""),
        text=row["text"],
    )


if __name__ == "__main__":
    main()
