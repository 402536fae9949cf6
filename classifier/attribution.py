"""Why a post was judged so: the stretches without which the score would be another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.records import Influence, Post, Term

SHOWN = 5
_MOST = 24  # stretches of a field that the quick model is asked about
_TRIED = 10  # of them, those that the slow model is asked about: 0.99 of the effect of all of them
_WIDTH = 6  # code points of a stretch: Chinese phrases of the trade have two to six
_LEAST = 0.05  # of log-odds: below it a stretch moves nothing that anybody could see
_TOGETHER = 64  # posts whose trials are scored in one go
_RUN = re.compile(r"[^\s，。！？；：、,!?;:|/~～…()（）【】\[\]「」“”\"']+")
# what is written in Latin letters and digits, a handle or a price, is one word
_WORD = re.compile(r"[A-Za-z0-9_@.+\-Ａ-Ｚａ-ｚ０-９＿]+")

Odds = Callable[[Sequence[str]], NDArray[np.float64]]
Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Trial:
    """A post's text without one stretch of it."""

    post: int
    field: str
    start: int
    end: int
    text: str


def attribute(
    posts: Sequence[Post], terms: Sequence[Sequence[Term]], *, quick: Odds, slow: Odds
) -> list[tuple[Influence, ...]]:
    """Give the stretches of each post that moved its score most, largest first.

    A stretch is taken out and the rest scored again; its weight is by how much the log-odds of
    ``slow`` fall. Of many stretches those are tried that move ``quick``. ``terms`` are never cut.
    """
    found: list[tuple[Influence, ...]] = []
    for at in range(0, len(posts), _TOGETHER):
        some, words = posts[at : at + _TOGETHER], terms[at : at + _TOGETHER]
        texts = [read(post) for post in some]
        trials = [
            trial
            for number, (post, marks) in enumerate(zip(some, words, strict=True))
            for trial in _trials(number, post, marks)
        ]
        trials = _strongest(trials, _falls(trials, texts, quick))
        found += _influences(len(some), trials, _falls(trials, texts, slow))
    return found


def read(post: Post) -> str:
    """Give a post as a model reads it: title and text in one."""
    return f"{post.title}\n{post.text}" if post.title else post.text


def stretches(text: str, whole: Sequence[Range]) -> list[Range]:
    """Cut a text at its signs and spaces, and long runs into phrases; ``whole`` stays uncut."""
    uncut = sorted([*whole, *(word.span() for word in _WORD.finditer(text))])
    found = [part for run in _RUN.finditer(text) for part in _phrases(run.span(), uncut)]
    together = max(1, -(-len(found) // _MOST))
    groups = (found[at : at + together] for at in range(0, len(found), together))
    return [(group[0][0], group[-1][1]) for group in groups]


def _phrases(run: Range, uncut: Sequence[Range]) -> Iterator[Range]:
    start, last = run
    while start < last:
        end = min(start + _WIDTH, last)
        over = next((word for word in uncut if word[0] < end < word[1]), None)
        if over:
            end = over[0] if over[0] > start else min(over[1], last)
        yield start, end
        start = end


def _trials(number: int, post: Post, terms: Sequence[Term]) -> Iterator[_Trial]:
    whole = read(post)
    for field, text, shift in (
        ("title", post.title, 0),
        ("text", post.text, len(whole) - len(post.text)),
    ):
        marks = [(term.start, term.end) for term in terms if term.field == field]
        for start, end in stretches(text, marks):
            rest = f"{whole[: start + shift]} {whole[end + shift :]}"
            yield _Trial(number, field, start, end, rest)


def _falls(trials: Sequence[_Trial], texts: Sequence[str], odds: Odds) -> list[float]:
    """Give by how much the log-odds fall in each trial."""
    scored = odds([*texts, *(trial.text for trial in trials)])
    falls = scored[[trial.post for trial in trials]] - scored[len(texts) :]
    return [float(fall) for fall in falls]


def _strongest(trials: Sequence[_Trial], falls: Sequence[float]) -> list[_Trial]:
    by_post: dict[int, list[tuple[float, _Trial]]] = {}
    for trial, fall in zip(trials, falls, strict=True):
        by_post.setdefault(trial.post, []).append((abs(fall), trial))
    return [
        trial
        for some in by_post.values()
        for _, trial in sorted(some, key=lambda pair: -pair[0])[:_TRIED]
    ]


def _influences(
    count: int, trials: Sequence[_Trial], falls: Sequence[float]
) -> list[tuple[Influence, ...]]:
    moving: list[list[Influence]] = [[] for _ in range(count)]
    for trial, fall in zip(trials, falls, strict=True):
        if abs(fall) >= _LEAST:
            weight = round(fall, 3)
            moving[trial.post].append(
                Influence(field=trial.field, start=trial.start, end=trial.end, weight=weight)
            )
    return [tuple(sorted(some, key=lambda one: -abs(one.weight))[:SHOWN]) for some in moving]
