"""A real ledger in a folder of the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.ledger.ledger import Ledger
from archive.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings)
    yield opened
    opened.close()
