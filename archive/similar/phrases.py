"""What two texts share: phrases with their places in both, and how much of all that is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from archive.text import Folded, fold, squeeze

SHORTEST = 3  # signs of a phrase that says something: 查开房, 名下号
_SHINGLE = 2
_TRIED = 8  # places of one beginning that are tried: a text may repeat itself
_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A half-open range of code points of a field of a post as published."""

    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A phrase, or a picture, that stands in both posts; ``words`` as this one writes them."""

    words: str
    here: Place
    there: Place


@dataclass(frozen=True, slots=True)
class Said:
    """Title and text as one, as they are compared: folded, symbols within words left out."""

    title: str
    text: str
    view: Folded

    @classmethod
    def of(cls, title: str, text: str) -> Said:
        """Read a title and a text."""
        return cls(title, text, squeeze(fold(f"{title}\n{text}")))

    @property
    def bare(self) -> str:
        """Letters and digits alone."""
        return "".join(char for char in self.view.text if char.isalnum())

    def splits(self, at: int) -> bool:
        """Say whether a place of the view is within a handle: letters and digits, - . _ between."""
        view = self.view
        if not 0 < at < len(view.text):
            return False
        if not all(sign.isascii() and sign.isalnum() for sign in view.text[at - 1 : at + 1]):
            return False
        between = f"{self.title}\n{self.text}"[view.origin[at - 1] + 1 : view.origin[at]]
        return set(between) <= {"-", ".", "_"}

    def words(self, place: Place) -> str:
        """Give what stands at a place."""
        said = self.title if place.field == "title" else self.text
        return said[place.start : place.end]

    def place(self, start: int, end: int) -> Place:
        """Give where a range of the view stands; one over both fields is cut to the longer part."""
        start, end = self.view.span(start, end)
        cut = len(self.title)
        if end <= cut or cut - start > end - cut:
            return Place(field="title", start=start, end=min(end, cut))
        start = max(start, cut + 1)
        return Place(field="text", start=start - cut - 1, end=end - cut - 1)


def shared(here: Said, there: Said) -> tuple[Shared, ...]:
    """Give the longest phrases that stand in both, the longest first."""
    found: dict[str, Shared] = {}
    for block in _blocks(here.view.text, there.view.text):
        at, other, length = _whole(here, there, *block)
        words = here.view.text[at : at + length].strip()
        if sum(char.isalnum() for char in words) < SHORTEST or words in found:
            continue
        place = here.place(at, at + length)
        found[words] = Shared(
            words=here.words(place),
            here=place,
            there=there.place(other, other + length),
        )
    longest = sorted(found.values(), key=lambda one: (-len(one.words), one.here.start))
    return tuple(longest[:_SHOWN])


def shingles(bare: str) -> frozenset[str]:
    """Give the runs of two signs of a text."""
    last = max(1, len(bare) - _SHINGLE + 1)
    return frozenset(bare[at : at + _SHINGLE] for at in range(last))


def weights(pool: Collection[frozenset[str]]) -> Mapping[str, float]:
    """Give what each run of signs tells: the fewer of the texts have it, the more."""
    counts = Counter(shingle for one in pool for shingle in one)
    return {shingle: math.log((1 + len(pool)) / count) for shingle, count in counts.items()}


def likeness(here: frozenset[str], there: frozenset[str], weight: Mapping[str, float]) -> float:
    """Give the weighted Dice index of two texts, summed in one order on every machine."""
    both = math.fsum(weight[shingle] for shingle in here & there)
    every = math.fsum(weight[shingle] for one in (here, there) for shingle in one)
    return round(2 * both / every, 4) if every else 0.0


def _blocks(here: str, there: str) -> Iterator[tuple[int, int, int]]:
    """Walk over the other text and give the longest run from each place that this one has too."""
    starts: dict[str, list[int]] = {}
    for at in range(len(here) - SHORTEST + 1):
        starts.setdefault(here[at : at + SHORTEST], []).append(at)
    other = 0
    while other <= len(there) - SHORTEST:
        tried = starts.get(there[other : other + SHORTEST], [])[:_TRIED]
        lengths = [(_run(here, at, there, other), -at) for at in tried]
        length, at = max(lengths, default=(0, 0))
        if length:
            yield -at, other, length
        other += max(1, length)


def _run(here: str, at: int, there: str, other: int) -> int:
    length = 0
    most = min(len(here) - at, len(there) - other)
    while length < most and here[at + length] == there[other + length]:
        length += 1
    return length


def _whole(here: Said, there: Said, at: int, other: int, length: int) -> tuple[int, int, int]:
    """Leave out a piece of a Latin word or a number: half a handle is nobody's handle."""
    while length and (here.splits(at) or there.splits(other)):
        at, other, length = at + 1, other + 1, length - 1
    while length and (here.splits(at + length) or there.splits(other + length)):
        length -= 1
    return at, other, length
