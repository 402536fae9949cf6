"""The encoder: a fine-tuned transformer run by ONNX Runtime, logits of intents and of goods."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from archive.labels import Goods, Intent

NETWORK = "encoder.onnx"
TOKENIZER = "tokenizer.json"
HEAD, TAIL = 96, 32  # tokens read of a long post: adverts hide the offer in the last line
BATCH = 32
Logits = tuple[NDArray[np.float32], NDArray[np.float32]]


class Encoder:
    """Gives logits of texts as ``classifier.features.neutral`` left them."""

    def __init__(self, folder: Path, *, threads: int = 1, network: str = NETWORK) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / network), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._pad = self._tokenizer.token_to_id("<pad>") or 0

    def logits(self, texts: Sequence[str]) -> Logits:
        """Give two arrays in the order of the texts: (texts, 7) and (texts, 22).

        Texts of like length are run together, so that little is spent on padding.
        """
        rows = [shortened(found.ids) for found in self._tokenizer.encode_batch_fast(list(texts))]
        intents = np.zeros((len(rows), len(Intent)), np.float32)
        goods = np.zeros((len(rows), len(Goods)), np.float32)
        order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            intents[chosen], goods[chosen] = self._run([rows[at] for at in chosen])
        return intents, goods

    def _run(self, rows: Sequence[list[int]]) -> Any:
        longest = max(map(len, rows))
        ids = np.full((len(rows), longest), self._pad, np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})


def shortened(ids: list[int]) -> list[int]:
    """Cut the middle out of a long post."""
    return ids if len(ids) <= HEAD + TAIL else ids[:HEAD] + ids[-TAIL:]
