"""Weibo's two names of a post: the number (mid) and the short name of addresses (bid)."""

from __future__ import annotations

import re
import string

_DIGITS = string.digits + string.ascii_lowercase + string.ascii_uppercase
_SHORT = re.compile(r"[0-9A-Za-z]{5,12}")


def mid_of(short: str) -> str:
    """Give the number behind a short name: each four letters are seven digits, from the right."""
    if not _SHORT.fullmatch(short) or short.isdecimal():
        return ""
    parts = []
    while short:
        value = 0
        for letter in short[-4:]:
            value = value * 62 + _DIGITS.index(letter)
        short = short[:-4]
        parts.append(f"{value:07}" if short else str(value))
    return "".join(reversed(parts))


def number_in(name: str) -> str:
    """Give the number that a parameter or a path holds, in either of the names."""
    return name if name.isdecimal() else mid_of(name)
