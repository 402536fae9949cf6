"""A real ledger in a folder of the test, on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from street import Street

from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.ledger.ledger import Ledger
from archive.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, ledger_url: str | None) -> Settings:
    return Settings(home=tmp_path / "home", ledger_url=ledger_url)


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def elasticsearch_index(elasticsearch_url: str, settings: Settings) -> Iterator[ElasticsearchIndex]:
    patient = settings.model_copy(update={"elasticsearch_timeout": 120})
    opened = ElasticsearchIndex(Address.read(elasticsearch_url), patient)
    yield opened
    opened.close()


@pytest.fixture
def street(ledger: Ledger) -> Street:
    """Give a street whose adverts are linked in the ledger."""
    return Street(ledger)
