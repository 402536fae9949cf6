"""The fields of a query and how their values are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from archive.errors import QueryError
from archive.labels import Goods, Intent
from archive.query.days import during
from archive.query.lexing import Piece
from archive.query.tree import Between, During, Is, Node
from archive.text import folded

ALIASES = {
    "联系": "contact",
    "联系方式": "contact",
    "账号": "account",
    "帐号": "account",
    "商品": "goods",
    "平台": "platform",
    "意图": "intent",
    "价格": "price",
    "属地": "ip",
    "风险": "risk",
    "日期": "date",
}
_CHINESE = {
    "病历": Goods.MEDICAL_RECORD,
    "医保": Goods.MEDICAL_INSURANCE,
    "社保": Goods.SOCIAL_SECURITY,
    "孕产": Goods.MATERNITY,
    "户籍": Goods.HOUSEHOLD_ID,
    "开房": Goods.HOTEL_STAY,
    "出行": Goods.TRAVEL,
    "定位": Goods.LOCATION,
    "流水": Goods.BANK,
    "银行": Goods.BANK,
    "征信": Goods.CREDIT,
    "机主": Goods.TELECOM,
    "话单": Goods.TELECOM,
    "聊天": Goods.COMMUNICATIONS,
    "婚姻": Goods.MARRIAGE,
    "学历": Goods.EDUCATION,
    "车辆": Goods.VEHICLE,
    "快递": Goods.EXPRESS_DELIVERY,
    "房产": Goods.PROPERTY,
    "案底": Goods.JUDICIAL,
    "社交账号": Goods.SOCIAL_ACCOUNT,
    "社工库": Goods.DOXXING_BUNDLE,
    "名单": Goods.CUSTOMER_LEADS,
    "学生": Goods.MINORS_SCHOOL,
}
_NUMBER = re.compile(r"(?:\d{1,12}(?:\.\d{1,20})?(?:e[+-]?\d{1,2})?|\.\d{1,20})")
_LIMIT = re.compile(r"(?P<sign>>=|<=|>|<|=)?(?P<number>.+)")
_WANTS_VALUE = "Write a value behind {}: right after the colon."


def leaf(piece: Piece, query: str) -> Node:
    """Give what a field asks; raises ``QueryError`` where field or value are not known."""
    name = field_of(piece.name)
    if name is None:
        close = get_close_matches(piece.name.casefold(), sorted(_READERS), n=1, cutoff=0.4)
        hint = f" Did you mean {close[0]}?" if close else ""
        if piece.name.casefold() in ("title", "text"):
            hint = " A word is searched in title and text alike: write it alone."
        raise QueryError(
            f"There is no field {piece.name}:.{hint} Fields are {', '.join(_READERS)}; put a word "
            "that holds a colon into quotation marks.",
            query,
            piece.at,
        )
    if not piece.text.strip():
        raise QueryError(_WANTS_VALUE.format(piece.name), query, piece.at)
    if piece.begins and name not in ("contact", "account"):
        raise QueryError(f"A star stands behind contact: and account: only, not behind {name}:.",
                         query, piece.at)  # fmt: skip
    return _READERS[name](name, piece, query)


def field_of(name: str) -> str | None:
    """Give the field of a name in English or Chinese."""
    folded_name = name.casefold()
    return folded_name if folded_name in _READERS else ALIASES.get(name)


def _value(name: str, piece: Piece, query: str) -> Node:
    value = folded(piece.text).strip()
    if not value or (value == "*" and not piece.quoted):
        raise QueryError(_WANTS_VALUE.format(piece.name), query, piece.at)
    if name == "contact":
        value = value.removeprefix("@")
        if not value:
            raise QueryError(_WANTS_VALUE.format(piece.name), query, piece.at)
    return Is(name, value, piece.begins)


def _goods(name: str, piece: Piece, query: str) -> Node:
    known = {str(label): label for label in Goods} | _CHINESE
    return _label(name, known, piece, query)


def _intent(name: str, piece: Piece, query: str) -> Node:
    return _label(name, {str(label): label for label in Intent}, piece, query)


def _label(
    name: str, known: dict[str, Goods] | dict[str, Intent], piece: Piece, query: str
) -> Node:
    label = known.get(piece.text.strip().casefold())
    if label is None:
        close = get_close_matches(piece.text.casefold(), sorted(known), n=1, cutoff=0.4)
        hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(known)}."
        raise QueryError(f"There is no {name} {piece.text!r}: {hint}", query, piece.at)
    return Is(name, str(label))


def _platform(name: str, piece: Piece, query: str) -> Node:
    return Is(name, piece.text.strip())


def _place(name: str, piece: Piece, query: str) -> Node:
    return Is(name, piece.text.strip().removeprefix("中国") or "中国")


def _number(name: str, piece: Piece, query: str) -> Node:
    text = folded(piece.text).replace(" ", "")
    low, dots, high = text.partition("..")
    if dots:
        first, last = _amount(low, piece, query), _amount(high, piece, query)
        if first > last:
            raise QueryError(f"{text} ends before it begins: write {high}..{low}.", query, piece.at)
        return Between(name, first, last)
    found = _LIMIT.fullmatch(text)
    number = _amount(found["number"] if found else text, piece, query)
    sign = found["sign"] if found else None
    if sign in (">", ">="):
        return Between(name, number, None, low_in=sign == ">=")
    if sign in ("<", "<="):
        return Between(name, None, number, high_in=sign == "<=")
    return Between(name, number, number)


def _amount(text: str, piece: Piece, query: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise QueryError(
            f"{text!r} is no number: write {piece.name}:500, {piece.name}:>500 or "
            f"{piece.name}:100..500.",
            query,
            piece.at,
        )
    return float(text)


def _days(name: str, piece: Piece, query: str) -> Node:
    since, until = during(name, folded(piece.text).replace(" ", ""), piece, query)
    return During(since, until)


_READERS: dict[str, Callable[[str, Piece, str], Node]] = {
    "contact": _value,
    "account": _value,
    "goods": _goods,
    "platform": _platform,
    "intent": _intent,
    "price": _number,
    "risk": _number,
    "ip": _place,
    "date": _days,
    "since": _days,
    "until": _days,
}
FIELDS = tuple(_READERS)
