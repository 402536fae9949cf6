"""Campaigns and their members; ids that stay; what persons said about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from archive import codec
from archive.errors import InputError
from archive.ledger import link_tables as t
from archive.ledger import tables
from archive.ledger.link_rows import Tie
from archive.ledger.link_statements import ADD_CAMPAIGN, CAMPAIGNS_OF, GONE, put_members
from archive.ledger.links import new_id

MERGE, SPLIT = "merge", "split"
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A person's word: ``kept`` and ``moved`` are accounts, ``other`` the second campaign."""

    id: int = 0
    at: datetime
    actor: str
    kind: str
    campaign: int
    other: int
    kept: tuple[str, ...]
    moved: tuple[str, ...]
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """A campaign in a list: how many accounts, and since when."""

    id: int
    since: datetime
    members: int


class Campaigns:
    """Campaigns; every call runs inside the caller's transaction."""

    def of(self, connection: Connection, members: Sequence[str]) -> dict[str, int]:
        """Give the campaigns of accounts that have one."""
        found: dict[str, int] = {}
        for at in range(0, len(members), _BATCH):
            some = {"members": members[at : at + _BATCH]}
            found.update(
                {row.member: row.campaign for row in connection.execute(CAMPAIGNS_OF, some)}
            )
        return found

    def members(self, connection: Connection, campaign: int) -> list[str]:
        """Give the accounts of a campaign."""
        table = t.campaign_member
        rows = select(table.c.member).where(table.c.campaign == campaign)
        return list(connection.scalars(rows.order_by(table.c.member)))

    def new(self, connection: Connection, *, at: datetime) -> int:
        """Open a campaign and give its id, which is never given again."""
        return new_id(connection, ADD_CAMPAIGN, {"since": at})

    def put(self, connection: Connection, members: Iterable[str], campaign: int) -> None:
        """Make accounts members of a campaign."""
        rows = [{"member": member, "campaign": campaign} for member in members]
        if rows:
            connection.execute(put_members(connection.dialect.name), rows)

    def join(self, connection: Connection, kept: int, moved: int) -> None:
        """Put all members of one campaign into another; its id leads there from now on."""
        table = t.campaign_member
        here = update(table).where(table.c.campaign == moved)
        connection.execute(here.values(campaign=kept))
        self.mark_merged(connection, moved, kept)

    def mark_merged(self, connection: Connection, campaign: int, into: int | None) -> None:
        """Say where the id of a campaign leads; ``None`` opens it again."""
        here = update(t.campaign).where(t.campaign.c.id == campaign)
        connection.execute(here.values(merged_into=into))

    def resolve(self, connection: Connection, campaign: int) -> int:
        """Follow an id to the campaign that holds its members now."""
        seen: set[int] = set()
        while campaign not in seen:
            seen.add(campaign)
            here = select(t.campaign.c.merged_into).where(t.campaign.c.id == campaign)
            row = connection.execute(here).one_or_none()
            if row is None:
                raise InputError(f"There is no campaign {campaign}: see `anyu campaign list`.")
            if row.merged_into is None:
                return campaign
            campaign = row.merged_into
        raise InputError(f"The ids of campaign {campaign} lead in a circle.")

    def largest(
        self, connection: Connection, *, least: int = 2, most: int = 50
    ) -> tuple[int, list[CampaignRow]]:
        """Count campaigns of at least ``least`` accounts and give the largest."""
        member, campaign = t.campaign_member.c, t.campaign.c
        size = func.count().label("size")
        sizes = select(member.campaign, size).group_by(member.campaign).having(size >= least)
        held = sizes.subquery()
        total = connection.scalar(select(func.count()).select_from(held)) or 0
        rows = select(campaign.id, campaign.since, held.c.size)
        rows = rows.join(held, held.c.campaign == campaign.id)
        rows = rows.order_by(held.c.size.desc(), campaign.id).limit(most)
        found = [
            CampaignRow(id=row.id, since=row.since, members=row.size)
            for row in connection.execute(rows)
        ]
        return total, found

    def posts(self, connection: Connection, members: Sequence[str], *, most: int) -> list[str]:
        """Give the keys of posts that accounts left traces in, the latest first."""
        trace, post = t.trace.c, tables.post.c
        latest = func.max(trace.at)
        rows = select(post.key).join_from(t.trace, tables.post).where(trace.member.in_(members))
        return list(connection.scalars(rows.group_by(post.key).order_by(latest.desc()).limit(most)))

    def record(self, connection: Connection, act: Act) -> int:
        """Write a person's act and give its id."""
        row = {"at": act.at, "actor": act.actor, "kind": act.kind, "body": codec.encode(act)}
        return new_id(connection, insert(t.campaign_act), row)

    def acts(self, connection: Connection, *, live: bool = True) -> list[Act]:
        """Give what persons did, oldest first; ``live`` leaves out what was undone."""
        table = t.campaign_act
        rows = select(table).order_by(table.c.id)
        if live:
            rows = rows.where(table.c.undone_at.is_(None))
        return [_act(row.id, row.body, row.undone_at) for row in connection.execute(rows)]

    def undo(self, connection: Connection, act: int, *, at: datetime) -> None:
        """Note that an act holds no longer."""
        here = update(t.campaign_act).where(t.campaign_act.c.id == act)
        connection.execute(here.values(undone_at=at))

    def gone_between(
        self, connection: Connection, whose: Tie, first: datetime, last: datetime
    ) -> bool:
        """Say whether posts that tie an account to a key were seen gone in a span of time."""
        which = {"kind": whose.key.kind, "value": whose.key.value, "member": whose.member}
        return connection.scalar(GONE, {**which, "first": first, "until": last}) is not None

    def ids(self, connection: Connection, *, of: Sequence[int]) -> dict[int, int]:
        """Count the members of campaigns."""
        member = t.campaign_member.c
        rows = select(member.campaign, func.count()).where(member.campaign.in_(of))
        rows = rows.group_by(member.campaign)
        return {int(row[0]): int(row[1]) for row in connection.execute(rows)}


def _act(number: int, body: str, undone_at: datetime | None) -> Act:
    act = codec.decode(body, Act)
    return Act(
        id=number,
        at=act.at,
        actor=act.actor,
        kind=act.kind,
        campaign=act.campaign,
        other=act.other,
        kept=act.kept,
        moved=act.moved,
        undone_at=undone_at,
    )
