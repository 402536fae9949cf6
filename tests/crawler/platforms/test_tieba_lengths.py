"""Tieba's lists that are shorter than they say, or end at a limit, are never told as whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from recorded_pages import HERE, answer_of

from archive.labels import Extent, PageState
from archive.ledger.units import Unit, Work
from crawler.answers import Answer
from crawler.platforms.catalogue import load
from crawler.platforms.platform import Reading
from crawler.platforms.tieba.pages import read

HOST = "https://tieba.baidu.com"
NEXT = '<a class="next pagination-item" href="/f?kw=x&pn={}">下一页&gt;</a>'
THREAD = 9_100_000_001


def answer(path: str, body: str | dict[str, Any]) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Answer(url=f"{HOST}{path}", body=text.encode(), fetched_at=datetime.now(UTC))


def extent(path: str, body: str | dict[str, Any]) -> tuple[PageState, Extent]:
    """Give what one saved answer is told to be."""
    page = read(answer(path, body))
    return page.sign.state, page.extent


def crawled(work: Work, body: str | dict[str, Any], *, cursor: str = "") -> Reading:
    """Give what a crawl is told by the answer to one of its own requests."""
    query = {Work.POST: str(THREAD), Work.REPLIES: f"{THREAD}/150000000002"}.get(work, "夜航船")
    unit, spider = Unit(platform="tieba", work=work, query=query, cursor=cursor), load("tieba")
    path = spider.ask(unit).url.removeprefix(HOST)
    return spider.read(unit, answer(path, body))


def bar(threads: int, total: int, following: int | None = None) -> str:
    rows = "".join(
        f'<li class="j_thread_list" data-field=\'{{"id": {THREAD + at}}}\'>'
        f'<a class="j_th_tit" href="/p/{THREAD + at}" title="旧书">旧书</a></li>'
        for at in range(threads)
    )
    pager = NEXT.format(following) if following else ""
    footer = f'<div class="th_footer_l">共有主题数<span class="red_text">{total}</span>个</div>'
    return f'<html><body><ul id="thread_list">{rows}</ul>{pager}{footer}</body></html>'


def thread(floors: int, answers: int, pages: int, *, first: int = 1, replies: int = 0) -> str:
    """Write a thread's page without a link to the next; each floor tells of some replies."""
    posts = "".join(
        f'<div class="l_post" data-field=\'{{"content": {{"post_id": {150_000_000_000 + at},'
        f' "thread_id": {THREAD}, "post_no": {at}, "comment_num": {replies}}}}}\'>'
        '<div class="d_post_content">顶</div></div>'
        for at in range(first, first + floors)
    )
    told = f'<span class="red">{answers}</span>回复贴，共<span class="red">{pages}</span>页'
    counted = f'<ul><li class="l_reply_num">{told}</li></ul>'
    return f'<html><body><div id="j_p_postlist">{posts}</div>{counted}</body></html>'


def replies(shown: int, total: int, pages: int) -> str:
    rows = "".join(
        f'<li class="lzl_single_post" data-field=\'{{"spid": "{150_000_001_000 + at}"}}\'>'
        '<span class="lzl_content_main">私</span></li>'
        for at in range(shown)
    )
    told = f'{{"total_num":{total},"total_page":{pages}}}'
    return f"{rows}<li class=\"lzl_li_pager\" data-field='{told}'></li>"


def hits(shown: int, **told: int) -> dict[str, Any]:
    rows = [
        {"tid": str(THREAD + at), "title": "旧书", "content": "x", "forum_name": "夜航船"}
        for at in range(shown)
    ]
    return {"no": 0, "error": "success", "data": {**told, "post_list": rows}}


@pytest.mark.parametrize(
    ("path", "body", "meant"),
    [
        ("/f?kw=x&pn=0", bar(12, 12), Extent.WHOLE),
        ("/f?kw=x&pn=0", bar(12, 15), Extent.TRUNCATED),
        ("/f?kw=x&pn=50", bar(12, 62), Extent.WHOLE),
        ("/f?kw=x&pn=50", bar(12, 63), Extent.TRUNCATED),
        ("/f?kw=x&pn=200", bar(50, 375), Extent.CAPPED),
        ("/f?kw=x&pn=200", bar(47, 375), Extent.CAPPED),
        ("/f?kw=x&pn=0", bar(50, 375), Extent.CAPPED),
        ("/f?kw=x&pn=0", bar(50, 375, following=50), Extent.WHOLE),
        (f"/p/{THREAD}", thread(3, 3, 1), Extent.WHOLE),
        (f"/p/{THREAD}", thread(3, 9, 1, replies=2), Extent.WHOLE),
        (f"/p/{THREAD}", thread(3, 5, 1), Extent.TRUNCATED),
        (f"/p/{THREAD}?pn=2", thread(5, 90, 2, first=31), Extent.WHOLE),
        (f"/p/{THREAD}?pn=3", thread(5, 35, 2), Extent.CAPPED),
        ("/p/comment?tid=1&pid=2&pn=1", replies(4, 4, 1), Extent.WHOLE),
        ("/p/comment?tid=1&pid=2&pn=1", replies(3, 4, 1), Extent.TRUNCATED),
        ("/p/comment?tid=1&pid=2&pn=3", replies(3, 23, 3), Extent.WHOLE),
        ("/p/comment?tid=1&pid=2&pn=3", replies(2, 23, 3), Extent.TRUNCATED),
        ("/p/comment?tid=1&pid=2&pn=2", replies(10, 45, 2), Extent.CAPPED),
        (
            "/p/comment?tid=1&pid=2&pn=1",
            replies(4, 4, 1).partition('<li class="lzl_li_pager')[0],
            Extent.TRUNCATED,
        ),
    ],
)
def test_a_page_is_measured_by_what_it_says(path: str, body: str, meant: Extent) -> None:
    assert extent(path, body) == (PageState.OK, meant)


def test_an_empty_list_that_promises_more_is_cut() -> None:
    search = "/mo/q/search/thread?word=x&pn=1&rn=20"
    assert extent(search, hits(0, has_more=1)) == (PageState.EMPTY, Extent.TRUNCATED)
    assert extent(search, hits(0, has_more=0)) == (PageState.EMPTY, Extent.WHOLE)
    assert extent(f"/p/{THREAD}", thread(0, 4, 1)) == (PageState.EMPTY, Extent.TRUNCATED)
    told, _ = extent("/p/comment?tid=1&pid=2", replies(0, 4, 1))
    assert told is PageState.CHANGED_LAYOUT  # four replies that are not found were renamed


def test_the_replies_that_come_with_a_page_are_counted_by_floor() -> None:
    reply = {"comment_id": "150000000101", "post_id": "150000000002", "content": "私"}
    floor = {"comment_num": 1, "comment_list_num": 1, "comment_info": [reply]}
    told = {"errno": 0, "data": {"comment_list": {"150000000002": floor}}}
    assert extent("/p/totalComment?tid=1", told) == (PageState.OK, Extent.WHOLE)
    floor["comment_num"] = 23
    assert extent("/p/totalComment?tid=1", told) == (PageState.OK, Extent.TRUNCATED)


def test_a_thread_in_json_is_measured_where_it_has_one_page() -> None:
    floor = {"id": 150_000_000_002, "floor": 2, "content": [{"type": 0, "text": "顶"}]}
    told: dict[str, Any] = {"error_code": 0, "page": {"total_page": 1}, "post_list": [floor]}
    told["thread"] = {"id": THREAD, "title": "旧书", "reply_num": 1}
    assert extent("/c/f/pb/page_pc", told) == (PageState.OK, Extent.WHOLE)
    told["thread"]["reply_num"] = 4
    assert extent("/c/f/pb/page_pc", told) == (PageState.OK, Extent.TRUNCATED)
    told["page"]["total_page"] = 3
    assert read(answer("/c/f/pb/page_pc", told)).following == "pn=2"


@pytest.mark.parametrize(
    ("work", "short", "full"),
    [
        (Work.SEARCH, hits(17, has_more=1), hits(20, has_more=1)),
        (Work.FEED, bar(47, 120, following=50), bar(50, 120, following=50)),
        (Work.POST, thread(27, 69, 3), thread(30, 69, 3)),
        (Work.REPLIES, replies(7, 23, 3), replies(10, 23, 3)),
    ],
)
def test_a_crawl_tells_a_page_with_a_next_one_that_is_short(
    work: Work, short: str | dict[str, Any], full: str | dict[str, Any]
) -> None:
    cut, whole = crawled(work, short), crawled(work, full)
    assert (cut.state, cut.extent) == (PageState.OK, Extent.TRUNCATED)
    assert (whole.state, whole.extent) == (PageState.OK, Extent.WHOLE)
    assert cut.following == whole.following == ("50" if work is Work.FEED else "2")


@pytest.mark.parametrize(
    ("work", "body"),
    [
        (Work.SEARCH, hits(0, has_more=0)),
        (Work.FEED, bar(0, 0)),
        (Work.POST, thread(0, 0, 0)),
        (Work.REPLIES, replies(0, 0, 0)),
    ],
)
def test_a_crawl_tells_a_promised_page_that_is_empty(work: Work, body: Any) -> None:
    first, later = crawled(work, body), crawled(work, body, cursor="3")
    assert (first.state, first.extent) == (PageState.EMPTY, Extent.WHOLE)
    assert (later.state, later.extent) == (PageState.EMPTY, Extent.CAPPED)


def test_the_pages_are_turned_by_their_number_where_no_link_does() -> None:
    assert crawled(Work.POST, thread(30, 69, 3)).following == "2"
    assert crawled(Work.POST, thread(9, 69, 3, first=61), cursor="3").following is None
    assert crawled(Work.REPLIES, replies(10, 23, 3), cursor="2").following == "3"


def test_the_pager_of_replies_in_a_floor_turns_no_thread() -> None:
    pager = '<li class="lzl_li_pager"><p class="l_pager"><a href="#2">下一页</a></p></li>'
    body = thread(3, 3, 1).replace("</div></div></div>", f"</div></div></div>{pager}", 1)
    assert "lzl_li_pager" in body
    assert crawled(Work.POST, body).following is None


def test_a_first_page_that_is_shown_again_ends_the_thread() -> None:
    met = crawled(Work.POST, thread(30, 69, 3), cursor="4")
    assert (met.state, met.extent) == (PageState.OK, Extent.CAPPED)
    assert "page 4 is asked for, the first one is shown" in met.reason
    assert met.following is None


def test_a_full_page_of_a_search_that_does_not_say_whether_more_follows_is_turned() -> None:
    assert crawled(Work.SEARCH, hits(20)).following == "2"
    assert crawled(Work.SEARCH, hits(19)).following is None
    assert crawled(Work.SEARCH, hits(20, has_more=0)).following is None


@pytest.mark.parametrize(
    ("work", "folder"), [(Work.FEED, "modern_bar_page"), (Work.POST, "modern_thread_page")]
)
def test_a_page_that_loads_on_is_never_whole_to_a_crawl(work: Work, folder: str) -> None:
    unit = Unit(platform="tieba", work=work, query=str(THREAD))
    met = load("tieba", browser=True).read(unit, answer_of(HERE / "tieba" / folder))
    assert (met.state, met.extent) == (PageState.OK, Extent.TRUNCATED)
    assert "loads on" in met.reason
