"""The search page of s.weibo.com, as fetched or as a browser saved it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.answers import Answer
from crawler.imports.fields import counts
from crawler.markup import node_words
from crawler.platforms.page import Gleanings
from crawler.platforms.weibo.numbers import mid_of
from crawler.platforms.weibo.statuses import PLATFORM
from crawler.times import published
from crawler.trees import media

_MOST_PAGES = 50  # the pager of the search page ends there, whatever there is
_UNFOLD = re.compile(r"\s*(?:收起|展开)(?:全文)?[cd]?\s*$")
_ICONS = re.compile("[\ue000-\uf8ff]")
_NUMBER = re.compile(r"[\d.]+\s*[万亿]?\+?")
_OWNER = re.compile(r"(?:weibo\.com|^)/+(?:u/)?(\d{1,12})\b")
_CARD = re.compile(r"(?:^|&)id=(\d{1,12})")
_SIZE = re.compile(r"(//[^/]*sinaimg\.cn)/[^/]+/")
_FULL = "[node-type=feed_list_content_full]"
_SHORT = "[node-type=feed_list_content], p.txt"


@dataclass(frozen=True, slots=True)
class _Entry:
    post: Post
    cut: bool


def glean_search(page: Selector, answer: Answer) -> Gleanings:
    """Read the cards of a search page, the reposted posts within them too.

    Where nothing was found, cards that have nothing to do with the words may follow: they are left.
    """
    if page.css(".card-no-result"):
        return Gleanings(listed=True)
    entries: list[_Entry] = []
    missed: list[str] = []
    cards = 0
    for card in page.css("div.card-wrap, [action-type=feed_list_item]"):
        if not card.css(".card-feed, [action-type=feed_list_item]") and not card.attrib.get("mid"):
            continue
        cards += 1
        lacking = _lacking(card)
        if lacking:
            missed.append(lacking)
            continue
        entries.extend(_entries(card, answer.fetched_at))
    pages = len(page.css("ul.s-scroll li"))
    following = page.css("a.next::attr(href)").get()
    told = "" if pages < _MOST_PAGES else f"the search shows {pages} pages and no more"
    return Gleanings(
        posts=tuple(entry.post for entry in entries),
        missed=tuple(missed),
        entries=cards,
        cut=tuple(entry.post.post_id for entry in entries if entry.cut),
        capped=told,
        following=urljoin("https://s.weibo.com/", following) if following else None,
    )


def _lacking(card: Selector) -> str:
    if not _card_id(card):
        return "mid"
    return "" if card.css(f"{_FULL}, {_SHORT}") else "p.txt"


def _card_id(card: Selector) -> str:
    name = card.attrib.get("mid", "").strip()
    if name.isdecimal():
        return name
    for link in card.css(".from a::attr(href)").getall():
        if found := mid_of(urlsplit(link).path.rsplit("/", 1)[-1]):
            return found
    return ""


def _entries(card: Selector, at: datetime) -> Iterator[_Entry]:
    above = next(iter(card.css(".card-comment, [node-type=feed_list_forwardContent]")), None)
    origin = _origin(above, at) if above is not None else None
    text, cut = _text(card, within=above)
    name = _card_id(card)
    account = _author(card, within=above)
    parent = origin.post.post_id if origin else _origin_id(above)
    yield _Entry(
        Post(
            platform=PLATFORM,
            post_id=name,
            kind=Kind.REPOST if above is not None else Kind.POST,
            url=_address(card, name, within=above),
            text=text,
            author=account,
            parent=f"{PLATFORM}:{parent}" if parent else None,
            posted_at=_time(card, at, within=above),
            ip_location=None,
            media=() if above is not None else _media(card),
            metrics=_metrics(card, within=above),
        ),
        cut,
    )
    if origin:
        yield origin


def _origin(above: Selector, at: datetime) -> _Entry | None:
    """Read a reposted post; one that was deleted has neither number nor author."""
    name, account = _origin_id(above), _author(above)
    if not name or account is None or not above.css(f"{_FULL}, {_SHORT}"):
        return None
    text, cut = _text(above)
    outer = above.xpath("ancestor::*[contains(@class, 'card-feed')][1]")
    post = Post(
        platform=PLATFORM,
        post_id=name,
        url=_address(above, name),
        text=text,
        author=account,
        posted_at=_time(above, at),
        media=_media(above) or (_media(outer[0]) if outer else ()),
        metrics=_metrics(above),
    )
    return _Entry(post, cut)


def _origin_id(above: Selector | None) -> str:
    if above is None:
        return ""
    for data in above.css("[action-data]::attr(action-data)").getall():
        if found := re.search(r"(?:^|&)mid=(\d+)", data):
            return found[1]
    for link in above.css(".from a::attr(href)").getall():
        if name := mid_of(urlsplit(link).path.rsplit("/", 1)[-1]):
            return name
    return ""


def _own(card: Selector, css: str, within: Selector | None) -> list[Selector]:
    """Give what a card holds by itself, without what stands in the post that it reposts."""
    found = list(card.css(css))
    if within is None:
        return found
    inside = {node.root for node in within.css(css)}
    return [node for node in found if node.root not in inside]


def _text(card: Selector, *, within: Selector | None = None) -> tuple[str, bool]:
    full, short = _own(card, _FULL, within), _own(card, _SHORT, within)
    unfold = _own(card, "a[action-type=fl_unfold]", within)
    node = (full or short)[0] if full or short else None
    text = node_words(node, without="wbicon") if node is not None else ""
    text = _UNFOLD.sub("", text) if unfold or full else text
    return _ICONS.sub("", text).strip(" \u200b\n"), bool(unfold) and not full


def _author(card: Selector, *, within: Selector | None = None) -> Account | None:
    for link in _own(card, "a.name, a[nick-name]", within):
        owner = _OWNER.search(link.attrib.get("href", "")) or _CARD.search(
            link.attrib.get("usercard", "")
        )
        if owner:
            called = link.attrib.get("nick-name") or node_words(link).removeprefix("@")
            name = owner[1]
            url = f"https://weibo.com/u/{name}"
            return Account(platform=PLATFORM, account_id=name, name=called.strip(), url=url)
    return None


def _from(card: Selector, within: Selector | None) -> Selector | None:
    return next(iter(_own(card, ".from a", within)), None)


def _time(card: Selector, at: datetime, *, within: Selector | None = None) -> datetime | None:
    link = _from(card, within)
    if link is None:
        return None
    return published(node_words(link), at=at) or published(link.attrib.get("title"), at=at)


def _address(card: Selector, name: str, *, within: Selector | None = None) -> str:
    link = _from(card, within)
    parts = (
        urlsplit(urljoin("https://weibo.com/", link.attrib.get("href", "")))
        if link is not None
        else None
    )
    if parts is not None and parts.netloc.endswith("weibo.com") and parts.path.count("/") == 2:
        return f"https://weibo.com{parts.path}"
    return f"https://m.weibo.cn/detail/{name}"


def _media(card: Selector) -> tuple[Media, ...]:
    pictures = [
        _picture(image)
        for image in card.css(
            ".media-piclist img, [action-type=fl_pics] img, img[action-type=fl_pics]"
        )
    ]
    found = re.findall(r"src\s*:\s*'([^']+)'", " ".join(card.css("video-player").getall()))
    streams = [url.replace("&amp;", "&") for url in found]
    streams += card.css("video::attr(src)").getall()
    return (*media(pictures), *media(streams[:1], "video"))


def _picture(image: Selector) -> str:
    """Give the large picture; a saver's local file keeps the picture's name."""
    source = image.attrib.get("src", "").strip()
    if source.startswith(("http", "//")) and "sinaimg" in source:
        return _SIZE.sub(r"\1/large/", source, count=1)
    if source.startswith(("http", "//")):
        return source
    name = re.search(r"([0-9A-Za-z]{20,40})\.(?:jpe?g|png|gif|webp)$", source.split("?")[0])
    return f"https://wx1.sinaimg.cn/large/{name[1]}.jpg" if name else ""


def _metrics(card: Selector, *, within: Selector | None = None) -> dict[str, int]:
    """Read the counts below a post; a bare label says zero."""
    found = {
        "reposts": "[action-type=feed_list_forward]",
        "comments": "[action-type=feed_list_comment]",
        "likes": "[action-type=feed_list_like]",
    }
    nodes = {ours: next(iter(_own(card, css, within)), None) for ours, css in found.items()}
    if within is None:  # a reposted post marks its likes only; its places tell the others
        places = list(card.css("ul.act li"))[-3:]
        by_place = dict(zip(found, places, strict=False)) if len(places) == 3 else {}
        nodes = {ours: node or by_place.get(ours) for ours, node in nodes.items()}
    return {ours: _count(node_words(node)) for ours, node in nodes.items() if node is not None}


def _count(text: str) -> int:
    found = _NUMBER.search(text)
    return counts({"n": found[0]}, {"n": "n"}).get("n", 0) if found else 0
