"""A crawl as a user starts it, against a shape of the sandbox, set beside what the shape served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import select
from typer.testing import CliRunner

from archive import codec
from archive.ledger import tables
from archive.ledger.ledger import Ledger
from archive.records import Account, Post
from archive.settings import Settings
from crawler.sandbox.server import Sandbox, sandbox
from crawler.sandbox.shapes.mounting import Shape
from crawler.sandbox.trouble import Bucket
from desk.cli import app

_PICTURE = "picture:"


@dataclass(frozen=True, slots=True, order=True)
class Fetch:
    """One answer: as the sandbox meant it, or as the ledger has it."""

    path: str
    query: str
    status: int
    state: str
    extent: str


class Stumbling(Bucket):
    """A limit of rate that refuses every fourth request, however fast they come."""

    def take(self) -> bool:
        """Say whether a request may pass."""
        self.level += 1
        return self.level % 4 != 0


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """A shape being served and a home that crawls fill."""

    site: Sandbox
    shape: Shape
    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    begun: int = 0  # answers that were served before

    @property
    def platform(self) -> str:
        """The platform that the shape is of."""
        return self.shape.partition("-")[0]

    def again(self, home: Path, **settings: str) -> Rehearsal:
        """Give an empty home beside the same sandbox; what was served until now is not its own."""
        begun = len(self.site.log())
        return replace(self, home=home, settings=settings, begun=begun)

    def anyu(
        self, *words: str, status: int = 0, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of `anyu` in a process of its own."""
        run = [sys.executable, "-m", "desk.cli", *words, "--home", str(self.home)]
        chosen = {"ANYU_CRAWL_DELAY": "0", **self.settings}
        done = subprocess.run(
            run,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=os.environ | chosen,
            input=text,
        )
        assert done.returncode == status, f"{done.returncode}: {done.stdout}{done.stderr}"
        return done

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Start a crawl of the shape's platform and do not wait for it."""
        run = [sys.executable, "-m", "desk.cli", "crawl", self.platform, *words]
        run += ["--home", str(self.home), "--base-url", self.site.url]
        chosen = {"ANYU_CRAWL_DELAY": "0", **self.settings}
        pipe = subprocess.PIPE
        return subprocess.Popen(run, text=True, stdout=pipe, stderr=pipe, env=os.environ | chosen)

    def session(self, does: str, *words: str, status: int = 0, text: str = "") -> str:
        """Run a command of `anyu session` for the shape's platform; give what it printed."""
        where = () if does == "remove" else ("--base-url", self.site.url)
        return _said(
            self.anyu("session", does, self.platform, *words, *where, status=status, text=text)
        )

    def crawl(self, *words: str, status: int = 0) -> str:
        """Order and work on a crawl of the shape's platform; give what it printed."""
        where = ("--base-url", self.site.url)
        return _said(self.anyu("crawl", self.platform, *words, *where, status=status))

    def resume(self, *words: str, status: int = 0) -> str:
        """Go on after a pause."""
        where = ("--base-url", self.site.url)
        return _said(self.anyu("crawl", "resume", self.platform, *words, *where, status=status))

    def coverage(self) -> dict[str, Any]:
        """Give the coverage report as `anyu` prints it."""
        told = CliRunner().invoke(app, ["crawl", "coverage", "--json", "--home", str(self.home)])
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    def served(self) -> list[Fetch]:
        """Give every answer of the sandbox, pictures aside."""
        return [
            Fetch(row["path"], row["query"], row["status"], row["page_state"], row["extent"])
            for row in self.site.log()[self.begun :]
        ]

    def fetched(self) -> list[Fetch]:
        """Give every fetch of the ledger, pictures aside, in the order they were written."""
        return [_fetch(row) for row in self._observations() if not row.cursor.startswith(_PICTURE)]

    def pictures(self) -> dict[str, str]:
        """Give the digest of each picture that was fetched, by its path; each was fetched once."""
        rows = [row for row in self._observations() if row.cursor.startswith(_PICTURE)]
        found = {urlsplit(row.url).path: row.body_sha256 for row in rows if row.status == 200}
        assert len(found) == len(rows)
        return found

    def posts(self) -> dict[str, Post]:
        """Give what was kept, by the platform's own ids."""
        with self.ledger() as ledger, ledger.reading() as connection:
            stored = list(ledger.posts.scan(connection))
        return {one.post.post_id: replace(one.post, observation=None) for one in stored}

    def accounts(self) -> dict[str, Account]:
        """Give the accounts as they were last seen."""
        with self.ledger() as ledger, ledger.reading() as connection:
            bodies = connection.scalars(select(tables.account.c.body)).all()
        return {one.account_id: one for one in (codec.decode(body, Account) for body in bodies)}

    def jobs(self) -> dict[str, tuple[str, str | None]]:
        """Give state and reason of each job, by its query."""
        with self.ledger() as ledger, ledger.reading() as connection:
            every = ledger.jobs.all(connection)
        return {status.job.query: (status.state, status.reason) for status in every}

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger that the crawls filled."""
        with closing(Ledger.open(Settings(home=self.home))) as ledger:
            yield ledger

    def _observations(self) -> Sequence[Any]:
        with self.ledger() as ledger, ledger.reading() as connection:
            query = select(tables.observation).order_by(tables.observation.c.id)
            return connection.execute(query).all()


@contextmanager
def rehearsal(
    shape: Shape, home: Path, *, bucket: Bucket | None = None, **options: Any
) -> Iterator[Rehearsal]:
    """Serve a shape, without a limit of rate unless one is given."""
    settings = options.pop("settings", {})
    free = bucket or Bucket(burst=1e6, rate=1e6)
    with sandbox(shape=shape, bucket=free, **options) as site:
        yield Rehearsal(site=site, shape=shape, home=home, settings=settings)


def assert_counted_as_served(met: Rehearsal) -> dict[str, Any]:
    """Set ledger and coverage report beside the sandbox's log, answer by answer; give the report.

    Every address must have been asked by one job only: coverage counts a page once for each job.
    """
    served = met.served()
    kept = Counter(met.fetched())
    assert (kept - Counter(served), Counter(served) - kept) == (Counter(), Counter())
    report = met.coverage()
    rows = [row for row in report["coverage"] if row["state"] != "waiting"]
    assert sum(row["pages"] + row["refetches"] for row in rows) == len(served)
    last = {(one.path, one.query): (one.state, one.extent) for one in served}
    pages: Counter[tuple[str, str]] = Counter()
    for row in rows:
        meant = "capped" if row["split"] else row["extent"]
        pages[row["state"], meant] += row["pages"]
    assert pages == Counter(last.values())
    return report


def told_by(report: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """Give the states and extents that a report has for each query."""
    told: dict[str, set[tuple[str, str]]] = {}
    for row in report["coverage"]:
        told.setdefault(row["query"], set()).add((row["state"], row["extent"]))
    return told


def spaced(text: str) -> str:
    """Give a text as a page shows it: spaces beside one another are one."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def _said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join(f"{done.stdout} {done.stderr}".split())  # the terminal breaks long lines


def _fetch(row: Any) -> Fetch:
    parts = urlsplit(row.url)
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True))
    return Fetch(parts.path, query, row.status, row.page_state, row.extent)
