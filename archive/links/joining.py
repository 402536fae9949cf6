"""When evidence joins accounts: how strong each reason is, and groups that grow together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from archive.ledger.link_rows import Key
from archive.links.traces import CONTACT, NAME, PAYMENT, PICTURE, STEM, TEXT

ENOUGH = 0.8  # two weak reasons of different kinds, or a strong one
STRENGTH: Mapping[str, float] = {
    CONTACT: 0.95,
    PAYMENT: 0.95,
    TEXT: 0.6,
    PICTURE: 0.6,
    NAME: 0.5,
    STEM: 0.7,  # only together with a ban: "reborn"; short names come again by chance
    "person": 1.0,
}
_SEVERAL = 0.84  # two texts, or two pictures, in common: as good as two reasons


def together(keys: Iterable[Key]) -> float:
    """Give how sure it is that two sides which share these keys are one hand."""
    counts: dict[str, int] = defaultdict(int)
    for key in set(keys):
        counts[key.kind] += 1
    if STEM in counts:
        counts.pop(NAME, None)  # the same name said twice
    doubt = 1.0
    for kind, number in counts.items():
        several = number > 1 and kind in {TEXT, PICTURE}
        doubt *= 1 - (_SEVERAL if several else STRENGTH[kind])
    return 1 - doubt


class Groups:
    """Accounts in groups that are joined; sides that a person set apart stay apart."""

    def __init__(
        self,
        members: Iterable[str],
        *,
        sides: Mapping[str, frozenset[tuple[int, int]]] | None = None,
    ) -> None:
        self._parent = {member: member for member in members}
        self._sides = {m: set((sides or {}).get(m, frozenset())) for m in self._parent}

    def of(self, member: str) -> str:
        """Give the account that stands for the group of an account."""
        while self._parent[member] != member:
            self._parent[member] = self._parent[self._parent[member]]
            member = self._parent[member]
        return member

    def join(self, members: Sequence[str]) -> None:
        """Join the groups of accounts, but for groups that a person set apart."""
        for one, other in pairwise(members):
            left, right = sorted((self.of(one), self.of(other)))
            if left != right and not self.apart(left, right):
                self._parent[right] = left
                self._sides[left] |= self._sides[right]

    def apart(self, left: str, right: str) -> bool:
        """Say whether a person set two groups apart."""
        other = {(act, 1 - side) for act, side in self._sides[right]}
        return bool(self._sides[left] & other)

    def parts(self) -> list[list[str]]:
        """Give the groups."""
        found: dict[str, list[str]] = defaultdict(list)
        for member in self._parent:
            found[self.of(member)].append(member)
        return list(found.values())
