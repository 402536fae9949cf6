"""Tieba's thread page of 2026, as a browser shows it: an opening, floors, replies in floors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from parsel import Selector

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.markup import node_words
from crawler.platforms.tieba.people import HOME, PLATFORM, account_of, linked_account
from crawler.times import published
from crawler.trees import media

_FLOOR = re.compile(r"第?\s*(\d{1,6})\s*楼")
_PLACE = re.compile(r"(?:IP属地\s*[:：]|来自)\s*([\u4e00-\u9fff]{2,8})")
_BODY = ".pb-rich-text, .comment-content .text, .comment-content"


def modern_posts(page: Selector, *, thread: str, at: datetime, missed: list[str]) -> Iterator[Post]:
    """Give the posts of a page, the thread itself first where its opening is shown."""
    opening = next(iter(page.css(".pb-content-wrap")), None)
    if opening is not None and thread:
        yield _opening(page, opening, thread, at)
    elif opening is not None:
        missed.append("the thread's number")
    for item in page.css(".pb-comment-item"):
        yield from _posts(item, thread, at, missed)


def _opening(page: Selector, body: Selector, thread: str, at: datetime) -> Post:
    around = body.xpath("ancestor::*[contains(@class, 'image-text')][1]")
    holder = around[0] if around else page
    return Post(
        platform=PLATFORM,
        post_id=thread,
        kind=Kind.THREAD,
        url=f"{HOME}/p/{thread}",
        title=_first_words(page, ".pb-title"),
        text=node_words(body),
        author=_author(holder),
        posted_at=_moment(holder, at),
        ip_location=_place(holder),
        media=_pictures(body),
    )


def _posts(item: Selector, thread: str, at: datetime, missed: list[str]) -> Iterator[Post]:
    """Give a floor and the replies below it."""
    name, replies = _number(item), item.css(".pb-lzl-item")
    if not name or not item.css(_BODY):
        missed.append("data-id" if not name else "comment-content")
    else:
        yield _post(item, name, Kind.FLOOR, parent=thread, thread=thread, at=at)
    for reply in replies:
        own = _number(reply)
        if not own or own == name or not reply.css(_BODY):
            missed.append("comment-content" if own and own != name else "data-id")
            continue
        yield _post(reply, own, Kind.COMMENT, parent=name, thread=thread, at=at)


def _post(item: Selector, name: str, kind: Kind, *, parent: str, thread: str, at: datetime) -> Post:
    body = next(iter(item.css(_BODY)))
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=kind,
        url=f"{HOME}/p/{thread}?pid={name}#{name}" if thread else "",
        text=node_words(body, without="pc-pb-comments-desc"),
        author=_author(item),
        parent=f"{PLATFORM}:{parent}" if parent else None,
        posted_at=_moment(item, at),
        ip_location=_place(item),
        media=_pictures(body),
    )


def _number(item: Selector) -> str:
    """Give the number that an element or the nearest one around it carries."""
    for holder in (item, *reversed(item.xpath("ancestor::*[@data-id]"))):
        for attribute in ("data-id", "data-comment-id", "data-pid"):
            found = re.search(r"\d+", holder.attrib.get(attribute, ""))
            if found:
                return found[0]
    return ""


def _author(item: Selector) -> Account | None:
    link = next(iter(item.css("a.head-name, a[href*='/home/main']")), None)
    if link is not None:
        return linked_account(link) or account_of({"user_name": node_words(link)})
    shown = _first_words(item, ".head-name")
    return account_of({"user_name": shown}) if shown else None


def _told(item: Selector) -> str:
    return _first_words(item, ".comment-desc-left, .pc-pb-comments-desc, .desc-info")


def _moment(item: Selector, at: datetime) -> datetime | None:
    told = _told(item)
    return None if "回复于" in told else published(_FLOOR.sub(" ", told), at=at)


def _place(item: Selector) -> str | None:
    found = _PLACE.search(_told(item))
    return found[1] if found else None


def _pictures(body: Selector) -> tuple[Media, ...]:
    images = body.css("img:not([class*=emo]):not([class*=avatar])")
    urls = [image.attrib.get("data-src") or image.attrib.get("src", "") for image in images]
    return media([url for url in urls if "emoticon" not in url and "/emoji" not in url])


def _first_words(node: Selector, css: str) -> str:
    first = next(iter(node.css(css)), None)
    return node_words(first) if first is not None else ""
