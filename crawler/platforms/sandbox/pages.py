"""The sandbox's pages as they were recorded, read into posts: pure functions of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from parsel import Selector

from archive.labels import Extent, Kind, PageState
from archive.records import Account, Media, Post
from crawler.platforms.sandbox.signs import Sign, read_sign

PLATFORM = "sandbox"
_IP = re.compile(r"IP属地：(.+)")
_COMMENTS = re.compile(r"评论 (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPage:
    """What one answer holds.

    ``details`` are ids of posts whose own page has more than is seen here; ``following`` is the
    number of the next page.
    """

    sign: Sign
    extent: Extent = Extent.WHOLE
    posts: Sequence[Post] = ()
    accounts: Sequence[Account] = ()
    details: Sequence[str] = ()
    total: int | None = None
    following: str | None = None


def read_search_page(url: str, status: int, body: str, *, location: str = "") -> SandboxPage:
    """Read one page of search results."""
    page = Selector(body)
    sign = read_sign(status, location=location, page=page)
    if sign.state is not PageState.OK:
        return SandboxPage(sign=sign)
    promised = page.css("p.count i::text").get()
    if promised is None or not promised.isdecimal():
        return SandboxPage(sign=Sign(PageState.CHANGED_LAYOUT, "p.count is missing"))
    cards = page.css("article.card")
    posts = [_post(card, url) for card in cards if not card.css("p.text.cut")]
    following = page.css("a.next::attr(href)").get()
    return SandboxPage(
        sign=Sign(PageState.OK) if cards else Sign(PageState.EMPTY, "p.nothing"),
        extent=_extent(page, promised=int(promised), found=len(cards)),
        posts=posts,
        details=[link.rsplit("/", 1)[-1] for link in map(_detail, cards) if link],
        total=_number(page.css("p.count b::text").get()),
        following=dict(parse_qsl(urlsplit(following).query)).get("page") if following else None,
    )


def read_post_page(url: str, status: int, body: str, *, location: str = "") -> SandboxPage:
    """Read one post with its comments."""
    page = Selector(body)
    sign = read_sign(status, location=location, page=page)
    if sign.state is not PageState.OK:
        return SandboxPage(sign=sign)
    card = next(iter(page.css("article.card")), None)
    if card is None:
        return SandboxPage(sign=Sign(PageState.CHANGED_LAYOUT, "article.card is missing"))
    post = _post(card, url)
    comments = [_comment(node, url, post) for node in page.css("div.comment")]
    said = post.metrics.get("comments", 0)
    extent = Extent.TRUNCATED if said > len(comments) else Extent.WHOLE
    return SandboxPage(sign=sign, extent=extent, posts=[post, *comments])


def read_user_page(url: str, status: int, body: str, *, location: str = "") -> SandboxPage:
    """Read an account."""
    page = Selector(body)
    sign = read_sign(status, location=location, page=page)
    if sign.state is not PageState.OK:
        return SandboxPage(sign=sign)
    name = next(iter(page.css("h1.name[data-id]")), None)
    if name is None:
        return SandboxPage(sign=Sign(PageState.CHANGED_LAYOUT, "h1.name is missing"))
    account = Account(
        platform=PLATFORM,
        account_id=name.attrib["data-id"],
        name=name.css("::text").get(""),
        url=url,
        ip_location=_after_colon(page.css("p.ip::text").get("")),
        followers=_number(page.css("p.followers b::text").get()),
    )
    return SandboxPage(sign=sign, accounts=[account])


def read_feed(url: str, status: int, answer: Any) -> SandboxPage:
    """Read one answer of the feed's JSON interface."""
    if status != 200:
        return SandboxPage(sign=read_sign(status))
    if not isinstance(answer, dict) or not isinstance(answer.get("items"), list):
        return SandboxPage(sign=Sign(PageState.CHANGED_LAYOUT, "items is missing"))
    try:
        posts = [_feed_post(item, url) for item in answer["items"]]
    except (KeyError, TypeError) as error:
        return SandboxPage(sign=Sign(PageState.CHANGED_LAYOUT, f"an item's {error} is missing"))
    return SandboxPage(sign=Sign(PageState.OK if posts else PageState.EMPTY), posts=posts)


def _extent(page: Selector, *, promised: int, found: int) -> Extent:
    if found < promised:
        return Extent.TRUNCATED
    return Extent.CAPPED if page.css("p.cap") else Extent.WHOLE


def _detail(card: Selector) -> str | None:
    """Give the address of a post's own page where it has a longer text or comments."""
    cut = card.css("p.text a.full::attr(href)").get()
    return cut or (card.css("a.comments::attr(href)").get() if _comments(card) else None)


def _comments(card: Selector) -> int:
    found = _COMMENTS.search(card.css("a.comments::text").get(""))
    return int(found[1]) if found else 0


def _post(card: Selector, url: str) -> Post:
    name = card.attrib["data-id"]
    above = card.css("a.repost::attr(href)").get()
    ip = _ip(card)
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.REPOST if above else Kind.POST,
        url=urljoin(url, f"/post/{name}"),
        text=card.css("p.text::text").get(""),
        author=_author(card, url, ip),
        parent=f"{PLATFORM}:{above.rsplit('/', 1)[-1]}" if above else None,
        posted_at=datetime.fromisoformat(card.attrib["data-time"]).astimezone(UTC),
        ip_location=ip,
        media=tuple(Media(url=urljoin(url, src)) for src in card.css("img::attr(src)").getall()),
        metrics={"comments": _comments(card)},
    )


def _comment(node: Selector, url: str, post: Post) -> Post:
    ip = _ip(node)
    return Post(
        platform=PLATFORM,
        post_id=node.attrib["data-id"],
        kind=Kind.COMMENT,
        url=post.url,
        text=node.css("p.text::text").get(""),
        author=_author(node, url, ip),
        parent=post.key,
        posted_at=datetime.fromisoformat(node.attrib["data-time"]).astimezone(UTC),
        ip_location=ip,
    )


def _author(node: Selector, url: str, ip: str | None) -> Account:
    link = node.css("a.author")[0]
    return Account(
        platform=PLATFORM,
        account_id=link.attrib["data-author-id"],
        name=link.css("::text").get(""),
        url=urljoin(url, link.attrib["href"]),
        ip_location=ip,
    )


def _ip(node: Selector) -> str | None:
    return _after_colon(node.css("span.ip::text").get(""))


def _after_colon(text: str) -> str | None:
    found = _IP.search(text)
    return found[1] if found else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _feed_post(item: dict[str, Any], url: str) -> Post:
    author = Account(
        platform=PLATFORM,
        account_id=item["author"]["id"],
        name=item["author"]["name"],
        url=urljoin(url, f"/user/{item['author']['id']}"),
        ip_location=item["ip"],
    )
    return Post(
        platform=PLATFORM,
        post_id=item["id"],
        url=urljoin(url, f"/post/{item['id']}"),
        text=item["text"],
        author=author,
        posted_at=datetime.fromtimestamp(item["time"] / 1000, UTC),
        ip_location=item["ip"],
        media=tuple(Media(url=urljoin(url, path)) for path in item["pictures"]),
    )
