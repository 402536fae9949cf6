"""dataabc/weibo-search: CSV with a Chinese header."""

from __future__ import annotations

from archive.labels import Kind
from archive.records import Account, Post
from crawler.imports.fields import counts, name, pictures, text, time
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row

_METRICS = {"reposts": "转发数", "comments": "评论数", "likes": "点赞数"}


def _matches(row: Row, _table: str) -> bool:
    return "微博正文" in row


def _post(row: Row, _platform: str, _table: str) -> Post:
    user, bid = name(row, "user_id"), text(row, "bid")
    above = name(row, "retweet_id")
    return Post(
        platform="weibo",
        post_id=name(row, "id"),
        kind=Kind.REPOST if above else Kind.POST,
        url=f"https://weibo.com/{user}/{bid}" if user and bid else "",
        text=text(row, "微博正文"),
        author=Account(platform="weibo", account_id=user, name=text(row, "用户昵称"))
        if user
        else None,
        parent=f"weibo:{above}" if above else None,
        posted_at=time(row, "发布时间"),
        ip_location=text(row, "ip") or None,
        media=pictures(row.get("微博图片url")),
        metrics=counts(row, _METRICS),
    )


WEIBO_SEARCH = Format(name="weibo-search", matches=_matches, post=_post)
