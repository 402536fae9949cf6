"""A small archive, judged by the shipped model, and the desk over it on a real port."""

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from PIL import Image

from archive.index.feeding import feed
from archive.labels import Extent, PageState
from archive.records import Account, Job, Media, Observation, Post
from archive.settings import Settings
from classifier.judge import Judge
from classifier.worker import Worker
from desk.rooms import Rooms, rooms
from desk.web.app import build

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADVERT = "kf 开*房 查询800一次，名下号150 #查手机定位 #查机主 需要身份证 薇abc_demo77"
TEXTS = {
    "w1": ADVERT,
    "w2": "#查开房记录 #查身份证 查名下号 查全户 样本 身份证110101199003078515 找@demo_cha01",
    "w3": "今天下雨，和妈妈去公园走了一圈，很开心",
    "w4": "<script>alert(1)</script> 查开房 查流水 查档案 聊天记录 定位找人 QQ 100001",
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "home"
    with rooms(folder) as opened:
        _fill(opened)
    return folder


@pytest.fixture(scope="session")
def desk(home: Path) -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = build(Settings(home=home))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def _fill(opened: Rooms) -> None:
    ledger = opened.ledger
    picture = io.BytesIO()
    Image.effect_noise((300, 400), 80).save(picture, "PNG")
    with ledger.writing() as connection:
        kept = ledger.evidence.put(connection, picture.getvalue())
        job = Job(platform="weibo", query="开房", operator="t", purpose="test", legal_basis="test")
        seen = Observation(
            job=ledger.jobs.add(connection, job),
            cursor="1",
            request="GET",
            url="http://127.0.0.1/search",
            fetched_at=NOW,
            status=200,
            page_state=PageState.OK,
            extent=Extent.WHOLE,
            body_sha256="ab" * 32,
        )
        number = ledger.jobs.observe(connection, seen)
        posts = [
            Post(
                platform="weibo",
                post_id=name,
                text=text,
                author=Account(platform="weibo", account_id=f"u{name}", name=f"小王{name}"),
                posted_at=NOW,
                observation=number,
                media=(Media(url="http://127.0.0.1/a.png", sha256=kept),) if name == "w1" else (),
            )
            for name, text in TEXTS.items()
        ]
        ledger.posts.add(connection, posts, seen_at=NOW)
    Worker(ledger, Judge.load()).run()
    feed(ledger, opened.index)
