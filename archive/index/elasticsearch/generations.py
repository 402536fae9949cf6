"""The indices behind an alias: made, filled, switched, and kept for a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import elasticsearch as es

from archive.index.elasticsearch.mapping import FORM, creation

_ABANDONED = timedelta(days=1)  # an index still without readers was left by a run that died
_COPIES = "20s"  # below the time that the settings give a request


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One index; ``superseded`` is when another took its place, ``None`` while it never served."""

    index: str
    serving: bool
    form: int
    created: datetime
    superseded: datetime | None
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Generations:
    """All indices of one alias, ``name-000001`` and on."""

    client: es.Elasticsearch
    alias: str

    def ensure(self) -> None:
        """Make the first index where the alias is not there; safe when two do it at once."""
        if self.client.indices.exists_alias(name=self.alias):
            return
        body = creation(filling=False)
        try:
            self.client.indices.create(index=self._next(), aliases={self.alias: {}}, **body)
        except es.BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
        self._await_copies(self.alias)

    def begin(self) -> str:
        """Make an index that nobody reads yet; give its name."""
        name = self._next()
        self.client.indices.create(index=name, **creation(filling=True))
        self._await_copies(name)
        return name

    def switch(self, name: str) -> None:
        """Let an index serve in place of the one that did, in one step for all readers."""
        indices = self.client.indices
        usual: dict[str, Any] = {"refresh_interval": None, "translog.durability": None}
        indices.put_settings(index=name, settings=usual)
        indices.refresh(index=name)
        old = [held.index for held in self.all() if held.serving and held.index != name]
        away = [{"remove": {"index": index, "alias": self.alias}} for index in old]
        indices.update_aliases(actions=[*away, {"add": {"index": name, "alias": self.alias}}])
        now = datetime.now(UTC).isoformat()
        for index in old:
            indices.put_mapping(index=index, meta={"form": FORM, "superseded": now})

    def retire(self, *, keep: timedelta, now: datetime) -> list[str]:
        """Drop the indices that were replaced, or left unfinished, too long ago."""
        due = [held.index for held in self.all() if _is_due(held, keep, now)]
        for index in due:
            self.client.indices.delete(index=index, ignore_unavailable=True)
        return due

    def drop(self) -> None:
        """Drop every index."""
        for held in self.all():
            self.client.indices.delete(index=held.index, ignore_unavailable=True)

    def drop_others(self) -> None:
        """Drop every index that does not serve."""
        for held in self.all():
            if not held.serving:
                self.client.indices.delete(index=held.index, ignore_unavailable=True)

    def all(self) -> list[Generation]:
        """Give every index of this alias, oldest first."""
        return sorted(self._read(), key=lambda held: held.index)

    def _read(self) -> Iterator[Generation]:
        named = f"{self.alias}-*"
        held = self.client.indices.get(index=named, expand_wildcards="all")
        stats = self.client.indices.stats(index=named, metric=["docs", "store"])["indices"]
        for index, about in held.body.items():
            if not index.removeprefix(f"{self.alias}-").isdecimal():
                continue
            meta = about["mappings"].get("_meta", {})
            primaries = stats.get(index, {}).get("primaries", {})
            yield Generation(
                index=index,
                serving=self.alias in about["aliases"],
                form=meta.get("form", 0),
                created=_from_milliseconds(about["settings"]["index"]["creation_date"]),
                superseded=_read_time(meta.get("superseded")),
                documents=primaries.get("docs", {}).get("count", 0),
                bytes=primaries.get("store", {}).get("size_in_bytes", 0),
            )

    def _await_copies(self, index: str) -> None:
        """Wait until each copy of the shard takes writes, or at least one does.

        What is confirmed while the second copy is still being made is lost with the first.
        """
        health = self.client.options(ignore_status=HTTPStatus.REQUEST_TIMEOUT).cluster.health
        if health(index=index, wait_for_status="green", timeout=_COPIES)["timed_out"]:
            self.client.cluster.health(index=index, wait_for_status="yellow", timeout=_COPIES)

    def _next(self) -> str:
        numbers = [int(held.index.rpartition("-")[2]) for held in self.all()]
        return f"{self.alias}-{max(numbers, default=0) + 1:06}"


def _is_due(held: Generation, keep: timedelta, now: datetime) -> bool:
    if held.serving:
        return False
    if held.superseded:
        return held.superseded + keep <= now
    return held.created + _ABANDONED <= now


def _from_milliseconds(number: str) -> datetime:
    return datetime.fromtimestamp(int(number) / 1000, UTC)


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
