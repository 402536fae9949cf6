"""Weibo's objects in JSON as records: statuses, comments, accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.markup import words
from crawler.platforms.weibo.numbers import mid_of
from crawler.times import published
from crawler.trees import Branch, ident, inner, listed, media, number, said

PLATFORM = "weibo"
_PLACE = re.compile(r"^(?:发布于|来自|IP属地[:：]?)\s*")
_FOLDED = re.compile(r"(?:\.{3}|…|\s)*(?:<[^<>]*>\s*)*(?:全文|展开c?)\s*(?:</[^<>]*>\s*)*\s*$")
_END = 300
_UNFOLD = re.compile(r">\s*(?:全文|展开c?)\s*</(?:a|span)>\s*$")
_DOTS = re.compile(r"(?:\.{3}|…)[\s\u200b]*$")
_METRICS = {
    "reposts": ("reposts_count",),
    "comments": ("comments_count",),
    "likes": ("attitudes_count",),
    "reads": ("reads_count",),
}
_STREAMS = (
    "mp4_720p_mp4",
    "mp4_hd_mp4",
    "mp4_hd_url",
    "stream_url_hd",
    "mp4_ld_mp4",
    "mp4_sd_url",
    "stream_url",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A status as a record, and whether the answer shows only the beginning of its text."""

    post: Post
    cut: bool


def status_of(branch: Branch, *, at: datetime) -> Status:
    """Read a status; its id is known to be there."""
    name = status_id(branch)
    text, cut = _text(branch)
    above = inner(branch, "retweeted_status")
    origin = status_id(above)
    user = inner(branch, "user")
    post = Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.REPOST if above else Kind.POST,
        url=_address(branch, user, name),
        text=text,
        author=account_of(user),
        parent=f"{PLATFORM}:{origin}" if origin else None,
        posted_at=published(branch.get("created_at"), at=at),
        ip_location=place(said(branch, "region_name")),
        media=tuple(dict.fromkeys((*_pictures(branch), *_videos(branch)))),
        metrics=_metrics(branch, _METRICS),
    )
    return Status(post=post, cut=cut)


def status_id(branch: Branch) -> str:
    """Give the number of a status, or an empty text."""
    name = ident(branch, "idstr", "mid", "id")
    if name.isdecimal():
        return name
    return mid_of(ident(branch, "mblogid", "bid")) or name


def comment_of(branch: Branch, *, post: str, at: datetime) -> Post:
    """Read a comment; ``post`` is the number of the status it stands under, where known."""
    name = ident(branch, "idstr", "id", "mid")
    roots = (ident(branch, "rootidstr"), ident(branch, "rootid"))
    root = next((root for root in roots if root and root != name), "")
    replied = ident(inner(branch, "reply_comment"), "idstr", "id") or ident(branch, "reply_id")
    above = replied or root
    under = post or ident(inner(branch, "status"), "idstr", "mid", "id") or _analysed(branch)
    parent = above or under
    found = {
        "likes": number(branch, "like_counts", "like_count"),
        "replies": number(branch, "total_number"),
    }
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.COMMENT,
        url=f"https://m.weibo.cn/detail/{under}" if under else "",
        text=_said_in(branch),
        author=account_of(inner(branch, "user")),
        parent=f"{PLATFORM}:{parent}" if parent else None,
        posted_at=published(branch.get("created_at"), at=at),
        ip_location=_comment_place(branch),
        media=tuple(_comment_pictures(branch)),
        metrics={ours: count for ours, count in found.items() if count is not None},
    )


def account_of(user: Branch) -> Account | None:
    """Read a user, or give nothing where there is none."""
    name = ident(user, "idstr", "id", "uid")
    called = words(said(user, "screen_name", "name"))
    if not name:
        return None
    return Account(
        platform=PLATFORM,
        account_id=name,
        name=called,
        bio=words(said(user, "description")),
        url=f"https://weibo.com/u/{name}",
        ip_location=place(said(user, "ip_location", "region_name")),
        followers=number(user, "followers_count", "followers_count_str"),
    )


def place(text: str) -> str | None:
    """Give a place without the words before it: 发布于 北京, 来自广东, IP属地：上海."""
    return _PLACE.sub("", text.strip()).strip() or None


def _text(branch: Branch) -> tuple[str, bool]:
    longer = said(inner(branch, "longText"), "longTextContent", "longTextContent_raw", "content")
    longer = longer or said(branch, "longTextContent", "longTextContent_raw")
    if longer:
        return words(longer), False
    source, raw = said(branch, "text"), said(branch, "text_raw")
    cut = bool(_UNFOLD.search(source)) or (_is_long(branch) and bool(_DOTS.search(raw or source)))
    if raw:
        cut = cut or (_is_long(branch) and "continue_tag" in branch)
        return words_raw(raw), cut and not _reaches_its_end(branch, raw)
    if not source:
        return words_raw(said(branch, "raw_text")), cut
    if cut:  # only the end is searched: white space without end would be searched for ever
        source = source[:-_END] + _FOLDED.sub(_ellipsis, source[-_END:])
    return words(source), cut


def _reaches_its_end(branch: Branch, raw: str) -> bool:
    """Say whether a text is as long as the answer tells, in bytes of GBK."""
    told = number(branch, "textLength")
    return told is not None and len(raw.encode("gbk", "replace")) >= told


def _ellipsis(found: re.Match[str]) -> str:
    return "..." if found[0].lstrip().startswith(("...", "…")) else ""


def words_raw(text: str) -> str:
    """Give a text that is no HTML: the entities of its angle brackets only are resolved."""
    return (
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip(" \t\r\n\u200b")
    )


def _is_long(branch: Branch) -> bool:
    return branch.get("isLongText") in (True, 1, "1", "true")


def _said_in(branch: Branch) -> str:
    raw = said(branch, "text_raw")
    return words_raw(raw) if raw else words(said(branch, "text", "reply_original_text"))


def _address(branch: Branch, user: Branch, name: str) -> str:
    short, owner = ident(branch, "mblogid", "bid"), ident(user, "idstr", "id")
    if short and owner:
        return f"https://weibo.com/{owner}/{short}"
    return f"https://m.weibo.cn/detail/{name}" if name else ""


def _pictures(branch: Branch) -> tuple[Media, ...]:
    urls = list(_picture_urls(branch))
    if not urls:
        names = (name for name in listed(branch.get("pic_ids")) if isinstance(name, str))
        urls = [f"https://wx1.sinaimg.cn/large/{name}.jpg" for name in names]
    return media(urls)


def _picture_urls(branch: Branch) -> Iterator[str]:
    infos = inner(branch, "pic_infos")
    order = [infos.get(name) for name in listed(branch.get("pic_ids")) if isinstance(name, str)]
    mixed = (
        item.get("data")
        for item in listed(inner(branch, "mix_media_info").get("items"))
        if isinstance(item, dict)
    )
    for picture in (*listed(branch.get("pics")), *(order or infos.values()), *mixed):
        if isinstance(picture, str):
            yield picture
        elif isinstance(picture, dict):
            yield _best_picture(picture)


def _best_picture(picture: Branch) -> str:
    for size in ("largest", "large", "original", "mw2000", "bmiddle"):
        url = said(inner(picture, size), "url") or said(picture, size)
        if url:
            return url
    return said(picture, "url", "pic_big", "thumbnail_pic")


def _videos(branch: Branch) -> tuple[Media, ...]:
    info = inner(branch, "page_info")
    mixed = [
        inner(item, "data", "media_info")
        for item in listed(inner(branch, "mix_media_info").get("items"))
        if isinstance(item, dict)
    ]
    one = said(inner(info, "urls"), *_STREAMS) or said(inner(info, "media_info"), *_STREAMS)
    urls = [one, *(said(source, *_STREAMS) for source in mixed)]
    urls += [
        said(picture, "videoSrc")
        for picture in listed(branch.get("pics"))
        if isinstance(picture, dict)
    ]
    return media(urls, "video")


def _comment_place(branch: Branch) -> str | None:
    source = said(branch, "source")
    return place(source) if source.strip().startswith(("来自", "发布于", "IP属地")) else None


def _comment_pictures(branch: Branch) -> Iterator[Media]:
    picture = inner(branch, "pic")
    urls = [_best_picture(picture)] if picture else []
    for link in (*listed(branch.get("url_struct")), *listed(branch.get("url_objects"))):
        infos = inner(link, "pic_infos") if isinstance(link, dict) else {}
        urls += [_best_picture(info) for info in infos.values() if isinstance(info, dict)]
    yield from media(urls)


def _analysed(branch: Branch) -> str:
    found = re.search(r"\bmid:(\d{10,20})", said(branch, "analysis_extra"))
    return found[1] if found else ""


def _metrics(branch: Branch, fields: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found = ((ours, number(branch, *theirs)) for ours, theirs in fields.items())
    return {ours: count for ours, count in found if count is not None}
