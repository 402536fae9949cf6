"""Reading without trust: a record that no ledger keeps is left out and told, the rest stays."""

from datetime import UTC, datetime

import pytest

from archive.labels import PageState
from archive.ledger.units import Unit, Work
from archive.records import Account, Post
from crawler.fetching import Fetched
from crawler.platforms.platform import Reading
from crawler.readings import read_safely
from crawler.warc import Exchange

_EXCHANGE = Exchange(
    method="GET",
    url="http://sandbox.invalid/",
    fetched_at=datetime(2026, 11, 1, tzinfo=UTC),
    status=200,
    body=b"x",
)
_GOOD = Post(platform="x", post_id="1", text="查开房")
_UNIT = Unit(platform="x", work=Work.SEARCH, query="开房")


class _Platform:
    def __init__(self, reading: Reading | Exception) -> None:
        self._reading = reading

    def read(self, _unit: Unit, _answer: object) -> Reading:
        if isinstance(self._reading, Exception):
            raise self._reading
        return self._reading


def _read(reading: Reading | Exception) -> Reading:
    return read_safely(_Platform(reading), _UNIT, Fetched(exchange=_EXCHANGE))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad",
    [
        Post(platform="x", post_id="9" * 600, text="t"),
        Post(platform="x", post_id="a\0b", text="t"),
        Post(
            platform="x",
            post_id="2",
            text="t",
            author=Account(platform="x", account_id="u" * 300),
        ),
    ],
)
def test_a_post_that_cannot_be_kept_is_left_out_and_told(bad: Post) -> None:
    reading = _read(Reading(state=PageState.OK, posts=(_GOOD, bad)))
    assert list(reading.posts) == [_GOOD]
    assert reading.state is PageState.CHANGED_LAYOUT
    assert "longer than" in reading.reason or "NUL" in reading.reason


def test_a_good_reading_stays_as_it_is() -> None:
    reading = Reading(state=PageState.OK, posts=(_GOOD,))
    assert _read(reading) is reading


def test_what_breaks_a_parser_is_named() -> None:
    reading = _read(KeyError("cards"))
    assert reading.state is PageState.CHANGED_LAYOUT
    assert "KeyError at test_readings.py" in reading.reason
