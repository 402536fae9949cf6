"""A ledger in a folder of the test, on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

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
