"""Anyu's own rows: a field ``text``, and any of the others."""

from __future__ import annotations

import hashlib
import json

from archive.labels import Kind
from archive.records import Account, Post
from crawler.imports.fields import clean, counts, name, pictures, text, time
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_METRICS = {"likes": "likes", "comments": "comments", "reposts": "reposts", "views": "views"}


def _matches(row: Row, _table: str) -> bool:
    return "text" in row


def _post(row: Row, platform: str, _table: str) -> Post:
    if row.get("text") is None and not row.get("images"):
        raise ValueError("the row has no field text")
    platform = text(row, "platform") or platform
    kind = text(row, "kind") or "post"
    if kind not in set(Kind):
        raise ValueError(f"the kind {kind!r} is none of {', '.join(Kind)}")
    author = name(row, "author_id", "author")
    return Post(
        platform=platform,
        post_id=name(row, "id", "post_id") or row_id(row),
        kind=Kind(kind),
        url=text(row, "url"),
        title=text(row, "title"),
        text=text(row, "text"),
        author=_author(row, platform, author) if author else None,
        parent=name(row, "parent") or None,
        posted_at=time(row, "posted_at", "date", "time", "created_at"),
        ip_location=text(row, "ip_location") or None,
        media=pictures(row.get("images")),
        metrics=counts(row, _METRICS),
    )


def row_id(row: Row) -> str:
    """Give ``sha256(source, normalised row)``: the same row under any order of its fields."""
    source = str(row.get("source", ""))
    fields = {key: clean(str(value)) for key, value in row.items() if value is not None}
    body = json.dumps([clean(source), fields], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


def _author(row: Row, platform: str, author: str) -> Account:
    return Account(
        platform=platform,
        account_id=author,
        name=name(row, "author_name", "author"),
        url=text(row, "author_url"),
    )


OWN = Format(name="anyu", matches=_matches, post=_post)
