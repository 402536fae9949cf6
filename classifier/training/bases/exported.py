"""Weights of a BertModel out of an ONNX export: the graph keeps biases' names, not matrices'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from archive.errors import MissingError
from classifier.training.bases.folder import WORDS, Floats, write_bert
from classifier.training.bases.wordpiece import Cut, cut

_BIAS, _WEIGHT = ".bias", ".weight"
_TOKENS = {
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "mask_token": "[MASK]",
}
_NOISE = 0.1  # of a word vector's spread: new pieces start near [UNK], which they were before


def convert(network: Path, tokenizer: Path, out: Path, *, heads: int) -> None:
    """Write a Hugging Face folder of a BertModel; raises ``MissingError`` for another graph.

    ``heads`` stands in no weight's shape: it is the publisher's own ``config.json`` that says it.
    """
    states = dict(_states(network))
    table, pieces = cut(json.loads(tokenizer.read_text(encoding="utf-8")))
    states[WORDS] = _rows(states[WORDS], pieces)
    write_bert(out, states, table, heads=heads, tokens=_TOKENS, ids={"pad_token_id": 0})


def _states(network: Path) -> Iterator[tuple[str, Floats]]:
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(network).graph
    held = {part.name: part for part in graph.initializer}
    for name, part in held.items():
        if name.startswith(("embeddings.", "encoder.")):
            yield name, numpy_helper.to_array(part)
    adds = {given: node for node in graph.node if node.op_type == "Add" for given in node.input}
    found = 0
    for node in graph.node:
        if node.op_type != "MatMul" or node.input[1] not in held:
            continue
        follows = adds.get(node.output[0])
        bias = [one for one in follows.input if one in held] if follows else []
        if len(bias) != 1 or not bias[0].endswith(_BIAS):
            raise MissingError(f"{network} is no export of a BertModel: {node.name} has no bias.")
        found += 1
        matrix = numpy_helper.to_array(held[node.input[1]])
        yield bias[0].removesuffix(_BIAS) + _WEIGHT, np.ascontiguousarray(matrix.T)
    if not found:
        raise MissingError(f"{network} is no export of a BertModel.")


def _rows(words: Floats, pieces: Cut) -> Floats:
    """Give the rows of the kept pieces, and behind them those of the new ones."""
    shape = (pieces.added, words.shape[1])
    noise = np.random.default_rng(0).standard_normal(shape) * words.std() * _NOISE
    return np.concatenate(
        [words[list(pieces.kept)], words[pieces.unknown] + noise.astype(np.float32)]
    )
