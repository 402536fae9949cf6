"""The index contract on Elasticsearch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import elasticsearch as es

from archive.errors import EngineError, InputError, RefusedError
from archive.index.elasticsearch.address import Address
from archive.index.elasticsearch.bulk import Action, Bulk
from archive.index.elasticsearch.connection import connect, told
from archive.index.elasticsearch.generations import Generations
from archive.index.elasticsearch.mapping import FORM, id_of, to_document, to_source
from archive.index.elasticsearch.paging import UNKNOWN_MARK, Mark
from archive.index.elasticsearch.translation import (
    NEWEST_FIRST,
    accounts,
    by_day,
    by_facet,
    translate,
)
from archive.index.limits import Limit
from archive.index.protocol import FACETS, Bucket, Document, Facet, Index, Page, Query, Standing
from archive.index.wording import answer
from archive.query import read
from archive.settings import Settings

_SCAN_SIZE = 1000
_GRACE = 2.0  # seconds that a server's own "timed out" may take to come back
_VIEW_LIVES = "2m"  # a point in time holds files of the server open


class ElasticsearchIndex:
    """One alias of a cluster, or one index that is being filled; asks nothing until it is used."""

    def __init__(self, address: Address, settings: Settings, *, filling: str | None = None) -> None:
        self.address = address
        self._settings = settings
        self._client = connect(address, settings)
        self._generations = Generations(self._client, address.name)
        self._filling = filling
        self._target = filling or address.name
        self._ready = filling is not None
        self._written = False

    @property
    def name(self) -> str:
        """Name the cluster and the alias."""
        return str(self.address)

    def close(self) -> None:
        """Let others see what was written, and close the connections.

        A server that has gone since keeps what it confirmed and shows it when it is back.
        """
        with suppress(es.ApiError, es.TransportError):
            self._refresh()
        self._client.close()

    def put(self, documents: Iterable[Document]) -> None:
        """Write documents; a key that is there is replaced."""
        self._send(Action(document.key, to_source(document)) for document in documents)

    def delete(self, keys: Iterable[str]) -> None:
        """Remove documents; an unknown key is no error."""
        self._send(Action(key) for key in keys)

    def clear(self) -> None:
        """Remove everything: an empty index takes the place of the full one."""
        with told(self.address):
            self._prepare()
            if self._filling:
                self._client.delete_by_query(
                    index=self._target, query={"match_all": {}}, refresh=True, conflicts="proceed"
                )
                return
            self._generations.switch(self._generations.begin())
            self._generations.drop_others()

    def get(self, key: str) -> Document | None:
        """Give one document."""
        with told(self.address):
            self._prepare()
            try:
                found = self._client.get(index=self._target, id=id_of(key))
            except es.NotFoundError:
                return None
        return to_document(found["_source"])

    def search(self, query: Query, *, limit: Limit | None = None) -> Page:
        """Give one page, newest first; the pages after it show the same moment."""
        limit = self._sooner(limit)
        asked = read(query.text)
        mark = Mark.read(query.after) if query.after is not None else None
        clause: dict[str, Any] = {
            "query": translate(query, asked.tree),
            "size": query.size + 1,
            "sort": NEWEST_FIRST,
            "track_total_hits": True,
        }
        if mark:
            clause["search_after"] = [mark.moment, mark.key]
        with told(self.address):
            view = mark.view if mark else self._view()
            try:
                found = self._search_in(view, clause, limit)
            except es.BadRequestError as error:
                if mark is None:
                    raise
                raise InputError(UNKNOWN_MARK.format(query.after)) from error
            hits = found["hits"]["hits"]
            page, more = hits[: query.size], len(hits) > query.size
            if not more:
                self._forget(found["pit_id"])
        answers = [answer(to_document(hit["_source"]), asked.wanted) for hit in page]
        return Page(
            total=found["hits"]["total"]["value"],
            hits=answers,
            after=_after(page[-1], found["pit_id"]) if more else None,
        )

    def facets(self, query: Query, facet: Facet, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by a facet, largest first."""
        if facet not in FACETS:
            raise InputError(f"There is no facet {facet!r}: use one of {', '.join(FACETS)}.")
        clause = translate(query, read(query.text).tree)
        counted = self._count(clause, by_facet(facet), self._sooner(limit))
        return [Bucket(value=b["key"], count=b["doc_count"]) for b in counted]

    def histogram(self, query: Query, *, limit: Limit | None = None) -> list[Bucket]:
        """Count the hits by UTC day."""
        clause = translate(query, read(query.text).tree)
        counted = self._count(clause, by_day(), self._sooner(limit))
        return [Bucket(value=b["key_as_string"], count=b["doc_count"]) for b in counted]

    def suggest(self, prefix: str, *, most: int = 10) -> list[str]:
        """Give accounts that begin with ``prefix``."""
        counted = self._count(*accounts(most, prefix), self._sooner(None))
        return [bucket["key"]["account"] for bucket in counted]

    def scan(self) -> Iterator[Document]:
        """Walk over all documents by key, as they stand at the first."""
        clause: dict[str, Any] = {"size": _SCAN_SIZE, "sort": [{"key": "asc"}]}
        clause["track_total_hits"] = False
        with told(self.address):
            view = self._view()
        while True:
            with told(self.address):
                found = self._search_in(view, clause, self._sooner(None))
            hits, view = found["hits"]["hits"], found["pit_id"]
            yield from (to_document(hit["_source"]) for hit in hits)
            if len(hits) < _SCAN_SIZE:
                break
            clause["search_after"] = hits[-1]["sort"]
        with told(self.address):
            self._forget(view)

    def fresh(self) -> ElasticsearchIndex:
        """Give an empty index of the newest form, which nobody reads yet."""
        with told(self.address):
            name = self._generations.begin()
        return ElasticsearchIndex(self.address, self._settings, filling=name)

    def replace_by(self, fresh: Index) -> None:
        """Let a filled index serve; the one before is kept for the time of the settings."""
        if not isinstance(fresh, ElasticsearchIndex) or fresh._filling is None:
            raise InputError(f"{fresh.name} cannot take the place of {self.name}.")
        with told(self.address):
            self._generations.switch(fresh._filling)
        self._ready = True
        self.retire()

    def drop(self) -> None:
        """Remove the alias and every index behind it."""
        with told(self.address):
            self._generations.drop()
        self._ready = False

    def retire(self) -> list[str]:
        """Drop the indices that were replaced too long ago; give their names."""
        keep = timedelta(days=self._settings.index_keep_days)
        with told(self.address):
            return self._generations.retire(keep=keep, now=datetime.now(UTC))

    def lacking(self) -> str:
        """Say nothing: ``standing`` tells of an index of an older form, which still answers."""
        return ""

    def settled(self) -> None:
        """Do nothing: an index of an older form is replaced, never emptied."""

    def standing(self) -> Standing:
        """Say how much the alias holds, and which other indices are still there."""
        with told(self.address):
            self._prepare()
            # its statistics count what was refreshed, and an index nobody searches is not
            self._client.indices.refresh(index=self._target)
            held = self._generations.all()
        serving = [generation for generation in held if generation.serving]
        notes = [
            f"{old.index} has the form {old.form}, now {FORM}: run anyu index rebuild"
            for old in serving
            if old.form != FORM
        ]
        notes += [
            f"{other.index}: {other.documents} documents, {other.bytes >> 20} MB, "
            + (f"replaced {other.superseded:%Y-%m-%d %H:%M}" if other.superseded else "not served")
            for other in held
            if not other.serving
        ]
        return Standing(
            engine=self.name,
            documents=sum(generation.documents for generation in serving),
            bytes=sum(generation.bytes for generation in serving),
            notes=tuple(notes),
        )

    def _send(self, actions: Iterable[Action]) -> None:
        with told(self.address):
            self._prepare()
        bulk = Bulk(self._client, self.address, self._target, require_alias=self._filling is None)
        self._written = True
        refused = bulk.send(actions)
        if refused:
            raise RefusedError(refused)

    def _prepare(self) -> None:
        if not self._ready:
            self._generations.ensure()
            self._ready = True

    def _refresh(self) -> None:
        """Make what this object wrote visible; without it others wait for up to a second."""
        if self._written:
            self._written = False
            self._client.indices.refresh(index=self._target)

    def _view(self) -> str:
        self._prepare()
        self._refresh()
        opened = self._client.open_point_in_time(index=self._target, keep_alive=_VIEW_LIVES)
        return str(opened["id"])

    def _search_in(self, view: str, clause: dict[str, Any], limit: Limit) -> Any:
        pit = {"id": view, "keep_alive": _VIEW_LIVES}
        try:
            return self._ask(limit, pit=pit, **clause)
        except es.NotFoundError:  # its time has passed: the order still says where we were
            pit["id"] = self._view()
            return self._ask(limit, pit=pit, **clause)

    def _sooner(self, limit: Limit | None) -> Limit:
        seconds = self._settings.search_seconds
        return limit.sooner(seconds) if limit else Limit.of(seconds)

    def _ask(self, limit: Limit, **clause: Any) -> Any:
        """Search, stopped when it takes longer than it may; a frozen server is not waited for."""
        left = limit.left()
        patience = min(self._settings.elasticsearch_timeout, left + _GRACE)
        found = self._client.options(request_timeout=patience).search(
            timeout=f"{math.ceil(1000 * left)}ms", allow_partial_search_results=True, **clause
        )
        if found["timed_out"]:
            raise limit.passed()
        if found["_shards"]["failed"]:
            raise EngineError(f"{self.address} could not search all of its shards: try again.")
        return found

    def _forget(self, view: str) -> None:
        self._client.close_point_in_time(id=view)

    def _count(
        self, clause: dict[str, Any], counted: dict[str, Any], limit: Limit
    ) -> list[dict[str, Any]]:
        with told(self.address):
            self._prepare()
            self._refresh()
            found = self._ask(
                limit, index=self._target, query=clause, aggs={"counted": counted}, size=0
            )
        buckets: list[dict[str, Any]] = found["aggregations"]["counted"]["buckets"]
        return buckets


def _after(hit: dict[str, Any], view: str) -> str:
    moment, key, *_ = hit["sort"]
    return str(Mark(moment=moment, key=key, view=view))
