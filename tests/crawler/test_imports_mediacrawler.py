"""MediaCrawler's rows of seven platforms, recognised and mapped, in each of its containers."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from imported_rows import NOON, SECONDS, posts_of, written

from archive.labels import Kind
from crawler.imports import read

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
    path = written(tmp_path / "contents.jsonl", [MEDIACRAWLER[key]])
    assert read(path).format == "mediacrawler"
    (post,) = posts_of(path)
    assert post.key == key
    assert post.posted_at == NOON
    assert post.author is not None
    assert (post.author.account_id, post.author.name) == ("u1", "小王")


@pytest.mark.parametrize("key", COMMENTS)
def test_mediacrawler_comments_know_what_they_answer(key: str, tmp_path: Path) -> None:
    row, parent = COMMENTS[key]
    path = written(tmp_path / "c.jsonl", [{"comment_id": "c1", "content": "能查", **AUTHOR, **row}])
    (post,) = posts_of(path)
    assert (post.key, post.kind, post.parent) == (key, Kind.COMMENT, parent)


def test_mediacrawler_texts_titles_pictures_and_counts(tmp_path: Path) -> None:
    posts = {p.key: p for p in posts_of(written(tmp_path / "a.jsonl", MEDIACRAWLER.values()))}
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
    want = posts_of(written(tmp_path / "a.jsonl", [row]))
    for name in ("a.json", "a.csv", "a.db"):
        assert read(tmp_path / name).format == "mediacrawler"
        assert posts_of(tmp_path / name) == want
