"""A word that was typed as sellers write it: 开*房 asks for 开房."""

from __future__ import annotations

import re

from archive.text import fold, squeeze

_CHINESE = "[㐀-鿿豈-﫿\U00020000-\U0003ffff]"
_LETTER = r"[^\W_]"
_SIGN = r"[^\w\s。！？；，、!?;,:：]|_"
# beside a Chinese character only: abc_demo and abcdemo are two handles, 1.5 and 15 two prices
_PADDED = re.compile(f"{_CHINESE}(?:{_SIGN}){{1,2}}{_LETTER}|{_LETTER}(?:{_SIGN}){{1,2}}{_CHINESE}")


def unpadded(word: str) -> str:
    """Give a word without the signs that pad it and the stars around it; else as it is.

    What is found with the signs is found without them too: posts are squeezed alike.
    """
    folded = fold(word)
    if _PADDED.search(folded.text):
        return squeeze(folded).text
    return word.strip("*＊") or word
