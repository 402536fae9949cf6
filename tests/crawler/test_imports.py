"""Imports: own rows, wrong rows named, encodings read right."""

import csv
import json
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imported_rows import posts_of, written
from pyarrow import parquet

from archive.errors import InputError
from crawler.imports import FORMATS, ImportedRow, RowProblem, read


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
    want = [post.key for post in posts_of(written(tmp_path / "a.jsonl", rows))]
    assert len(set(want)) == 2
    assert [post.key for post in posts_of(tmp_path / "a.parquet")] == want
    assert [post.key for post in posts_of(tmp_path / "a.csv")] == want


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_found_even_where_the_first_pages_are_ascii(
    encoding: str, tmp_path: Path
) -> None:
    rows = [{"id": n, "text": "plain ascii " * 40} for n in range(400)]
    rows.append({"id": 999, "text": "查开房\u3000㐀"})
    path = written(tmp_path / "a.jsonl", rows, encoding)
    assert posts_of(path)[-1].text == "查开房\u3000㐀"


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
