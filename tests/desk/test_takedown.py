"""Takedown lists: one platform's adverts, nothing that a spreadsheet runs, told when unreviewed."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from archive.errors import InputError
from desk.cli import app
from desk.rooms import rooms
from desk.takedown import cell, takedown_rows, write


def test_a_list_holds_the_adverts_of_one_platform(home: Path) -> None:
    with rooms(home) as opened:
        rows = takedown_rows(opened.ledger, "weibo")
        assert takedown_rows(opened.ledger, "x") == []
    assert {row.post_id for row in rows} == {"w1", "w2", "w4"}
    table = list(csv.DictReader(io.StringIO(write(rows, format="csv"))))
    assert table[0].keys() >= {"notice", "url", "goods", "statute", "first_seen", "evidence"}
    assert {row["reviewed"] for row in table} == {"false"}
    assert "110101199003078515" not in write(rows, format="csv")
    body = json.loads(write(rows, format="json"))
    assert body["sendable"] is False
    severe = {row["post_id"]: row["severity"] for row in body["posts"]}
    assert severe["w4"] == "high"
    with pytest.raises(InputError, match="csv or json"):
        write(rows, format="xls")


def test_a_notice_keeps_its_number_at_the_next_export(home: Path) -> None:
    with rooms(home) as opened:
        first, second = (takedown_rows(opened.ledger, "weibo") for _ in range(2))
    assert [row.notice for row in first] == [row.notice for row in second]
    assert len({row.notice for row in first}) == 3


def test_the_command_writes_the_list_and_the_chain_knows(home: Path) -> None:
    run = ["takedown", "list", "--platform", "weibo", "--home", str(home)]
    done = CliRunner().invoke(app, run)
    assert done.exit_code == 0
    assert "not reviewed" in done.stderr
    with rooms(home) as opened, opened.ledger.reading() as connection:
        entries = list(opened.ledger.chain.entries(connection))
    assert entries[-1].kind == "export"
    assert entries[-1].body["rows"] == 3


@given(st.text() | st.sampled_from(["=1+1", "+cmd", "-2", "@x", "\t=1", "\r=1"]))
def test_no_cell_begins_a_formula(value: str) -> None:
    assert cell(value)[:1] not in {"=", "+", "-", "@", "\t", "\r"}
