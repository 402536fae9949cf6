"""Weights of a BertModel out of an ONNX export: the graph keeps biases' names, not matrices'."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.errors import MissingError
from classifier.training.bases.wordpiece import Cut, cut

_BIAS, _WEIGHT = ".bias", ".weight"
_WORDS = "embeddings.word_embeddings.weight"
_NOISE = 0.1  # of a word vector's spread: new pieces start near [UNK], which they were before
Floats = NDArray[np.float32]


def convert(network: Path, tokenizer: Path, out: Path, *, heads: int) -> None:
    """Write a Hugging Face folder of a BertModel; raises ``MissingError`` for another graph.

    ``heads`` stands in no weight's shape: it is the publisher's own ``config.json`` that says it.
    """
    from safetensors.numpy import save_file

    states = dict(_states(network))
    table, pieces = cut(json.loads(tokenizer.read_text(encoding="utf-8")))
    states[_WORDS] = _rows(states[_WORDS], pieces)
    out.mkdir(parents=True, exist_ok=True)
    save_file(states, out / "model.safetensors", metadata={"format": "pt"})
    _write(out / "tokenizer.json", table)
    _write(out / "tokenizer_config.json", _TOKENIZER)
    _write(out / "config.json", _config(states, heads))


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


def _config(states: dict[str, Floats], heads: int) -> dict[str, Any]:
    words = states[_WORDS]
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": words.shape[0],
        "hidden_size": words.shape[1],
        "num_hidden_layers": 1 + max(int(n.split(".")[2]) for n in states if ".layer." in n),
        "num_attention_heads": heads,
        "intermediate_size": states["encoder.layer.0.intermediate.dense.bias"].shape[0],
        "hidden_act": "gelu",
        "max_position_embeddings": states["embeddings.position_embeddings.weight"].shape[0],
        "type_vocab_size": states["embeddings.token_type_embeddings.weight"].shape[0],
        "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "pad_token_id": 0,
        "tokenizer_class": "PreTrainedTokenizerFast",
        "dtype": "float32",
    }


_TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "mask_token": "[MASK]",
    "clean_up_tokenization_spaces": False,
    "model_input_names": ["input_ids", "attention_mask"],
}


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
