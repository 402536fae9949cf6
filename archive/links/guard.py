"""The guard against super-nodes: what strangers share must not join them.

A key is a hub when the accounts that share it, looked at without it, fall into several groups
which each have a contact of their own. A campaign's contact does not look so: its accounts
share the rest as well, or have no other contact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from archive.ledger.link_rows import Key, Tie
from archive.ledger.links import Links
from archive.links.joining import Groups
from archive.links.traces import CONTACT, ESCROW, PICTURE, STRONG, TEXT, WEAK

_LEAST_GROUPS = 3
_SHARE_STRONG, _SHARE_WEAK = 0.4, 0.3  # groups with a contact of their own, of the accounts
_ALONE = 0.3  # an escrow service seldom stands as the only contact of a post
_SIZES = frozenset({2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64})


def due(before: int, now: int) -> bool:
    """Say whether a key that more accounts share now is looked at again: ever more rarely."""
    return any(before < size <= now for size in _SIZES) or (now > 64 and before // 64 < now // 64)


class Guard:
    """Decides which keys are hubs, on a bounded sample of the accounts that share each."""

    def __init__(self, links: Links) -> None:
        self._links = links

    def look(
        self, connection: Connection, grown: Mapping[Key, int], *, at: Mapping[Key, datetime]
    ) -> list[Key]:
        """Look at keys that so many more accounts share; give those that became hubs just now."""
        kinds = STRONG | WEAK
        members = self._links.counts(connection, [key for key in grown if key.kind in kinds])
        keys = [key for key, now in members.items() if due(now - grown[key], now)]
        were = self._links.hubs(connection, keys)
        new: list[Key] = []
        for key in sorted(keys, key=str):
            if self._is_hub(connection, key, members[key]):
                self._links.set_hub(connection, key, members[key], at=at[key])
                new += [key] if key not in were else []
            elif key in were:
                self._links.unset_hub(connection, key)
        return new

    def _is_hub(self, connection: Connection, key: Key, members: int) -> bool:
        if key.kind == CONTACT and self._is_escrow(connection, key, members):
            return True
        if members < _LEAST_GROUPS:
            return False
        sample = self._links.ties_on(connection, key)
        if key.kind in STRONG and _alone(sample) >= _ALONE:
            return False
        groups = self._groups(connection, key, sample)
        share = _SHARE_STRONG if key.kind in STRONG else _SHARE_WEAK
        return groups >= max(_LEAST_GROUPS, share * len(sample))

    def _is_escrow(self, connection: Connection, key: Key, members: int) -> bool:
        escrow = Key(ESCROW, key.value)
        called = self._links.counts(connection, [escrow]).get(escrow, 0)
        return called >= max(2, 0.3 * members)

    def _groups(self, connection: Connection, key: Key, sample: Sequence[Tie]) -> int:
        """Count the groups, without the key, that have a contact of their own."""
        accounts = [tie.member for tie in sample]
        ties = self._links.live_ties_of(connection, accounts)
        holders = _holders(tie for tie in ties if tie.key != key)
        groups = Groups(accounts)
        own: set[str] = set()
        for other, members in holders.items():
            if _parts(key, other, len(members), len(accounts)):
                groups.join(members)
                own |= set(members) if other.kind in STRONG else set()
        return len({groups.of(member) for member in own})


def _parts(key: Key, other: Key, held: int, accounts: int) -> bool:
    """Say whether another key may tell the groups of the accounts that share a key.

    One as wide as the key itself may be a hub as well, shared by the same strangers.
    """
    if other.kind in STRONG and key.kind in WEAK:
        return True
    if other.kind == key.kind and key.kind in WEAK:
        return False
    if other.kind not in STRONG | {TEXT, PICTURE}:
        return False
    return 3 * held <= 2 * accounts if key.kind in WEAK else held < max(2, accounts // 2)


def _alone(sample: Sequence[Tie]) -> float:
    return sum(tie.alone for tie in sample) / max(1, sum(tie.posts for tie in sample))


def _holders(ties: Iterable[Tie]) -> dict[Key, list[str]]:
    found: dict[Key, list[str]] = defaultdict(list)
    for tie in ties:
        found[tie.key].append(tie.member)
    return found
