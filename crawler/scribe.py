"""The one thread that writes a crawl to the ledger: what waits meanwhile shares a transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from archive.ledger.ledger import Ledger
from archive.ledger.turns import one_writer

T = TypeVar("T")
_MOST = 64  # pieces of work in a transaction; a kill costs no more than these fetches


@dataclass(frozen=True, slots=True)
class _Piece:
    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop

    def tell(self, result: Any, error: BaseException | None) -> None:
        self.loop.call_soon_threadsafe(self._settle, result, error)

    def _settle(self, result: Any, error: BaseException | None) -> None:
        if self.done.cancelled():
            return
        if error:
            self.done.set_exception(error)
        else:
            self.done.set_result(result)


class Scribe:
    """Runs work in transactions of the ledger; an answer comes after the commit."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: SimpleQueue[_Piece | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run work in a transaction and give its result once that is committed."""
        loop = asyncio.get_running_loop()
        piece = _Piece(work, loop.create_future(), loop)
        self._queue.put(piece)
        result: T = await piece.done
        return result

    def close(self) -> None:
        """Finish what waits and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            pieces, last = self._waiting(first)
            self._commit(pieces)
            if last:
                return

    def _waiting(self, first: _Piece) -> tuple[list[_Piece], bool]:
        pieces = [first]
        while len(pieces) < _MOST:
            try:
                piece = self._queue.get_nowait()
            except Empty:
                break
            if piece is None:
                return pieces, True
            pieces.append(piece)
        return pieces, False

    def _commit(self, pieces: list[_Piece]) -> None:
        """Write all at once; where that fails each by itself, so that one error stays one."""
        try:
            with self._ledger.writing() as connection:
                one_writer(connection)  # before any row: pieces touch them in any order
                results = [piece.work(connection) for piece in pieces]
        except Exception as error:  # told to the one who waits
            if len(pieces) == 1:
                pieces[0].tell(None, error)
                return
            for piece in pieces:
                self._commit([piece])
            return
        for piece, result in zip(pieces, results, strict=True):
            piece.tell(result, None)
