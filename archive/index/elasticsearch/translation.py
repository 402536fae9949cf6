"""From Anyu's ``Query`` to the server's query language."""

from __future__ import annotations

from typing import Any

from archive.index import words
from archive.index.elasticsearch.mapping import WORDS, moment
from archive.index.protocol import Facet, Query

Clause = dict[str, Any]
NEWEST_FIRST: list[Clause] = [{"moment": "desc"}, {"key": "desc"}]
_MOST_VALUES = 10_000


def translate(query: Query, wanted: words.Words) -> Clause:
    """Give the clause that holds for just the documents that SQLite would find."""
    return {
        "bool": {
            "filter": [*map(_phrase, wanted.wanted), *_narrowing(query)] or [{"match_all": {}}],
            "must_not": [_phrase(phrase) for phrase in wanted.unwanted],
        }
    }


def by_facet(facet: Facet) -> Clause:
    """Give the count of a facet's values, largest first."""
    return {"terms": {"field": facet, "size": _MOST_VALUES}}


def by_day() -> Clause:
    """Give the count by UTC day; empty days are left out."""
    day = {"field": "at", "calendar_interval": "day", "format": "yyyy-MM-dd", "min_doc_count": 1}
    return {"date_histogram": day}


def accounts(most: int, prefix: str) -> tuple[Clause, Clause]:
    """Give query and count for accounts that begin so, in order."""
    begins = {"prefix": {"account": {"value": prefix}}}
    named = {"exists": {"field": "account"}}
    values = {"size": most, "sources": [{"account": {"terms": {"field": "account"}}}]}
    return (begins if prefix else named), {"composite": values}


def _phrase(phrase: tuple[str, ...]) -> Clause:
    """Give the clause of tokens that stand side by side in one of the three fields."""
    return {
        "multi_match": {
            "query": " ".join(phrase),
            "type": "phrase",
            "fields": list(WORDS),
            "analyzer": "tokens",
        }
    }


def _narrowing(query: Query) -> list[Clause]:
    chosen = (("platform", query.platforms), ("intent", query.intents), ("goods", query.goods))
    clauses: list[Clause] = [
        {"terms": {field: [str(value) for value in values]}} for field, values in chosen if values
    ]
    limits: dict[str, int] = {}
    if query.since:
        limits["gte"] = moment(query.since)
    if query.until:
        limits["lt"] = moment(query.until)
    return [*clauses, {"range": {"moment": limits}}] if limits else clauses
