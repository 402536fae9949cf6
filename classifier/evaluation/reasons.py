"""Why a post was judged wrongly: the first thing about it that explains the error."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from archive.labels import Intent
from archive.lexicon import base
from classifier.evaluation.labelled import Labelled

_SHORT = 12
_VOICES = {
    Intent.BUY: "a buyer, not a seller",
    Intent.RECRUIT: "looks for insiders",
    Intent.TUTORIAL: "teaches instead of selling",
}
_INNOCENT = {
    Intent.DISCUSS: "speaks about the trade",
    Intent.OTHER_AD: "advertises something else",
    Intent.BENIGN: "an innocent post",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """How many errors of one kind have one reason."""

    missed: bool
    reason: str
    posts: int


def reason_of(post: Labelled, *, mirrored: bool) -> str:
    """Give the reason of an error; ``mirrored`` says that the post is some advert's twin."""
    text = f"{post.title}\n{post.text}"
    if post.acts:
        return _missed(post, text)
    said = _INNOCENT[post.intent]
    if mirrored:
        return f"{said}, in an advert's words"
    named = any(term.goods for term in base().match(text))
    return f"{said}, with words of goods" if named else f"{said}, without a word of goods"


def counted(posts: Sequence[tuple[bool, str]]) -> tuple[Reason, ...]:
    """Count errors by side and reason, the most frequent first."""
    counts = Counter(posts)
    return tuple(
        Reason(missed=missed, reason=reason, posts=number)
        for (missed, reason), number in sorted(counts.items(), key=lambda item: -item[1])
    )


def _missed(post: Labelled, text: str) -> str:
    if post.degree == "heavy":
        return "heavily coded"
    if len("".join(text.split())) <= _SHORT:
        return "hardly any text"
    if post.intent in _VOICES:
        return _VOICES[post.intent]
    if not base().match(text):
        return "no word of the lexicon"
    return "moderately coded" if post.degree == "moderate" else "plain words"
