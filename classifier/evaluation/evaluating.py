"""One judge on labelled posts: every slice, the twins, and the worst errors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from classifier.evaluation.attacks import AttackScore
from classifier.evaluation.judges import Judged, Measured
from classifier.evaluation.labelled import Labelled
from classifier.evaluation.measures import Slice, macro_f1, measure

_WORST = 12
# slices of negatives say what is called an advert wrongly; slices of adverts what is missed
_OF_ADVERTS = frozenset({"goods"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCall:
    """A post far on the wrong side of the threshold."""

    id: str
    intent: str
    said: str
    risk: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All figures of one judge on one set of posts."""

    judge: str
    threshold: float
    posts: int
    adverts: int
    macro_f1: float
    goods_micro_f1: float | None
    twins: int
    twins_in_order: float | None
    slices: tuple[Slice, ...]
    missed: tuple[WrongCall, ...]
    false_alarms: tuple[WrongCall, ...]
    attacks: tuple[AttackScore, ...] = ()


def evaluate(judge: Measured, posts: Sequence[Labelled]) -> Evaluation:
    """Measure a judge."""
    judged = judge.judge(posts)
    acts = np.array([post.acts for post in posts])
    pairs = _twins(posts, judged)
    calls = [_call(post, judged, at) for at, post in enumerate(posts)]
    missed = [call for call, act in zip(calls, acts, strict=True) if act]
    alarms = [call for call, act in zip(calls, acts, strict=True) if not act]
    return Evaluation(
        judge=judge.name,
        threshold=judge.threshold,
        posts=len(posts),
        adverts=int(acts.sum()),
        macro_f1=macro_f1([post.intent for post in posts], judged.intents),
        goods_micro_f1=_goods(posts, judged),
        twins=len(pairs),
        twins_in_order=float(np.mean(pairs)) if pairs else None,
        slices=tuple(_slices(posts, judged, judge.threshold)),
        missed=_worst([c for c in missed if c.risk < judge.threshold], highest=False),
        false_alarms=_worst([c for c in alarms if c.risk >= judge.threshold], highest=True),
    )


def _slices(posts: Sequence[Labelled], judged: Judged, threshold: float) -> list[Slice]:
    members: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, post in enumerate(posts):
        for key in post.slices():
            members[key].append(at)
    acts = np.array([post.acts for post in posts])
    everywhere = judged.risk[~acts]
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
            )
        )
    return found


def _goods(posts: Sequence[Labelled], judged: Judged) -> float | None:
    """Give micro-F1 of goods over the adverts whose goods somebody labelled."""
    if judged.goods is None:
        return None
    rows = [at for at, post in enumerate(posts) if post.acts and post.goods]
    both = sum(len(judged.goods[at] & set(posts[at].goods)) for at in rows)
    either = sum(len(judged.goods[at]) + len(posts[at].goods) for at in rows)
    return 2 * both / either if either else None


def _twins(posts: Sequence[Labelled], judged: Judged) -> list[bool]:
    rows = {post.id: at for at, post in enumerate(posts)}
    return [
        bool(judged.risk[at] > judged.risk[rows[post.twin]])
        for at, post in enumerate(posts)
        if post.twin in rows
    ]


def _call(post: Labelled, judged: Judged, at: int) -> WrongCall:
    return WrongCall(
        id=post.id,
        intent=post.intent,
        said=judged.intents[at],
        risk=float(judged.risk[at]),
        text=f"{post.title} {post.text}".strip(),
    )


def _worst(calls: list[WrongCall], *, highest: bool) -> tuple[WrongCall, ...]:
    return tuple(sorted(calls, key=lambda call: call.risk, reverse=highest)[:_WORST])
