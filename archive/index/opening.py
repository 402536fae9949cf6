"""Choosing the engine that the settings name."""

from __future__ import annotations

from archive.errors import MissingError
from archive.index.protocol import Index
from archive.index.sqlite import SqliteIndex
from archive.settings import Settings

EMBEDDED = SqliteIndex.name


def open_index(settings: Settings, url: str | None = None, *, fed: bool = False) -> Index:
    """Open the index of an address, by default that of the settings; a server is not asked yet.

    ``fed``: the ledger has filled it before, so that an embedded one without a file was lost.
    """
    wanted = url or settings.index_url or EMBEDDED
    if wanted == EMBEDDED:
        return SqliteIndex(settings.index, seconds=settings.search_seconds, fed=fed)
    try:
        from archive.index.elasticsearch import Address, ElasticsearchIndex
    except ImportError as error:
        raise MissingError(
            f"The index {wanted} needs a client: pip install 'anyu[elasticsearch]'."
        ) from error
    return ElasticsearchIndex(Address.read(wanted), settings)
