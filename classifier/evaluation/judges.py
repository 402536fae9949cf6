"""What can be measured: model folders, a gate alone, and the filters a user would pick instead."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from ahocorasick_rs import AhoCorasick
from numpy.typing import NDArray

from archive.errors import InputError
from archive.labels import Goods, Intent
from archive.lexicon import base
from archive.text import folded
from classifier.cascade import GateScorer, Scorer, load_scorer
from classifier.evaluation.labelled import Labelled
from classifier.gate import Gate
from classifier.models import default_model

_ORDER = list(Intent)


@dataclass(frozen=True, slots=True)
class Judged:
    """Risks, likeliest intents and goods of posts, in their order."""

    risk: NDArray[np.float64]
    intents: tuple[Intent, ...]
    goods: tuple[frozenset[Goods], ...] | None  # None: the judge names no goods


class Measured(Protocol):
    """A judge that can be measured; ``threshold`` is the risk from which it calls a hit."""

    name: str
    threshold: float

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge posts in order."""


class ModelJudge:
    """A model folder; ``scorer`` stands in for what the folder gives."""

    def __init__(self, folder: Path | None, *, scorer: Scorer | None = None) -> None:
        self._scorer = scorer or load_scorer(folder or default_model(), threads=2)
        self.name = self._scorer.manifest.id
        self.threshold = self._scorer.manifest.threshold

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge by the model's probabilities."""
        texts = [f"{post.title}\n{post.text}" if post.title else post.text for post in posts]
        scored = self._scorer.score(texts)
        intents = tuple(_ORDER[at] for at in scored.intents.argmax(axis=1))
        if scored.goods is None:
            return Judged(scored.risk, intents, tuple(map(_named, texts)))
        least = self._scorer.manifest.goods_threshold
        goods = tuple(frozenset(scored.named(at, least)) for at in range(len(texts)))
        return Judged(scored.risk, intents, goods)


class CountingJudge(ABC):
    """A filter that counts distinct words: the more, the higher the risk."""

    name: str
    threshold: float

    def judge(self, posts: Sequence[Labelled]) -> Judged:
        """Judge by counting words."""
        counts = np.array([self.count(f"{post.title}\n{post.text}") for post in posts], dtype=float)
        risk = counts / (counts + 1)
        calls = tuple(Intent.SELL if r >= self.threshold else Intent.BENIGN for r in risk)
        return Judged(risk, calls, self.goods(posts))

    @abstractmethod
    def count(self, text: str) -> int:
        """Count the distinct words that a text holds."""

    def goods(self, posts: Sequence[Labelled]) -> tuple[frozenset[Goods], ...] | None:
        """Give the goods that the words name; none for words that name nothing."""
        return None


class KeywordJudge(CountingJudge):
    """A filter on the base lexicon: two words of goods are a hit."""

    name = "keywords"
    threshold = 2 / 3

    def count(self, text: str) -> int:
        """Count the distinct words of goods."""
        return len({term.term for term in base().match(text) if term.goods})

    def goods(self, posts: Sequence[Labelled]) -> tuple[frozenset[Goods], ...] | None:
        """Give the goods that the words name."""
        return tuple(_named(f"{post.title}\n{post.text}") for post in posts)


class WordListJudge(CountingJudge):
    """A filter on a list of words from a file, as published: one word is a hit."""

    threshold = 1 / 2

    def __init__(self, path: Path) -> None:
        words = read_words(path)
        self.name = f"words of {path.name}"
        self._automaton = AhoCorasick(words)

    def count(self, text: str) -> int:
        """Count the distinct words in the folded text."""
        found = self._automaton.find_matches_as_indexes(folded(text), overlapping=True)
        return len({number for number, _, _ in found})


def read_words(path: Path) -> list[str]:
    """Read a word list: one word a line, or the first column of a tsv; words are folded.

    Raises ``InputError`` for a file that is not there, is no text, or holds no word.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise InputError(f"The word list {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The word list {path} is not in UTF-8.") from error
    first = (line.partition("\t")[0].strip().rstrip(",，") for line in lines)
    words = dict.fromkeys(word for word in map(folded, first) if word.strip())
    if not words:
        raise InputError(f"The word list {path} holds no word.")
    return list(words)


def gate_alone(folder: Path | None) -> ModelJudge:
    """Give the n-gram gate of a model folder as a judge of its own.

    Of a cascade, a hit is what the gate would let through to the encoder.
    """
    gate = Gate.load(folder or default_model())
    judge = ModelJudge(folder, scorer=GateScorer(gate))
    judge.name = f"gate of {gate.manifest.id}"
    if gate.manifest.fusion is not None:
        judge.threshold = gate.manifest.gate_threshold
    return judge


def judge_of(name: str) -> Measured:
    """Give the judge that a user names; the empty name is the shipped model.

    ``keywords``, ``words:FILE``, ``gate``, ``gate:FOLDER``, or a model folder.
    """
    kind, _, rest = name.partition(":")
    if kind == "words":
        return WordListJudge(Path(rest))
    if name in ("keywords", "lexicon"):
        return KeywordJudge()
    folder = Path(rest if kind == "gate" else name)
    if (rest or kind != "gate") and name and not folder.is_dir():
        raise InputError(
            f"There is no judge {name!r}: name a model folder, keywords, words:FILE, gate "
            "or gate:FOLDER."
        )
    chosen = folder if folder.name else None
    return gate_alone(chosen) if kind == "gate" else ModelJudge(chosen)


def _named(text: str) -> frozenset[Goods]:
    return frozenset(label for term in base().match(text) for label in term.goods)
