"""Lists of threads on Tieba's PC pages: a bar's, the search's of old, the cards of today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from parsel import Selector

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.imports.fields import counts
from crawler.markup import node_words, words
from crawler.platforms.tieba.datafield import data_field
from crawler.platforms.tieba.people import HOME, PLATFORM, account_of, linked_account
from crawler.times import published
from crawler.trees import ident, media, number, said

_THREAD = re.compile(r"/p/(\d{5,})")
_FLOOR = re.compile(r"[?&]pid=(\d{5,})")
_REPLY = re.compile(r"[?&]cid=(\d{5,})")
_ANSWERED = re.compile(r"^\s*回复\s*[:：]\s*")
_DAY = re.compile(r"^\s*(\d{4}-\d{1,2}-\d{1,2})\s*$")
_ON = re.compile(r"发布于\s*([\d:年月日/\s-]+|刚刚|\S*前)")


def listed_threads(
    page: Selector, *, at: datetime, missed: list[str], adverts: list[str]
) -> Iterator[Post]:
    """Give the threads, floors and replies of whichever list a page has."""
    yield from _of_bar(page, at, missed, adverts)
    yield from _of_search(page, at, missed)
    yield from _of_cards(page, at, missed)


def _of_bar(page: Selector, at: datetime, missed: list[str], adverts: list[str]) -> Iterator[Post]:
    for node in page.css("li.j_thread_list"):
        field = data_field(node)
        link = next(iter(node.css("a.j_th_tit, .threadlist_title a")), None)
        found = _THREAD.search(link.attrib.get("href", "")) if link is not None else None
        name = ident(field, "id") or node.attrib.get("data-tid", "") or (found[1] if found else "")
        if not name or link is None:
            lacking = "j_th_tit" if name else "data-field.id"
            (adverts if _is_advert(node) else missed).append(lacking)
            continue
        yield Post(
            platform=PLATFORM,
            post_id=name,
            kind=Kind.THREAD,
            url=f"{HOME}/p/{name}",
            title=words(link.attrib.get("title") or node_words(link)),
            text=_joined(node, ".threadlist_abs"),
            author=_bar_author(node),
            posted_at=published(node.css(".is_show_create_time::text").get(), at=at),
            media=_thumbnails(node),
            metrics=_replies(number(field, "reply_num"), node, ".threadlist_rep_num"),
        )


def _bar_author(node: Selector) -> Account | None:
    field = data_field(node)
    holder = next(iter(node.css(".tb_icon_author")), None)
    link = next(iter(node.css(".tb_icon_author a.frs-author-name, a.frs-author-name")), None)
    user = {
        "user_id": ident(data_field(holder), "user_id"),
        "portrait": said(field, "author_portrait"),
        "user_name": said(field, "author_name"),
    }
    shown = said(field, "author_nickname") or (node_words(link) if link is not None else "")
    account = account_of(user, shown=shown)
    return account or (linked_account(link) if link is not None else None)


def _of_search(page: Selector, at: datetime, missed: list[str]) -> Iterator[Post]:
    for node in page.css(".s_post"):
        link = next(iter(node.css(".p_title a")), None)
        if link is None:
            if node.css("a[href*='/p/']"):
                missed.append("p_title")
            continue
        address = link.attrib.get("href", "")
        thread = link.attrib.get("data-tid", "").strip() or _first(_THREAD, address)
        if not thread:
            missed.append("data-tid")
            continue
        yield _hit(node, link, thread, at)


def _hit(node: Selector, link: Selector, thread: str, at: datetime) -> Post:
    """Read a result: a thread, or a floor or reply in one, which the words 回复 tell."""
    address, title = link.attrib.get("href", ""), node_words(link)
    floor, reply = _first(_FLOOR, address), _first(_REPLY, address)
    answered = bool(_ANSWERED.match(title)) and bool(floor)
    name = (reply or floor) if answered else thread
    kind = Kind.THREAD if not answered else Kind.COMMENT if reply else Kind.FLOOR
    above = floor if reply and answered else thread
    author = next(iter(node.css("a[href*='/home/main'], a[href*='/i/sys/jump']")), None)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=kind,
        url=f"{HOME}/p/{thread}" + (f"?pid={floor}#{floor}" if answered else ""),
        title=_ANSWERED.sub("", title),
        text=_joined(node, ".p_content"),
        author=linked_account(author) if author is not None else None,
        parent=f"{PLATFORM}:{above}" if answered else None,
        posted_at=published(node.css(".p_date::text").get(), at=at),
        media=_thumbnails(node),
    )


def _of_cards(page: Selector, at: datetime, missed: list[str]) -> Iterator[Post]:
    cards = page.css(".threadcardclass, .thread-content-box, .thread-card-wrapper, .thread-card")
    inside = {node.root for card in cards for node in card.css("*") if node.root is not card.root}
    seen: set[str] = set()
    for card in cards:
        if card.root in inside:
            continue
        name = next(
            (
                found
                for link in card.css("a::attr(href)").getall()
                if (found := _first(_THREAD, link))
            ),
            "",
        )
        if not name:
            if card.css(".title-wrap, .abstract-wrap, .thread-title, .title-text"):
                missed.append("a[href*=/p/]")
            continue
        if name not in seen:
            seen.add(name)
            yield _card(card, name, at)


def _card(card: Selector, name: str, at: datetime) -> Post:
    head = _joined(card, ".top-title")
    told = head or _joined(card, ".desc-info, .post-num")
    moment = _ON.search(told) or _DAY.search(told)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.THREAD,
        url=f"{HOME}/p/{name}",
        title=_joined(card, ".title-wrap, .thread-title, .title-text"),
        text=_joined(card, ".abstract-wrap, .thread-content, .tb-richtext"),
        author=_card_author(card, head),
        posted_at=published(moment[1], at=at) if moment else None,
        media=_thumbnails(card),
        metrics=_replies(None, card, ".comment-link-zone .action-number, a.comment-link-zone"),
    )


def _card_author(card: Selector, head: str) -> Account | None:
    link = next(iter(card.css("a[href*='/home/main']")), None)
    shown = _joined(card, ".forum-attention, .head-name") or head.split("发布于")[0].strip()
    if link is not None and (found := linked_account(link)):
        return found
    return account_of({"user_name": shown}) if shown else None


def _thumbnails(node: Selector) -> tuple[Media, ...]:
    images = node.css(
        ".threadlist_media img, img[bpic], .p_mediaCont img, .image-list-item img, "
        ".img-wrap img, .image-wrap img"
    )
    urls = (
        next(
            (
                url
                for name in ("bpic", "original", "data-original", "data-src", "src")
                if (url := image.attrib.get(name))
            ),
            "",
        )
        for image in images
    )
    return media(list(urls))


def _replies(told: int | None, node: Selector, css: str) -> dict[str, int]:
    shown = node.css(css).css("::text").re_first(r"[\d.]+万?")
    count = told if told is not None else counts({"n": shown}, {"n": "n"}).get("n")
    return {} if count is None else {"replies": count}


def _is_advert(node: Selector) -> bool:
    return bool(
        node.css("[class*=advert], [class*=label_text], .ad_bottom_view")
    ) or "广告" in _joined(node, ".threadlist_lz")


def _joined(node: Selector, css: str) -> str:
    first = next(iter(node.css(css)), None)
    return node_words(first) if first is not None else ""


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found and found[1] != "0" else ""
