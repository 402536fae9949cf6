"""NanmiCoder/MediaCrawler: JSONL, JSON, CSV and SQLite of seven platforms."""

from __future__ import annotations

from dataclasses import dataclass

from archive.labels import Kind
from archive.records import Account, Post
from crawler.imports.fields import counts, name, pictures, plain, text, time
from crawler.imports.formats.format import Format
from crawler.imports.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """One of MediaCrawler's tables; ``post_id`` is the field of a content, or of a parent."""

    platform: str
    post_id: str
    kind: Kind = Kind.POST
    table: str
    signs: frozenset[str]


def _shape(table: str, platform: str, post_id: str, signs: str, kind: Kind = Kind.POST) -> _Shape:
    fields = frozenset(signs.split())
    return _Shape(platform=platform, post_id=post_id, kind=kind, table=table, signs=fields)


_COMMENT = Kind.COMMENT
# In the order of asking. A shape is met when all its signs are fields of the row.
_SHAPES = (
    _shape("douyin_aweme_comment", "douyin", "aweme_id", "comment_id aweme_id", _COMMENT),
    _shape("douyin_aweme", "douyin", "aweme_id", "aweme_id"),
    _shape("tieba_comment", "tieba", "note_id", "comment_id tieba_name", _COMMENT),
    _shape("tieba_note", "tieba", "note_id", "note_id tieba_name", Kind.THREAD),
    _shape("zhihu_comment", "zhihu", "content_id", "comment_id content_id", _COMMENT),
    _shape("zhihu_content", "zhihu", "content_id", "content_id content_text"),
    _shape("bilibili_article_comment", "bilibili", "article_id", "comment_id article_id", _COMMENT),
    _shape("bilibili_article", "bilibili", "article_id", "article_id article_url"),
    _shape("bilibili_up_dynamic", "bilibili", "dynamic_id", "dynamic_id pub_ts"),
    _shape(
        "bilibili_video_comment",
        "bilibili",
        "video_id",
        "comment_id video_id parent_comment_id",
        _COMMENT,
    ),
    _shape("kuaishou_video_comment", "kuaishou", "video_id", "comment_id video_id", _COMMENT),
    _shape("bilibili_video", "bilibili", "video_id", "video_id video_danmaku"),
    _shape("kuaishou_video", "kuaishou", "video_id", "video_id video_type"),
    _shape(
        "weibo_note_comment", "weibo", "note_id", "comment_id note_id create_date_time", _COMMENT
    ),
    _shape("xhs_note_comment", "xiaohongshu", "note_id", "comment_id note_id content", _COMMENT),
    _shape("weibo_note", "weibo", "note_id", "note_id content create_date_time"),
    _shape("xhs_note", "xiaohongshu", "note_id", "note_id note_url"),
)
_METRICS = {
    "likes": "liked_count",
    "comments": "comment_count",
    "shares": "share_count",
    "reposts": "shared_count",
    "views": "video_play_count",
}


def _of(row: Row, table: str) -> _Shape | None:
    for shape in _SHAPES:
        if shape.table == table or (not table and shape.signs <= row.keys()):
            return shape
    return None


def _matches(row: Row, table: str) -> bool:
    return _of(row, table) is not None


def _wants(row: Row, table: str) -> bool:
    """Whether a row is a post: a database holds accounts too."""
    return not table or _of(row, table) is not None


def _post(row: Row, _platform: str, table: str) -> Post:
    shape = _of(row, table)
    if shape is None:
        raise ValueError("the row has the fields of no MediaCrawler table: an account, not a post?")
    content = name(row, shape.post_id)
    comment = shape.kind is Kind.COMMENT
    above = name(row, "parent_comment_id") if comment else ""
    parent = above if above not in ("", "0") else content
    body, title = _words(row, comment=comment)
    return Post(
        platform=shape.platform,
        post_id=name(row, "comment_id") if comment else content,
        kind=shape.kind,
        url=text(row, "note_url", "aweme_url", "video_url", "content_url", "article_url"),
        title=title,
        text=body,
        author=_author(row, shape.platform),
        parent=f"{shape.platform}:{parent}" if comment else None,
        posted_at=time(
            row, "create_time", "time", "publish_time", "created_time", "pub_ts", "create_date_time"
        ),
        ip_location=text(row, "ip_location") or None,
        media=pictures(row.get("image_list") or row.get("pictures")),
        metrics=counts(row, _METRICS),
    )


def _words(row: Row, *, comment: bool) -> tuple[str, str]:
    """Give text and title; where both are the same (Douyin, Kuaishou), it is the text."""
    body = plain(text(row, "content", "content_text", "desc", "text"))
    title = "" if comment else plain(text(row, "title"))
    if body.startswith(title) and title:
        title = "" if body == title else title
    return (body or title, title if body else "")


def _author(row: Row, platform: str) -> Account | None:
    author = name(row, "user_id", "sec_uid", "creator_hash")
    if not author:
        return None
    return Account(
        platform=platform,
        account_id=author,
        name=text(row, "nickname", "user_nickname", "user_name"),
        url=text(row, "profile_url", "user_link"),
        ip_location=text(row, "ip_location") or None,
    )


MEDIACRAWLER = Format(name="mediacrawler", matches=_matches, post=_post, wants=_wants)
