"""Campaigns as people see them: accounts, what they share, and the places that prove it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from archive.ledger import accounts
from archive.ledger.campaigns import Act, CampaignRow
from archive.ledger.ledger import Ledger
from archive.links.traces import CONTACT, PAYMENT
from archive.masking import mask
from archive.records import Link, Proof

_MOST_POSTS, _MOST_LINKS, _LONGEST = 50, 200, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignList:
    """The largest campaigns, how many there are, and how many posts wait to be linked."""

    total: int
    waiting: int
    campaigns: tuple[CampaignRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """An account of a campaign."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedView:
    """A contact or a mark of payment, and how many of the accounts show it; a hub joins nobody."""

    reason: str
    value: str
    accounts: int
    first: datetime
    last: datetime
    hub: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """A place that proves a link, with the words that stand there, masked."""

    proof: Proof
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """Why two accounts may be one hand."""

    left: str
    right: str
    reason: str
    value: str
    strength: float
    first: datetime
    last: datetime
    places: tuple[PlaceView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignView:
    """One campaign; ``id`` is the id that holds now, whatever older id was asked for."""

    id: int
    members: tuple[MemberView, ...]
    shared: tuple[SharedView, ...]
    links: tuple[LinkView, ...]
    posts: tuple[str, ...]
    acts: tuple[Act, ...]


def listed(ledger: Ledger, *, least: int = 2, most: int = 50) -> CampaignList:
    """Give the largest campaigns of at least ``least`` accounts."""
    with ledger.reading() as connection:
        total, rows = ledger.campaigns.largest(connection, least=least, most=most)
        waiting = ledger.to_link.waiting(connection)
    return CampaignList(total=total, waiting=waiting, campaigns=tuple(rows))


def shown(ledger: Ledger, number: int) -> CampaignView:
    """Give one campaign; raises ``InputError`` for an unknown id."""
    with ledger.reading() as connection:
        campaign = ledger.campaigns.resolve(connection, number)
        members = ledger.campaigns.members(connection, campaign)
        links = ledger.links.between(connection, members)
        links.sort(key=lambda link: (-link.strength, link.first))
        return CampaignView(
            id=campaign,
            members=tuple(_member(connection, member) for member in members),
            shared=_shared(ledger, connection, members),
            links=tuple(_link(ledger, connection, link) for link in links[:_MOST_LINKS]),
            posts=tuple(ledger.campaigns.posts(connection, members, most=_MOST_POSTS)),
            acts=tuple(
                act
                for act in ledger.campaigns.acts(connection, live=False)
                if campaign in {act.campaign, act.other}
            ),
        )


def campaign_of(ledger: Ledger, account: str) -> int | None:
    """Give the campaign of an account, where it has company there."""
    with ledger.reading() as connection:
        number = ledger.campaigns.of(connection, [account]).get(account)
        if number is None or len(ledger.campaigns.members(connection, number)) < 2:
            return None
        return number


def _member(connection: Connection, member: str) -> MemberView:
    platform, _, account_id = member.partition(":")
    known = accounts.get(connection, platform, account_id)
    return MemberView(account=member, name=known.name if known else "")


def _shared(
    ledger: Ledger, connection: Connection, members: Sequence[str]
) -> tuple[SharedView, ...]:
    by_key = defaultdict(list)
    for tie in ledger.links.ties_of(connection, members):
        if tie.key.kind in {CONTACT, PAYMENT}:
            by_key[tie.key].append(tie)
    hubs = ledger.links.hubs(connection, by_key)
    found = [
        SharedView(
            reason=key.kind,
            value=key.value,
            accounts=len(ties),
            first=min(tie.first for tie in ties),
            last=max(tie.last for tie in ties),
            hub=key in hubs,
        )
        for key, ties in by_key.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.accounts, one.value)))


def _link(ledger: Ledger, connection: Connection, link: Link) -> LinkView:
    return LinkView(
        left=link.left,
        right=link.right,
        reason=link.reason,
        value=link.value,
        strength=link.strength,
        first=link.first,
        last=link.last,
        places=tuple(_place(ledger, connection, proof) for proof in link.proof),
    )


def _place(ledger: Ledger, connection: Connection, proof: Proof) -> PlaceView:
    versions = ledger.posts.versions(connection, proof.post)
    said = next((held.post for held in versions if held.version == proof.version), None)
    if said is None:
        return PlaceView(proof=proof, words="")
    author = said.author.name if said.author else ""
    text = {"title": said.title, "text": said.text, "author": author}.get(proof.field, "")
    return PlaceView(proof=proof, words=mask(text)[proof.start : proof.end][:_LONGEST])
