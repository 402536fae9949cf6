"""The engine for those who outgrow one machine: Elasticsearch 9 over Anyu's own tokens."""

from archive.index.elasticsearch.address import Address
from archive.index.elasticsearch.engine import ElasticsearchIndex

__all__ = ["Address", "ElasticsearchIndex"]
