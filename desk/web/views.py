"""What a page shows, as plain records: the templates and the JSON twins read the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.index.protocol import Bucket
from archive.labels import Goods, Intent
from archive.records import GoodsScore, Influence, Observation, Offer, Review
from desk.web.marking import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownText:
    """A text with victims' numbers masked, and its marks."""

    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One hit of a search."""

    key: str
    platform: str
    intent: Intent
    goods: tuple[Goods, ...]
    risk: float
    at: datetime
    account: str
    title: ShownText
    text: ShownText


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """A page of hits with the counts that narrow it; ``after`` asks for the next page.

    ``alike`` are words of the living lexicon that mean what was searched, with their hits;
    ``late`` names the counts that could not be had in time, and are empty or not whole.
    """

    total: int
    hits: tuple[Found, ...]
    after: str | None
    facets: Mapping[str, list[Bucket]]
    days: list[Bucket]
    alike: tuple[Bucket, ...] = ()
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """A post on whose risk a person decides."""

    key: str
    platform: str
    risk: float
    threshold: float
    title: ShownText
    text: ShownText


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of a post; without a digest its bytes were never kept."""

    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What the model said."""

    model: str
    lexicon: str
    stage: str
    judged_at: datetime
    intent: Intent
    risk: float
    threshold: float
    hit: bool
    scores: Mapping[str, float]
    goods: tuple[GoodsScore, ...]
    offer: Offer | None
    review: bool
    spans: tuple[Influence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceView:
    """One fetch that saw a version of the post, and the order under which it was made."""

    version: int
    job: int
    query: str
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """One post as an investigator sees it."""

    key: str
    version: int
    platform: str
    url: str
    account: str
    account_id: str
    ip_location: str | None
    posted_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    title: ShownText
    text: ShownText
    pictures: tuple[Picture, ...]
    verdict: VerdictView
    review: Review | None
    evidence: tuple[EvidenceView, ...]
    earlier: tuple[ShownText, ...]
    campaign: int | None = None
