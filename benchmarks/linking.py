"""Score and time the linker over planted campaigns: ``python -m benchmarks.linking --seed 1``.

Precision and recall are over pairs of accounts, and of posts, that share a campaign. The verdicts
are the planted intents (``--judge``: the shipped model's); offers are read by the real reader.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from archive.labels import Intent
from archive.ledger.ledger import Ledger
from archive.lexicon import base
from archive.links import Linker
from archive.records import Account, Media, Post, Verdict
from archive.settings import Settings
from benchmarks.planting import pictures
from benchmarks.planting.posts import Planted, World
from classifier.judge import Judge
from classifier.offers import extract

_CHUNK = 1000
_TOLD, _SCORED = 10_000, 50_000  # posts after which a long run says how far it is
_COPIES = 3  # differently saved copies of one picture, so that evidence stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Pairwise precision and recall, and the counts behind them."""

    right: int
    found: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of the found pairs that are right."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the wanted pairs that were found."""
        return self.right / self.wanted if self.wanted else 1.0


def pairs(truth: Mapping[str, str | None], found: Mapping[str, int]) -> Score:
    """Compare two groupings by their pairs; ``None`` is alone, and so is what was not found."""
    wanted = Counter(name for name in truth.values() if name)
    given = Counter(found[item] for item in truth if item in found)
    both = Counter((truth[i], found[i]) for i in truth if truth[i] and i in found)
    return Score(
        right=_sum(both.values()), found=_sum(given.values()), wanted=_sum(wanted.values())
    )


def _sum(counts: Iterable[int]) -> int:
    return sum(number * (number - 1) // 2 for number in counts)


class Bench:
    """A ledger that takes planted posts in and links them, a chunk at a time."""

    def __init__(self, ledger: Ledger, *, judge: Judge | None) -> None:
        self._ledger = ledger
        self._judge = judge
        self._linker = Linker(ledger)
        self._kept: dict[tuple[int, int], str] = {}
        self.seconds: list[float] = []
        self.computed: list[float] = []  # processor time: a busy machine waits, it works no more

    def take(self, chunk: Sequence[Planted]) -> None:
        """Store and judge a chunk, then link it under the clock."""
        with self._ledger.writing() as connection:
            posts = [self._post(connection, planted) for planted in chunk]
            self._ledger.posts.add(connection, posts, seen_at=datetime.now(UTC))
            for planted, post in zip(chunk, posts, strict=True):
                if planted.gone_at:
                    self._ledger.posts.gone(connection, post.key, at=planted.gone_at)
            tickets = self._ledger.to_judge.take(connection, most=len(posts), seconds=60)
            stored = self._ledger.posts.of_tickets(connection, tickets)
            intents = {f"{p.account.platform}:{p.post_id}": p.role != "innocent" for p in chunk}
            verdicts = (
                self._judge.judge([s.post for s in stored], [s.version for s in stored])
                if self._judge
                else [_verdict(s.post, advert=intents[s.post.key]) for s in stored]
            )
            said = [(s.id, verdict) for s, verdict in zip(stored, verdicts, strict=True)]
            self._ledger.verdicts.add(connection, said)
            self._ledger.to_judge.done(connection, tickets)
        started, computed = time.perf_counter(), time.process_time()
        self._linker.run()
        share = _CHUNK / len(chunk)
        self.seconds.append((time.perf_counter() - started) * share)
        self.computed.append((time.process_time() - computed) * share)

    def curves(self) -> dict[str, object]:
        """Give the seconds that 1,000 posts took at each size."""
        return {
            "seconds_per_1000": _curve(self.seconds),
            "processor_seconds_per_1000": _curve(self.computed),
        }

    def _post(self, connection: Connection, planted: Planted) -> Post:
        account, picture = planted.account, planted.picture
        media: tuple[Media, ...] = ()
        if picture is not None:
            copy = int(planted.post_id[1:]) % _COPIES
            media = (Media(url="picture", sha256=self._keep(connection, picture, copy)),)
        return Post(
            platform=account.platform,
            post_id=planted.post_id,
            text=planted.text,
            author=Account(
                platform=account.platform, account_id=account.account_id, name=account.name
            ),
            posted_at=planted.at,
            media=media,
        )

    def _keep(self, connection: Connection, picture: int, copy: int) -> str:
        name = self._kept.get((picture, copy))
        if name is None:
            data = pictures.draw(picture, Random(f"{picture} {copy}"))
            name = self._ledger.evidence.put(connection, data)
            self._kept[picture, copy] = name
        return name


def _verdict(post: Post, *, advert: bool) -> Verdict:
    terms = base().match(post.text)
    return Verdict(
        post=post.key,
        post_version=1,
        judged_at=datetime.now(UTC),
        model="planted",
        lexicon="base",
        stage="planted",
        threshold=0.5,
        intent=Intent.SELL if advert else Intent.BENIGN,
        scores={"sell": float(advert)},
        risk=float(advert),
        hit=advert,
        offer=extract(post.text, terms) if advert else None,
    )


def measure(
    home: Path,
    *,
    seed: int,
    posts: int,
    campaigns: int,
    judge: bool,
    minutes: float = math.inf,
) -> dict[str, object]:
    """Plant, link and score; after ``minutes`` what was linked by then. Give the figures."""
    end = time.monotonic() + minutes * 60
    world = World(seed=seed, posts=posts, campaigns=campaigns)
    ledger = Ledger.open(Settings(home=home))
    bench = Bench(ledger, judge=Judge.load() if judge else None)
    truth: dict[str, str | None] = {}
    authors: dict[str, str] = {}
    given = {"seed": seed, "campaigns": campaigns, "judge": "model" if judge else "planted"}
    for chunk in _chunks(world.posts()):
        bench.take(chunk)
        truth.update({post.member: post.campaign for post in chunk})
        authors.update({post.post_id: post.member for post in chunk})
        if len(authors) % _TOLD == 0:
            far = {"posts": len(authors), **bench.curves()}
            print(json.dumps(far), file=sys.stderr, flush=True)
        if len(authors) % _SCORED == 0 and len(authors) < posts:
            so_far = {**given, **_figures(world, ledger, bench, truth, authors)}
            print(json.dumps(so_far), flush=True)
        if time.monotonic() > end:
            break
    figures = _figures(world, ledger, bench, truth, authors)
    ledger.close()
    return {**given, **figures}


def _figures(
    world: World,
    ledger: Ledger,
    bench: Bench,
    truth: Mapping[str, str | None],
    authors: Mapping[str, str],
) -> dict[str, object]:
    """Score what was linked so far."""
    with ledger.reading() as connection:
        found = ledger.campaigns.of(connection, list(truth))
        hubs = ledger.links.every_hub(connection, most=10_000)
    accounts = pairs(truth, found)
    by_post = pairs(
        {
            # innocent people's posts are not linked: nothing is wanted of them
            post: truth[member] or (member if member in found else None)
            for post, member in authors.items()
        },
        {post: found[member] for post, member in authors.items() if member in found},
    )
    return {
        "posts": len(authors),
        "accounts": len(truth),
        "accounts_precision": round(accounts.precision, 4),
        "accounts_recall": round(accounts.recall, 4),
        "posts_precision": round(by_post.precision, 4),
        "posts_recall": round(by_post.recall, 4),
        "joined_by_a_hub": _joined(world, truth, found),
        "hubs_found": len(hubs),
        **bench.curves(),
        "account_pairs": asdict(accounts),
    }


def _joined(
    world: World, truth: Mapping[str, str | None], found: Mapping[str, int]
) -> dict[str, int]:
    """Count found campaigns that hold two planted owners who share a planted hub."""
    owners: dict[int, set[int]] = {}
    for number, seller in enumerate((*world.sellers, *world.strangers)):
        if not (seller.hubs or seller.boilerplate is not None or seller.poster is not None):
            continue
        for account in seller.accounts:
            campaign = found.get(f"{account.platform}:{account.account_id}")
            if campaign is not None:
                owners.setdefault(campaign, set()).add(number)
    mixed = [held for held in owners.values() if len(held) > 1]
    sellers = (*world.sellers, *world.strangers)
    bots = sum(_share(held, [{h.value for h in s.hubs} for s in sellers]) for held in mixed)
    plates = sum(_share(held, [{s.boilerplate} - {None} for s in sellers]) for held in mixed)
    posters = sum(_share(held, [{s.poster} - {None} for s in sellers]) for held in mixed)
    return {"escrow": bots, "boilerplate": plates, "poster": posters}


def _share(held: set[int], things: Sequence[Iterable[object]]) -> bool:
    seen = Counter(thing for number in held for thing in things[number])
    return any(count > 1 for count in seen.values())


def _curve(seconds: Sequence[float]) -> dict[str, float]:
    """Give the median of the last chunks at each size."""
    marks = sorted({1, 10, 20, 50, 100, 200, len(seconds)})
    out = {}
    for mark in marks:
        if mark <= len(seconds):
            near = sorted(seconds[max(0, mark - 5) : mark])
            out[f"{mark * _CHUNK}"] = round(near[len(near) // 2], 2)
    return out


def _chunks(posts: Iterator[Planted]) -> Iterator[list[Planted]]:
    while chunk := list(islice(posts, _CHUNK)):
        yield chunk


def main() -> None:
    """Run the measurement and print one line of JSON a seed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linking", description=__doc__)
    parser.add_argument("--seed", type=int, action="append", required=True)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--campaigns", type=int, default=0, help="default: one per 200 posts")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop then, and score")
    parser.add_argument("--judge", action="store_true", help="judge with the shipped model")
    args = parser.parse_args()
    for seed in args.seed:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(
                Path(folder) / "home",
                seed=seed,
                posts=args.posts,
                campaigns=args.campaigns or max(1, args.posts // 200),
                judge=args.judge,
                minutes=args.minutes,
            )
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
