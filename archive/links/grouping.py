"""Campaigns from ties: one account placed, two campaigns joined, one campaign taken apart anew."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations, groupby

from sqlalchemy import Connection

from archive.ledger.campaigns import SPLIT, Act, Campaigns
from archive.ledger.link_rows import Key, Tie
from archive.ledger.links import Links
from archive.links.joining import ENOUGH, Groups, together
from archive.links.likeness import unlike_texts
from archive.links.meetings import Held, Meeting
from archive.links.traces import STEM, STRONG, TEXT, WEAK

_REBORN_WITHIN = timedelta(days=30)
_WIDEST = 48  # accounts of one weak key that are paired when a campaign is taken apart


Sides = Mapping[str, frozenset[tuple[int, int]]]


class Grouping:
    """Keeps accounts in campaigns; ids stay, the older one wins when two become one."""

    def __init__(self, links: Links, campaigns: Campaigns) -> None:
        self._links = links
        self._campaigns = campaigns

    def place(
        self,
        connection: Connection,
        met: Sequence[Meeting],
        *,
        since: Mapping[str, datetime],
    ) -> list[tuple[Tie, Tie]]:
        """Put accounts where the keys that are new to them say; this may join campaigns.

        Keys that they showed before were looked at then, and whoever shows one later looks itself;
        the stems of names are always among the meetings, as a ban may be seen late. Gives the ties
        of accounts that were born again.
        """
        names = {other.member for one in met for other in one.others}
        held = Held(self._campaigns.of(connection, sorted(names | since.keys())))
        for member, at in since.items():
            if held.get(member) is None:
                held.put(member, self._campaigns.new(connection, at=at))
                self._campaigns.put(connection, [member], held[member])
        reborn: list[tuple[Tie, Tie]] = []
        for member, meetings in groupby(met, key=lambda one: one.tie.member):
            reborn += self._place_one(connection, member, list(meetings), held)
        return reborn

    def _place_one(
        self, connection: Connection, member: str, met: Sequence[Meeting], held: Held
    ) -> list[tuple[Tie, Tie]]:
        shared, reborn = self._shared(connection, held[member], met, held)
        apart = self._apart(connection) if shared else set()
        for campaign, keys in sorted(shared.items()):
            own, other = held[member], held.now(campaign)
            if other == own or frozenset((own, other)) in apart:
                continue
            if any(key.kind in STRONG for key in keys) or self._agree(connection, own, other, keys):
                held.join(*self._join(connection, own, other))
                apart = self._apart(connection)
        return [(one, other) for one, other in reborn if held[other.member] == held[member]]

    def regroup(self, connection: Connection, members: Iterable[str], *, at: datetime) -> None:
        """Work out anew the campaigns of some accounts from what still holds."""
        held = self._campaigns.of(connection, sorted(set(members)))
        for campaign in sorted(set(held.values())):
            self.take_apart(connection, self._campaigns.members(connection, campaign), at=at)

    def take_apart(
        self,
        connection: Connection,
        members: Sequence[str],
        *,
        at: datetime,
        former: Mapping[str, int] | None = None,
    ) -> None:
        """Group accounts from nothing; the largest part of each campaign keeps its id."""
        if not members:
            return
        groups = Groups(members, sides=self._sides(connection))
        ties = self._links.live_ties_of(connection, members)
        holders = _holders(ties)
        for link in self._links.between(connection, members):
            if link.reason == "person":
                groups.join((link.left, link.right))
        for key, tied in holders.items():
            if key.kind in STRONG:
                groups.join(tied)
        self._join_weak(connection, groups, holders, ties)
        self._name(connection, groups.parts(), former or {}, at=at)

    def _shared(
        self, connection: Connection, own: int, met: Sequence[Meeting], held: Held
    ) -> tuple[dict[int, set[Key]], list[tuple[Tie, Tie]]]:
        """Give other campaigns with the keys that they share with an account, and rebirths."""
        found: dict[int, set[Key]] = defaultdict(set)
        reborn: list[tuple[Tie, Tie]] = []
        for one in met:
            for other in one.others:
                campaign = held.get(other.member)
                if campaign in {own, None} or not self._counts(connection, one.tie, other):
                    continue
                found[held[other.member]].add(one.tie.key)
                reborn += [(one.tie, other)] if one.tie.key.kind == STEM else []
        return found, reborn

    def _counts(self, connection: Connection, tie: Tie, other: Tie) -> bool:
        """Say whether a shared key is evidence; a stem is one only after a ban."""
        if tie.key.kind != STEM:
            return True
        old, new = sorted((tie, other), key=lambda one: one.first)
        if new.first < old.last:
            return False
        first, last = new.first - _REBORN_WITHIN, new.first + timedelta(days=1)
        return self._campaigns.gone_between(connection, old, first, last)

    def _agree(self, connection: Connection, own: int, other: int, keys: set[Key]) -> bool:
        """Say whether weak reasons suffice, those of the account's campaign added where small."""
        if _sure(connection, keys):
            return True
        sizes = self._campaigns.ids(connection, of=[own, other])
        if max(sizes.values(), default=0) > _WIDEST:
            return False
        shared = self._links.in_common(connection, own, other, kinds=WEAK)
        return _sure(connection, shared | keys)

    def _join(self, connection: Connection, one: int, other: int) -> tuple[int, int]:
        kept, moved = sorted((one, other))
        self._campaigns.join(connection, kept, moved)
        return kept, moved

    def _join_weak(
        self,
        connection: Connection,
        groups: Groups,
        holders: Mapping[Key, Sequence[str]],
        ties: Sequence[Tie],
    ) -> None:
        """Join groups by weak reasons until nothing more joins."""
        by_key = {(tie.key, tie.member): tie for tie in ties}
        joined = True
        while joined:
            joined = False
            for (left, right), keys in self._pairs(connection, groups, holders, by_key).items():
                one, other = groups.of(left), groups.of(right)
                if one != other and not groups.apart(one, other) and _sure(connection, keys):
                    groups.join((left, right))
                    joined = True

    def _pairs(
        self,
        connection: Connection,
        groups: Groups,
        holders: Mapping[Key, Sequence[str]],
        by_key: Mapping[tuple[Key, str], Tie],
    ) -> dict[tuple[str, str], set[Key]]:
        found: dict[tuple[str, str], set[Key]] = defaultdict(set)
        for key, tied in holders.items():
            if key.kind not in WEAK | {STEM}:
                continue
            for left, right in combinations(tied[:_WIDEST], 2):
                one, other = sorted((groups.of(left), groups.of(right)))
                pair = (by_key[key, left], by_key[key, right])
                if one != other and self._counts(connection, *pair):
                    found[one, other].add(key)
        return found

    def _name(
        self,
        connection: Connection,
        parts: Sequence[Sequence[str]],
        former: Mapping[str, int],
        *,
        at: datetime,
    ) -> None:
        """Give each part the id that most of its accounts had; a second claim gets a new one."""
        members = [member for part in parts for member in part]
        held = {**self._campaigns.of(connection, members), **former}
        taken: set[int] = set()
        for part in sorted(parts, key=lambda part: (-len(part), min(part))):
            wanted = Counter(held[member] for member in part if member in held)
            free = [(-number, name) for name, number in wanted.items() if name not in taken]
            name = min(free)[1] if free else self._campaigns.new(connection, at=at)
            taken.add(name)
            self._campaigns.mark_merged(connection, name, None)
            self._campaigns.put(connection, part, name)
            for lost in wanted.keys() - taken:
                if not self._campaigns.members(connection, lost):
                    self._campaigns.mark_merged(connection, lost, name)

    def _sides(self, connection: Connection) -> Sides:
        found: dict[str, set[tuple[int, int]]] = defaultdict(set)
        for act in self._splits(connection):
            for side, members in enumerate((act.kept, act.moved)):
                for member in members:
                    found[member].add((act.id, side))
        return {member: frozenset(sides) for member, sides in found.items()}

    def _apart(self, connection: Connection) -> set[frozenset[int]]:
        """Give the pairs of campaigns that a person set apart."""
        pairs: set[frozenset[int]] = set()
        for act in self._splits(connection):
            kept = set(self._campaigns.of(connection, act.kept).values())
            moved = set(self._campaigns.of(connection, act.moved).values())
            pairs |= {frozenset((left, right)) for left in kept for right in moved}
        return pairs

    def _splits(self, connection: Connection) -> list[Act]:
        return [act for act in self._campaigns.acts(connection) if act.kind == SPLIT]


def _sure(connection: Connection, keys: set[Key]) -> bool:
    """Say whether shared keys suffice; texts over the same boiler-plate count as one."""
    if together(keys) < ENOUGH:
        return False
    texts = {key for key in keys if key.kind == TEXT}
    if len(texts) < 2:
        return True
    kept = unlike_texts(connection, [int(key.value) for key in texts])
    return together({key for key in keys if key not in texts or int(key.value) in kept}) >= ENOUGH


def _holders(ties: Sequence[Tie]) -> dict[Key, list[str]]:
    found: dict[Key, list[str]] = defaultdict(list)
    for tie in ties:
        found[tie.key].append(tie.member)
    return found
