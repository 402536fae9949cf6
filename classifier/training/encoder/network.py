"""The network: a shortened pretrained trunk, and one head each for intent and goods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, AutoTokenizer

from archive.labels import Goods, Intent
from classifier.encoder import shortened


class Network(nn.Module):  # type: ignore[misc]  # torch's types are not read
    """Trunk with mean and maximum of its last layer, then logits of intents and of goods."""

    def __init__(self, trunk: Any) -> None:
        super().__init__()
        self.trunk = trunk
        width = 2 * trunk.config.hidden_size
        self.drop = nn.Dropout(0.1)
        self.intent = nn.Linear(width, len(Intent))
        self.goods = nn.Linear(width, len(Goods))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Give logits of shapes (rows, 7) and (rows, 22)."""
        hidden = self.trunk(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        there = attention_mask[..., None].to(hidden.dtype)
        mean = (hidden * there).sum(1) / there.sum(1).clamp(min=1)
        most = (hidden - 1e4 * (1 - there)).amax(1)
        pooled = self.drop(torch.cat([mean, most], dim=1))
        return self.intent(pooled), self.goods(pooled)


def fresh(base: Path, *, layers: int) -> Network:
    """Load a base and keep its first layers."""
    trunk = AutoModel.from_pretrained(base, add_pooling_layer=False)
    kept = min(layers, trunk.config.num_hidden_layers)
    trunk.encoder.layer = trunk.encoder.layer[:kept]
    trunk.config.num_hidden_layers = kept
    return Network(_sparse(trunk))


def empty(base: Path, *, layers: int) -> Network:
    """Give the same network without weights, to load a checkpoint into."""
    config = AutoConfig.from_pretrained(base)
    config.num_hidden_layers = min(layers, config.num_hidden_layers)
    return Network(_sparse(AutoModel.from_config(config, add_pooling_layer=False)))


def _sparse(trunk: Any) -> Any:
    """Let a step touch only the rows of the words it saw: half the time of a step on two cores."""
    trunk.embeddings.word_embeddings.sparse = True
    return trunk


class Tokens:
    """A base's tokenizer: ids of the head and the tail of each text, padded to the longest."""

    def __init__(self, base: Path) -> None:
        self._tokenizer = AutoTokenizer.from_pretrained(base)
        self._pad = self._tokenizer.pad_token_id or 0

    def __call__(self, texts: tuple[str, ...]) -> dict[str, Tensor]:
        """Give ``input_ids`` and ``attention_mask`` of shape (texts, longest)."""
        rows = [shortened(ids) for ids in self._tokenizer(list(texts))["input_ids"]]
        longest = max(map(len, rows))
        ids = torch.full((len(rows), longest), self._pad)
        mask = torch.zeros((len(rows), longest), dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
            mask[at, : len(row)] = 1
        return {"input_ids": ids, "attention_mask": mask}
