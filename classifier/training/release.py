"""A model to ship: gate, sieve and encoder put together, calibrated, its thresholds set."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from archive.errors import MissingError
from archive.labels import Goods
from archive.lexicon import base as base_lexicon
from classifier.cascade import Scorer, fused, load_scorer, log_odds, said_goods, softmax
from classifier.encoder import NETWORK, TOKENIZER, Encoder
from classifier.features import neutral
from classifier.gate import LEXICON, Gate
from classifier.gate import WEIGHTS as GATE_WEIGHTS
from classifier.goods import WEIGHTS as GOODS_WEIGHTS
from classifier.manifest import Manifest, sha256, write_manifest
from classifier.sieve import WEIGHTS as SIEVE_WEIGHTS
from classifier.training.encoder.plan import Plan
from classifier.training.sieve import train_sieve
from classifier.training.sources import (
    WRITTEN,
    Example,
    Part,
    digests,
    read_corpus,
    read_written,
)

FALSE_POSITIVE_RATE = 1 / 2000
REVIEWED = 0.995  # recall that who reviews everything asks for
ABSTAIN = 1 / 200  # share of innocent posts that may go to people
_GATE_LOSS = 0.001
_ROOM = 0.3  # the gate's risk below which nothing is looked at, of the lowest that lost nothing
_OF_GATE = (GATE_WEIGHTS, GOODS_WEIGHTS, LEXICON)
_FILES = (*_OF_GATE, SIEVE_WEIGHTS, NETWORK, TOKENIZER)
_LEAST_GOODS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
_LABELS = list(Goods)
Floats = NDArray[np.float64]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Read:
    """What both models say of the examples that thresholds are set with.

    ``goods`` and ``tagged`` are the log-odds of goods by encoder and gate.
    """

    examples: tuple[Example, ...]
    encoder: Floats
    gate: Floats
    goods: Floats
    tagged: Floats

    def where(self, chosen: Callable[[Example], bool]) -> NDArray[np.bool_]:
        """Give a mask of examples."""
        return np.array([chosen(example) for example in self.examples])


def release(
    gate: Path,
    plans: Sequence[Plan],
    corpus: Path | None,
    out: Path,
    *,
    say: Say = lambda _: None,
) -> Manifest:
    """Complete a model folder that holds the exported encoder: gate, sieve, manifest.

    Thresholds and calibration are set on the examples of ``Part.TUNE``: real groups and written
    batches that neither encoder nor gate was trained on.
    """
    data = digests(corpus)
    for name in _OF_GATE:
        shutil.copyfile(gate / name, out / name)
    trained = Gate.load(gate).manifest
    say("training the sieve")
    scores = train_sieve(corpus, base_lexicon(), out)
    manifest = replace(
        trained,
        id=out.name,
        kind="cascade: sieve, gate, fine-tuned transformer (ONNX, int8 weights)",
        base=plans[0].base,
        seed=plans[0].seed,
        seeds=tuple(plan.seed for plan in plans),
        files={name: sha256(out / name) for name in _FILES},
        data=data,
        fusion=(1.0, 0.0, 0.0),
        scores={},
    )
    write_manifest(out, manifest)
    tuning = [e for e in [*read_corpus(corpus), *read_written()] if e.part is Part.TUNE]
    say(f"reading {len(tuning)} posts to set thresholds with")
    write_manifest(out, tuned(manifest, _read(out, tuning)))
    manifest = bounded(load_scorer(out, threads=2), tuning)
    manifest = replace(manifest, scores=manifest.scores | scores)
    write_manifest(out, manifest)
    return manifest


def _read(folder: Path, examples: Sequence[Example]) -> Read:
    gate, encoder = Gate.load(folder), Encoder(folder, threads=2)
    if gate.tagger is None:
        raise MissingError(
            f"The gate in {folder} names no goods: train it with the written corpus."
        )
    decoded = [gate.reader.read(example.text).text for example in examples]
    intents, goods = encoder.logits([neutral(text) for text in decoded])
    return Read(
        tuple(examples),
        softmax(intents),
        gate.probabilities([example.text for example in examples]),
        goods.astype(np.float64),
        gate.tagger.log_odds(decoded),
    )


def tuned(manifest: Manifest, read: Read) -> Manifest:
    """Set fusion, what the gate drops, what who reviews everything sees, and goods."""
    acts = read.where(lambda e: e.acts)
    written = read.where(lambda e: e.file == WRITTEN)
    fusion = _fusion(read, acts, written)
    risk = _risk(fused(read.encoder, read.gate, fusion))
    gate = _risk(read.gate)[acts]
    goods_fusion, goods = _goods(read, acts & written)
    return replace(
        manifest,
        fusion=fusion,
        review_threshold=float(np.quantile(risk[acts & written], 1 - REVIEWED, method="lower")),
        gate_threshold=float(np.quantile(gate, _GATE_LOSS, method="lower")) * _ROOM,
        goods_fusion=goods_fusion,
        goods_threshold=goods,
    )


def bounded(scorer: Scorer, examples: Sequence[Example]) -> Manifest:
    """Set threshold and abstain band on what all stages together say of innocent posts."""
    risk = scorer.score([example.text for example in examples]).risk
    acts = np.array([e.acts for e in examples])
    written = np.array([e.file == WRITTEN for e in examples])
    innocent = np.array([e.innocent for e in examples])
    threshold = _above(risk[innocent], FALSE_POSITIVE_RATE)
    return replace(
        scorer.manifest,
        threshold=threshold,
        abstain=(min(_above(risk[innocent], ABSTAIN), threshold), threshold),
        scores={
            "tuning_posts": float(len(examples)),
            "tuning_recall_written": float((risk[acts & written] >= threshold).mean()),
            "tuning_false_positive_rate_written": float(
                (risk[~acts & written] >= threshold).mean()
            ),
        },
    )


def _fusion(
    read: Read, acts: NDArray[np.bool_], written: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Fit the weights of both log-odds: written posts and real ones count as much in all."""
    from sklearn.linear_model import LogisticRegression

    odds = np.stack([log_odds(read.encoder), log_odds(read.gate)], axis=1)
    weight = np.where(written, 1 / written.sum(), 0.5 / (acts & ~written).sum())
    weight[~acts & ~written] = 0.5 / (~acts & ~written).sum()
    model = LogisticRegression(C=1e3, max_iter=1000)
    model.fit(odds, acts, sample_weight=weight * len(acts))
    first, second = (max(0.0, float(value)) for value in model.coef_[0])
    return first, second, float(model.intercept_[0])


def _risk(intents: Floats) -> Floats:
    return 1 / (1 + np.exp(-log_odds(intents)))


def _above(risk: Floats, rate: float) -> float:
    """Give the risk that at most ``rate`` of posts reach."""
    return round(float(np.quantile(risk, 1 - rate, method="higher")) + 5e-6, 5)


def _goods(read: Read, rows: NDArray[np.bool_]) -> tuple[tuple[float, float, float], float]:
    """Fit the weights of both log-odds over written adverts, and the threshold by micro-F1."""
    from sklearn.linear_model import LogisticRegression

    truth = np.array(
        [[label in (e.goods or ()) for label in _LABELS] for e in read.examples], dtype=bool
    )[rows]
    odds = np.stack([read.goods[rows], read.tagged[rows]], axis=-1)
    model = LogisticRegression(C=1e3).fit(odds.reshape(-1, 2), truth.ravel())
    first, second = (max(0.0, float(value)) for value in model.coef_[0])
    constant = float(model.intercept_[0])
    scores = 1 / (1 + np.exp(-(odds @ (first, second) + constant)))
    best = max((_micro_f1(said_goods(scores, least), truth), least) for least in _LEAST_GOODS)
    return (first, second, constant), best[1]


def _micro_f1(said: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return float(2 * (said & truth).sum() / max(1, said.sum() + truth.sum()))
