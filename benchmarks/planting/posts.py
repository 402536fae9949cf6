"""The posts of all these people in the order of their days, with the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from benchmarks.planting.material import pools
from benchmarks.planting.people import Account, People, Seller
from benchmarks.planting.texts import Handle, compose, innocent, moved, warning

_START = datetime(2025, 1, 1, tzinfo=UTC)
_CAMPAIGNS, _STRANGERS = 0.4, 0.3  # shares of the posts; innocent people write the rest
_STRANGER_POSTS = 4
_BYSTANDER_POSTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One post; ``campaign`` is ``None`` for strangers and for the innocent."""

    post_id: str
    account: Account
    campaign: str | None
    role: str
    at: datetime
    text: str
    picture: int | None
    gone_at: datetime | None

    @property
    def member(self) -> str:
        """The account's name over all platforms."""
        return f"{self.account.platform}:{self.account.account_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What strangers share without knowing each other."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class _Turn:
    day: float
    account: Account
    seller: Seller | None = None


class World:
    """Everybody and what they share; ``posts()`` lets them write."""

    def __init__(self, *, seed: int, posts: int, campaigns: int) -> None:
        self._random = Random(seed)
        self._number = posts
        people = People(self._random)
        strangers = max(1, round(posts * _STRANGERS / _STRANGER_POSTS))
        bystanders = max(1, round(posts * (1 - _CAMPAIGNS - _STRANGERS) / _BYSTANDER_POSTS))
        self.sellers = [people.campaign(number) for number in range(campaigns)]
        self.strangers = [people.stranger() for _ in range(strangers)]
        self.bystanders = [people.bystander() for _ in range(bystanders)]
        self.hubs = self._plant_hubs(people)

    def posts(self) -> Iterator[Planted]:
        """Give every post, oldest first."""
        turns = [*self._campaign_turns(), *self._stranger_turns()]
        while len(turns) < self._number:
            account = self._random.choice(self.bystanders)
            turns.append(_Turn(self._day(account), account))
        turns.sort(key=lambda turn: turn.day)
        for number, turn in enumerate(turns[: self._number]):
            yield self._post(f"p{number}", turn)

    def _campaign_turns(self) -> Iterator[_Turn]:
        """Let each account of a campaign write about as often as the next, at least twice."""
        writers = [(seller, account) for seller in self.sellers for account in seller.accounts]
        total = round(self._number * _CAMPAIGNS)
        each = max(2.0, total / max(1, len(writers)))
        for seller, account in writers:
            for _ in range(max(2, round(self._random.uniform(0.5, 1.5) * each))):
                yield _Turn(self._day(account), account, seller)

    def _stranger_turns(self) -> Iterator[_Turn]:
        for number in range(round(self._number * _STRANGERS)):
            seller = self.strangers[number % len(self.strangers)]
            yield _Turn(self._day(seller.accounts[0]), seller.accounts[0], seller)

    def _day(self, account: Account) -> float:
        return self._random.uniform(account.opened, account.closed)

    def _post(self, post_id: str, turn: _Turn) -> Planted:
        at = _START + timedelta(days=turn.day)
        closed = _START + timedelta(days=turn.account.closed)
        seller = turn.seller
        return Planted(
            post_id=post_id,
            account=turn.account,
            campaign=seller.name if seller else None,
            role="innocent" if seller is None else "campaign" if seller.name else "stranger",
            at=at,
            text=self._sell(turn, seller) if seller else self._innocent(),
            picture=self._picture(seller) if seller else self._viral(),
            gone_at=closed if turn.account.banned else None,
        )

    def _sell(self, turn: _Turn, seller: Seller) -> str:
        random = self._random
        handles = self._handles(turn, seller)
        if seller.payments and random.random() < 0.25:
            handles.append(random.choice(seller.payments).said(random))
        if seller.hubs and random.random() < 0.6:
            form = random.choice(pools("escrow")["phrase"])
            handles.append(form.format(v=random.choice(seller.hubs).value))
        text = compose(seller.style.draw(random), handles, random)
        if seller.boilerplate is not None and random.random() < 0.6:
            text += "\n" + pools("boilerplate")["text"][seller.boilerplate]
        return text

    def _handles(self, turn: _Turn, seller: Seller) -> list[str]:
        """Give the handles of the day; for some weeks after a change both are named."""
        random = self._random
        if not turn.account.reachable or random.random() < 0.15:
            return [random.choice(pools("sell")["dm"])]
        number = seller.period(turn.day)
        contacts = seller.periods[number].contacts
        if number and turn.day < seller.periods[number - 1].until + 30 and random.random() < 0.4:
            old = random.choice(seller.periods[number - 1].contacts)
            return [moved(old, random.choice(contacts), random)]
        chosen = random.sample(contacts, random.randint(1, len(contacts)))
        return [handle.said(random) for handle in chosen]

    def _picture(self, seller: Seller) -> int | None:
        if seller.poster is not None and self._random.random() < 0.3:
            return seller.poster
        if seller.pictures and self._random.random() < 0.4:
            return self._random.choice(seller.pictures)
        return None

    def _innocent(self) -> str:
        roll = self._random.random()
        if roll < 0.06 and self.sellers:
            seller = self._random.choice(self.sellers)
            handle = self._random.choice(self._random.choice(seller.periods).contacts)
            return warning(handle, self._random)
        if roll < 0.1:
            return str(self._random.choice(pools("innocent")["chain"]))
        return innocent(self._random)

    def _viral(self) -> int | None:
        """Give one of a few pictures that everybody passes on."""
        return -self._random.randrange(1, 6) if self._random.random() < 0.05 else None

    def _plant_hubs(self, people: People) -> tuple[Hub, ...]:
        """Let strangers, and a few campaigns, share escrow bots, boiler-plate and posters."""
        random = self._random
        bots = [people.handles.draw("telegram") + random.choice(("", "_bot", "bot"))
                for _ in range(max(1, len(self.strangers) // 150))]  # fmt: skip
        posters = [people.picture() for _ in range(2)]
        plates = range(len(pools("boilerplate")["text"]))
        for seller in (*self.strangers, *self.sellers):
            if random.random() < 0.25:
                seller.hubs = [Handle("telegram", random.choice(bots))]
            if random.random() < 0.15:
                seller.boilerplate = random.choice(plates)
            if random.random() < 0.1:
                seller.poster = random.choice(posters)
        return (
            *(Hub(kind="contact", value=bot) for bot in bots),
            *(Hub(kind="text", value=pools("boilerplate")["text"][at]) for at in plates),
            *(Hub(kind="picture", value=str(number)) for number in posters),
        )
