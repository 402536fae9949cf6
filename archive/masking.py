"""Victims' data masked, one mark a code point, so that offsets hold."""

from __future__ import annotations

import re

from archive.text import fold

MARK = "█"
# What stands before a number that its writer wants to be reached at: kept.
_CONTACT = re.compile(
    r"(?:微信|威信|薇信|v信|vx|wx|wechat|薇|qq|扣扣|企鹅|电话|手机|联系|致电|咨询|热线|tel|phone|"
    r"call|飞机|纸飞机|电报|tg|telegram|@|加我?|号)[号码]?[\s:：+=]*$",
    re.IGNORECASE,
)
_GAP = r"[\s\-]?"
# identity card, 17 digits and a check sign (GB 11643-1999); bank card, 16 to 19 digits
_ALWAYS = (
    re.compile(
        r"(?<![0-9a-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])"
        r"(?:0[1-9]|[12]\d|3[01])\d{3}[0-9x](?![0-9a-z])"
    ),
    re.compile(rf"(?<!\d)[3-6]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?(?!\d)"),
)
_MOBILE = re.compile(rf"(?<!\d)(?:86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)")
# Words of a sample of somebody's record: a number behind them is a victim's, label or not.
_SAMPLE = re.compile(r"姓名|身份证号|户籍地|出生日期|就诊人|患者[:：]|车主[:：]|机主[:：]")


def mask(text: str) -> str:
    """Mask identity and bank-card numbers, and mobile numbers that are not the writer's contact."""
    folded = fold(text)
    found = [match for pattern in _ALWAYS for match in pattern.finditer(folded.text)]
    mobiles = _MOBILE.finditer(folded.text)
    found += [match for match in mobiles if not _is_contact(folded.text, match.start())]
    out = list(text)
    for match in found:
        start, end = folded.span(match.start(), match.end())
        out[start:end] = [MARK if char.isalnum() else char for char in out[start:end]]
    return "".join(out)


def _is_contact(text: str, start: int) -> bool:
    asked = _CONTACT.search(text[max(0, start - 12) : start])
    return bool(asked) and not _SAMPLE.search(text[max(0, start - 60) : start])
