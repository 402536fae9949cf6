"""Imports: each tool's rows recognised and mapped, wrong rows named, encodings read right."""

import csv
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from archive.errors import InputError
from archive.labels import Kind
from archive.records import Post
from crawler.imports import FORMATS, ImportedRow, RowProblem, read


def _lines(path: Path, rows: Iterable[object], encoding: str = "utf-8") -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding=encoding)
    return path


def _posts(path: Path, **named: Any) -> list[Post]:
    rows = list(read(path, **named))
    assert all(isinstance(row, ImportedRow) for row in rows), rows
    return [row.post for row in rows if isinstance(row, ImportedRow)]


NOON = datetime(2025, 5, 1, 4, 0, tzinfo=UTC)  # 12:00 in China
SECONDS = int(NOON.timestamp())
AUTHOR = {"user_id": "u1", "nickname": "小王", "ip_location": "江苏"}
MEDIACRAWLER = {
    "xiaohongshu:n1": {
        "note_id": "n1",
        "type": "normal",
        "title": "出档案",
        "desc": "看图",
        "time": SECONDS * 1000,
        "image_list": "http://a/1.jpg,http://a/2.jpg",
        "liked_count": "1.2万",
        "note_url": "https://www.xiaohongshu.com/explore/n1",
        **AUTHOR,
    },
    "weibo:5001": {
        "note_id": 5001,
        "content": "查 <b>病历</b>&amp;开房",
        "create_time": SECONDS,
        "create_date_time": "2025-05-01 12:00:00+08:00",
        "note_url": "https://m.weibo.cn/detail/5001",
        **AUTHOR,
    },
    "douyin:701": {
        "aweme_id": "701",
        "title": "查档",
        "desc": "查档",
        "create_time": SECONDS,
        **AUTHOR,
    },
    "kuaishou:3xk": {
        "video_id": "3xk",
        "video_type": "1",
        "title": "定位",
        "desc": "定位",
        "create_time": SECONDS * 1000,
        "viewd_count": "9",
        **AUTHOR,
    },
    "bilibili:88": {
        "video_id": 88,
        "title": "开盒",
        "desc": "讲讲开盒",
        "create_time": SECONDS,
        "video_danmaku": "1",
        **AUTHOR,
    },
    "tieba:9": {
        "note_id": "9",
        "title": "求助",
        "desc": "有人能查吗",
        "publish_time": "2025-05-01 12:00",
        "tieba_name": "上海吧",
        "user_nickname": "小王",
        "creator_hash": "u1",
    },
    "zhihu:77": {
        "content_id": "77",
        "content_type": "answer",
        "content_text": "<p>查流水</p><p>骗局</p>",
        "created_time": SECONDS,
        "title": "怎么看",
        "user_nickname": "小王",
        "user_id": "u1",
    },
}
COMMENTS = {
    "weibo:c1": (
        {"note_id": 5001, "create_date_time": "2025-05-01", "parent_comment_id": ""},
        "weibo:5001",
    ),
    "xiaohongshu:c1": ({"note_id": "n1", "parent_comment_id": "c0"}, "xiaohongshu:c0"),
    "douyin:c1": ({"aweme_id": 701, "parent_comment_id": "0"}, "douyin:701"),
    "bilibili:c1": ({"video_id": 88, "parent_comment_id": "0"}, "bilibili:88"),
    "kuaishou:c1": ({"video_id": "3xk"}, "kuaishou:3xk"),
    "tieba:c1": ({"note_id": "9", "tieba_name": "上海吧"}, "tieba:9"),
    "zhihu:c1": ({"content_id": "77"}, "zhihu:77"),
}


@pytest.mark.parametrize("key", MEDIACRAWLER)
def test_mediacrawler_contents_of_each_platform(key: str, tmp_path: Path) -> None:
    path = _lines(tmp_path / "contents.jsonl", [MEDIACRAWLER[key]])
    assert read(path).format == "mediacrawler"
    (post,) = _posts(path)
    assert post.key == key
    assert post.posted_at == NOON
    assert post.author is not None
    assert (post.author.account_id, post.author.name) == ("u1", "小王")


@pytest.mark.parametrize("key", COMMENTS)
def test_mediacrawler_comments_know_what_they_answer(key: str, tmp_path: Path) -> None:
    row, parent = COMMENTS[key]
    path = _lines(tmp_path / "c.jsonl", [{"comment_id": "c1", "content": "能查", **AUTHOR, **row}])
    (post,) = _posts(path)
    assert (post.key, post.kind, post.parent) == (key, Kind.COMMENT, parent)


def test_mediacrawler_texts_titles_pictures_and_counts(tmp_path: Path) -> None:
    posts = {p.key: p for p in _posts(_lines(tmp_path / "a.jsonl", MEDIACRAWLER.values()))}
    assert posts["weibo:5001"].text == "查 病历&开房"
    assert (posts["douyin:701"].title, posts["douyin:701"].text) == ("", "查档")
    assert posts["zhihu:77"].text == "查流水\n骗局"
    note = posts["xiaohongshu:n1"]
    assert [media.url for media in note.media] == ["http://a/1.jpg", "http://a/2.jpg"]
    assert note.metrics == {"likes": 12000}


def test_mediacrawler_json_csv_and_sqlite_agree(tmp_path: Path) -> None:
    row = MEDIACRAWLER["xiaohongshu:n1"]
    (tmp_path / "a.json").write_text(json.dumps([row], ensure_ascii=False, indent=2), "utf-8")
    with (tmp_path / "a.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute("CREATE TABLE creator (user_id TEXT, fans TEXT)")
        database.execute("INSERT INTO creator VALUES ('u9', '3')")
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        database.execute(f"CREATE TABLE xhs_note ({names})")
        database.execute(f"INSERT INTO xhs_note VALUES ({marks})", list(row.values()))  # noqa: S608
    want = _posts(_lines(tmp_path / "a.jsonl", [row]))
    for name in ("a.json", "a.csv", "a.db"):
        assert read(tmp_path / name).format == "mediacrawler"
        assert _posts(tmp_path / name) == want


def test_weibo_search_csv(tmp_path: Path) -> None:
    path = tmp_path / "开房.csv"
    header = "id,bid,user_id,用户昵称,微博正文,转发数,发布时间,微博图片url,retweet_id,ip\n"
    path.write_text(
        header + '501,Obid,77,小王,"查开房,\n私信",3,2025-05-01 12:00,http://a/1.jpg,,海外\n'
        "502,Obie,78,小李,转发,0,2025-05-01 12:00,,501,\n",
        encoding="utf-8-sig",
    )
    first, second = _posts(path)
    assert read(path).format == "weibo-search"
    assert (first.key, first.text, first.posted_at) == ("weibo:501", "查开房,\n私信", NOON)
    assert (first.ip_location, first.metrics["reposts"]) == ("海外", 3)
    assert (second.kind, second.parent) == (Kind.REPOST, "weibo:501")


def test_weibospider_tweets_and_comments(tmp_path: Path) -> None:
    tweet = {
        "_id": "501",
        "mblogid": "Obid",
        "created_at": "2025-05-01 12:00:00",
        "ip_location": "发布于 江苏",
        "content": "查开房",
        "reposts_count": 1,
        "pic_urls": ["http://a/1.jpg"],
        "user": {"_id": "77", "nick_name": "小王", "verified": False},
        "url": "https://weibo.com/77/Obid",
    }
    comment = {
        "_id": "c1",
        "created_at": "Thu May 01 12:00:00 +0800 2025",
        "content": "能查",
        "comment_user": {"_id": "78", "nick_name": "小李"},
    }
    path = _lines(tmp_path / "tweet.jsonl", [tweet, comment])
    assert read(path).format == "weibospider"
    first, second = _posts(path)
    assert (first.key, first.posted_at, first.ip_location) == ("weibo:501", NOON, "江苏")
    assert (second.kind, second.posted_at) == (Kind.COMMENT, NOON)


def _item(platform: str, data: dict[str, object]) -> dict[str, object]:
    return {"item_id": "1", "nav_index": "1:1:0", "source_platform": platform, "data": data}


def test_zeeschuimer_items_and_4cat_keeps_of_them(tmp_path: Path) -> None:
    tweet = {
        "rest_id": "9",
        "core": {"user_results": {"result": {"rest_id": "7", "core": {"screen_name": "wang"}}}},
        "legacy": {"full_text": "查开房", "created_at": "Thu May 01 04:00:00 +0000 2025"},
    }
    douyin = {
        "aweme_id": "701",
        "desc": "查档",
        "create_time": SECONDS,
        "author": {"uid": "u1", "nickname": "小王"},
    }
    note = {
        "id": "n1",
        "note_card": {
            "title": "出",
            "desc": "看图",
            "time": SECONDS * 1000,
            "user": {"user_id": "u1"},
        },
    }
    answer = {"id": "c1", "note_id": "n1", "content": "能查", "create_time": SECONDS * 1000}
    clip = {"id": "t1", "desc": "查", "createTime": SECONDS, "author": {"id": "u1"}}
    rows = [
        _item("twitter.com", tweet),
        _item("douyin.com", douyin),
        _item("xiaohongshu.com", note),
        _item("xiaohongshu.com-comments", answer),
        _item("tiktok.com", clip),
        {**douyin, "__import_meta": {"source_platform": "douyin.com"}},
        _item("linkedin.com", {}),
    ]
    path = _lines(tmp_path / "export.ndjson", rows)
    assert read(path).format == "zeeschuimer"
    *found, last = list(read(path))
    posts = [row.post for row in found if isinstance(row, ImportedRow)]
    keys = ["x:9", "douyin:701", "xiaohongshu:n1", "xiaohongshu:c1", "tiktok:t1", "douyin:701"]
    assert [post.key for post in posts] == keys
    assert {post.posted_at for post in posts} == {NOON}
    assert posts[0].author is not None
    assert posts[0].author.name == "wang"
    assert posts[3].parent == "xiaohongshu:n1"
    assert last == RowProblem(7, "items of linkedin.com cannot be imported yet")


def test_4cat_csv(tmp_path: Path) -> None:
    path = tmp_path / "4cat.csv"
    path.write_text(
        "id,thread_id,timestamp,unix_timestamp,body,author\n"
        f"2,1,2025-05-01 04:00:00,{SECONDS},能查,wang\n",
        encoding="utf-8",
    )
    (post,) = _posts(path, platform="douban")
    assert (post.key, post.parent, post.posted_at) == ("douban:2", "douban:1", NOON)


def test_twscrape_lines(tmp_path: Path) -> None:
    tweet = {
        "id": 9007199254740993,
        "id_str": "9007199254740993",
        "url": "https://x.com/wang/status/9007199254740993",
        "date": "2025-05-01 04:00:00+00:00",
        "user": {"id": 7, "id_str": "7", "username": "wang", "followersCount": 5},
        "rawContent": "查开房",
        "likeCount": 2,
        "viewCount": None,
        "inReplyToTweetIdStr": "8",
        "media": {"photos": [{"url": "https://a/1.jpg"}], "videos": []},
    }
    path = _lines(tmp_path / "tweets.jsonl", [tweet])
    assert read(path).format == "twscrape"
    (post,) = _posts(path)
    assert (post.key, post.posted_at, post.parent) == ("x:9007199254740993", NOON, "x:8")
    assert post.author is not None
    assert post.author.followers == 5
    assert post.media[0].url == "https://a/1.jpg"


def test_x_api_responses_and_bare_posts(tmp_path: Path) -> None:
    tweet = {
        "id": "9",
        "text": "查开…",
        "note_tweet": {"text": "查开房全文"},
        "author_id": "7",
        "created_at": "2025-05-01T04:00:00.000Z",
        "attachments": {"media_keys": ["3_1"]},
        "referenced_tweets": [{"type": "replied_to", "id": "8"}],
        "public_metrics": {"like_count": 1},
    }
    page = {
        "data": [tweet, {**tweet, "id": "10"}],
        "includes": {
            "users": [{"id": "7", "username": "wang"}],
            "media": [{"media_key": "3_1", "type": "photo", "url": "https://a/1.jpg"}],
        },
    }
    whole = tmp_path / "page.json"
    whole.write_text(json.dumps(page, ensure_ascii=False, indent=1), "utf-8")
    for path in (whole, _lines(tmp_path / "pages.jsonl", [page])):
        assert read(path).format == "x-api"
        first, second = _posts(path)
        assert (first.key, first.text, first.parent) == ("x:9", "查开房全文", "x:8")
        assert first.author is not None
        assert first.author.name == "wang"
        assert (second.key, second.media[0].url) == ("x:10", "https://a/1.jpg")
    assert [p.key for p in _posts(_lines(tmp_path / "bare.jsonl", [tweet]))] == ["x:9"]


def test_telegram_results_of_one_chat_and_of_all(tmp_path: Path) -> None:
    chat = {
        "name": "供需",
        "type": "public_supergroup",
        "id": 1500,
        "messages": [
            {"id": 1, "type": "service", "action": "create_channel", "text": ""},
            {
                "id": 2,
                "type": "message",
                "date": "2025-05-01T12:00:00",
                "date_unixtime": str(SECONDS),
                "from": "小王",
                "from_id": "user7",
                "text": ["查开房 ", {"type": "mention", "text": "@demo_bot"}],
            },
            {
                "id": 3,
                "type": "message",
                "date_unixtime": str(SECONDS),
                "text": "",
                "photo": "p/1.jpg",
            },
            {"id": 4, "type": "message", "date_unixtime": "soon", "text": "x"},
        ],
    }
    for value in (chat, {"about": "x", "chats": {"about": "y", "list": [chat]}}):
        path = tmp_path / "result.json"
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
        assert read(path).format == "telegram"
        first, second, wrong = list(read(path))
        assert isinstance(first, ImportedRow)
        assert isinstance(second, ImportedRow)
        assert isinstance(wrong, RowProblem)
        assert (first.post.key, first.post.text) == ("telegram:1500/2", "查开房 @demo_bot")
        assert first.post.posted_at == NOON
        assert second.post.media[0].url == "p/1.jpg"
        assert "date_unixtime" in wrong.message


def test_own_rows_in_three_containers_have_the_same_ids(tmp_path: Path) -> None:
    rows = [
        {"text": "查开房", "source": "s"},
        {"source": "s", "text": "另一条", "platform": "weibo"},
    ]
    columns = {name: [row.get(name) for row in rows] for name in ("platform", "source", "text")}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet")
    with (tmp_path / "a.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, ["text", "source", "platform"])
        writer.writeheader()
        writer.writerows(rows)
    want = [post.key for post in _posts(_lines(tmp_path / "a.jsonl", rows))]
    assert len(set(want)) == 2
    assert [post.key for post in _posts(tmp_path / "a.parquet")] == want
    assert [post.key for post in _posts(tmp_path / "a.csv")] == want


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_found_even_where_the_first_pages_are_ascii(
    encoding: str, tmp_path: Path
) -> None:
    rows = [{"id": n, "text": "plain ascii " * 40} for n in range(400)]
    rows.append({"id": 999, "text": "查开房\u3000㐀"})
    path = _lines(tmp_path / "a.jsonl", rows, encoding)
    assert _posts(path)[-1].text == "查开房\u3000㐀"


def test_wrong_rows_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(
        '{"text": "好\u2028的"}\n\nnot json\n[1]\n{"id": 1}\n{"text": 5}\n{"text": " "}\n'.encode()
        + '{"text": "查开房", "time": "soon"}\n'.encode()
        + b'{"text": "\xff\xfe broken"}\n'
        + '{"text": "\\ud83d\\u0000 末"}\n{"text": "cut'.encode()
    )
    found = {row.line: row for row in read(path)}
    posts = {n: row.post.text for n, row in found.items() if isinstance(row, ImportedRow)}
    assert posts == {1: "好\u2028的", 10: "\ufffd 末"}
    said = {n: row.message for n, row in found.items() if isinstance(row, RowProblem)}
    assert said.keys() == {3, 4, 5, 6, 7, 8, 9, 11}
    assert "JSON" in said[3]
    assert "text" in said[5]
    assert "int" in said[6]
    assert "soon" in said[8]
    assert "bytes" in said[9]


def test_a_csv_row_is_named_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text,id\n"one\ntwo",1\nextra,2,3\nlast,4\n', encoding="utf-8")
    rows = list(read(path))
    assert [row.line for row in rows] == [2, 4, 5]
    assert isinstance(rows[1], RowProblem)


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "strange.jsonl").write_text('{"a": 1}\n', "utf-8")
    (tmp_path / "cut.json").write_text('[\n{"text": "a"},', "utf-8")
    for name, words in {
        "empty.jsonl": "is empty",
        "strange.jsonl": "not recognised",
        "cut.json": "cut off",
        "none.jsonl": "cannot be read",
    }.items():
        with pytest.raises(InputError, match=words):
            list(read(tmp_path / name))
    with pytest.raises(InputError, match="no format"):
        read(tmp_path / "strange.jsonl", format="word")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_names = [
    *["text", "id", "time", "kind", "author", "images", "data", "_id", "content", "messages"],
    *["note_id", "comment_id", "aweme_id", "rawContent", "legacy", "source_platform", "chats"],
    *["includes", "user", "create_time", "media", "metrics", "type", "body", "from_id", "photo"],
]


@settings(max_examples=300, deadline=None)
@given(
    row=st.dictionaries(st.sampled_from(_names), _values, max_size=8),
    chosen=st.sampled_from(FORMATS),
)
def test_any_row_gives_posts_or_problems_under_any_format(
    row: dict[str, object], chosen: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8", errors="surrogatepass")
    for found in read(path, format=chosen):
        assert isinstance(found, ImportedRow | RowProblem)
