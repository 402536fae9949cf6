"""A page whose time is over in the middle: what was found is shown, the rest is told."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from archive.index.limits import Limit
from archive.index.protocol import Bucket, Facet, Page, Query
from archive.index.sqlite import SqliteIndex
from archive.settings import Settings
from desk.web.app import build

_SECONDS = 1.5


class _Weary(SqliteIndex):
    """The embedded engine, on a disk that stands still when it counts intents."""

    def facets(self, query: Query, facet: Facet, *, limit: Limit | None = None) -> list[Bucket]:
        if facet == "intent" and limit:
            time.sleep(max(0, limit.end - time.monotonic()))
        return super().facets(query, facet, limit=limit)


@pytest.fixture
def pages(home: Path) -> Iterator[TestClient]:
    app = build(Settings(home=home, search_seconds=_SECONDS))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        app.state.rooms.index.close()
        index = _Weary(home / "index.db", seconds=_SECONDS)
        app.state.rooms = replace(app.state.rooms, index=index)
        yield client


def test_what_no_time_is_left_for_is_told_and_the_adverts_are_shown(pages: TestClient) -> None:
    found = pages.get("/api/v1/search", params={"q": "开房"}).json()
    assert (found["total"], len(found["hits"])) == (3, 3)
    assert found["facets"]["platform"] == [{"value": "weibo", "count": 3}]
    assert (found["facets"]["intent"], found["days"], found["alike"]) == ([], [], [])
    assert found["late"] == ["intent", "goods", "days", "alike"]


def test_the_page_says_so_and_keeps_what_was_chosen(pages: TestClient) -> None:
    page = pages.get("/", params={"q": "开房", "goods": "communications"})
    assert "Not counted, as this page had no time left: intent, goods, days, words" in page.text
    assert 'value="communications" checked' in page.text
    assert page.text.count('<article class="hit">') == 1


def test_a_page_that_is_answered_in_time_tells_nothing(desk_page: str) -> None:
    assert "Not counted" not in desk_page


@pytest.fixture
def desk_page(home: Path) -> Iterator[str]:
    with TestClient(build(Settings(home=home)), base_url="http://127.0.0.1") as client:
        yield client.get("/", params={"q": "开房"}).text


class _Stuck(SqliteIndex):
    """The embedded engine, on a disk that stands still at every search."""

    stood = 0

    def search(self, query: Query, *, limit: Limit | None = None) -> Page:
        end = self._sooner(limit).end
        self.stood += end > time.monotonic()
        time.sleep(max(0, end - time.monotonic()))
        return super().search(query, limit=limit)


def test_all_lines_of_a_list_and_all_phrases_of_a_post_have_one_time(home: Path) -> None:
    app = build(Settings(home=home, search_seconds=0.1))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        app.state.rooms.index.close()
        index = _Stuck(home / "index.db", seconds=0.1)
        app.state.rooms = replace(app.state.rooms, index=index)
        rows = client.post("/api/v1/batch", data={"lines": "\n".join(map(str, range(99)))}).json()
        assert index.stood <= 16
        alike = client.get("/api/v1/similar", params={"key": "weibo:w1"})
        assert index.stood <= 17
    assert len(rows) == 99
    assert "was stopped" in rows[-1]["error"]
    assert (alike.status_code, "was stopped" in alike.json()["error"]) == (400, True)
