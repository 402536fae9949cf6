"""Who meets whom over a key, and the campaigns of a batch while they are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.ledger.link_rows import Tie


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """An account's tie to a key, and the latest other accounts tied to it."""

    tie: Tie
    others: tuple[Tie, ...]


class Held:
    """The campaigns of a batch's accounts as they are joined."""

    def __init__(self, held: Mapping[str, int]) -> None:
        self._held = dict(held)
        self._into: dict[int, int] = {}

    def get(self, member: str) -> int | None:
        """Give the campaign that an account is in now, if any."""
        held = self._held.get(member)
        return None if held is None else self.now(held)

    def __getitem__(self, member: str) -> int:
        return self.now(self._held[member])

    def put(self, member: str, campaign: int) -> None:
        """Note a new account's campaign."""
        self._held[member] = campaign

    def join(self, kept: int, moved: int) -> None:
        """Note that one campaign went into another."""
        self._into[moved] = kept

    def now(self, campaign: int) -> int:
        """Follow a campaign to the one that it went into."""
        while campaign in self._into:
            campaign = self._into[campaign]
        return campaign
