"""What people write on a page of Tieba that no longer parses is not taken for Tieba's own words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from recorded_pages import HERE, answer_of

from archive.labels import PageState
from crawler.platforms.tieba.pages import read

_ENTRIES = (
    *("l_post", "j_thread_list", "s_post", "lzl_single_post", "threadcardclass"),
    *("thread-content-box", "pb-comment-item", "pb-content-wrap"),
)
_WRITTEN = ("还在么", "顶", "去年的贴子", "求购", "私", "出旧书", "多少钱")


@pytest.mark.parametrize("words", ["旧号已注销，加新号", "暂无优惠", "需要验证码", "登录不上"])
@pytest.mark.parametrize(
    "folder",
    [
        *("bar_page", "thread_page", "modern_thread_page", "search_cards"),
        *("search_page_in_gbk", "replies_fragment"),
    ],
)
def test_a_page_of_people_whose_entries_were_renamed_is_a_changed_layout(
    folder: str, words: str
) -> None:
    saved = answer_of(HERE / "tieba" / folder)
    charset = "gbk" if folder.endswith("gbk") else "utf-8"
    text = saved.body.decode(charset)
    for name in _ENTRIES:
        text = text.replace(name, "renamed")
    for written in _WRITTEN:
        text = text.replace(written, words)
    assert words in text
    page = read(replace(saved, body=text.encode(charset)))
    assert page.sign.state is PageState.CHANGED_LAYOUT
    assert not page.records


@pytest.mark.parametrize("word", ["登录", "安全验证", "404"])
def test_a_search_without_results_is_not_named_by_what_was_asked(word: str) -> None:
    saved = answer_of(HERE / "tieba" / "search_page_nothing")
    text = saved.body.decode()
    head, _, rest = text.partition("</title>")
    start = head.partition("<title>")[0]
    text = f"{start}<title>贴吧搜索_{word}</title>{rest}"
    page = read(replace(saved, body=text.encode()))
    assert page.sign.state is PageState.EMPTY
