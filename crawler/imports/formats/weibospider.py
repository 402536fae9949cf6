"""nghuyong/WeiboSpider: JSON lines of tweets, comments and reposts."""

from __future__ import annotations

from archive.labels import Kind
from archive.records import Account, Post
from crawler.imports.fields import counts, name, part, pictures, plain, text, time
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_METRICS = {
    "reposts": "reposts_count",
    "comments": "comments_count",
    "likes": "attitudes_count",
}
_LIKES = {"likes": "like_counts"}


def _matches(row: Row, _table: str) -> bool:
    return "_id" in row and "content" in row and ("created_at" in row or "mblogid" in row)


def _post(row: Row, _platform: str, _table: str) -> Post:
    if "content" not in row:
        raise ValueError("the row has no field content: an account, not a post?")
    user = part(row, "comment_user") or part(row, "user")
    comment = bool(part(row, "comment_user")) or "comment_user_id" in row
    above = name(row, "weibo_id", "mid") if comment else name(part(row, "retweet"), "_id")
    return Post(
        platform="weibo",
        post_id=name(row, "_id"),
        kind=Kind.COMMENT if comment else Kind.REPOST if above else Kind.POST,
        url=text(row, "url"),
        text=plain(text(row, "content")),
        author=_author(row, user),
        parent=f"weibo:{above}" if above else None,
        posted_at=time(row, "created_at"),
        ip_location=text(row, "ip_location").removeprefix("发布于").removeprefix("来自").strip()
        or None,
        media=pictures(row.get("pic_urls")),
        metrics=counts(row, _METRICS) | counts(row, _LIKES),
    )


def _author(row: Row, user: Row) -> Account | None:
    author = name(user, "_id") or name(row, "comment_user_id", "user_id")
    if not author:
        return None
    return Account(
        platform="weibo",
        account_id=author,
        name=text(user, "nick_name"),
        bio=text(user, "description"),
        ip_location=text(user, "ip_location") or None,
    )


WEIBOSPIDER = Format(name="weibospider", matches=_matches, post=_post)
