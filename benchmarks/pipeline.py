"""Classify JSON lines by transformers.pipeline, as one would without Anyu; see judging.py."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel, logging, pipeline
from transformers.modeling_outputs import SequenceClassifierOutput

from archive.labels import Intent
from archive.settings import Settings
from classifier.encoder import BATCH, HEAD, TAIL
from classifier.features import neutral
from classifier.training.bases import DEFAULT_BASE, find_base
from classifier.training.encoder.export import averaged
from classifier.training.encoder.network import Network, fresh
from classifier.training.encoder.plan import read_plan

_LAYERS = 6


class Classifier(PreTrainedModel):  # type: ignore[misc]  # transformers' types are not read
    """Anyu's network under the interface that a pipeline asks for."""

    base_model_prefix = "network"
    _supports_sdpa = True  # the trunk does, and has chosen it

    def __init__(self, network: Network) -> None:
        config = network.trunk.config
        config.id2label = {at: str(intent) for at, intent in enumerate(Intent)}
        config.label2id = {label: at for at, label in config.id2label.items()}
        super().__init__(config)
        self.network = network

    def forward(self, input_ids: Any, attention_mask: Any, **_: Any) -> Any:
        """Give the logits of the intents."""
        return SequenceClassifierOutput(logits=self.network(input_ids, attention_mask)[0])


def main() -> None:
    """Classify, and write beside the output how long it took without loading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--training", type=Path, nargs="+", default=[])
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    logging.set_verbosity_error()  # it does not know the network's name, and lists all it knows
    torch.set_num_threads(asked.threads)
    classify = _pipeline(asked.training)
    neutrals = {line: neutral(json.loads(line)["text"]) for line in _lines(asked.source)}
    start = time.perf_counter()
    rows = [(json.loads(line)["id"], neutrals[line]) for line in _lines(asked.source)]
    order = sorted(range(len(rows)), key=lambda at: len(rows[at][1]))
    found: list[Any] = [None] * len(rows)
    with torch.inference_mode():
        texts = [rows[at][1] for at in order]
        said = classify(texts, batch_size=BATCH, truncation=True, max_length=HEAD + TAIL)
        for at, label in zip(order, said, strict=True):
            found[at] = label
    with asked.out.open("w", encoding="utf-8") as file:
        for (name, _), label in zip(rows, found, strict=True):
            file.write(json.dumps({"id": name, **label}) + "\n")
    seconds = time.perf_counter() - start
    asked.out.with_suffix(".seconds").write_text(json.dumps(seconds), encoding="utf-8")


def _pipeline(trainings: Sequence[Path]) -> Any:
    named = read_plan(trainings[0]).base if trainings else DEFAULT_BASE
    base = find_base(named, Settings().cache / "bases")
    network = averaged(trainings, base) if trainings else fresh(base, layers=_LAYERS)
    tokenizer = AutoTokenizer.from_pretrained(base)
    return pipeline("text-classification", model=Classifier(network.eval()), tokenizer=tokenizer)


def _lines(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as file:
        return list(file)


if __name__ == "__main__":
    main()
