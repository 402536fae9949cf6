"""Elasticsearch under the contract."""

from collections.abc import Iterator

import pytest
from index_contract import IndexContract, documents

from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.settings import Settings


@pytest.fixture
def index(elasticsearch_index: ElasticsearchIndex) -> Iterator[ElasticsearchIndex]:
    return elasticsearch_index


class TestElasticsearchIndex(IndexContract):
    pass


def test_the_standing_counts_what_another_process_wrote_and_nobody_searched(
    elasticsearch_index: ElasticsearchIndex,
) -> None:
    address = Address.read(elasticsearch_index.name)
    elasticsearch_index.put(documents())
    other = ElasticsearchIndex(address, Settings(elasticsearch_timeout=120))
    assert other.standing().documents == len(documents())
    other.close()
