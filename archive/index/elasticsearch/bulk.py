"""Bulk writes: chunks that wait for the server, and a word on every single document."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import elasticsearch as es
import msgspec

from archive.errors import EngineError
from archive.index.elasticsearch.address import Address
from archive.index.elasticsearch.connection import told
from archive.index.elasticsearch.mapping import id_of

_MOST_ACTIONS = 1000
_MOST_BYTES = 4 << 20
_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)  # seconds before what was pushed back is sent again
_BUSY = frozenset({429, 502, 503, 504})
_SERVER_WAIT = "10s"  # for a shard whose node has gone, until another takes over


@dataclass(frozen=True, slots=True)
class Action:
    """One document to write, or with no ``source`` to remove."""

    key: str
    source: bytes | None = None

    def lines(self) -> list[bytes]:
        """Give the lines of the request."""
        kind = "delete" if self.source is None else "index"
        head = msgspec.json.encode({kind: {"_id": id_of(self.key)}})
        return [head] if self.source is None else [head, self.source]


@dataclass(slots=True)
class Bulk:
    """Writes to one index; while the server works on a chunk, the next one is made ready."""

    client: es.Elasticsearch
    address: Address
    target: str
    require_alias: bool

    def send(self, actions: Iterable[Action]) -> dict[str, str]:
        """Send all, in order; give why the server refused single ones, by key."""
        refused: dict[str, str] = {}
        with ThreadPoolExecutor(1, thread_name_prefix="bulk") as sender:
            underway: Future[dict[str, str]] | None = None
            for chunk in _chunks(actions):
                if underway:
                    refused |= underway.result()
                underway = sender.submit(self._send_chunk, chunk)
            if underway:
                refused |= underway.result()
        return refused

    def _send_chunk(self, chunk: list[Action]) -> dict[str, str]:
        refused: dict[str, str] = {}
        for wait in (*_WAITS, None):
            pushed_back, reason = self._try(chunk, refused)
            if not pushed_back:
                return refused
            if wait is None:
                break
            time.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311
            chunk = pushed_back
        raise EngineError(
            f"The index at {self.address} has too much to do, a full disk or no node for its "
            f"shard: {reason[:300]}"
        )

    def _try(self, chunk: list[Action], refused: dict[str, str]) -> tuple[list[Action], str]:
        """Send once; give what is to be sent again and why, and add what is refused for good."""
        try:
            items = self._request(chunk)
        except es.ApiError as error:
            if error.status_code == 413:
                return self._try_halves(chunk, refused)
            if error.status_code not in _BUSY:
                with told(self.address):
                    raise
            return chunk, str(error)
        again: list[Action] = []
        reason = ""
        for action, item in zip(chunk, items, strict=True):
            (outcome,) = item.values()
            wrong = outcome.get("error")
            if wrong is None:
                continue
            reason = _reason(wrong)
            if _is_pushed_back(outcome["status"], wrong):
                again.append(action)
            elif outcome["status"] == 400:
                refused[action.key] = reason
            else:  # no right to write, no such index: true of every document
                raise EngineError(f"The index at {self.address} cannot be written: {reason[:300]}")
        return again, reason

    def _try_halves(self, chunk: list[Action], refused: dict[str, str]) -> tuple[list[Action], str]:
        """Send less at once what the server found too large."""
        if len(chunk) == 1:
            refused[chunk[0].key] = "it is larger than the server takes"
            return [], ""
        middle = len(chunk) // 2
        first, why = self._try(chunk[:middle], refused)
        second, too = self._try(chunk[middle:], refused)
        return [*first, *second], why or too

    def _request(self, chunk: list[Action]) -> list[dict[str, dict[str, Any]]]:
        lines = [line for action in chunk for line in action.lines()]
        try:
            answer = self.client.bulk(
                index=self.target,
                operations=cast(Any, lines),  # it takes what is encoded already, untyped
                require_alias=self.require_alias,
                timeout=_SERVER_WAIT,
                filter_path="items.*.status,items.*.error",
            )
        except es.ApiError:
            raise
        except es.TransportError:
            with told(self.address):
                raise
        items: list[dict[str, dict[str, Any]]] = answer["items"]
        return items


def _chunks(actions: Iterable[Action]) -> Iterator[list[Action]]:
    """Cut into chunks by number and size; within one, the last of a key counts."""
    chunk: dict[str, Action] = {}
    size = 0
    for action in actions:
        chunk[action.key] = action
        size += len(action.source or b"") + len(action.key)
        if len(chunk) >= _MOST_ACTIONS or size >= _MOST_BYTES:
            yield list(chunk.values())
            chunk, size = {}, 0
    if chunk:
        yield list(chunk.values())


def _is_pushed_back(status: int, error: dict[str, Any]) -> bool:
    return status in _BUSY or error.get("type") == "cluster_block_exception"


def _reason(error: dict[str, Any]) -> str:
    cause = error.get("caused_by") or {}
    return " ".join(str(part) for part in (error.get("reason"), cause.get("reason")) if part)
