"""Prices that a post states, decoded: 三毛五, 两张, 3.5k, 100-200."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archive.labels import Unit
from archive.records import Price
from archive.text import Folded

_HAN = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_NUMBER = r"\d+(?:\.\d+)?"
_COUNT = rf"(?:{_NUMBER}|[一二两三四五六七八九十百千万]+)"
_CURRENCY = r"(?P<currency>元|块钱?|￥|¥|rmb|人民币|usdt|刀|美元|美金|港币|hkd|米(?!饭)|u(?![a-z]))"
_MONEY = re.compile(
    rf"(?P<sign>¥|￥|hk\$|\$)?(?<![\d.a-z])(?P<low>{_COUNT})(?P<scale>k|w|千|万)?"
    rf"(?:\s*[-~—至到]\s*(?P<high>{_NUMBER})(?P<scale2>k|w|千|万)?)?\s*{_CURRENCY}?"
)
_JIAO = re.compile(r"(?P<jiao>[一二两三四五六七八九\d])毛(?P<fen>[一二三四五六七八九\d])?")
_SHEETS = re.compile(r"(?P<count>[一二两三四五六七八九\d])张(?!图|照|卡|表|身份)")
# 800一次, 3/条: a number in front of such words is a price without its currency
_EACH = re.compile(r"\s*(?:[/每]\s*[一1]?|一)(?:次|份|单|条|个人?|人|组|位)")
_BARE = re.compile(
    r"[\s:：=\-—]{0,3}(?P<low>\d+(?:\.\d+)?(?=[k千])|\d{2,5})(?P<scale>[k千])?(?![\d.]|\s*(?:[天年月日小分人个条号位岁次份%w万+]))"
)
_SCALES = {"k": 1000, "千": 1000, "w": 10000, "万": 10000}
_CURRENCIES = {"u": "USDT", "usdt": "USDT", "刀": "USD", "美元": "USD", "美金": "USD"}
_CURRENCIES |= {"港币": "HKD", "hkd": "HKD", "hk$": "HKD", "$": "USD"}
_UNITS = (
    (re.compile(r"^\s*(?:[/每]|一)\s*(?:次|份|单|条记录|人)"), Unit.RECORD),
    (re.compile(r"^\s*(?:[/每]|一)\s*(?:个|条|位|组)"), Unit.EACH),
    (re.compile(r"^\s*(?:[/每]|一)\s*(?:天|日)"), Unit.DAY),
    (re.compile(r"^\s*(?:[/每]|一)\s*月|^\s*包月"), Unit.MONTH),
    (re.compile(r"^\s*(?:[/每]|一)\s*套|^\s*打包"), Unit.PACKAGE),
    (re.compile(r"^\s*(?:[/每]|一)\s*(?:批|名单)"), Unit.LIST),
)


def prices(folded: Folded) -> Iterator[tuple[int, int, Price]]:
    """Give prices with their range in the folded text; a range gives two."""
    for match in _MONEY.finditer(folded.text):
        yield from _money(match, folded.text)
    for match in _JIAO.finditer(folded.text):
        amount = _digit(match["jiao"]) / 10 + _digit(match["fen"] or "0") / 100
        yield _priced(match, folded.text, round(amount, 2), "CNY")
    for match in _SHEETS.finditer(folded.text):
        yield _priced(match, folded.text, 100.0 * _digit(match["count"]), "CNY")


def bare_price(folded: Folded, at: int) -> tuple[int, int, Price] | None:
    """Give the number that stands right behind a service's name: 名下号150."""
    match = _BARE.match(folded.text, at)
    if match is None:
        return None
    return match.start("low"), match.end(), Price(amount=_amount(match["low"], match["scale"]))


def _money(match: re.Match[str], text: str) -> Iterator[tuple[int, int, Price]]:
    word = match["currency"] or match["sign"]
    if word is None and not (match["low"][0].isdecimal() and _EACH.match(text, match.end())):
        return
    currency = _CURRENCIES.get(word or "", "CNY")
    scale = match["scale2"] or match["scale"]
    yield _priced(
        match, text, _amount(match["low"], match["scale"] or (match["high"] and scale)), currency
    )
    if match["high"]:
        yield _priced(match, text, _amount(match["high"], scale), currency)


def _priced(
    match: re.Match[str], text: str, amount: float, currency: str
) -> tuple[int, int, Price]:
    behind = text[match.end() : match.end() + 6]
    unit = next((unit for pattern, unit in _UNITS if pattern.search(behind)), None)
    return match.start(), match.end(), Price(amount=amount, currency=currency, unit=unit)


def _amount(count: str, scale: str | None) -> float:
    value = float(count) if count[0].isdecimal() else _chinese(count)
    return value * _SCALES.get(scale or "", 1)


def _chinese(count: str) -> float:
    total, digit = 0, 0
    for char in count:
        if char in "十百千":
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        elif char == "万":
            total, digit = (total + digit) * 10000, 0
        else:
            digit = _HAN[char]
    return float(total + digit)


def _digit(char: str) -> int:
    return int(char) if char.isdecimal() else _HAN[char]
