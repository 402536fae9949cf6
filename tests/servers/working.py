"""A worker as a process of its own, for tests that kill it: ``HOME LEDGER-URL judge|crawl``."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from archive.labels import Intent, PageState
from archive.ledger.frontier import Outcome
from archive.ledger.ledger import Ledger
from archive.ledger.units import UnitState
from archive.records import Post, Verdict
from archive.settings import Settings
from classifier.worker import Worker

_SECONDS = 0.05


class SlowJudge:
    """Takes its time, so that a kill meets it with posts in hand."""

    def judge(self, posts: Sequence[Post], versions: Sequence[int]) -> list[Verdict]:
        time.sleep(_SECONDS)
        return [
            Verdict(
                post=post.key,
                post_version=version,
                judged_at=datetime.now(UTC),
                model="m",
                lexicon="l",
                stage="gate",
                threshold=0.5,
                intent=Intent.BENIGN,
                scores={},
                risk=0.1,
                hit=False,
            )
            for post, version in zip(posts, versions, strict=True)
        ]


def judge(ledger: Ledger) -> None:
    Worker(ledger, SlowJudge(), batch=4).run(progress=lambda _: print("step", flush=True))


def crawl(ledger: Ledger) -> None:
    done = Outcome(state=UnitState.DONE, page_state=PageState.OK)
    while True:
        with ledger.writing() as connection:
            units = ledger.units.take(connection, "x", most=4, seconds=600)
        if not units:
            return
        time.sleep(_SECONDS)
        for unit in units:
            with ledger.writing() as connection:
                ledger.units.finish(connection, [(unit, done)])
        print("step", flush=True)


if __name__ == "__main__":
    home, url, work = sys.argv[1:]
    {"judge": judge, "crawl": crawl}[work](
        Ledger.open(Settings(home=Path(home), ledger_url=url or None))
    )
