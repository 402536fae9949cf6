"""Search over what the ledger holds; it can be dropped and rebuilt from there."""

from archive.index.protocol import Bucket, Document, Hit, Index, Page, Query, ReadWord
from archive.index.sqlite import SqliteIndex

__all__ = ["Bucket", "Document", "Hit", "Index", "Page", "Query", "ReadWord", "SqliteIndex"]
