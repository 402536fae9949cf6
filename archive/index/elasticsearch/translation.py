"""From Anyu's ``Query`` to the server's query language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from archive.index.elasticsearch.mapping import SOUND, WORDS, moment
from archive.index.protocol import Facet, Query
from archive.query.tree import Absent, During, Every, Is, Node, Phrase, Some, Way

Clause = dict[str, Any]
NEWEST_FIRST: list[Clause] = [{"moment": "desc"}, {"key": "desc"}]
_MOST_VALUES = 10_000
_FIELDS = {
    "contact": "contacts_folded",
    "account": "account_folded",
    "ip": "places",
    "price": "prices",
}
_WHERE = {Way.READ: WORDS, Way.EXACT: WORDS[:1], Way.SOUND: (SOUND,)}


def translate(query: Query, tree: Node | None) -> Clause:
    """Give the clause that holds for just the documents that SQLite would find."""
    parts = [_clause(tree)] if tree else []
    return {"bool": {"filter": [*parts, *_narrowing(query)] or [{"match_all": {}}]}}


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


def _clause(node: Node) -> Clause:
    if isinstance(node, Every):
        return {"bool": {"filter": [_clause(part) for part in node.parts]}}
    if isinstance(node, Some):
        some = [_clause(part) for part in node.parts]
        return {"bool": {"should": some, "minimum_should_match": 1}}
    if isinstance(node, Absent):
        return {"bool": {"must_not": [_clause(node.part)]}}
    if isinstance(node, Phrase):
        return _phrase(node)
    if isinstance(node, Is):
        kind = "prefix" if node.begins else "term"
        return {kind: {_FIELDS.get(node.field, node.field): {"value": node.value}}}
    if isinstance(node, During):
        return _during(node.since, node.until)
    limits = {
        f"{'gte' if node.low_in else 'gt'}": node.low,
        f"{'lte' if node.high_in else 'lt'}": node.high,
    }
    kept = {sign: limit for sign, limit in limits.items() if limit is not None}
    return {"range": {_FIELDS.get(node.field, node.field): kept}}


def _phrase(node: Phrase) -> Clause:
    """Give the clause of tokens that stand side by side in one of the fields."""
    return {
        "multi_match": {
            "query": " ".join(node.tokens),
            "type": "phrase",
            "fields": list(_WHERE[node.way]),
            "analyzer": "tokens",
        }
    }


def _during(since: datetime | None, until: datetime | None) -> Clause:
    limits: dict[str, int] = {}
    if since:
        limits["gte"] = moment(since)
    if until:
        limits["lt"] = moment(until)
    return {"range": {"moment": limits}} if limits else {"match_all": {}}


def _narrowing(query: Query) -> list[Clause]:
    chosen = (("platform", query.platforms), ("intent", query.intents), ("goods", query.goods))
    clauses: list[Clause] = [
        {"terms": {field: [str(value) for value in values]}} for field, values in chosen if values
    ]
    if query.since or query.until:
        clauses.append(_during(query.since, query.until))
    return clauses
