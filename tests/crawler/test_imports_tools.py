"""The files of other tools than MediaCrawler, each recognised and mapped."""

import json
from pathlib import Path

from imported_rows import NOON, SECONDS, posts_of, written

from archive.labels import Kind
from crawler.imports import ImportedRow, RowProblem, read


def test_weibo_search_csv(tmp_path: Path) -> None:
    path = tmp_path / "开房.csv"
    header = "id,bid,user_id,用户昵称,微博正文,转发数,发布时间,微博图片url,retweet_id,ip\n"
    path.write_text(
        header + '501,Obid,77,小王,"查开房,\n私信",3,2025-05-01 12:00,http://a/1.jpg,,海外\n'
        "502,Obie,78,小李,转发,0,2025-05-01 12:00,,501,\n",
        encoding="utf-8-sig",
    )
    first, second = posts_of(path)
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
    path = written(tmp_path / "tweet.jsonl", [tweet, comment])
    assert read(path).format == "weibospider"
    first, second = posts_of(path)
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
    path = written(tmp_path / "export.ndjson", rows)
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
    (post,) = posts_of(path, platform="douban")
    assert (post.key, post.parent, post.posted_at) == ("douban:2", "douban:1", NOON)


def test_twscrapewritten(tmp_path: Path) -> None:
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
    path = written(tmp_path / "tweets.jsonl", [tweet])
    assert read(path).format == "twscrape"
    (post,) = posts_of(path)
    assert (post.key, post.posted_at, post.parent) == ("x:9007199254740993", NOON, "x:8")
    assert post.author is not None
    assert post.author.followers == 5
    assert post.media[0].url == "https://a/1.jpg"


def test_x_api_responses_and_bareposts_of(tmp_path: Path) -> None:
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
    for path in (whole, written(tmp_path / "pages.jsonl", [page])):
        assert read(path).format == "x-api"
        first, second = posts_of(path)
        assert (first.key, first.text, first.parent) == ("x:9", "查开房全文", "x:8")
        assert first.author is not None
        assert first.author.name == "wang"
        assert (second.key, second.media[0].url) == ("x:10", "https://a/1.jpg")
    assert [p.key for p in posts_of(written(tmp_path / "bare.jsonl", [tweet]))] == ["x:9"]


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
