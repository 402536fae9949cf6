"""The offer of an actionable post: only what is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archive.labels import Goods, Input
from archive.records import Modifier, Offer, Price, Service, Span, Term, Turnaround
from archive.text import Folded, fold
from classifier.contacts import contacts
from classifier.money import bare_price, prices

_REACH = 14  # code points between the name of a service and its price on one line
_INPUTS = {
    Input.PHONE: r"手机号|电话号码?|号码",
    Input.ID_NUMBER: r"身份证号?|sfz|证件号",
    Input.NAME: r"姓名|名字",
    Input.CITY: r"城市|所在地|归属地",
    Input.PLATE: r"车牌号?",
    Input.WECHAT: r"微信号",
    Input.QQ: r"qq号",
    Input.PHOTO: r"照片|正脸",
    Input.ACCOUNT: r"账号|主页链接",
    Input.ADDRESS: r"地址",
}
_NEEDS = re.compile(r"(?:提供|需要?|只要|给我?|凭|有|发来?|报)(?P<what>[^。！？\n]{1,30})")
_TIME = re.compile(
    r"(?P<low>\d+|[一二两三半])(?:\s*[-~到至]\s*(?P<high>\d+|[一二两三]))?\s*个?"
    r"(?P<unit>分钟|小时|天|工作日)(?:左右|内|之内)?(?:出|回|查到|搞定|交|给)?"
)
_AT_ONCE = re.compile(r"秒出|秒回|立即出|马上出|当天出|当日出|隔天出|次日出")
_HOURS = {"分钟": 1 / 60, "小时": 1.0, "天": 24.0, "工作日": 24.0}
_SAME_DAY = {
    "当天出": (0.0, 24.0),
    "当日出": (0.0, 24.0),
    "隔天出": (24.0, 48.0),
    "次日出": (24.0, 48.0),
}
_COUNTS = {"一": 1.0, "二": 2.0, "两": 2.0, "三": 3.0, "半": 0.5}
_MODIFIER = re.compile(
    r"(?P<condition>(?:不提供|没有|无|加急|不给)[^，,。\n]{0,10}?)加(?:收)?(?P<delta>\d+)"
)
_ESCROW = re.compile(r"(?P<no>不走|不接|拒绝|不支持)?(?:走|过|支持|可|接)?担保")
_PAYMENT = re.compile(r"usdt|支付宝|微信转账|微信支付|红包|数字人民币|比特币|btc|trc20|对公")


def extract(text: str, terms: Sequence[Term], *, field: str = "text") -> Offer:
    """Read the offer of one field; ``terms`` are the lexicon's words in it."""
    folded = fold(text)
    return Offer(
        services=_services(folded, terms, field),
        inputs=_inputs(folded.text),
        turnaround=_turnaround(folded, text),
        contacts=contacts(text),
        payment=tuple(dict.fromkeys(match[0] for match in _PAYMENT.finditer(folded.text))),
        escrow=_escrow(folded.text),
    )


def _services(folded: Folded, terms: Sequence[Term], field: str) -> tuple[Service, ...]:
    found = [(*folded.span(start, end), price) for start, end, price in _prices(folded, terms)]
    modifiers = _modifiers(folded.text)
    services: list[Service] = []
    named: set[tuple[Goods, Price | None]] = set()
    for term in terms:
        for goods in term.goods:
            near = _near(term, terms, found) or [(term.start, term.end, None)]
            for start, end, price in near:
                if (goods, price) in named:
                    continue
                named.add((goods, price))
                span = Span(field=field, start=min(term.start, start), end=max(term.end, end))
                extra = modifiers if price and not services else ()
                services.append(_service(goods, price, extra, span))
    priced = {service.goods for service in services if service.price}
    return tuple(s for s in services if s.price or s.goods not in priced)


def _prices(folded: Folded, terms: Sequence[Term]) -> list[tuple[int, int, Price]]:
    found = list(prices(folded))
    taken = {start for start, _, _ in found}
    ends = {origin: at for at, origin in enumerate(folded.origin)}
    for term in terms:
        bare = bare_price(folded, ends[term.end]) if term.goods and term.end in ends else None
        if bare and bare[0] not in taken:
            found.append(bare)
    return sorted(found, key=lambda price: price[0])


def _service(
    goods: Goods, price: Price | None, modifiers: tuple[Modifier, ...], span: Span
) -> Service:
    confidence = 0.9 if price else 0.6
    return Service(
        goods=goods, price=price, modifiers=modifiers, source=span, confidence=confidence
    )


def _near(
    term: Term, terms: Sequence[Term], found: Sequence[tuple[int, int, Price]]
) -> list[tuple[int, int, Price | None]]:
    following = min((t.start for t in terms if t.goods and t.start >= term.end), default=1 << 30)
    limit = min(following, term.end + _REACH)
    return [(s, e, price) for s, e, price in found if term.end <= s < limit]


def _modifiers(text: str) -> tuple[Modifier, ...]:
    return tuple(
        Modifier(condition=match["condition"].strip(), delta=float(match["delta"]))
        for match in _MODIFIER.finditer(text)
    )


def _inputs(text: str) -> tuple[Input, ...]:
    asked = " ".join(match["what"] for match in _NEEDS.finditer(text))
    return tuple(kind for kind, words in _INPUTS.items() if re.search(words, asked))


def _turnaround(folded: Folded, text: str) -> Turnaround | None:
    if match := _AT_ONCE.search(folded.text):
        low, high = _SAME_DAY.get(match[0], (0.0, 0.0))
    elif match := _TIME.search(folded.text):
        hours = _HOURS[match["unit"]]
        low = _number(match["low"]) * hours
        high = _number(match["high"] or match["low"]) * hours
    else:
        return None
    start, end = folded.span(match.start(), match.end())
    return Turnaround(min_hours=round(low, 3), max_hours=round(high, 3), words=text[start:end])


def _number(word: str) -> float:
    return _COUNTS[word] if word in _COUNTS else float(word)


def _escrow(text: str) -> bool | None:
    match = _ESCROW.search(text)
    return None if match is None else match["no"] is None
