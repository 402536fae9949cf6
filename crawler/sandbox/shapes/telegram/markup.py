"""The HTML of Telegram's web preview: channels, messages, landing pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from crawler.sandbox.shapes.cast import Cast, dice, edited, gone, words
from crawler.sandbox.shapes.telegram.channels import CREATED, Channel, Channels
from crawler.sandbox.world import Entry

_ME = "https://t.me"
_NAMED = re.compile(r"@([A-Za-z][A-Za-z0-9_]{4,31})")
_TAGGED = re.compile(r"#(\w+)")
_OPEN = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    '<div class="message_media_not_supported_label">Please open Telegram to view this post</div>'
    '<a href="{link}" class="message_media_view_in_telegram">VIEW IN TELEGRAM</a></div></div>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Writes messages as they stand at ``now``; pictures lie under ``base``."""

    cast: Cast
    channels: Channels
    now: datetime
    base: str

    def message(self, channel: Channel, number: int, entry: Entry) -> str:
        """Write one message in its frame."""
        link = f"{_ME}/{channel.name}/{number}"
        body = self._author(channel) + self._forward(entry) + self._photos(entry, link)
        body += '<div class="tgme_widget_message_text js-message_text" dir="auto">'
        body += f"{marked(words(entry, self.now))}</div>"
        if dice(entry.id, 5):
            body += _OPEN.format(link=link)
        return framed(channel.name, number, body + self._footer(entry, link))

    def _author(self, channel: Channel) -> str:
        return (
            '<div class="tgme_widget_message_author accent_color">'
            f'<a class="tgme_widget_message_owner_name" href="{_ME}/{channel.name}">'
            f'<span dir="auto">{escape(channel.title)}</span></a></div>'
        )

    def _forward(self, entry: Entry) -> str:
        if not entry.repost_of:
            return ""
        first = self.cast.entry(entry.repost_of)
        title = escape(self.channels.all[self.channels.of(first.author)].title)
        name = f'<span class="tgme_widget_message_forwarded_from_name">{title}</span>'
        if not gone(first, self.now):
            link = f"{_ME}/{self.channels.address(first)}"
            name = (
                f'<a class="tgme_widget_message_forwarded_from_name" href="{link}">'
                f'<span dir="auto">{title}</span></a>'
            )
        frame = '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
        return f"{frame}{name}</div>"

    def _photos(self, entry: Entry, link: str) -> str:
        return "".join(
            f'<a class="tgme_widget_message_photo_wrap" href="{link}" style="width:480px;'
            f"background-image:url('{self.base}/file/{picture.name}.jpg')\">"
            '<div class="tgme_widget_message_photo" style="padding-top:100%"></div></a>'
            for picture in entry.pictures
        )

    def _footer(self, entry: Entry, link: str) -> str:
        at = entry.posted_at.astimezone(UTC)
        signed = escape(self.cast.people[entry.author].name)
        return (
            '<div class="tgme_widget_message_footer compact js-message_footer">'
            '<div class="tgme_widget_message_info short js-message_info">'
            f'<span class="tgme_widget_message_views">{viewed(views(entry))}</span>'
            '<span class="copyonly"> views</span><span class="tgme_widget_message_meta">'
            f'<span class="tgme_widget_message_from_author" dir="auto">{signed}</span>,&nbsp;'
            f"{'edited &nbsp;' if edited(entry, self.now) else ''}"
            f'<a class="tgme_widget_message_date" href="{link}">'
            f'<time datetime="{at.isoformat()}" class="time">{at:%H:%M}</time>'
            "</a></span></div></div>"
        )


def framed(channel: str, number: int, body: str, kind: str = "text_not_supported_wrap") -> str:
    """Put a message's parts into its frame."""
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message {kind} js-widget_message" '
        f'data-post="{channel}/{number}"><div class="tgme_widget_message_bubble">'
        f"{body}</div></div></div>"
    )


def withheld(channel: str, number: int) -> str:
    """Write a message that the preview does not show: the notice stands where its text would."""
    return framed(channel, number, _OPEN.format(link=f"{_ME}/{channel}/{number}"))


def created(channel: Channel) -> str:
    """Write the service message that every channel begins with."""
    body = '<div class="tgme_widget_message_text js-message_text" dir="auto">Channel created</div>'
    return framed(channel.name, CREATED, body, "service_message")


def preview(channel: Channel, messages: list[str], *, older: str, newer: str, asked: str) -> str:
    """Write a page of a channel; ``older`` and ``newer`` are the links that go on."""
    nothing = (
        '<div class="tgme_widget_message_wrap"><div class="tme_no_messages_found">'
        "No posts found</div></div>"
    )
    head = (
        f"<title>{escape(channel.title)} – Telegram</title>"
        f'<meta property="og:title" content="{escape(channel.title)}">'
        f'<link rel="canonical" href="{escape(asked)}">'
    )
    info = (
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header">'
        f'<div class="tgme_channel_info_header_title"><span dir="auto">{escape(channel.title)}'
        '</span></div><div class="tgme_channel_info_header_username">'
        f'<a href="{_ME}/{channel.name}">@{channel.name}</a></div></div>'
        '<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter">'
        f'<span class="counter_value">{viewed(channel.subscribers)}</span> '
        '<span class="counter_type">subscribers</span></div></div>'
        f'<div class="tgme_channel_info_description">{marked(channel.description)}</div></div>'
    )
    body = "".join(messages) or nothing
    history = (
        f'<section class="tgme_channel_history js-message_history">{older}{body}{newer}</section>'
    )
    shown = f"<body>{info}<main>{history}</main></body>"
    return f"<!DOCTYPE html><html><head>{head}</head>{shown}</html>"


def more(channel: str, word: str, side: str, number: int) -> str:
    """Write the link to older or newer messages."""
    asked = f"q={quote(word)}&amp;" if word else ""
    return (
        '<div class="tgme_widget_message_centered js-messages_more_wrap">'
        f'<a href="/s/{channel}?{asked}{side}={number}" '
        f'class="tme_messages_more js-messages_more" data-{side}="{number}"></a></div>'
    )


def landing(name: str, title: str, extra: str, *, known: bool) -> str:
    """Write a landing page; of a name that nobody has only the address is known."""
    robots = "" if known else '<meta name="robots" content="noindex, nofollow">'
    told = f"Telegram: View @{name}" if known else f"Telegram: Contact @{name}"
    shown = f'<div class="tgme_page_title"><span dir="auto">{escape(title)}</span></div>'
    return (
        f"<!DOCTYPE html><html><head><title>{told}</title>{robots}</head><body>"
        f'<div class="tgme_page">{shown if known else ""}'
        f'<div class="tgme_page_extra">{extra}</div><div class="tgme_page_additional">'
        f"If you have <strong>Telegram</strong>, you can contact "
        f'<a class="tgme_username_link" href="tg://resolve?domain={name}">@{name}</a> right away.'
        "</div></div></body></html>"
    )


def marked(text: str) -> str:
    """Write a text as HTML: line breaks, names and tags as links."""
    told = escape(text, quote=False).replace("\n", "<br/>")
    told = _TAGGED.sub(lambda tag: f'<a href="?q=%23{quote(tag[1])}">#{tag[1]}</a>', told)
    return _NAMED.sub(rf'<a href="{_ME}/\1" target="_blank">@\1</a>', told)


def views(entry: Entry) -> int:
    """Give how often a message was seen."""
    return dice(f"{entry.id}views", 40_000)


def viewed(number: int) -> str:
    """Tell a count as Telegram does: ``401``, ``1.2K``."""
    return str(number) if number < 1000 else f"{number / 1000:.1f}".removesuffix(".0") + "K"
