"""X API v2: responses with ``data`` and ``includes``, one, many, or one a line; or bare posts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.imports.fields import counts, name, part, text, time, within
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_METRICS = {
    "replies": "reply_count",
    "reposts": "retweet_count",
    "likes": "like_count",
    "views": "impression_count",
}
_AUTHOR, _MEDIA = " author", " media"  # where parts() lays what a response includes


def _matches(row: Row, _table: str) -> bool:
    data = row.get("data")
    first = data[0] if isinstance(data, list) and data else data
    return _is_tweet(first) or _is_tweet(row)


def _is_tweet(value: object) -> bool:
    return (
        isinstance(value, dict)
        and {"id", "text"} <= value.keys()
        and ("author_id" in value or "edit_history_tweet_ids" in value)
    )


def _parts(row: Row) -> Iterator[Row]:
    data = row.get("data", row)
    users = _by(within(row, "includes", "users"), "id")
    media = _by(within(row, "includes", "media"), "media_key")
    for tweet in data if isinstance(data, list) else [data]:
        if not isinstance(tweet, dict):
            raise ValueError("an entry of data is no object")
        keys = within(tweet, "attachments", "media_keys") or []
        yield {
            **tweet,
            _AUTHOR: users.get(name(tweet, "author_id"), {}),
            _MEDIA: [media[key] for key in keys if key in media],
        }


def _by(items: Any, field: str) -> dict[str, Row]:
    found = items if isinstance(items, list) else []
    return {name(item, field): item for item in found if isinstance(item, dict)}


def _post(row: Row, _platform: str, _table: str) -> Post:
    if "text" not in row:
        raise ValueError("the row has no field text")
    number, user = name(row, "id"), row.get(_AUTHOR, {})
    handle = text(user, "username")
    kind, above = _reference(row)
    long = within(row, "note_tweet", "text")
    return Post(
        platform="x",
        post_id=number,
        kind=kind,
        url=f"https://x.com/{handle or 'i'}/status/{number}",
        text=long if isinstance(long, str) else text(row, "text"),
        author=_author(name(row, "author_id"), user),
        parent=f"x:{above}" if above else None,
        posted_at=time(row, "created_at"),
        media=tuple(
            Media(url=address)
            for item in row.get(_MEDIA, ())
            if (address := text(item, "url", "preview_image_url"))
        ),
        metrics=counts(part(row, "public_metrics"), _METRICS),
    )


def _reference(row: Row) -> tuple[Kind, str]:
    kinds = {"retweeted": Kind.REPOST, "replied_to": Kind.COMMENT}
    found = within(row, "referenced_tweets")
    for reference in found if isinstance(found, list) else ():
        if isinstance(reference, dict) and reference.get("type") in kinds:
            return kinds[reference["type"]], name(reference, "id")
    return Kind.POST, ""


def _author(number: str, user: Row) -> Account | None:
    if not number:
        return None
    metrics = counts(part(user, "public_metrics"), {"followers": "followers_count"})
    return Account(
        platform="x",
        account_id=number,
        name=text(user, "username", "name"),
        bio=text(user, "description"),
        followers=metrics.get("followers"),
    )


X_API = Format(name="x-api", matches=_matches, post=_post, parts=_parts)
