"""The schedule: cron lines read, due once for all machines, wrong ones named."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from archive.errors import InputError
from archive.ledger.ledger import Ledger
from crawler.timetables import Line, claim_due, following, latest, read_schedule, zone_of

CHINA = ZoneInfo("Asia/Shanghai")
TEXT = """# every six hours of China's day
0 */6 * * * weibo --lexicon medical_record --new  # comment

30 3 * * 1 tieba --word "开 房"
"""


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


def read(tmp_path: Path, text: str = TEXT) -> list[Line]:
    (tmp_path / "schedule").write_text(text, encoding="utf-8")
    return read_schedule(tmp_path / "schedule")


def test_lines_are_read_as_a_shell_would(tmp_path: Path) -> None:
    weibo, tieba = read(tmp_path)
    assert weibo.arguments == ("weibo", "--lexicon", "medical_record", "--new")
    assert (tieba.number, tieba.arguments[-1]) == (4, "开 房")


def test_times_are_those_of_the_zone(tmp_path: Path) -> None:
    weibo, tieba = read(tmp_path)
    assert latest(weibo, at(2, 11, 59), CHINA) == at(2, 6)
    assert latest(weibo, at(2, 12), CHINA) == at(2, 12)
    assert following(weibo, at(2, 12), CHINA) == at(2, 18)
    assert following(tieba, at(2, 12), CHINA) == at(4, 3, 30)


def test_a_line_is_due_once_also_for_a_second_machine_and_after_a_gap(
    tmp_path: Path, ledger: Ledger
) -> None:
    lines = read(tmp_path)

    def due(now: datetime) -> list[str]:
        return [line.arguments[0] for line in claim_due(ledger, lines, now=now, zone=CHINA)]

    assert due(at(2, 5)) == []
    assert due(at(2, 6, 1)) == ["weibo"]
    assert due(at(2, 6, 1)) == []
    assert due(at(2, 11)) == []
    assert due(at(4, 9)) == ["weibo", "tieba"]
    assert due(at(4, 11)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 99 * * * weibo --word x", "Line 1"),
        ("\n* * * weibo", "Line 2"),
        ("0 1 * * *", "Line 1"),
        ('0 1 * * * weibo --word "x', "Line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read(tmp_path, text)


def test_a_missing_schedule_and_an_unknown_zone_are_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no schedule"):
        read_schedule(tmp_path / "none")
    with pytest.raises(InputError, match="time zone"):
        zone_of("Mars/Olympus")
