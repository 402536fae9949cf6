"""What a post shows that another account may show too: handles, marks of payment, names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from archive.labels import ContactType
from archive.records import Account, Contact, Offer, Post
from archive.text import Folded, fold

CONTACT, PAYMENT, TEXT, PICTURE = "contact", "payment", "text", "picture"
NAME, STEM, ESCROW = "name", "stem", "escrow"
STRONG = frozenset({CONTACT, PAYMENT})
WEAK = frozenset({TEXT, PICTURE, NAME})
_NO_HANDLE = {ContactType.DM, ContactType.QR}
_BETWEEN = re.compile(r"担保|中介|公群|验资|押金|仲裁")
_BOT = re.compile(r"bot$")
# base58check of TRON begins with T, 34 signs; Ethereum: 0x and 40 hex digits; Bitcoin's bech32
_WALLET = re.compile(
    r"(?<![0-9a-z])(?:t[1-9a-z]{33}|0x[0-9a-f]{40}|bc1[0-9ac-hj-np-z]{25,62})(?![0-9a-z])"
)
_ALIPAY = re.compile(
    r"支付宝(?:账号|账户|收款|号|转)?[\s:：]{0,3}"
    r"(?P<value>[a-z0-9._\-]{3,40}@[a-z0-9\-]+(?:\.[a-z]{2,})+|1[3-9]\d{9})"
)
# words that an account born again puts to its old name
_AGAIN = re.compile(r"(?:备用号?|新号|小号|回来了|二号|2号|重开|新$|^新)|[_\-\s]?\d+$|[_\-\s.]")
_SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """A key as a field of a post shows it."""

    kind: str
    value: str
    field: str
    start: int
    end: int


def member_of(post: Post) -> str:
    """Name who wrote a post: the account, or the post itself where no author is known."""
    author = post.author
    return f"{author.platform}:{author.account_id}"[:384] if author else f"post/{post.key}"[:384]


def handles(post: Post, offer: Offer | None) -> list[Shown]:
    """Give contacts, escrow services and marks of payment, each once, where they stand."""
    found: dict[tuple[str, str], Shown] = {}
    for field, text in (("title", post.title), ("text", post.text)):
        folded = fold(text)
        shown = [*_contacts(offer, text, folded, field), *_payments(folded, field)]
        for one in shown:
            found.setdefault((one.kind, one.value), one)
    return list(found.values())


def names(author: Account | None) -> Iterator[Shown]:
    """Give an account's name, and its stem, under which it may be born again."""
    if author is None or not author.name:
        return
    name = "".join(char for char in fold(author.name).text if char.isalnum())
    stem = _AGAIN.sub("", _AGAIN.sub("", fold(author.name).text)).replace("\0", "")
    if len(name) > _SHORTEST_NAME:
        yield Shown(NAME, name[:256], "author", 0, len(author.name))
    if len(stem) >= _SHORTEST_NAME:
        yield Shown(STEM, f"{author.platform}:{stem}"[:256], "author", 0, len(author.name))


def bare(text: str, shown: list[Shown], field: str) -> str:
    """Give the letters and digits of a text without the handles in it, folded."""
    kept = list(text)
    for one in shown:
        if one.field == field:
            kept[one.start : one.end] = "\n" * (one.end - one.start)
    return "".join(char for char in fold("".join(kept)).text if char.isalnum())


def _contacts(offer: Offer | None, text: str, folded: Folded, field: str) -> Iterator[Shown]:
    for contact in offer.contacts if offer else ():
        start = text.find(contact.raw) if contact.raw else -1
        if start < 0 or contact.type in _NO_HANDLE:
            continue
        end = start + len(contact.raw)
        kind = ESCROW if _is_escrow(contact, text, start) else CONTACT
        yield Shown(kind, _value(contact), field, start, end)


def _value(contact: Contact) -> str:
    value = f"{contact.type}:{fold(contact.value).text}".replace("\0", "")
    return value if len(value) <= 256 else hashlib.sha256(value.encode()).hexdigest()


def _is_escrow(contact: Contact, text: str, start: int) -> bool:
    """Say whether the handle is of one who stands between buyers and sellers."""
    before = fold(text[max(0, start - 6) : start]).text
    after = fold(text[start + len(contact.raw) : start + len(contact.raw) + 6]).text
    between = _BETWEEN.search(before) or re.match(r"\s*(?:做|当)?(?:担保|中介)", after)
    return bool(between) or bool(_BOT.search(fold(contact.value).text))


def _payments(folded: Folded, field: str) -> Iterator[Shown]:
    for match in _WALLET.finditer(folded.text):
        yield Shown(PAYMENT, match[0], field, *folded.span(*match.span()))
    for match in _ALIPAY.finditer(folded.text):
        value = f"alipay:{match['value']}"
        yield Shown(PAYMENT, value, field, *folded.span(*match.span("value")))
