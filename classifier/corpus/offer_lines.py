"""Reading the offer lines of a block: words are found in the post and become spans."""

from __future__ import annotations

from dataclasses import replace

from archive.labels import ContactType, Goods, Input, Unit
from archive.records import Contact, Modifier, Offer, Price, Service, Span, Turnaround

_NONE = "-"
_UNPRICED = 2


def read_offer(lines: list[tuple[str, str]], *, title: str, text: str) -> Offer:
    """Give the offer that the lines state; raises ``ValueError`` where they misfit the post."""
    offer = Offer()
    for key, value in lines:
        parts = [part.strip() for part in value.split("|")]
        match key:
            case "service":
                services = (*offer.services, _service(parts, title, text))
                offer = replace(offer, services=services)
            case "modifier":
                offer = replace(offer, services=_modified(offer, parts, title, text))
            case "inputs":
                offer = replace(offer, inputs=tuple(Input(word) for word in value.split()))
            case "returns":
                offer = replace(offer, returns=(*offer.returns, value))
            case "time":
                offer = replace(offer, turnaround=_time(parts, title, text))
            case "contact":
                offer = replace(offer, contacts=(*offer.contacts, _contact(parts, title, text)))
            case "payment":
                offer = replace(offer, payment=(*offer.payment, value))
            case "escrow":
                offer = replace(offer, escrow=_escrow(parts))
            case _:
                raise ValueError(f"{key!r} is no line of a block")
    return offer


def _service(parts: list[str], title: str, text: str) -> Service:
    if len(parts) == _UNPRICED:
        parts = [parts[0], _NONE, _NONE, parts[1]]
    goods, amount, unit, words = _take(parts, 4, "service: goods | amount | unit | words")
    price = None if amount == _NONE else _price(amount, unit)
    span = find(words, title=title, text=text)
    return Service(goods=Goods(goods), price=price, source=span, confidence=1.0)


def _price(amount: str, unit: str) -> Price:
    number, _, currency = amount.partition(" ")
    return Price(
        amount=float(number),
        currency=currency or "CNY",
        unit=None if unit == _NONE else Unit(unit),
    )


def _modified(offer: Offer, parts: list[str], title: str, text: str) -> tuple[Service, ...]:
    condition, delta, words = _take(parts, 3, "modifier: condition | delta | words")
    find(words, title=title, text=text)
    if not offer.services:
        raise ValueError("a modifier stands below its service")
    last = offer.services[-1]
    modifier = Modifier(condition=condition, delta=float(delta))
    return (*offer.services[:-1], replace(last, modifiers=(*last.modifiers, modifier)))


def _time(parts: list[str], title: str, text: str) -> Turnaround:
    hours, words = _take(parts, 2, "time: minhours maxhours | words")
    find(words, title=title, text=text)
    low, _, high = hours.partition(" ")
    return Turnaround(min_hours=_hours(low), max_hours=_hours(high.strip() or low), words=words)


def _hours(word: str) -> float | None:
    return None if word == _NONE else float(word)


def _contact(parts: list[str], title: str, text: str) -> Contact:
    kind, value, words = _take(parts, 3, "contact: type | value | words")
    find(words, title=title, text=text)
    return Contact(type=ContactType(kind), value=value, raw=words)


def _escrow(parts: list[str]) -> bool:
    if parts[0] not in {"yes", "no"}:
        raise ValueError("escrow is yes or no")
    return parts[0] == "yes"


def find(words: str, *, title: str, text: str) -> Span:
    """Give where words stand; raises ``ValueError`` when they do not."""
    words = words.replace("\\n", "\n")
    for field, value in (("text", text), ("title", title)):
        if words and (at := value.find(words)) >= 0:
            return Span(field=field, start=at, end=at + len(words))
    raise ValueError(f"the words {words!r} do not stand in the post")


def _take(parts: list[str], number: int, form: str) -> list[str]:
    if len(parts) < number:
        raise ValueError(f"write {form}")
    return [*parts[: number - 1], "|".join(parts[number - 1 :])]
