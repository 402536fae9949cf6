"""What a document is to Elasticsearch: fields, their types, and the way back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from archive import codec
from archive.index.protocol import Document
from archive.index.wording import columns
from archive.text import folded

FORM = 2  # of the mapping below; an index of another form is to be rebuilt
WORDS = ("folded", "squeezed", "readings")
SOUND = "sounds"
_DERIVED = (*WORDS, SOUND, "moment", "account_folded", "contacts_folded")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_ID = 512  # bytes, the server's limit
_LONGEST_TERM = 8191  # characters; four bytes each stay under Lucene's 32,766

_TOKENS = {
    "type": "text",
    "analyzer": "tokens",
    "norms": False,
    "similarity": "boolean",
    "index_options": "positions",
}
_KEPT = {"type": "keyword", "index": False, "doc_values": False}  # in the source only
_FIELDS: dict[str, Any] = {
    "key": {"type": "keyword"},
    "version": {"type": "integer", "index": False},
    "platform": {"type": "keyword"},
    "intent": {"type": "keyword"},
    "goods": {"type": "keyword"},
    "risk": {"type": "double"},
    "at": {"type": "date"},
    "moment": {"type": "long"},  # ``at`` in microseconds: dates keep milliseconds only
    "account": {"type": "keyword", "ignore_above": _LONGEST_TERM},
    "account_folded": {"type": "keyword", "ignore_above": _LONGEST_TERM},
    "contacts": _KEPT,
    "contacts_folded": {"type": "keyword", "ignore_above": _LONGEST_TERM},
    "prices": {"type": "double"},
    "places": {"type": "keyword", "ignore_above": _LONGEST_TERM},
    "title": _KEPT,
    "text": _KEPT,
    "read": {"type": "object", "enabled": False},
    **dict.fromkeys((*WORDS, SOUND), _TOKENS),
}


def creation(*, filling: bool) -> dict[str, Any]:
    """Give settings and mapping of a new index; one that is filled first is searched later."""
    speed = {"refresh_interval": "-1", "translog.durability": "async"} if filling else {}
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "analysis": {"analyzer": {"tokens": {"type": "custom", "tokenizer": "whitespace"}}},
            **speed,
        },
        "mappings": {
            "dynamic": False,
            "_meta": {"form": FORM},
            "_source": {"excludes": list(_DERIVED)},
            "properties": _FIELDS,
        },
    }


def to_source(document: Document) -> bytes:
    """Give a document as the server takes it, tokens beside the original."""
    fields = codec.plain(document)
    fields["moment"] = moment(document.at)
    fields["account"] = document.account or None
    fields["account_folded"] = folded(document.account) or None
    fields["contacts_folded"] = list(dict.fromkeys(map(folded, document.contacts)))
    fields |= zip((*WORDS, SOUND), columns(document), strict=True)
    return codec.encode_bytes(fields)


def to_document(source: Mapping[str, Any]) -> Document:
    """Give the document of a source."""
    fields = {name: value for name, value in source.items() if value is not None}
    return codec.build(fields, Document)


def id_of(key: str) -> str:
    """Give the server's id of a document: its key, or a digest where that is too long."""
    if len(key.encode()) <= _LONGEST_ID:
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def moment(at: datetime) -> int:
    """Give a time in microseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1)
