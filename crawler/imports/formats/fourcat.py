"""4CAT's own exports: CSV and NDJSON with ``thread_id``, ``body``, ``timestamp``, ``author``."""

from __future__ import annotations

from archive.labels import Kind
from archive.records import Account, Post
from crawler.imports.fields import name, pictures, text, time
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row


def _matches(row: Row, _table: str) -> bool:
    return {"thread_id", "body", "timestamp"} <= row.keys()


def _post(row: Row, platform: str, _table: str) -> Post:
    number, thread = name(row, "id"), name(row, "thread_id")
    author = name(row, "author_id", "author")
    return Post(
        platform=platform,
        post_id=number,
        kind=Kind.COMMENT if thread and thread != number else Kind.POST,
        url=text(row, "url", "post_url", "link"),
        title=text(row, "subject"),
        text=text(row, "body"),
        author=Account(platform=platform, account_id=author, name=name(row, "author"))
        if author
        else None,
        parent=f"{platform}:{thread}" if thread and thread != number else None,
        posted_at=time(row, "unix_timestamp", "timestamp"),
        media=pictures(row.get("image_url")),
    )


FOURCAT = Format(name="4cat", matches=_matches, post=_post)
