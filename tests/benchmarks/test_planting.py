"""The generator of planted campaigns: the same seed plants the same, and the truth is whole."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from benchmarks.planting.posts import World
from crawler.imports import RowProblem, read

ROOT = Path(__file__).parents[2]


def _plant(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    run = [sys.executable, "-m", "benchmarks.planting", *words, "--out", str(out)]
    return subprocess.run(run, capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_seed_plants_the_same_and_another_seed_something_else() -> None:
    first, again, other = (list(World(seed=s, posts=300, campaigns=4).posts()) for s in (1, 1, 2))
    assert first == again
    assert {post.text for post in first}.isdisjoint(
        post.text for post in other if post.role == "campaign"
    )


def test_what_is_planted() -> None:
    world = World(seed=3, posts=3000, campaigns=15)
    posts = list(world.posts())
    assert len(posts) == 3000
    assert [post.at for post in posts] == sorted(post.at for post in posts)
    platforms, members, texts = defaultdict(set), defaultdict(set), defaultdict(set)
    for post in posts:
        if post.campaign:
            platforms[post.campaign].add(post.account.platform)
            members[post.campaign].add(post.member)
            texts[post.campaign].add(post.text)
    assert len(members) == 15
    assert min(map(len, members.values())) >= 2
    assert sum(len(found) > 1 for found in platforms.values()) > 5
    assert all(len(texts[name]) > len(members[name]) for name in members)
    assert any(account.banned for seller in world.sellers for account in seller.accounts)
    bot = next(hub.value for hub in world.hubs if hub.kind == "contact")
    users = {post.member for post in posts if bot in post.text and post.role == "stranger"}
    assert len(users) > 10


def test_the_command_writes_what_anyu_imports(tmp_path: Path) -> None:
    words = ("--seed", "5", "--posts", "200", "--campaigns", "3")
    assert _plant(tmp_path, *words).returncode == 0
    rows = list(read(tmp_path / "posts.jsonl", format="anyu", platform="import"))
    truth = [json.loads(line) for line in (tmp_path / "truth.jsonl").open(encoding="utf-8")]
    assert len(rows) == len(truth) == 200
    for row, known in zip(rows, truth, strict=True):
        assert not isinstance(row, RowProblem)
        assert row.post.key == f"{known['platform']}:{known['id']}"
        assert all((tmp_path / media.url).is_file() for media in row.post.media)


@pytest.mark.parametrize("words", [("--seed", "5"), ("--seed", "x", "--posts", "1")])
def test_wrong_words_end_with_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = _plant(tmp_path / "out", *words)
    assert done.returncode == 2
    assert not (tmp_path / "out").exists()
