"""A WordPiece vocabulary for posts: without pieces that no text reaches, with the trade's pictures.

A Chinese BERT splits at every Han character, so that pieces like ``##病`` are never used, and
reads an emoji, or a row of them, as one unknown word; half of a coded menu is emoji.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from classifier.cloaks import components
from classifier.training.bases.vocabulary import renumber

_UNREACHED = re.compile(r"\[unused\d+\]|##[\u3400-\u4dbf\u4e00-\u9fff]")
_PICTURES = ((0x2190, 0x2BFF), (0x1F300, 0x1FAFF))
_RADICALS = (0x2E80, 0x2FDF)
_QUOTES = "“”‘’—…"
_ALONE = r"[\p{So}\u2E80-\u2FDF]"


@dataclass(frozen=True, slots=True)
class Cut:
    """Old ids in their new order, how many pieces are new behind them, old id of the unknown."""

    kept: tuple[int, ...]
    added: int
    unknown: int


def cut(tokenizer: dict[str, Any]) -> tuple[dict[str, Any], Cut]:
    """Give a ``tokenizer.json`` cut and filled up, and which rows of the weights it wants."""
    table = copy.deepcopy(tokenizer)
    model = table["model"]
    old: dict[str, int] = model["vocab"]
    order = sorted(old, key=old.__getitem__)
    kept = [piece for piece in order if not _UNREACHED.fullmatch(piece)]
    added = [char for char in _characters() if char not in old]
    model["vocab"] = {piece: at for at, piece in enumerate([*kept, *added])}
    renumber(table, {old[piece]: at for at, piece in enumerate(kept)})
    table["pre_tokenizer"] = {
        "type": "Sequence",
        "pretokenizers": [
            tokenizer["pre_tokenizer"],
            {
                "type": "Split",
                "pattern": {"Regex": _ALONE},
                "behavior": "Isolated",
                "invert": False,
            },
        ],
    }
    return table, Cut(tuple(old[piece] for piece in kept), len(added), old[model["unk_token"]])


def _characters() -> list[str]:
    """Give pictures, radicals, parts of split characters and typographic quotes, sorted."""
    pictures = {
        chr(code)
        for low, high in _PICTURES
        for code in range(low, high + 1)
        if unicodedata.category(chr(code)) == "So"
    }
    radicals = {chr(code) for code in range(_RADICALS[0], _RADICALS[1] + 1)}
    return sorted(pictures | radicals | components() | set(_QUOTES))
