"""Telegram's preview pages as they were recorded, read into posts and channels: pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from parsel import Selector

from archive.labels import Extent, PageState
from archive.records import Account, Post
from crawler.answers import Answer
from crawler.bodies import BrokenJson, cut_of, json_of, text_of
from crawler.markup import node_words, page_of
from crawler.platforms.page import Gleanings, Page, Sign, of_page, settle, with_cut
from crawler.platforms.telegram.messages import PLATFORM, Message, amount, message_of, names_in
from crawler.platforms.telegram.signs import page_sign, status_sign

_FULL = 20  # messages on a page; a search that stops at a full page is cut by the preview
# what is left of messages where their own class has another name
_TRACES = "[data-post], .tgme_widget_message_wrap, .tgme_channel_history time"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


def read(answer: Answer) -> Page:
    """Read a page of t.me; the further pages that its script asks for are JSON around HTML."""
    text = text_of(answer)
    try:
        value = json_of(text)
    except BrokenJson as error:
        sign = status_sign(answer) or Sign(PageState.ERROR, str(error))
        return Page(sign=sign, extent=Extent.TRUNCATED)
    except ValueError:
        return with_cut(_read_page(answer, text), cut_of(answer, text))
    return _read_page(answer, value if isinstance(value, str) else _html_in(value))


def _html_in(value: object) -> str:
    texts = value.values() if isinstance(value, dict) else ()
    return next((text for text in texts if isinstance(text, str) and "tgme_" in text), "")


def _read_page(answer: Answer, text: str) -> Page:
    page = page_of(text)
    if post := _from_meta(page):
        return post
    messages = list(_messages(page, answer))
    links = [name for message in messages for name in message.links]
    links += names_in(page.css(".tgme_channel_info_description a::attr(href)").getall())
    channel = _channel(page, answer, [message.post for message in messages if message.post])
    withheld = sum(message.withheld for message in messages)
    missed = tuple(message.missing for message in messages if message.missing)
    lost = not messages and page.css(_TRACES) and not page.css(".tme_no_messages_found")
    missed = ("tgme_widget_message",) if lost else missed
    found = Gleanings(
        posts=tuple(message.post for message in messages if message.post),
        accounts=(channel,) if channel else (),
        missed=missed,
        listed=bool(page.css(".tgme_channel_history")),
        capped=_cap(page, answer, len(messages)),
        withheld=f"{withheld} posts are withheld by the preview" if withheld else "",
        following=_following(page, answer),
        links=tuple(
            name for name in links if channel is None or name.lower() != channel.account_id.lower()
        ),
    )
    sign = of_page(page_sign(page, answer, text), status_sign(answer))
    return _settled(
        found, sign, channel=channel, services=any(message.service for message in messages)
    )


def _settled(
    found: Gleanings, sign: Sign | None, *, channel: Account | None, services: bool
) -> Page:
    """Settle a page by its posts; the head of a channel without any is kept."""
    lacking = "tgme_widget_message_wrap"
    if found.posts or (channel and sign is None and not found.listed and not found.missed):
        return settle(found, sign=sign, lacking="tgme_widget_message")
    bare = Gleanings(missed=found.missed, withheld=found.withheld, listed=found.listed or services)
    if services and sign is None and not found.missed:
        sign = Sign(PageState.EMPTY, "notices of Telegram only")
    page = settle(bare, sign=sign, lacking="tgme_channel_history" if channel else lacking)
    return Page(sign=page.sign, extent=page.extent, accounts=found.accounts)


def _messages(page: Selector, answer: Answer) -> Iterator[Message]:
    for node in page.css(".tgme_widget_message"):
        classes = node.attrib.get("class", "").split()
        if "tgme_widget_message" not in classes or "err_message" in classes:
            continue
        yield message_of(node, at=answer.fetched_at)


def _channel(page: Selector, answer: Answer, posts: list[Post]) -> Account | None:
    """Read the head of a channel, or a landing page."""
    head = next(iter(page.css(".tgme_channel_info")), None)
    landing = next(iter(page.css(".tgme_page")), None)
    if head is not None:
        return _from_head(head, answer, posts)
    if landing is None or page.css(".tgme_channel_history"):
        return None
    return _from_landing(landing, page, answer)


def _from_head(head: Selector, answer: Answer, posts: list[Post]) -> Account | None:
    title = _title(head, ".tgme_channel_info_header_title")
    name = node_words(next(iter(head.css(".tgme_channel_info_header_username")), "")).lstrip("@")
    name = (posts[0].post_id.split("/")[0] if posts else "") or name or _named(answer)
    if not name:
        return None
    followers = None
    for counter in head.css(".tgme_channel_info_counter"):
        kind = node_words(next(iter(counter.css(".counter_type")), ""))
        if re.match("subscriber|member|订阅|訂閱|成员", kind, re.I):
            followers = amount(node_words(next(iter(counter.css(".counter_value")), "")))
    about = next(iter(head.css(".tgme_channel_info_description")), "")
    return Account(
        platform=PLATFORM,
        account_id=name,
        name=title,
        bio=node_words(about),
        url=f"https://t.me/{name}",
        followers=followers,
    )


def _from_landing(landing: Selector, page: Selector, answer: Answer) -> Account | None:
    title = _title(landing, ".tgme_page_title")
    extra = [node_words(node) for node in landing.css(".tgme_page_extra")]
    handle = next((text.lstrip("@") for text in extra if _NAME.fullmatch(text.lstrip("@"))), "")
    link = page.css(
        ".tgme_page_context_link::attr(href), .tgme_action_button_new::attr(href)"
    ).getall()
    pointed = next(
        (
            found[1]
            for url in link
            if (found := re.search(r"(?:/s/|domain=)([A-Za-z]\w{3,31})", url))
        ),
        "",
    )
    titled = re.search(r"@([A-Za-z]\w{3,31})", page.css("title::text").get(""))
    name = handle or pointed or (titled[1] if titled else "") or _named(answer)
    if not title or not name:
        return None
    counted = next((text for text in extra if re.search("subscriber|member", text, re.I)), "")
    return Account(
        platform=PLATFORM,
        account_id=name,
        name=title,
        bio=node_words(next(iter(landing.css(".tgme_page_description")), "")),
        url=f"https://t.me/{name}",
        followers=amount(re.split("subscriber|member", counted, flags=re.I)[0])
        if counted
        else None,
    )


def _title(node: Selector, css: str) -> str:
    first = next(iter(node.css(css)), None)
    return node_words(first, without="verified-icon") if first is not None else ""


def _from_meta(page: Selector) -> Page | None:
    """Read the page of one post: its words stand in the head, the rest is fetched by a script."""
    name = page.css("script[data-telegram-post]::attr(data-telegram-post)").get("")
    text = page.css("meta[property='og:description']::attr(content)").get("").strip()
    if not page.css(".tgme_page_post") or not re.fullmatch(r"[^/\s]+/\d+", name) or not text:
        return None
    channel = name.split("/")[0]
    called = page.css("meta[property='og:title']::attr(content)").get("")
    url = f"https://t.me/{channel}"
    author = Account(platform=PLATFORM, account_id=channel, name=called, url=url)
    post = Post(
        platform=PLATFORM, post_id=name, url=f"https://t.me/{name}", text=text, author=author
    )
    sign = Sign(PageState.OK, "the page tells a post in its head only: ask with ?embed=1")
    return Page(sign=sign, extent=Extent.TRUNCATED, posts=(post,))


def _named(answer: Answer) -> str:
    parts = [part for part in answer.path.split("/") if part and part != "s"]
    return parts[0] if parts and (_NAME.fullmatch(parts[0]) or parts[0].startswith("+")) else ""


def _following(page: Selector, answer: Answer) -> str | None:
    """Give the address of older posts."""
    for css in ("a.tme_messages_more[data-before]", "link[rel=prev]"):
        if link := page.css(css).attrib.get("href"):
            return urljoin(answer.url or "https://t.me/", link)
    return None


def _cap(page: Selector, answer: Answer, shown: int) -> str:
    canonical = page.css("link[rel=canonical]::attr(href)").get("")
    searched = "q" in answer.asked or "q=" in urlsplit(canonical).query
    searched = searched or bool(page.css("input.js-header_search").attrib.get("value"))
    turned = "before" in answer.asked
    if searched and (shown >= _FULL or turned) and not _following(page, answer):
        return "a search in a channel ends after its first full page, whatever there is"
    return ""
