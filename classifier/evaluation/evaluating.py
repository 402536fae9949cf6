"""One judge on labelled posts: every slice, the twins, and the worst errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.labels import Intent
from classifier.evaluation.attacks import AttackScore
from classifier.evaluation.bootstrap import Bootstrap, Interval
from classifier.evaluation.judges import Judged, Measured
from classifier.evaluation.labelled import Labelled
from classifier.evaluation.measures import CURVE, Bin, Slice, measure, recall_at, reliability
from classifier.evaluation.reasons import Reason, counted, reason_of

_WORST = 3  # of each reason
# slices of negatives say what is called an advert wrongly; slices of adverts what is missed
_OF_ADVERTS = frozenset({"goods"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCall:
    """A post far on the wrong side of the threshold."""

    id: str
    intent: str
    said: str
    risk: float
    reason: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The recall at a false-positive rate; ``None`` where too few negatives tell that rate."""

    rate: float
    recall: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of one judge on one set of posts.

    ``sell_at_hard`` is the recall of sellers where 5 % of the hard negatives are called adverts.
    """

    judge: str
    threshold: float
    posts: int
    adverts: int
    macro_f1: Interval
    goods_micro_f1: Interval
    twins: int
    twins_in_order: Interval
    sell_at_hard: Interval
    slices: tuple[Slice, ...]
    curve: tuple[Point, ...]
    reliability: tuple[Bin, ...]
    reasons: tuple[Reason, ...]
    missed: tuple[WrongCall, ...]
    false_alarms: tuple[WrongCall, ...]
    attacks: tuple[AttackScore, ...] = ()

    @property
    def whole(self) -> Slice:
        """The slice of all posts."""
        return next(found for found in self.slices if found.group == "all")


def evaluate(judge: Measured, posts: Sequence[Labelled]) -> Evaluation:
    """Measure a judge."""
    judged = judge.judge(posts)
    bootstrap = Bootstrap(len(posts))
    acts = np.array([post.acts for post in posts])
    pairs = _twins(posts, judged)
    wrong = _wrong(posts, judged, judge.threshold)
    adverts, negatives = judged.risk[acts], judged.risk[~acts]
    return Evaluation(
        judge=judge.name,
        threshold=judge.threshold,
        posts=len(posts),
        adverts=int(acts.sum()),
        macro_f1=bootstrap.macro_f1([post.intent for post in posts], judged.intents),
        goods_micro_f1=_goods(posts, judged, bootstrap),
        twins=len(pairs),
        twins_in_order=bootstrap.share(np.array(pairs, dtype=bool)),
        sell_at_hard=_sell_at_hard(posts, judged, bootstrap),
        slices=tuple(_slices(posts, judged, judge.threshold, bootstrap)),
        curve=tuple(Point(rate=r, recall=recall_at(adverts, negatives, r)) for r in CURVE),
        reliability=reliability(adverts, negatives),
        reasons=counted([(posts[at].acts, call.reason) for at, call in wrong]),
        missed=_worst([call for at, call in wrong if acts[at]], highest=False),
        false_alarms=_worst([call for at, call in wrong if not acts[at]], highest=True),
    )


def _slices(
    posts: Sequence[Labelled], judged: Judged, threshold: float, bootstrap: Bootstrap
) -> list[Slice]:
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, post in enumerate(posts):
        for key in post.slices():
            members[key].append(at)
    acts = np.array([post.acts for post in posts])
    everywhere = judged.risk[~acts]
    if len(everywhere):
        bootstrap.draw(everywhere, keep=True)
    found = []
    for (group, name), rows in sorted(members.items()):
        mine, theirs = judged.risk[rows], acts[rows]
        own = mine[~theirs]
        found.append(
            measure(
                group,
                name,
                adverts=mine[theirs],
                # a slice that has adverts only is held against all negatives
                negatives=own if len(own) and group not in _OF_ADVERTS else everywhere,
                own_negatives=own,
                threshold=threshold,
                intents=([posts[at].intent for at in rows], [judged.intents[at] for at in rows]),
                bootstrap=bootstrap,
            )
        )
    return found


def _goods(posts: Sequence[Labelled], judged: Judged, bootstrap: Bootstrap) -> Interval:
    """Give micro-F1 of goods over the adverts whose goods somebody labelled."""
    if judged.goods is None:
        return Interval(value=None)
    rows = [at for at, post in enumerate(posts) if post.acts and post.goods]
    both = [2.0 * len(judged.goods[at] & set(posts[at].goods)) for at in rows]
    either = [float(len(judged.goods[at]) + len(posts[at].goods)) for at in rows]
    return bootstrap.ratio(np.array(both), np.array(either))


def _sell_at_hard(posts: Sequence[Labelled], judged: Judged, bootstrap: Bootstrap) -> Interval:
    sell = judged.risk[[post.intent is Intent.SELL for post in posts]]
    hard = judged.risk[[post.hard and not post.acts for post in posts]]
    found = measure(
        *("sell", "at hard"),
        adverts=sell,
        negatives=hard,
        own_negatives=hard,
        threshold=1.0,
        bootstrap=bootstrap,
    )
    return found.recall_at["0.05"]


def _twins(posts: Sequence[Labelled], judged: Judged) -> list[bool]:
    rows = {post.id: at for at, post in enumerate(posts)}
    return [
        bool(judged.risk[at] > judged.risk[rows[post.twin]])
        for at, post in enumerate(posts)
        if post.twin in rows
    ]


def _wrong(
    posts: Sequence[Labelled], judged: Judged, threshold: float
) -> list[tuple[int, WrongCall]]:
    mirrors = {post.twin for post in posts if post.acts}
    return [
        (at, _call(post, judged, at, reason_of(post, mirrored=post.id in mirrors)))
        for at, post in enumerate(posts)
        if (judged.risk[at] >= threshold) != post.acts
    ]


def _call(post: Labelled, judged: Judged, at: int, reason: str) -> WrongCall:
    return WrongCall(
        id=post.id,
        intent=post.intent,
        said=judged.intents[at],
        risk=float(judged.risk[at]),
        reason=reason,
        text=f"{post.title} {post.text}".strip(),
    )


def _worst(calls: list[WrongCall], *, highest: bool) -> tuple[WrongCall, ...]:
    """Give the worst errors of each reason, the reasons with most errors first."""
    by_reason: dict[str, list[WrongCall]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.risk, reverse=highest):
        by_reason[call.reason].append(call)
    ordered = sorted(by_reason.values(), key=len, reverse=True)
    return tuple(call for alike in ordered for call in alike[:_WORST])
