"""Each recorded page is read as it was meant, and every state and extent is met."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from recorded_pages import answer_of, expected, folders

from archive.labels import Extent, PageState
from crawler.parsing import PLATFORMS, lines, parse


def _name(folder: Path) -> str:
    return f"{folder.parent.name}-{folder.name}"


def _read(folder: Path) -> list[dict[str, Any]]:
    page = parse(folder.parent.name, [answer_of(folder)])
    return [json.loads(line) for line in lines(page)]


@pytest.mark.parametrize("folder", list(folders()), ids=_name)
def test_a_recorded_page_is_read_as_it_was_meant(folder: Path) -> None:
    assert _read(folder) == expected(folder)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_state_is_met(platform: str) -> None:
    heads = [expected(folder)[0] for folder in folders() if folder.parent.name == platform]
    assert {head["page_state"] for head in heads} >= set(PageState) - {
        PageState.LOGGED_OUT if platform == "telegram" else None
    }
    assert {head["extent"] for head in heads} >= (
        {Extent.WHOLE, Extent.TRUNCATED} | ({Extent.CAPPED} if platform != "tieba" else set())
    )
