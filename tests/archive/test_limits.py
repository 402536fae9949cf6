"""Names too long or with NUL in them: refused in one sentence, on either engine."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from posts import add_judged
from sqlalchemy import text
from typer.testing import CliRunner

from archive.errors import InputError, LedgerError
from archive.index import SqliteIndex
from archive.index.feeding import feed
from archive.ledger.ledger import Ledger
from archive.links import Linker
from archive.records import Account, Post

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LONGEST = "i" * (512 - len("weibo:"))


@pytest.mark.parametrize(
    ("platform", "post_id", "account", "told"),
    [
        ("weibo", LONGEST + "i", "a", "longer than 512"),
        ("w" * 65, "1", "a", "longer than 64"),
        ("weibo", "1\0", "a", "NUL"),
        ("weibo", "1", "a" * 257, "longer than 256"),
        ("weibo", "1", "a\0", "NUL"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused(
    ledger: Ledger, platform: str, post_id: str, account: str, told: str
) -> None:
    author = Account(platform="weibo", account_id=account, name="n")
    post = Post(platform=platform, post_id=post_id, text="开房", author=author)
    with ledger.writing() as connection, pytest.raises(InputError, match=told):
        ledger.posts.add(connection, [post], seen_at=NOW)
    with ledger.reading() as connection:
        assert ledger.posts.count(connection) == 0


def test_the_longest_name_and_nul_in_texts_are_kept(ledger: Ledger, tmp_path: Path) -> None:
    author = Account(platform="weibo", account_id="a" * 256, name="老\0王12")
    post = Post(platform="weibo", post_id=LONGEST, text="查\0开房", title="\0", author=author)
    with ledger.writing() as connection:
        ledger.posts.add(connection, [post], seen_at=NOW)
    add_judged(ledger, 1)
    Linker(ledger).run()
    index = SqliteIndex(tmp_path / "index.db")
    assert feed(ledger, index) == 1
    with ledger.reading() as connection:
        stored = ledger.posts.get(connection, post.key)
    assert stored is not None
    assert stored.post.text == "查\0开房"
    index.close()


def test_a_value_that_the_engine_refuses_is_told_in_one_sentence(ledger: Ledger) -> None:
    if ledger.engine.dialect.name == "sqlite":
        with ledger.reading() as connection:
            assert ledger.posts.get(connection, "weibo:\0") is None
        return
    with pytest.raises(LedgerError, match="cannot take a value"), ledger.reading() as connection:
        ledger.posts.get(connection, "weibo:\0")
    with pytest.raises(LedgerError, match="cannot take a value"), ledger.writing() as connection:
        connection.execute(text("SELECT 'x'::int"))


def test_an_import_skips_such_a_row_and_says_which(tmp_path: Path) -> None:
    from desk.cli import app

    rows = [{"id": "1", "text": "一"}, {"id": "2" * 600, "text": "二"}, {"id": "3", "text": "三"}]
    source = tmp_path / "rows.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    words = ["import", str(source), "--home", str(tmp_path / "home"), "--json", "--no-judge"]
    done = CliRunner().invoke(app, words)
    assert "line 2: platform and post id are longer than 512 characters" in done.output
    tally = json.loads(done.stdout.strip().splitlines()[-1])
    assert (tally["added"], tally["skipped"]) == (2, 1)
