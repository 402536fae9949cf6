"""Contacts that a post states, normalised."""

from __future__ import annotations

import re

from archive.labels import ContactType
from archive.records import Contact
from archive.text import fold

_HANDLE = (
    r"[\s:：号是加→>\-]{0,4}"
    r"(?P<value>[a-z][a-z0-9_\-]{4,30}|[0-9〇零oO][0-9〇零oO\s\-]{4,14}[0-9〇零oO])"
)
_NUMBER = re.compile(r"[〇零]")
_PATTERNS = (
    (ContactType.EMAIL, re.compile(r"(?P<value>[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z]{2,})+)")),
    (ContactType.TELEGRAM, re.compile(r"t\.me/(?P<value>\+?[a-z0-9_]{4,32})")),
    (ContactType.URL, re.compile(r"(?P<value>https?://(?!t\.me/)[^\s一-鿿]+)")),
    (
        ContactType.WECHAT,
        re.compile(rf"(?:微信|威信|薇信|维信|v信|v❤|vx|wx|wechat|薇|徽){_HANDLE}"),
    ),
    (
        ContactType.QQ,
        re.compile(r"(?:qq|扣扣|企鹅|秋秋)[\s:：号是加]{0,4}(?P<value>[1-9][0-9]{4,11})"),
    ),
    (
        ContactType.TELEGRAM,
        re.compile(
            r"(?:telegram|tg|电报|纸飞机|飞机)[\s:：号是加]{0,4}@?(?P<value>[a-z][a-z0-9_]{4,31})"
        ),
    ),
    (ContactType.BATCHAT, re.compile(r"(?:蝙蝠|batchat)[\s:：号]{0,4}(?P<value>[a-z0-9_]{5,20})")),
    (ContactType.POTATO, re.compile(r"(?:土豆|potato)[\s:：号]{0,4}(?P<value>[a-z0-9_]{5,20})")),
    (
        ContactType.TELEGRAM,
        re.compile(r"(?<![a-z0-9_.])@(?P<value>[a-z][a-z0-9_]{4,31})\b(?!\.[a-z])"),
    ),
    (
        ContactType.PHONE,
        re.compile(
            r"(?:电话|手机|致电|热线|联系)[\s:：号]{0,3}(?P<value>1[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4})"
        ),
    ),
    (
        ContactType.DM,
        re.compile(r"(?P<value>私信|私聊|私我|看主页|主页有|见主页|看图|滴滴我|dd我)"),
    ),
    (ContactType.QR, re.compile(r"(?P<value>扫码|二维码)")),
)


def contacts(text: str) -> tuple[Contact, ...]:
    """Give each contact once, in the order of the post."""
    folded = fold(text)
    found: dict[tuple[ContactType, str], tuple[int, Contact]] = {}
    taken: list[tuple[int, int]] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(folded.text):
            span = match.span("value")
            if any(start < span[1] and span[0] < end for start, end in taken):
                continue
            taken.append(span)
            start, end = folded.span(*match.span())
            contact = Contact(type=kind, value=_value(kind, match["value"]), raw=text[start:end])
            found.setdefault((kind, contact.value), (start, contact))
    return tuple(contact for _, contact in sorted(found.values(), key=lambda pair: pair[0]))


def _value(kind: ContactType, value: str) -> str:
    if kind in {ContactType.WECHAT, ContactType.QQ, ContactType.PHONE}:
        digits = _NUMBER.sub("0", re.sub(r"[\s\-]", "", value))
        return digits if digits.isdecimal() else value
    return value
