"""The records that pass between modules: what was seen, what was said, what was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from archive.labels import (
    ACTIONABLE,
    ContactType,
    Extent,
    Goods,
    Input,
    Intent,
    Kind,
    PageState,
    Unit,
)

# ------------------------------------------------------------------ seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One order to collect; ``id`` is given by the ledger."""

    id: int = 0
    platform: str
    query: str
    window: str = ""
    operator: str
    purpose: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One fetch, failures too; immutable.

    ``clock_offset`` is in seconds (server minus ours); ``warc`` names the encrypted evidence.
    """

    id: int = 0
    job: int
    cursor: str
    request: str
    url: str
    fetched_at: datetime
    status: int
    page_state: PageState
    extent: Extent
    body_sha256: str | None = None
    warc: str | None = None
    screenshot_sha256: str | None = None
    session: str | None = None
    clock_offset: float | None = None
    tools: Mapping[str, str] = field(default_factory=dict)


# ------------------------------------------------------------------ said


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture of a post; ``sha256`` is set once its bytes are kept."""

    url: str
    sha256: str | None = None
    kind: str = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An author as the platform shows them."""

    platform: str
    account_id: str
    name: str = ""
    bio: str = ""
    url: str = ""
    ip_location: str | None = None
    followers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One version of one post; an edit is a new version."""

    platform: str
    post_id: str
    kind: Kind = Kind.POST
    url: str = ""
    title: str = ""
    text: str
    author: Account | None = None
    parent: str | None = None
    posted_at: datetime | None = None
    ip_location: str | None = None
    media: tuple[Media, ...] = ()
    metrics: Mapping[str, int] = field(default_factory=dict)
    observation: int | None = None

    @property
    def key(self) -> str:
        """The post's name over all platforms."""
        return f"{self.platform}:{self.post_id}"


# ------------------------------------------------------------------ judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A half-open range of code points of a field of the post as published."""

    field: str = "text"
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A lexicon word met in a post."""

    field: str = "text"
    start: int
    end: int
    surface: str
    term: str
    gloss: str
    goods: tuple[Goods, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount of money; ``amount`` is decoded, never guessed."""

    amount: float
    currency: str = "CNY"
    unit: Unit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """A change of price under a condition."""

    condition: str
    delta: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One thing on offer."""

    goods: Goods | None
    price: Price | None
    modifiers: tuple[Modifier, ...] = ()
    source: Span
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnaround:
    """How long a seller says it takes."""

    min_hours: float | None
    max_hours: float | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A way to reach a seller; ``value`` is normalised, ``raw`` as published."""

    type: ContactType
    value: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What an actionable post states; what it does not state is empty or ``None``."""

    services: tuple[Service, ...] = ()
    inputs: tuple[Input, ...] = ()
    returns: tuple[str, ...] = ()
    turnaround: Turnaround | None = None
    contacts: tuple[Contact, ...] = ()
    payment: tuple[str, ...] = ()
    escrow: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsScore:
    """One goods label with its probability."""

    label: Goods
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """A stretch of a post, and by how much it raises (or lowers) the log-odds of the risk."""

    field: str = "text"
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one model said of one version of one post.

    ``review``: a person decides, as the risk lies in the model's abstain band. ``spans`` moved the
    score most, largest first; ``None`` where nobody asked.
    """

    post: str
    post_version: int
    judged_at: datetime
    model: str
    lexicon: str
    stage: str
    threshold: float
    intent: Intent
    scores: Mapping[str, float]
    risk: float
    hit: bool
    goods: tuple[GoodsScore, ...] = ()
    terms: tuple[Term, ...] = ()
    offer: Offer | None = None
    review: bool = False
    spans: tuple[Influence, ...] | None = None

    @property
    def actionable(self) -> bool:
        """Whether the post is one to act on, by intent or by risk."""
        return self.hit or self.intent in ACTIONABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A person's word on a post; it outranks every verdict."""

    post: str
    post_version: int
    reviewed_at: datetime
    reviewer: str
    intent: Intent
    goods: tuple[Goods, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A place that proves a link: a half-open range of a field of one version of a post."""

    post: str
    version: int
    field: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why two accounts may be one hand: what both show, how strong that is, since when, where.

    ``reason`` is contact, payment, text, picture, name, reborn, or person (somebody said so).
    """

    left: str
    right: str
    reason: str
    value: str
    strength: float
    first: datetime
    last: datetime
    proof: tuple[Proof, ...] = ()
