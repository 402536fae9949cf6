"""From texts to scores: sieve, gate, encoder, calibration; each stage sees what the last let by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from archive.labels import ACTIONABLE, Goods, Intent
from archive.lexicon import Lexicon, base
from classifier.encoder import Encoder
from classifier.features import neutral
from classifier.gate import Gate
from classifier.manifest import Manifest
from classifier.sieve import Sieve

_ORDER = list(Intent)
_LABELS = list(Goods)
_ACTS = np.array([intent in ACTIONABLE for intent in _ORDER])
_LEAST = 1e-6
SURE = 1e-30  # search bait is no doubt to n-grams; what moves it is still to be told
GATE, ENCODER = "gate", "encoder"


@dataclass(frozen=True, slots=True)
class Scores:
    """What a model says of texts, a row each.

    ``intents`` has seven columns in the order of ``Intent`` that sum to 1; ``goods`` 22 in the
    order of ``Goods``, or is ``None`` where the model never learned goods.
    """

    intents: NDArray[np.float64]
    goods: NDArray[np.float64] | None
    stages: tuple[str, ...]

    @property
    def risk(self) -> NDArray[np.float64]:
        """The probability that a post is one to act on."""
        risk: NDArray[np.float64] = self.intents[:, _ACTS].sum(axis=1)
        return risk

    def named(self, at: int, threshold: float) -> dict[Goods, float]:
        """Give the goods of a row at or over the threshold, or the likeliest: an advert has some.

        Empty where the model never learned goods.
        """
        if self.goods is None:
            return {}
        row = self.goods[at]
        said = said_goods(row[None], threshold)[0]
        return {label: float(row[c]) for c, label in enumerate(_LABELS) if said[c]}


class Scorer(Protocol):
    """A model: the gate alone, or the cascade."""

    manifest: Manifest
    gate: Gate

    def score(self, texts: Sequence[str]) -> Scores:
        """Score texts in their order."""

    def odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give the log-odds of the risk, every text read by the last stage."""


class GateScorer:
    """The gate as a model of its own."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.manifest = gate.manifest

    def score(self, texts: Sequence[str]) -> Scores:
        """Score texts by the gate."""
        goods = None
        if self.gate.tagger:
            read = [self.gate.reader.read(text).text for text in texts]
            goods = _sigmoid(self.gate.tagger.log_odds(read))
        return Scores(self.gate.probabilities(texts), goods, (GATE,) * len(texts))

    def odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give the log-odds of the gate's risk, also where it is all but sure."""
        return log_odds(self.gate.probabilities(texts), least=SURE)


class Cascade:
    """All stages; ``thorough`` sends every post to the encoder."""

    def __init__(
        self,
        *,
        sieve: Sieve,
        gate: Gate,
        encoder: Encoder,
        thorough: bool = False,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.sieve = sieve
        self._new = Lexicon((lexicon or gate.lexicon).beyond(gate.lexicon))
        self.gate = gate
        self.encoder = encoder
        self.manifest = gate.manifest
        self._thorough = thorough

    def score(self, texts: Sequence[str]) -> Scores:
        """Score texts: what sieve or gate drop is told as benign, with their own small risk."""
        intents = np.zeros((len(texts), len(_ORDER)))
        intents[:, _ORDER.index(Intent.BENIGN)] = 1
        goods = np.zeros((len(texts), len(_LABELS)))
        stages = np.full(len(texts), GATE, dtype=object)
        passed = np.flatnonzero(self._thorough | self.sieve.passes(texts))
        if len(passed):
            said = self.gate.probabilities([texts[int(at)] for at in passed])
            intents[passed] = said
            kept = self._thorough | (said[:, _ACTS].sum(axis=1) >= self.manifest.gate_threshold)
            if self._new.entries:  # the gate never learned these words: it may drop none of them
                kept |= np.array([bool(self._new.match(texts[int(at)])) for at in passed])
            passed, said = passed[kept], said[kept]
        if len(passed):
            intents[passed], goods[passed] = self._encoded([texts[int(at)] for at in passed], said)
            stages[passed] = ENCODER
        return Scores(intents, goods, tuple(stages))

    def odds(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Give the log-odds of the joined risk."""
        return log_odds(self._encoded(texts, self.gate.probabilities(texts))[0])

    def _encoded(
        self, texts: Sequence[str], gate: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        read = [self.gate.reader.read(text).text for text in texts]
        logits, goods = self.encoder.logits([neutral(text) for text in read])
        intents = fused(softmax(logits), gate, self.manifest.fusion)
        return intents, _sigmoid(fused_goods(goods, read, self.gate, self.manifest.goods_fusion))


def load_scorer(
    folder: Path, *, threads: int = 1, thorough: bool = False, lexicon: Lexicon | None = None
) -> Scorer:
    """Load a model folder; raises ``MissingError`` when a file is not as its manifest says.

    Words of ``lexicon`` (default: the base) that the model never learned are never dropped.
    """
    gate = Gate.load(folder)
    if gate.manifest.fusion is None:
        return GateScorer(gate)
    today = lexicon or base()
    return Cascade(
        sieve=Sieve.load(folder, today, gate.lexicon),
        gate=gate,
        encoder=Encoder(folder, threads=threads),
        thorough=thorough,
        lexicon=today,
    )


def fused(
    encoder: NDArray[np.float64], gate: NDArray[np.float64], weights: Sequence[float] | None
) -> NDArray[np.float64]:
    """Join the two: risk from both log-odds, the intents' shares on each side from the encoder.

    ``weights`` are those of the encoder's log-odds, of the gate's, and a constant.
    """
    first, second, constant = weights or (1.0, 0.0, 0.0)
    odds = first * log_odds(encoder) + second * log_odds(gate) + constant
    risk = _sigmoid(odds)[:, None]
    out = np.maximum(encoder, _LEAST)
    out[:, _ACTS] *= risk / out[:, _ACTS].sum(axis=1, keepdims=True)
    out[:, ~_ACTS] *= (1 - risk) / out[:, ~_ACTS].sum(axis=1, keepdims=True)
    return out


def log_odds(intents: NDArray[np.float64], *, least: float = _LEAST) -> NDArray[np.float64]:
    """Give the log-odds of being one to act on, each side at least ``least`` likely."""
    acting = np.maximum(intents[:, _ACTS].sum(axis=1), least)
    other = np.maximum(intents[:, ~_ACTS].sum(axis=1), least)
    odds: NDArray[np.float64] = np.log(acting) - np.log(other)
    return odds


def said_goods(scores: NDArray[np.float64], threshold: float) -> NDArray[np.bool_]:
    """Say which goods a verdict names: those at or over the threshold, or a row's likeliest."""
    said: NDArray[np.bool_] = scores >= np.minimum(threshold, scores.max(axis=1, keepdims=True))
    return said


def fused_goods(
    encoder: NDArray[np.floating],
    read: Sequence[str],
    gate: Gate,
    weights: Sequence[float],
) -> NDArray[np.float64]:
    """Join what encoder and gate say of goods, as log-odds; texts are as the reader left them."""
    first, second, constant = weights
    said = gate.tagger.log_odds(read) if gate.tagger else np.zeros(encoder.shape)
    odds: NDArray[np.float64] = first * encoder.astype(np.float64) + second * said + constant
    return odds


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give probabilities, a row a text."""
    exp = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    rows: NDArray[np.float64] = exp / exp.sum(axis=1, keepdims=True)
    return rows


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    out: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(values, -40, 40)))
    return out
