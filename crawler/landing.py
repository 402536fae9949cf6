"""Landing: what fetches brought goes into the ledger, many together; evidence is on disk first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection

from archive.ledger.ledger import Ledger
from crawler.frontier import Frontier, Met, Settled
from crawler.recording import Prepared, Recorder
from crawler.revisits import note_look
from crawler.seen import SeenPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A unit that was asked for: the fetches that this took, and what it met."""

    pages: Sequence[SeenPage]
    met: Met


@dataclass(frozen=True, slots=True)
class Lander:
    """Lands units: ``prepare`` before the transaction, ``write`` in it."""

    ledger: Ledger

    def prepare(self, landings: Sequence[Landing]) -> list[list[Prepared]]:
        """Bring the evidence of all to disk; give it by landing."""
        prepared = iter(self._recorder.prepare([p for one in landings for p in one.pages]))
        return [[next(prepared) for _ in one.pages] for one in landings]

    def discard(self, prepared: Sequence[Sequence[Prepared]]) -> None:
        """Remove evidence whose transaction failed."""
        self._recorder.discard([one for several in prepared for one in several])

    def write(
        self,
        connection: Connection,
        landings: Sequence[Landing],
        prepared: Sequence[list[Prepared]],
    ) -> list[Settled]:
        """Write what was seen and what becomes of the units, in the order given."""
        settled: list[Settled] = []
        for pairs in _together(list(zip(landings, prepared, strict=True))):
            several = [one for _, each in pairs for one in each]
            numbers = self._recorder.write(connection, several) if several else []
            met = [landing.met for landing, _ in pairs]
            if met[0].scope.revisit and numbers:
                unit, reading = met[0].unit, met[0].reading
                note_look(self.ledger, connection, unit, reading, observation=numbers[-1])
            settled += Frontier(self.ledger).settle(connection, met)
        return settled

    @property
    def _recorder(self) -> Recorder:
        return Recorder(self.ledger)


_Pair = tuple[Landing, list[Prepared]]


def _together(pairs: list[_Pair]) -> Iterator[list[_Pair]]:
    """Give what may be written at once: a re-visit alone, it looks at what others met before."""
    for alone, group in groupby(pairs, key=lambda pair: pair[0].met.scope.revisit):
        if alone:
            yield from ([pair] for pair in group)
        else:
            yield list(group)
