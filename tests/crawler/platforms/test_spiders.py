"""How the platforms are asked, and where their answers lead; no page is fetched."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from recorded_pages import HERE, answer_of

from archive.errors import InputError
from archive.labels import Extent, PageState
from archive.ledger.units import Unit, Window, Work
from crawler.answers import Answer
from crawler.platforms.catalogue import load, names
from crawler.platforms.platform import Reading


def _asked(platform: str, work: Work, query: str, **rest: object) -> tuple[str, dict[str, str]]:
    unit = replace(Unit(platform=platform, work=work, query=query), **rest)  # type: ignore[arg-type]
    parts = urlsplit(load(platform).ask(unit).url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.netloc}{parts.path}", asked


def _read(folder: str, work: Work, query: str, cursor: str = "") -> Reading:
    platform = folder.partition("/")[0]
    unit = Unit(platform=platform, work=work, query=query, cursor=cursor)
    return load(platform).read(unit, answer_of(HERE / folder))


def _leads(reading: Reading) -> set[tuple[str, str]]:
    return {(str(onward.work), onward.query) for onward in reading.onward}


def test_the_three_platforms_are_in_the_catalogue() -> None:
    assert {"weibo", "tieba", "telegram"} <= set(names())


@pytest.mark.parametrize(
    ("platform", "work", "query", "path"),
    [
        ("weibo", Work.SEARCH, "旧书", "m.weibo.cn/api/container/getIndex"),
        ("weibo", Work.POST, "5100000000000001", "weibo.com/ajax/statuses/show"),
        ("weibo", Work.COMMENTS, "z0JH2lOMb", "m.weibo.cn/comments/hotflow"),
        (
            "weibo",
            Work.REPLIES,
            "5100000000000001/5100000000001001",
            "m.weibo.cn/comments/hotFlowChild",
        ),
        ("weibo", Work.ACCOUNT, "7000000001", "weibo.com/ajax/profile/info"),
        ("weibo", Work.TIMELINE, "7000000001", "m.weibo.cn/api/container/getIndex"),
        ("tieba", Work.SEARCH, "旧书", "tieba.baidu.com/mo/q/search/thread"),
        ("tieba", Work.FEED, "夜航船吧", "tieba.baidu.com/f"),
        ("tieba", Work.POST, "9100000001", "tieba.baidu.com/p/9100000001"),
        ("tieba", Work.REPLIES, "9100000001/150000000002", "tieba.baidu.com/p/comment"),
        ("tieba", Work.ACCOUNT, "tb.1.demo", "tieba.baidu.com/home/main"),
        ("telegram", Work.SEARCH, "yehang_demo 旧书", "t.me/s/yehang_demo"),
        ("telegram", Work.FEED, "@yehang_demo", "t.me/s/yehang_demo"),
        ("telegram", Work.POST, "yehang_demo/101", "t.me/yehang_demo/101"),
        ("telegram", Work.ACCOUNT, "yehang_demo", "t.me/yehang_demo"),
    ],
)
def test_each_work_has_its_address(platform: str, work: Work, query: str, path: str) -> None:
    assert _asked(platform, work, query)[0] == path


def test_a_window_and_a_region_ask_weibos_web_page_in_chinas_hours() -> None:
    window = Window(
        since=datetime(2026, 11, 23, 16, tzinfo=UTC),
        until=datetime(2026, 11, 24, 0, 30, tzinfo=UTC),
    )
    path, asked = _asked("weibo", Work.SEARCH, "旧书", window=window, facet="32", cursor="3")
    assert path == "s.weibo.com/weibo"
    assert asked["timescope"] == "custom:2026-11-24-0:2026-11-24-9"
    assert (asked["region"], asked["page"]) == ("custom:32:1000", "3")


def test_a_search_up_to_now_asks_weibos_mobile_interface() -> None:
    now = datetime.now(UTC)
    for until, host in ((now, "m.weibo.cn"), (now - timedelta(days=2), "s.weibo.com")):
        path, _ = _asked("weibo", Work.SEARCH, "旧书", window=Window(until=until))
        assert path.partition("/")[0] == host


def test_a_bar_is_searched_by_its_name() -> None:
    asked = _asked("tieba", Work.SEARCH, "夜航船吧：旧书 杂志")[1]
    assert (asked["fname"], asked["word"]) == ("夜航船", "旧书 杂志")


@pytest.mark.parametrize(
    ("platform", "work", "query"),
    [
        ("telegram", Work.SEARCH, "旧书"),
        ("telegram", Work.POST, "yehang_demo"),
        ("telegram", Work.REPLIES, "a/1"),
        ("tieba", Work.POST, "旧书"),
        ("tieba", Work.COMMENTS, "9100000001"),
        ("weibo", Work.COMMENTS, "旧书"),
        ("weibo", Work.FEED, "旧书"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(platform: str, work: Work, query: str) -> None:
    with pytest.raises(InputError):
        _asked(platform, work, query)


def test_a_search_leads_to_cut_posts_comments_authors_and_its_next_page() -> None:
    reading = _read("weibo/mobile_search", Work.SEARCH, "旧书")
    assert reading.following == "2"
    assert reading.total == 312
    assert _leads(reading) >= {
        ("post", "5100000000000002"),
        ("comments", "5100000000000001"),
        ("account", "7000000001"),
    }
    assert ("post", "5100000000000001") not in _leads(reading)


def test_comments_lead_to_the_replies_that_they_do_not_show() -> None:
    reading = _read("weibo/hotflow", Work.COMMENTS, "5100000000000001")
    assert reading.following == "139000000"
    assert ("replies", "5100000000000001/5100000000001001") in _leads(reading)
    assert ("replies", "5100000000000001/5100000000001002") not in _leads(reading)
    assert _asked("weibo", Work.COMMENTS, "5100000000000001", cursor="7:1")[1]["max_id_type"] == "1"


def test_a_bar_leads_to_its_threads_and_a_thread_to_hidden_replies_only() -> None:
    bar = _read("tieba/bar_page", Work.FEED, "夜航船")
    assert bar.following == "50"
    assert ("post", "9100000001") in _leads(bar)
    thread = _read("tieba/thread_page", Work.POST, "9100000001")
    assert thread.following == "2"
    assert not {lead for lead in _leads(thread) if lead[0] in ("post", "replies")}


def test_a_channel_leads_to_older_posts_and_to_other_channels() -> None:
    reading = _read("telegram/channel", Work.FEED, "yehang_demo")
    assert reading.following == "101"
    named = ("other_demo", "source_demo", "yehang_kefu")  # the last one by the description
    assert _leads(reading) == {("feed", name) for name in named}


def test_what_is_gone_is_named_with_the_platforms_words() -> None:
    reading = _read("weibo/ajax_gone", Work.POST, "5100000000000007")
    assert (reading.state, reading.gone) == (PageState.GONE, ("weibo:5100000000000007",))
    assert "该微博不存在" in reading.words
    assert _read("weibo/mobile_user_gone", Work.ACCOUNT, "1").account_gone


def test_a_capped_search_is_told_as_such() -> None:
    assert _read("weibo/web_search_capped", Work.SEARCH, "旧书").extent is Extent.CAPPED


@pytest.mark.parametrize("platform", ["weibo", "tieba", "telegram"])
def test_a_base_url_keeps_the_paths(platform: str) -> None:
    for unit in load(platform).samples():
        real = urlsplit(load(platform).ask(unit).url)
        there = urlsplit(load(platform, base_url="http://127.0.0.1:9999/").ask(unit).url)
        assert (there.path, there.query) == (real.path, real.query)
        assert there.netloc == "127.0.0.1:9999"


def test_a_bare_404_is_an_error_in_a_crawl_and_gone_with_the_platforms_words() -> None:
    spider, unit = load("weibo"), Unit(platform="weibo", work=Work.POST, query="5100000000000007")
    bare = Answer(
        url=spider.ask(unit).url, status=404, fetched_at=datetime.now(UTC), body=b"<html></html>"
    )
    met = spider.read(unit, bare)
    assert (met.state, met.gone) == (PageState.ERROR, ())
    assert met.reason == "status 404 without a word of why"
    assert _read("tieba/thread_gone_by_status", Work.POST, "1").state is PageState.GONE


def test_a_page_of_the_search_that_is_shorter_than_it_says_is_cut() -> None:
    reading = _read("weibo/mobile_search", Work.SEARCH, "夜航")  # 4 posts of a total of 312
    assert (reading.state, reading.extent) == (PageState.OK, Extent.TRUNCATED)
    assert "10 entries are promised, 4 are shown" in reading.reason


def test_a_second_page_of_a_channels_search_without_a_next_one_is_capped() -> None:
    saved = answer_of(HERE / "telegram" / "channel")
    unit = Unit(platform="telegram", work=Work.SEARCH, query="yehang_demo 旧书", cursor="101")
    url = load("telegram").ask(unit).url
    body = saved.body.replace(b"tme_messages_more", b"").replace(b'rel="prev"', b"")
    met = load("telegram").read(unit, replace(saved, url=url, body=body))
    assert (met.state, met.extent) == (PageState.OK, Extent.CAPPED)
