"""The folder of a BertModel that transformers loads: weights, tokenizer and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
WORDS = "embeddings.word_embeddings.weight"


def write_bert(
    out: Path,
    states: Mapping[str, Floats],
    tokenizer: Mapping[str, Any],
    *,
    heads: int,
    tokens: Mapping[str, str],
    ids: Mapping[str, int],
) -> None:
    """Write the folder; sizes are read off the weights, but for the number of heads.

    ``tokens`` names the special tokens as ``tokenizer_config.json`` does, ``ids`` their numbers as
    ``config.json`` does.
    """
    from safetensors.numpy import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file(dict(states), out / "model.safetensors", metadata={"format": "pt"})
    _write(out / "tokenizer.json", tokenizer)
    _write(out / "tokenizer_config.json", {**_TOKENIZER, **tokens})
    _write(out / "config.json", {**_config(states, heads), **ids})


def _config(states: Mapping[str, Floats], heads: int) -> dict[str, Any]:
    words = states[WORDS]
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
        "tokenizer_class": "PreTrainedTokenizerFast",
        "dtype": "float32",
    }


_TOKENIZER = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "clean_up_tokenization_spaces": False,
    "model_input_names": ["input_ids", "attention_mask"],
}


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
