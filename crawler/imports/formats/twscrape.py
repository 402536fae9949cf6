"""vladkens/twscrape: JSON lines of tweets."""

from __future__ import annotations

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.imports.fields import counts, name, part, text, time, within
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_METRICS = {
    "replies": "replyCount",
    "reposts": "retweetCount",
    "likes": "likeCount",
    "views": "viewCount",
}


def _matches(row: Row, _table: str) -> bool:
    return "rawContent" in row


def _post(row: Row, _platform: str, _table: str) -> Post:
    if "rawContent" not in row:
        raise ValueError("the row has no field rawContent: an account, not a post?")
    above = name(row, "inReplyToTweetIdStr", "inReplyToTweetId")
    shared = name(part(row, "retweetedTweet"), "id_str", "id")
    return Post(
        platform="x",
        post_id=name(row, "id_str", "id"),
        kind=Kind.REPOST if shared else Kind.COMMENT if above else Kind.POST,
        url=text(row, "url"),
        text=text(row, "rawContent"),
        author=_author(part(row, "user")),
        parent=f"x:{shared or above}" if shared or above else None,
        posted_at=time(row, "date"),
        media=_media(row),
        metrics=counts(row, _METRICS),
    )


def _author(user: Row) -> Account | None:
    number = name(user, "id_str", "id")
    if not number:
        return None
    followers = counts(user, {"followers": "followersCount"}).get("followers")
    return Account(
        platform="x",
        account_id=number,
        name=text(user, "username", "displayname"),
        bio=text(user, "rawDescription"),
        url=text(user, "url"),
        followers=followers,
    )


def _media(row: Row) -> tuple[Media, ...]:
    photos = within(row, "media", "photos")
    found = (within(photo, "url") for photo in photos) if isinstance(photos, list) else ()
    return tuple(Media(url=address) for address in found if isinstance(address, str))


TWSCRAPE = Format(name="twscrape", matches=_matches, post=_post)
