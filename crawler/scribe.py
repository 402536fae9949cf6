"""The one thread that writes a crawl to the ledger: what waits meanwhile shares a transaction."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from archive.ledger.ledger import Ledger
from archive.ledger.turns import one_writer
from crawler.frontier import Settled
from crawler.landing import Lander, Landing

T = TypeVar("T")
_log = logging.getLogger(__name__)
_MOST = 64  # pieces of work in a transaction
_GATHER = 0.2  # seconds that a transaction waits for more to write
_LOOK = 0.01


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Landing | Callable[[Connection], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    patient: bool


class Scribe:
    """Runs work in transactions of the ledger; an answer comes after the commit.

    What is patient waits a moment until there is ``enough``, as long as ``is_more_coming``: a
    commit of sixteen pages costs hardly more than that of one.
    """

    def __init__(self, ledger: Ledger, *, enough: int, is_more_coming: Callable[[], bool]) -> None:
        self._ledger, self._enough = ledger, enough
        self._is_more_coming = is_more_coming
        self._lander = Lander(ledger)
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T], *, patient: bool = False) -> T:
        """Run work in a transaction and give its result once that is committed."""
        result: T = await self._put(work, patient=patient)
        return result

    async def land(self, landing: Landing) -> Settled:
        """Write a unit and what it brought; say what became of it once that is committed."""
        settled: Settled = await self._put(landing, patient=True)
        return settled

    def close(self) -> None:
        """Finish what waits and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _put(self, work: Any, *, patient: bool) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        piece = _Piece(work, loop.create_future(), loop, patient)
        self._queue.put(piece)
        return piece.done

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            pieces, last = self._waiting(first)
            self._commit(pieces)
            if last:
                return

    def _waiting(self, first: _Piece) -> tuple[list[_Piece], bool]:
        """Give what is to be written at once, and whether it is the last."""
        pieces, until = [first], time.monotonic() + _GATHER
        while len(pieces) < _MOST:
            patient = len(pieces) < self._enough and all(piece.patient for piece in pieces)
            waits = patient and self._is_more_coming()
            left = min(until - time.monotonic(), _LOOK) if waits else 0
            try:
                piece = self._queue.get(timeout=left) if left > 0 else self._queue.get_nowait()
            except Empty:
                if left > 0:
                    continue
                break
            if piece is None:
                return pieces, True
            pieces.append(piece)
        return pieces, False

    def _commit(self, pieces: list[_Piece]) -> None:
        """Write all at once; where that fails each by itself, so that one error stays one."""
        try:
            results = self._written(pieces)
        except Exception as error:  # told to the one who waits
            if len(pieces) == 1:
                _tell([(pieces[0], None, error)])
                return
            _log.warning("%d pieces are written one by one: %s", len(pieces), error)
            for piece in pieces:
                self._commit([piece])
            return
        _tell([(piece, result, None) for piece, result in zip(pieces, results, strict=True)])

    def _written(self, pieces: Sequence[_Piece]) -> list[Any]:
        """Land what is to be landed, then do the rest in its order; give the results in order."""
        landings = [piece.work for piece in pieces if isinstance(piece.work, Landing)]
        prepared = self._lander.prepare(landings)
        try:
            with self._ledger.writing() as connection:
                one_writer(connection)  # before any row: pieces touch them in any order
                settled = iter(self._lander.write(connection, landings, prepared))
                return [
                    next(settled) if isinstance(piece.work, Landing) else piece.work(connection)
                    for piece in pieces
                ]
        except Exception:
            self._lander.discard(prepared)
            raise


_Told = tuple[_Piece, Any, BaseException | None]


def _tell(told: list[_Told]) -> None:
    """Wake all who wait in one step of their loop, so that they go on together."""
    told[0][0].loop.call_soon_threadsafe(_settle, told)


def _settle(told: list[_Told]) -> None:
    for piece, result, error in told:
        if piece.done.cancelled():
            continue
        if error:
            piece.done.set_exception(error)
        else:
            piece.done.set_result(result)
