"""Who posts: campaigns with their accounts over time, unrelated sellers, innocent people."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from benchmarks.planting.material import KINDS, PLATFORMS, Handles, pools
from benchmarks.planting.texts import Handle, Style

SPAN = 360.0  # days that the posts cover


@dataclass(slots=True, kw_only=True)
class Account:
    """One account; it posts from ``opened`` until ``closed``, a ban where ``banned``."""

    platform: str
    account_id: str
    name: str
    opened: float
    closed: float
    banned: bool = False
    reachable: bool = True  # else it names no handle, only direct messages


@dataclass(slots=True, kw_only=True)
class Period:
    """The handles that a seller gives until a day."""

    until: float
    contacts: list[Handle]


@dataclass(slots=True, kw_only=True)
class Seller:
    """Who sells: one person with one account, or a campaign with several."""

    name: str | None
    accounts: list[Account]
    periods: list[Period]
    payments: list[Handle]
    style: Style
    pictures: list[int] = field(default_factory=list)
    hubs: list[Handle] = field(default_factory=list)
    boilerplate: int | None = None
    poster: int | None = None

    def period(self, day: float) -> int:
        """Give the number of the period of a day."""
        return next(at for at, held in enumerate(self.periods) if day <= held.until)


class People:
    """Draws people; every choice comes from one seeded source."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.handles = Handles(random)
        self._accounts = 0
        self._pictures = 0

    def campaign(self, number: int) -> Seller:
        """Draw a campaign: accounts on several platforms, handles that change, bans, rebirths."""
        random = self.random
        platforms = random.sample(PLATFORMS, random.choice((1, 2, 2, 3, 4)))
        stem = self._name()
        accounts = self._bans(
            [
                self._account(random.choice(platforms), self._variant(stem))
                for _ in range(random.choice((2, 3, 3, 4, 5, 6, 8, 10, 14)))
            ]
        )
        for account in accounts[1:]:
            account.reachable = random.random() > 0.12
        seller = self._seller(f"c{number}", accounts, periods=random.choice((1, 2, 2, 3, 4)))
        seller.style = Style(random, texts=random.choice((2, 3, 4, 5)))
        seller.pictures = [self.picture() for _ in range(random.choice((0, 1, 2, 3)))]
        seller.payments = [
            Handle(kind, self.handles.draw(kind))
            for kind in ("wallet", "alipay")
            if random.random() < 0.4
        ]
        return seller

    def stranger(self) -> Seller:
        """Draw a seller who has one account and nothing to do with any other."""
        random = self.random
        account = self._account(random.choice(PLATFORMS), self._name())
        account.reachable = random.random() > 0.15
        if random.random() < 0.15:
            account.banned = True
            account.closed = random.uniform(account.opened + 20, SPAN - 20)
        seller = self._seller(None, [account], periods=random.choice((1, 1, 2)))
        seller.pictures = [self.picture()] if random.random() < 0.3 else []
        if random.random() < 0.2:
            seller.payments = [Handle("wallet", self.handles.draw("wallet"))]
        return seller

    def bystander(self) -> Account:
        """Draw an innocent person; many bear the same name."""
        name = self.random.choice(pools("names")["people"])
        number = str(self.random.randrange(1000, 10**7))
        return self._account(self.random.choice(PLATFORMS), name.replace("{n}", number))

    def picture(self) -> int:
        """Give the number of a new picture."""
        self._pictures += 1
        return self._pictures

    def _seller(self, name: str | None, accounts: list[Account], *, periods: int) -> Seller:
        random = self.random
        ends = sorted(random.uniform(0.1, 0.9) * SPAN for _ in range(periods - 1))
        held: list[Period] = []
        for end in (*ends, SPAN + 1):
            kinds = random.sample(KINDS, random.choice((1, 1, 2)))
            contacts = [Handle(kind, self.handles.draw(kind)) for kind in kinds]
            if held and len(contacts) > 1 and random.random() < 0.5:
                contacts[0] = held[-1].contacts[0]
            held.append(Period(until=end, contacts=contacts))
        style = Style(random, texts=random.choice((1, 2)))
        return Seller(name=name, accounts=accounts, periods=held, payments=[], style=style)

    def _bans(self, accounts: list[Account]) -> list[Account]:
        """Ban some accounts; most of those are born again some days later."""
        random, out = self.random, []
        for account in accounts:
            out.append(account)
            if random.random() > 0.3:
                continue
            account.banned = True
            account.closed = random.uniform(account.opened + 20, SPAN - 20)
            if random.random() < 0.75:
                reborn = self._account(account.platform, self._reborn(account.name))
                reborn.opened = account.closed + random.uniform(0.5, 12)
                out.append(reborn)
        return out

    def _account(self, platform: str, name: str) -> Account:
        self._accounts += 1
        opened = self.random.uniform(0, 0.5) * SPAN
        return Account(
            platform=platform,
            account_id=f"{self.random.randrange(10**9, 10**10)}{self._accounts}",
            name=name,
            opened=opened,
            closed=SPAN,
        )

    def _name(self) -> str:
        names = pools("names")
        word = "".join(self.random.choice(names[part]) for part in ("first", "second", "third"))
        return word if self.random.random() < 0.4 else f"{word}{self.random.randrange(1, 9999)}"

    def _variant(self, stem: str) -> str:
        return stem if self.random.random() < 0.35 else self._name()

    def _reborn(self, stem: str) -> str:
        form = self.random.choice(pools("names")["reborn"])
        return form.format(s=stem, d=self.random.randrange(2, 9))
