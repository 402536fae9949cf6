"""The judge: from posts to verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import numpy as np

from archive.errors import InputError
from archive.labels import ACTIONABLE, Goods, Intent
from archive.lexicon import Entry, Lexicon, base
from archive.records import GoodsScore, Offer, Post, Term, Verdict
from classifier.attribution import attribute, read
from classifier.cascade import GATE, SURE, Scorer, Scores, load_scorer, log_odds
from classifier.decode import Reader
from classifier.manifest import Manifest
from classifier.models import default_model
from classifier.offers import extract

_INTENTS = list(Intent)
Row = np.ndarray[tuple[int], np.dtype[np.float64]]


class Why(StrEnum):
    """Which verdicts tell the stretches that moved their score."""

    NONE = "none"
    HITS = "hits"  # and what goes to people
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How to judge.

    ``thorough`` lets the encoder read every post; ``everything`` takes the threshold of who
    reviews every hit; ``entries`` are those of the living lexicon, or the base's.
    """

    model: Path | None = None
    thorough: bool = False
    everything: bool = False
    why: Why = Why.NONE
    entries: tuple[Entry, ...] | None = None


class Judge:
    """A model with a lexicon; equal texts of a batch are scored once.

    Raises ``InputError`` when the model has no threshold for who reviews everything.
    """

    def __init__(
        self, scorer: Scorer, lexicon: Lexicon, *, why: Why = Why.NONE, everything: bool = False
    ) -> None:
        self.scorer = scorer
        self._lexicon = lexicon
        self._why = why
        self._threshold, self._band = _limits(scorer.manifest, everything=everything)
        gate = scorer.gate
        same = gate.lexicon.version == lexicon.version
        self._reader = gate.reader if same else Reader(lexicon)

    @classmethod
    def load(cls, choice: Choice | None = None, *, threads: int = 1) -> Judge:
        """Load the chosen model, or the one that ships; ``threads`` are those of the encoder."""
        choice = choice or Choice()
        lexicon = base() if choice.entries is None else Lexicon(choice.entries)
        scorer = load_scorer(
            choice.model or default_model(),
            threads=threads,
            thorough=choice.thorough,
            lexicon=lexicon,
        )
        return cls(scorer, lexicon, why=choice.why, everything=choice.everything)

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        """Give one verdict a post, in order."""
        texts = [read(post) for post in posts]
        distinct = {text: at for at, text in enumerate(dict.fromkeys(texts))}
        scored = self.scorer.score(list(distinct))
        now = datetime.now(UTC)
        verdicts = [
            self._verdict(post, version, scored, distinct[text], now)
            for post, version, text in zip(posts, versions, texts, strict=True)
        ]
        return verdicts if self._why is Why.NONE else self._explained(posts, verdicts)

    def _explained(self, posts: Sequence[Post], verdicts: Sequence[Verdict]) -> list[Verdict]:
        asked = {
            (post.title, post.text): (post, verdict.terms)
            for post, verdict in zip(posts, verdicts, strict=True)
            if self._why is Why.ALL or verdict.hit or verdict.review
        }
        told = attribute(
            [post for post, _ in asked.values()],
            [terms for _, terms in asked.values()],
            quick=lambda texts: log_odds(self.scorer.gate.probabilities(texts), least=SURE),
            slow=self.scorer.odds,
        )
        spans = dict(zip(asked, told, strict=True))
        return [
            replace(verdict, spans=spans.get((post.title, post.text), ()))
            for post, verdict in zip(posts, verdicts, strict=True)
        ]

    def _verdict(
        self,
        post: Post,
        version: int,
        scored: Scores,
        at: int,
        now: datetime,
    ) -> Verdict:
        manifest = self.scorer.manifest
        row = scored.intents[at]
        scores = {
            str(intent): round(float(row[column]), 4) for column, intent in enumerate(_INTENTS)
        }
        risk = round(sum(scores[intent] for intent in ACTIONABLE), 4)
        hit = risk >= self._threshold
        review = self._band[0] <= risk < self._band[1]
        intent = _intent(scores, hit=hit)
        stage = scored.stages[at]
        # a firehose's innocent posts hold no mark that anybody looks at
        terms = self._terms(post) if hit or review or scored.goods is None or stage != GATE else ()
        acts = intent in ACTIONABLE
        return Verdict(
            post=post.key,
            post_version=version,
            judged_at=now,
            model=manifest.id,
            lexicon=self._lexicon.version,
            stage=stage,
            threshold=self._threshold,
            intent=intent,
            scores=scores,
            risk=risk,
            hit=hit,
            goods=self._goods(scored, at, terms, risk) if acts else (),
            terms=terms,
            offer=_offer(post, terms) if acts else None,
            review=review,
        )

    def _goods(
        self, scored: Scores, at: int, terms: Sequence[Term], risk: float
    ) -> tuple[GoodsScore, ...]:
        if scored.goods is None:
            return _named(terms, risk)
        found = scored.named(at, self.scorer.manifest.goods_threshold)
        ordered = sorted(found.items(), key=lambda pair: -pair[1])
        return tuple(GoodsScore(label=label, score=round(score, 4)) for label, score in ordered)

    def _terms(self, post: Post) -> tuple[Term, ...]:
        title = self._of_field(post.title, "title") if post.title else ()
        return title + self._of_field(post.text, "text")

    def _of_field(self, text: str, field: str) -> tuple[Term, ...]:
        """Give the words that stand there, and those that are read there under a cloak."""
        plain = self._lexicon.match(text, field=field)
        cloaked = [
            term
            for reading in self._reader.read(text).readings
            if (term := self._lexicon.term(reading.word, text, reading.start, reading.end, field))
            and all(term.end <= other.start or other.end <= term.start for other in plain)
        ]
        return tuple(sorted([*plain, *cloaked], key=lambda term: term.start))


def _limits(manifest: Manifest, *, everything: bool) -> tuple[float, tuple[float, float]]:
    """Give the threshold, and the risks between which a person decides."""
    band = manifest.abstain or (manifest.threshold, manifest.threshold)
    if not everything:
        return manifest.threshold, band
    if manifest.review_threshold is None:
        raise InputError(
            f"The model {manifest.id} has no threshold for reviewing everything: "
            "choose another with --model."
        )
    return manifest.review_threshold, (manifest.review_threshold, band[1])


def _intent(scores: dict[str, float], *, hit: bool) -> Intent:
    """Give the likeliest intent on the side of the threshold where the post lies."""
    side = [intent for intent in _INTENTS if (intent in ACTIONABLE) == hit]
    return max(side, key=lambda intent: scores[intent])


def _named(terms: Sequence[Term], risk: float) -> tuple[GoodsScore, ...]:
    """Give the goods that the lexicon's words name, for a model that never learned goods."""
    labels: dict[Goods, None] = {goods: None for term in terms for goods in term.goods}
    return tuple(GoodsScore(label=label, score=risk) for label in labels)


def _offer(post: Post, terms: Sequence[Term]) -> Offer:
    title = extract(post.title, [t for t in terms if t.field == "title"], field="title")
    text = extract(post.text, [t for t in terms if t.field == "text"])
    return Offer(
        services=title.services + text.services,
        inputs=tuple(dict.fromkeys(title.inputs + text.inputs)),
        turnaround=text.turnaround or title.turnaround,
        contacts=tuple(dict.fromkeys(title.contacts + text.contacts)),
        payment=tuple(dict.fromkeys(title.payment + text.payment)),
        escrow=text.escrow if text.escrow is not None else title.escrow,
    )
