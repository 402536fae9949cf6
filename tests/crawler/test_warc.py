"""WARC records: whole, readable by warcio, without what would open a session."""

import io
from datetime import UTC, datetime

from warcio.archiveiterator import ArchiveIterator

from crawler.warc import Exchange, clock_offset, warc


def test_an_exchange_is_kept_without_its_session() -> None:
    exchange = Exchange(
        method="GET",
        url="http://127.0.0.1:9/search?q=%E5%BC%80",
        fetched_at=datetime(2026, 5, 1, tzinfo=UTC),
        status=200,
        body="开房".encode(),
        request_headers=[("Cookie", "session=secret"), ("User-Agent", "Anyu")],
        response_headers=[
            ("Set-Cookie", "session=secret"),
            ("Content-Encoding", "gzip"),
            ("Content-Type", "text/html"),
            ("Date", "Fri, 01 May 2026 00:00:09 GMT"),
        ],
        server="127.0.0.1",
        by_browser=True,
        tools={"scrapy": "2"},
    )
    kept = warc(exchange)
    records = {}
    for record in ArchiveIterator(io.BytesIO(kept)):
        records[record.rec_type] = (record, record.content_stream().read())
    response, body = records["response"]
    request, _ = records["request"]
    assert body == exchange.body
    assert response.rec_headers["WARC-Date"].startswith("2026-05-01")
    assert response.rec_headers["WARC-Anyu-Removed"] == "cookie, set-cookie"
    assert response.rec_headers["WARC-Anyu-Body"] == "decoded by a browser"
    assert response.rec_headers["WARC-IP-Address"] == "127.0.0.1"
    assert response.http_headers.get_header("Content-Type") == "text/html"
    assert response.http_headers.get_header("Content-Encoding") is None
    assert request.http_headers.get_header("User-Agent") == "Anyu"
    assert request.http_headers.get_header("Cookie") is None
    assert len(exchange.body_sha256) == 64
    assert clock_offset(exchange) == 9


def test_the_digests_of_a_record_fit_its_bytes() -> None:
    exchange = Exchange(
        method="GET",
        url="http://127.0.0.1/",
        fetched_at=datetime(2026, 5, 1, tzinfo=UTC),
        status=599,
        body=b"x" * 100_000,
        response_headers=[("Date", "yesterday")],
    )
    assert clock_offset(exchange) is None
    for record in ArchiveIterator(io.BytesIO(warc(exchange)), check_digests=True):
        record.content_stream().read()
        assert record.digest_checker.passed is not False
