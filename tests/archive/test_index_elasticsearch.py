"""Elasticsearch under the contract."""

from collections.abc import Iterator

import pytest
from index_contract import IndexContract

from archive.index.elasticsearch import ElasticsearchIndex


@pytest.fixture
def index(elasticsearch_index: ElasticsearchIndex) -> Iterator[ElasticsearchIndex]:
    return elasticsearch_index


class TestElasticsearchIndex(IndexContract):
    pass
