"""The main job, run as a user runs it: both spiders, every state counted, cases searchable."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from desk.rooms import rooms

_STATES = {
    *("ok", "empty", "gone", "logged_out", "blocked", "captcha", "rate_limited"),
    *("changed_layout", "error"),
}


@pytest.mark.browser
@pytest.mark.slow
def test_the_demo_carries_posts_from_pages_to_searchable_cases(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run = [sys.executable, "-m", "desk.cli", "demo", "--no-serve", "--home", str(home)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "as the sandbox's own log has it" in done.stdout
    assert "Traceback" not in done.stderr
    with rooms(home) as opened, opened.ledger.reading() as connection:
        ledger = opened.ledger
        coverage = ledger.jobs.coverage(connection)
        states = {counted.page_state for counted in coverage}
        jobs = {status.job.query: status for status in ledger.jobs.all(connection)}
        stored = {post.post.key: post for post in ledger.posts.scan(connection)}
        observed = {
            post.post.observation: ledger.jobs.observation(connection, post.post.observation)
            for post in stored.values()
            if post.post.observation
        }
        evidence = [
            ledger.evidence.get(connection, seen.warc)
            for seen in observed.values()
            if seen and seen.warc
        ]
        ledger.chain.verify(connection)
        documents = {document.key for document in opened.index.scan()}
    assert states == _STATES
    paused = {query for query, status in jobs.items() if status.state == "paused"}
    assert paused == {"住址", "通话", "机主"}
    assert jobs["开房"].state == "done"
    paths = Counter(seen.url.split("?")[0].rsplit("/", 1)[-1] for seen in observed.values() if seen)
    assert paths["feed"] >= 2
    assert paths["search"] >= 5
    assert len(stored) > 150
    assert any(post.gone_at for post in stored.values())
    assert any(media.sha256 for post in stored.values() for media in post.post.media)
    assert all(data.startswith(b"\x1f\x8b") for data in evidence)
    assert documents <= stored.keys()
    assert documents
