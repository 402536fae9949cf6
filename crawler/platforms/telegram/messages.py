"""One message of a preview page as a post."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from parsel import Selector

from archive.labels import Kind
from archive.records import Account, Media, Post
from crawler.markup import node_words
from crawler.times import published
from crawler.trees import absolute

PLATFORM = "telegram"
_BACKGROUND = re.compile(r"background-image:\s*url\(\s*[\"']?([^\"')]+)")
_AMOUNT = re.compile(r"(\d[\d.,]*)([KMB万亿]?)", re.I)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000, "万": 10_000, "亿": 100_000_000}
_POST = re.compile(r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?([A-Za-z]\w{3,31})/(\d+)")
_NAME = re.compile(
    r"(?:(?:https?:)?//)?(?:t|telegram)\.(?:me|dog)/(?:s/)?([A-Za-z][A-Za-z0-9_]{3,31})(?=[/?#]|$)",
    re.I,
)
_RESERVED = frozenset(
    [
        "joinchat",
        "addstickers",
        "addemoji",
        "addlist",
        "share",
        "proxy",
        "socks",
        "login",
        "setlanguage",
        "boost",
        "giftcode",
    ]
)
_MEDIA = (
    ".tgme_widget_message_photo_wrap, .tgme_widget_message_video_player, "
    ".tgme_widget_message_roundvideo_player, .tgme_widget_message_document_wrap, "
    ".tgme_widget_message_voice_player, .tgme_widget_message_sticker_wrap, "
    ".tgme_widget_message_location_wrap, .tgme_widget_message_poll, .tgme_widget_message_contact, "
    ".tgme_widget_message_photo, .tgme_widget_message_video, .tgme_widget_message_sticker, "
    ".tgme_widget_message_service_photo"
)

_BESIDES = (
    ".tgme_widget_message_user, .tgme_widget_message_user *, .tgme_widget_message_reply *, "
    ".tgme_widget_message_link_preview *, .tgme_widget_message_text *"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message read: its post, or why there is none."""

    post: Post | None = None
    missing: str = ""
    withheld: bool = False
    service: bool = False
    links: tuple[str, ...] = ()


def message_of(node: Selector, *, at: datetime) -> Message:
    """Read one message; Telegram's own notices (created, pinned) are no posts."""
    name = node.attrib.get("data-post", "").strip()
    if "service_message" in node.attrib.get("class", "").split():
        return Message(service=True)
    name = name or _permalink(node)
    if not re.fullmatch(r"[^/\s]+/\d+", name):
        return Message(missing="data-post")
    body = _body(node)
    text = node_words(body) if body is not None else _beside(node)
    if not text and not node.css(_MEDIA):
        if node.css(".message_media_not_supported"):
            return Message(withheld=True)
        return Message(missing="tgme_widget_message_text")
    return Message(post=_post(node, name, text, at), links=tuple(_links(node, body, name)))


def _post(node: Selector, name: str, text: str, at: datetime) -> Post:
    origin = next(iter(node.css(".tgme_widget_message_forwarded_from")), None)
    source = _POST.match(_href(node, "a.tgme_widget_message_forwarded_from_name"))
    replied = _POST.match(_href(node, "a.tgme_widget_message_reply"))
    above = source or replied
    author = _author(node, name)
    grouped = _unquoted(node, ".tgme_widget_message_author_name")
    answer = Kind.COMMENT if replied and grouped else Kind.POST
    return Post(
        platform=PLATFORM,
        post_id=name,
        kind=Kind.REPOST if origin is not None else answer,
        url=f"https://t.me/{name}",
        text=text,
        author=author,
        parent=f"{PLATFORM}:{above[1]}/{above[2]}" if above else None,
        posted_at=_time(node, at),
        media=tuple(dict.fromkeys(_media(node))),
        metrics=_metrics(node),
    )


def _permalink(node: Selector) -> str:
    found = _POST.match(_href(node, "a.tgme_widget_message_date"))
    return f"{found[1]}/{found[2]}" if found else ""


def _href(node: Selector, css: str) -> str:
    first = next(iter(node.css(css)), None)
    return first.attrib.get("href", "") if first is not None else ""


def _body(node: Selector) -> Selector | None:
    """Give the text of the message itself, not of the one that it replies to."""
    found = _unquoted(node, ".js-message_text, .tgme_widget_message_text")
    found = [text for text in found if "js-message_reply_text" not in text.attrib.get("class", "")]
    best = [text for text in found if "js-message_text" in text.attrib.get("class", "")]
    return next(iter(best or found), None)


def _beside(node: Selector) -> str:
    """Give the words of a message without a text: a poll, a file, a contact, a place."""
    css = (
        ".tgme_widget_message_poll_question, .tgme_widget_message_poll_option_text, "
        ".tgme_widget_message_document_title, .tgme_widget_message_contact_name, "
        ".tgme_widget_message_contact_phone, .tgme_widget_message_location_title, "
        ".tgme_widget_message_location_address"
    )
    return "\n".join(words for part in node.css(css) if (words := node_words(part)))


def _author(node: Selector, name: str) -> Account | None:
    """Give the channel, or in a group the person: under their name where no address is shown."""
    channel = name.split("/")[0]
    person = next(iter(_unquoted(node, ".tgme_widget_message_author_name")), None)
    if person is not None and (called := node_words(person)):
        link = _NAME.match(person.attrib.get("href", ""))
        key = link[1] if link else f"{channel}#{called}"
        url = f"https://t.me/{link[1]}" if link else ""
        return Account(platform=PLATFORM, account_id=key, name=called, url=url)
    owner = next(iter(_unquoted(node, ".tgme_widget_message_owner_name")), None)
    called = node_words(owner) if owner is not None else ""
    url = f"https://t.me/{channel}"
    return Account(platform=PLATFORM, account_id=channel, name=called, url=url)


def _unquoted(node: Selector, css: str) -> list[Selector]:
    """Give what stands in the message itself, not in the one that it replies to."""
    quoted = {inside.root for inside in node.css(".tgme_widget_message_reply *")}
    return [found for found in node.css(css) if found.root not in quoted]


def _time(node: Selector, at: datetime) -> datetime | None:
    dated = node.css(".tgme_widget_message_date time, .tgme_widget_message_meta time")
    times = list(dated or node.css("time[datetime]"))
    return published(times[-1].attrib.get("datetime"), at=at) if times else None


def _media(node: Selector) -> Iterator[Media]:
    """Give pictures, films, sounds and files in their order; not the faces, quotes or previews."""
    besides = {inside.root for inside in node.css(_BESIDES)}
    for part in node.css("[class*=tgme_widget_message_], video, audio, img"):
        if part.root in besides:
            continue
        classes = part.attrib.get("class", "").split()
        if found := _medium(part, classes):
            yield found


def _medium(part: Selector, classes: list[str]) -> Media | None:
    kind, url = "image", ""
    if part.root.tag in ("video", "audio"):
        kind, url = part.root.tag, part.attrib.get("src", "")
    elif "tgme_widget_message_document_wrap" in classes:
        kind, url = "file", part.attrib.get("href", "")
    elif part.root.tag == "img" and "tgme_widget_message_service_photo" in classes:
        url = part.attrib.get("src", "")
    elif {
        "tgme_widget_message_photo_wrap",
        "tgme_widget_message_photo",
        "tgme_widget_message_video_thumb",
        "tgme_widget_message_roundvideo_thumb",
        "tgme_widget_message_sticker",
        "tgme_widget_message_location",
    } & set(classes):
        found = _BACKGROUND.search(part.attrib.get("style", ""))
        url = found[1] if found else part.attrib.get("data-webp", "") or part.attrib.get("src", "")
    url = absolute(url)
    return Media(url=url, kind=kind) if url else None


def _metrics(node: Selector) -> dict[str, int]:
    found = {"views": amount(node_words(next(iter(node.css(".tgme_widget_message_views")), "")))}
    reactions = [
        amount(node_words(part)) for part in node.css(".tgme_reaction:not(.tgme_reaction_paid)")
    ]
    if reactions:
        found["reactions"] = sum(count for count in reactions if count)
    meta = node_words(next(iter(node.css(".tgme_widget_message_meta")), ""))
    if re.search(r"\bedited\b|已编辑|изменено", meta):
        found["edited"] = 1
    return {name: count for name, count in found.items() if count is not None}


def amount(text: str) -> int | None:
    """Give a count as Telegram shortens it: 12.5M, 1.2K, 24 000."""
    bare = re.sub(r"[\s\u202f\xa0]", "", text)
    found = _AMOUNT.search(bare)
    if found is None:
        return None
    shown, factor = found[1], _FACTORS[found[2].lower()]
    shown = (
        shown.replace(",", "") if factor == 1 or shown.count(",") > 1 else shown.replace(",", ".")
    )
    try:
        return round(float(shown.rstrip(".")) * factor)
    except ValueError:
        return None


def _links(node: Selector, body: Selector | None, name: str) -> Iterator[str]:
    """Give the channels and people that a message points at, but its own channel."""
    css = "a.tgme_widget_message_forwarded_from_name, a.tgme_widget_message_inline_button"
    anchors = [*node.css(css), *(body.css("a") if body is not None else [])]
    own = name.split("/")[0].lower()
    named = names_in(anchor.attrib.get("href", "") for anchor in anchors)
    yield from (found for found in named if found.lower() != own)


def names_in(addresses: Iterable[str]) -> Iterator[str]:
    """Give the names of channels and people among addresses."""
    for url in addresses:
        found = _NAME.match(url)
        if found and found[1].lower() not in _RESERVED:
            yield found[1]
