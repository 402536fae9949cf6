"""Text by its sound: each Chinese character as its syllable without tone, signs left out."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from archive.text import Folded, fold, squeeze, tokens


def sounds(text: str) -> tuple[str, ...]:
    """Give the tokens of a text over its symbols, Chinese ones as they sound: 开*房 as kai fang.

    A character of several readings has its most frequent one, whatever stands beside it.
    """
    return tuple(syllable(token) for token in tokens(squeeze(fold(text)).text))


def heard(view: Folded) -> list[str]:
    """Give what each code point of a squeezed text sounds like, for marks."""
    return [syllable(char) for char in view.text]


@lru_cache(maxsize=30_000)
def syllable(char: str) -> str:
    """Give a character's syllable; a character that has none stays itself."""
    if not "㐀" <= char <= "鿿":
        return char
    said: str = lazy_pinyin(char, style=Style.NORMAL)[0]
    return said if said.isascii() and said.isalpha() else char
