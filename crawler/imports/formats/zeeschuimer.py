"""Zeeschuimer's NDJSON, as downloaded (item under ``data``) or as 4CAT keeps it."""

from __future__ import annotations

from collections.abc import Callable

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.imports.fields import clean, counts, name, part, text, time, within
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row


def _source(row: Row) -> str:
    named = within(row, "source_platform") or within(row, "__import_meta", "source_platform")
    return str(named or "").lower().removeprefix("www.")


def _matches(row: Row, _table: str) -> bool:
    return bool(_source(row)) and ("__import_meta" in row or isinstance(row.get("data"), dict))


def _post(row: Row, _platform: str, _table: str) -> Post:
    source = _source(row)
    for sign, read in _MODULES.items():
        if sign in source:
            return read(part(row, "data") or row, "comment" in source)
    raise ValueError(f"items of {source or 'no platform'} cannot be imported yet")


def _x(item: Row, _comment: bool) -> Post:
    legacy = part(item, "legacy")
    result = part(item, "core", "user_results", "result")
    user = {**part(result, "legacy"), **part(result, "core")}
    handle, number = text(user, "screen_name"), name(item, "rest_id", "id")
    long = within(item, "note_tweet", "note_tweet_results", "result", "text")
    above = name(legacy, "in_reply_to_status_id_str", "retweeted_status_id_str")
    return Post(
        platform="x",
        post_id=number,
        kind=Kind.COMMENT if "in_reply_to_status_id_str" in legacy else Kind.POST,
        url=f"https://x.com/{handle}/status/{number}" if handle else "",
        text=clean(long) if isinstance(long, str) else text(legacy, "full_text"),
        author=_account("x", name(result, "rest_id") or handle, text(user, "name") or handle),
        parent=f"x:{above}" if above else None,
        posted_at=time(legacy, "created_at"),
        media=_media(within(legacy, "extended_entities", "media"), "media_url_https"),
        metrics=counts(
            legacy,
            {"likes": "favorite_count", "reposts": "retweet_count", "replies": "reply_count"},
        ),
    )


def _douyin(item: Row, _comment: bool) -> Post:
    author = part(item, "author") or part(item, "authorInfo")
    return Post(
        platform="douyin",
        post_id=name(item, "aweme_id", "awemeId", "id"),
        url=text(item, "share_url"),
        text=text(item, "desc"),
        author=_account("douyin", name(author, "uid", "unique_id", "secUid"), _called(author)),
        posted_at=time(item, "create_time", "createTime"),
        metrics=counts(
            part(item, "statistics") or part(item, "stats"),
            {"likes": "digg_count", "comments": "comment_count", "shares": "share_count"},
        ),
        media=_media(item.get("images"), "url_list"),
    )


def _tiktok(item: Row, comment: bool) -> Post:
    author = part(item, "user") if comment else part(item, "author")
    above = name(item, "aweme_id") if comment else ""
    return Post(
        platform="tiktok",
        post_id=name(item, "cid", "id"),
        kind=Kind.COMMENT if comment else Kind.POST,
        text=text(item, "text", "desc"),
        author=_account("tiktok", name(author, "id", "uid", "uniqueId"), _called(author)),
        parent=f"tiktok:{above}" if above else None,
        posted_at=time(item, "createTime", "create_time"),
        metrics=counts(part(item, "stats"), {"likes": "diggCount", "comments": "commentCount"}),
    )


def _xiaohongshu(item: Row, comment: bool) -> Post:
    card = part(item, "note_card") or item
    user = part(card, "user") or part(card, "user_info")
    above = name(item, "note_id") if comment else ""
    return Post(
        platform="xiaohongshu",
        post_id=name(item, "id", "note_id"),
        kind=Kind.COMMENT if comment else Kind.POST,
        title="" if comment else text(card, "title", "display_title"),
        text=text(item, "content") if comment else text(card, "desc"),
        author=_account("xiaohongshu", name(user, "user_id"), _called(user)),
        parent=f"xiaohongshu:{above}" if above else None,
        posted_at=time(card, "time", "create_time"),
        ip_location=text(card, "ip_location") or None,
        media=() if comment else _media(card.get("image_list"), "url_default"),
        metrics=counts(part(card, "interact_info"), {"likes": "liked_count"}),
    )


def _instagram(item: Row, _comment: bool) -> Post:
    user = part(item, "user") or part(item, "owner")
    caption = within(item, "caption", "text")
    return Post(
        platform="instagram",
        post_id=name(item, "code", "id", "pk"),
        text=clean(caption) if isinstance(caption, str) else "",
        author=_account("instagram", name(user, "pk", "id"), text(user, "username")),
        posted_at=time(item, "taken_at"),
        media=_media(within(item, "image_versions2", "candidates"), "url")[:1],
        metrics=counts(item, {"likes": "like_count", "comments": "comment_count"}),
    )


_MODULES: dict[str, Callable[[Row, bool], Post]] = {
    "twitter": _x,
    "x.com": _x,
    "douyin": _douyin,
    "tiktok": _tiktok,
    "rednote": _xiaohongshu,
    "xiaohongshu": _xiaohongshu,
    "instagram": _instagram,
}


def _account(platform: str, account_id: str, called: str) -> Account | None:
    if not account_id:
        return None
    return Account(platform=platform, account_id=account_id, name=called)


def _called(user: Row) -> str:
    return text(user, "nickname", "nick_name", "unique_id", "uniqueId")


def _media(items: object, field: str) -> tuple[Media, ...]:
    found: list[Media] = []
    for item in items if isinstance(items, list) else ():
        value = within(item, field) if isinstance(item, dict) else None
        address = value[0] if isinstance(value, list) and value else value
        if isinstance(address, str):
            found.append(Media(url=address))
    return tuple(found)


ZEESCHUIMER = Format(name="zeeschuimer", matches=_matches, post=_post)
