"""Which pieces of a multilingual vocabulary Chinese posts use, and a tokenizer with only those."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_SPECIAL = frozenset({"<s>", "<pad>", "</s>", "<unk>", "<mask>"})
_SPACE = "\u2581"
# Pieces of Latin letters are a third of the vocabulary, mostly fragments of other languages.
_LATIN_RANK = 20_000
_LATIN_SHORT = 3
_CHINESE = (
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3100, 0x312F),
    (0x31A0, 0x31BF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF00, 0xFFEF),
    (0x20000, 0x3FFFF),
)


def kept_pieces(pieces: Sequence[str]) -> list[int]:
    """Give the ids of pieces to keep: Chinese, ASCII, signs, pictures, and each single character.

    Letters of other scripts stay as single characters: they stand in for look-alikes (а, я, の),
    and an unknown token costs more than a row.
    """
    return [at for at, piece in enumerate(pieces) if _is_kept(at, piece)]


def _is_kept(at: int, piece: str) -> bool:
    text = piece.replace(_SPACE, "")
    if piece in _SPECIAL or len(text) <= 1:
        return True
    if text.isascii():
        letters = any(char.isalpha() for char in text)
        return not letters or at < _LATIN_RANK or len(text) <= _LATIN_SHORT
    return all(char.isascii() or _is_chinese(char) or _is_sign(char) for char in text)


def _is_chinese(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _CHINESE)


def _is_sign(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "SPNZ" or category in {"Cf", "Me"} or ord(char) >= 0x1F000


def trimmed(tokenizer: dict[str, Any], kept: Iterable[int]) -> dict[str, Any]:
    """Give a Unigram ``tokenizer.json`` whose vocabulary is cut to ``kept``, ids anew from 0."""
    table = copy.deepcopy(tokenizer)
    chosen = list(kept)
    new = {old: at for at, old in enumerate(chosen)}
    table["model"]["vocab"] = [table["model"]["vocab"][old] for old in chosen]
    table["model"]["unk_id"] = new[table["model"]["unk_id"]]
    renumber(table, new)
    for part in ("pre_tokenizer", "decoder"):
        _modernise(table.get(part) or {})
    return table


def renumber(table: dict[str, Any], new: Mapping[int, int]) -> None:
    """Give special tokens of a ``tokenizer.json`` their new ids; nothing is cut or padded by it."""
    for token in table["added_tokens"]:
        token["id"] = new[token["id"]]
    specials = (table.get("post_processor") or {}).get("special_tokens") or {}
    for special in specials.values():
        special["ids"] = [new[old] for old in special["ids"]]
    table["truncation"] = table["padding"] = None


def _modernise(part: dict[str, Any]) -> None:
    """Write Metaspace as tokenizers from 0.15 on wants it."""
    if part.get("type") == "Metaspace" and "prepend_scheme" not in part:
        part.pop("add_prefix_space", None)
        part.update(prepend_scheme="always", split=True)
