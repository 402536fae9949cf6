"""What a person says about campaigns: merge, split, undo; each is in the chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive.chain import Body
from archive.errors import InputError
from archive.ledger.campaigns import MERGE, SPLIT, Act
from archive.ledger.ledger import Ledger
from archive.links.grouping import Grouping
from archive.records import Link


class Persons:
    """Merges and splits campaigns; a person's word outranks the rules until it is undone."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._campaigns = ledger.campaigns
        self._grouping = Grouping(ledger.links, ledger.campaigns)

    def merge(self, one: int, other: int, *, actor: str) -> Act:
        """Say that two campaigns are one; the older id stays."""
        with self._ledger.writing() as connection:
            kept, moved = sorted(self._campaigns.resolve(connection, n) for n in (one, other))
            if kept == moved:
                raise InputError(f"Campaigns {one} and {other} are one already: {kept}.")
            act = self._record(connection, MERGE, kept, moved, actor)
            left, right = act.kept[0], act.moved[0]
            person = Link(
                left=min(left, right),
                right=max(left, right),
                reason="person",
                value=f"act:{act.id}",
                strength=1.0,
                first=act.at,
                last=act.at,
            )
            self._ledger.links.link(connection, [person])
            self._campaigns.join(connection, kept, moved)
            return act

    def split(self, campaign: int, accounts: Sequence[str], *, actor: str) -> Act:
        """Take accounts out of a campaign into a new one; the rules do not join them again."""
        with self._ledger.writing() as connection:
            kept = self._campaigns.resolve(connection, campaign)
            members = self._campaigns.members(connection, kept)
            strange = sorted(set(accounts) - set(members))
            if strange:
                raise InputError(f"Campaign {kept} has no account {strange[0]}.")
            if not accounts or len(set(accounts)) == len(members):
                raise InputError("A split needs some of the accounts, not none and not all.")
            moved = self._campaigns.new(connection, at=datetime.now(UTC))
            self._campaigns.put(connection, sorted(set(accounts)), moved)
            return self._record(connection, SPLIT, kept, moved, actor)

    def undo(self, number: int, *, actor: str) -> Act:
        """Take a merge or a split back; what the rules say holds again."""
        with self._ledger.writing() as connection:
            acts = {act.id: act for act in self._campaigns.acts(connection)}
            if number not in acts:
                raise InputError(f"There is no act {number} to undo: see `anyu campaign acts`.")
            act, now = acts[number], datetime.now(UTC)
            self._campaigns.undo(connection, number, at=now)
            self._ledger.links.drop(connection, reason="person", value=f"act:{number}")
            former = dict.fromkeys(act.moved, act.other) if act.kind == MERGE else {}
            self._grouping.take_apart(
                connection, self._touched(connection, act), at=now, former=former
            )
            self._note(connection, "campaign-undo", act, actor)
            return act

    def _touched(self, connection: Connection, act: Act) -> list[str]:
        held = self._campaigns.of(connection, [*act.kept, *act.moved])
        found = {
            member
            for campaign in set(held.values())
            for member in self._campaigns.members(connection, campaign)
        }
        return sorted(found)

    def _record(self, connection: Connection, kind: str, kept: int, moved: int, actor: str) -> Act:
        act = Act(
            at=datetime.now(UTC),
            actor=actor,
            kind=kind,
            campaign=kept,
            other=moved,
            kept=tuple(self._campaigns.members(connection, kept)),
            moved=tuple(self._campaigns.members(connection, moved)),
        )
        number = self._campaigns.record(connection, act)
        recorded = next(one for one in self._campaigns.acts(connection) if one.id == number)
        self._note(connection, f"campaign-{kind}", recorded, actor)
        return recorded

    def _note(self, connection: Connection, kind: str, act: Act, actor: str) -> None:
        """Write to the chain which campaigns, and keyed digests of the accounts."""
        chain = self._ledger.chain
        body: Body = {
            "act": act.id,
            "campaign": act.campaign,
            "other": act.other,
            "accounts": chain.mark("\n".join(act.moved)),
        }
        chain.append(connection, kind, actor=actor, body=body)
