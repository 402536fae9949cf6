"""Damaged answers: whatever is cut or renamed, nothing raises and no list is lost unsaid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_pages import answer_of, expected, folders

from archive.labels import PageState
from crawler.answers import Answer
from crawler.parsing import PLATFORMS, lines, parse

_FULL = [folder for folder in folders() if expected(folder)[0]["page_state"] == "ok"]
_JSON = [folder for folder in _FULL if (folder / "body.json").exists()]
_PAGES = [folder for folder in _FULL if (folder / "body.html").exists()]
_PATIENT = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def _read(folder: Path, body: bytes) -> list[dict[str, Any]]:
    page = parse(folder.parent.name, [replace(answer_of(folder), body=body)])
    return [json.loads(line) for line in lines(page)]


def _told(read: list[dict[str, Any]]) -> bool:
    """Whether an answer without records says something else than ok."""
    return read[0]["count"] > 0 or read[0]["page_state"] != PageState.OK


def _said(read: list[dict[str, Any]], folder: Path) -> bool:
    """Whether posts are still there, or their loss is told."""
    had = any(line.get("record") == "post" for line in expected(folder))
    has = any(line.get("record") == "post" for line in read)
    if has or not had:
        return _told(read)
    quiet = read[0]["page_state"] in (PageState.OK, PageState.EMPTY)
    return not (quiet and read[0]["extent"] == "whole")


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    steps = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for key, below in steps:
        yield (*path, key)
        yield from _paths(below, (*path, key))


def _without(tree: Any, path: tuple[Any, ...], put: Any = None, *, drop: bool = True) -> Any:
    head, *rest = path
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    if rest:
        copy[head] = _without(copy[head], tuple(rest), put, drop=drop)
    elif drop:
        del copy[head]
    else:
        copy[head] = put
    return copy


@given(data=st.data())
@_PATIENT
def test_dropping_any_field_of_json_is_read_or_told(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(_JSON))
    tree = json.loads((folder / "body.json").read_text("utf-8"))
    if isinstance(tree, str):
        return
    path = data.draw(st.sampled_from(list(_paths(tree))))
    read = _read(folder, json.dumps(_without(tree, path)).encode())
    assert _told(read)


@given(data=st.data())
@_PATIENT
def test_any_value_in_the_place_of_another_never_raises(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(_JSON))
    tree = json.loads((folder / "body.json").read_text("utf-8"))
    if isinstance(tree, str):
        return
    path = data.draw(st.sampled_from(list(_paths(tree))))
    put = data.draw(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.text(),
            st.just([]),
            st.just({}),
            st.just([[1]]),
        )
    )
    read = _read(folder, json.dumps(_without(tree, path, put, drop=False)).encode())
    assert _told(read)


@given(data=st.data())
@_PATIENT
def test_renaming_any_field_of_json_is_read_or_told(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(_JSON))
    text = (folder / "body.json").read_text("utf-8")
    names = sorted(set(re.findall(r'"(\w+)":', text)))
    if not names:
        return
    name = data.draw(st.sampled_from(names))
    read = _read(folder, text.replace(f'"{name}":', f'"new_{name}":').encode())
    assert _said(read, folder)


@given(data=st.data())
@_PATIENT
def test_a_body_cut_anywhere_is_read_or_told(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(_FULL))
    body = answer_of(folder).body
    read = _read(folder, body[: data.draw(st.integers(0, len(body)))])
    assert _told(read)
    assert read[0]["count"] <= expected(folder)[0]["count"]


@given(data=st.data())
@_PATIENT
def test_renaming_any_class_of_a_page_is_read_or_told(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(_PAGES))
    text = (folder / "body.html").read_text("utf-8", errors="replace")
    names = sorted(set(re.findall(r'(?:class|id|node-type|data-[\w-]+|mid)="?([\w-]{3,})', text)))
    name = data.draw(st.sampled_from(names))
    read = _read(folder, text.replace(name, f"x{name[::-1]}").encode())
    assert _said(read, folder), (folder, name)


@pytest.mark.parametrize("platform", PLATFORMS)
@given(body=st.binary(max_size=300), status=st.integers(0, 700))
@_PATIENT
def test_any_bytes_under_any_status_never_raise(platform: str, body: bytes, status: int) -> None:
    base = next(folder for folder in folders() if folder.parent.name == platform)
    answer: Answer = replace(answer_of(base), body=body, status=status)
    page = parse(platform, [answer])
    assert page.records or page.sign.state != PageState.OK


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "body",
    [
        "[" * 5000,
        '{"a":' * 5000,
        "<div>" * 20000,
        '"',
        "null",
        "[]",
        "{}",
        "0",
        "<pre>{",
        '{"data":{"cards":{"0":1}}}',
    ],
)
def test_odd_shapes_never_raise(platform: str, body: str) -> None:
    base = next(folder for folder in folders() if folder.parent.name == platform)
    page = parse(platform, [replace(answer_of(base), body=body.encode(), status=200)])
    assert page.sign.state not in (PageState.OK, PageState.EMPTY)
