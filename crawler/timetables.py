"""The crawl schedule: cron lines in a file, and which of them are due."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from archive.errors import InputError, RowError
from archive.ledger.ledger import Ledger

_FIELDS = 5
_REACH = timedelta(days=366)  # a time missed longer ago than this is not made up for


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the schedule; ``arguments`` are those of ``anyu crawl``."""

    number: int
    cron: str
    arguments: tuple[str, ...]

    @property
    def text(self) -> str:
        """The line as it is remembered."""
        return f"{self.cron} {shlex.join(self.arguments)}"


def read_schedule(path: Path) -> list[Line]:
    """Read a schedule; raises ``InputError`` naming the first line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError(
            f"There is no schedule at {path}: write lines such as "
            "`0 */6 * * * weibo --lexicon medical_record` into it."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The schedule {path} cannot be read: {error}.") from error
    return list(_lines(text))


def _lines(text: str) -> Iterator[Line]:
    for number, raw in enumerate(text.splitlines(), 1):
        bare = raw.strip()
        if not bare or bare.startswith("#"):
            continue
        try:
            parts = bare.split(None, _FIELDS)
            cron, rest = " ".join(parts[:_FIELDS]), parts[_FIELDS]
            CronSim(cron, datetime.now(UTC))
            arguments = tuple(shlex.split(rest, comments=True))
            if not arguments:
                raise IndexError
        except IndexError as error:
            told = f"Line {number} of the schedule names no platform after its five times."
            raise RowError(told, line=number) from error
        except (CronSimError, ValueError) as error:
            told = f"Line {number} of the schedule is wrong: {error}."
            raise RowError(told, line=number) from error
        yield Line(number=number, cron=cron, arguments=arguments)


def zone_of(name: str) -> ZoneInfo:
    """Give a time zone by its name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InputError(
            f"There is no time zone {name!r}: set one such as Asia/Shanghai."
        ) from error


def latest(line: Line, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Give the newest time of a line that is not after now."""
    times = CronSim(line.cron, now.astimezone(zone) + timedelta(minutes=1), reverse=True)
    found = next(times, None)
    while found is not None and found > now:
        found = next(times, None)
    return found.astimezone(UTC) if found and now - found < _REACH else None


def following(line: Line, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Give the next time of a line."""
    found = next(CronSim(line.cron, now.astimezone(zone)), None)
    return found.astimezone(UTC) if found else None


def claim_due(ledger: Ledger, lines: list[Line], *, now: datetime, zone: ZoneInfo) -> list[Line]:
    """Give the lines that are due, each to one machine only; a new line waits for its next time."""
    due: list[Line] = []
    with ledger.writing() as connection:
        for line in lines:
            if ledger.timetable.last(connection, line.text) is None:
                ledger.timetable.claim(connection, line.text, now)
            at = latest(line, now, zone)
            if at and ledger.timetable.claim(connection, line.text, at):
                due.append(line)
    return due
