"""Takedown lists: one row a post, for one platform only."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from archive.errors import InputError
from archive.ledger.ledger import Ledger
from archive.ledger.stored import StoredPost
from archive.ledger.verdicts import Judged

FORMATS = ("csv", "json")
# Personal Information Protection Law art. 28; Criminal Law art. 253-1
_SENSITIVE = frozenset(
    {"medical_record", "medical_insurance", "maternity", "location", "bank", "minors_school"}
)
_STATUTE = "Criminal Law art. 253-1"
_STATUTE_SENSITIVE = f"{_STATUTE}; Personal Information Protection Law art. 28"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownRow:
    """One post on a list; ``notice`` is the same at every export of the same post version."""

    notice: str
    platform: str
    url: str
    post_id: str
    account: str
    goods: str
    severity: str
    statute: str
    first_seen: str
    last_seen: str
    last_seen_alive: str
    evidence: str
    reviewed: bool


def takedown_rows(ledger: Ledger, platform: str) -> list[TakedownRow]:
    """Give the adverts of one platform that are still up, oldest first."""
    rows: list[TakedownRow] = []
    with ledger.reading() as connection:
        for stored in ledger.posts.scan(connection):
            if stored.post.platform != platform or stored.gone_at:
                continue
            judged = ledger.verdicts.of_posts(connection, [stored.id]).get(stored.id)
            if judged is None or not judged.hit:
                continue
            seen = stored.post.observation
            observation = ledger.jobs.observation(connection, seen) if seen else None
            digest = (observation.body_sha256 if observation else None) or ""
            rows.append(_row(ledger, stored, judged, digest))
    return rows


def write(rows: list[TakedownRow], *, format: str) -> str:
    """Give a list as CSV or JSON; a list with unreviewed posts says that it cannot be sent."""
    if format not in FORMATS:
        raise InputError(f"A takedown list is written as csv or json, not as {format!r}.")
    if format == "json":
        return _json(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, [field.name for field in fields(TakedownRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows({k: cell(v) for k, v in asdict(row).items()} for row in rows)
    return out.getvalue()


def cell(value: object) -> str:
    """Give a CSV cell that no spreadsheet takes for a formula."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _json(rows: list[TakedownRow]) -> str:
    reviewed = all(row.reviewed for row in rows)
    body = {"sendable": reviewed, "posts": [asdict(row) for row in rows]}
    return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def _row(ledger: Ledger, stored: StoredPost, judged: Judged, digest: str) -> TakedownRow:
    post, review = stored.post, judged.review
    labels = review.goods if review else tuple(g.label for g in judged.verdict.goods)
    sensitive = bool(_SENSITIVE & {str(label) for label in labels})
    return TakedownRow(
        notice=ledger.chain.mark(f"{post.key}#{stored.version}")[:16],
        platform=post.platform,
        url=post.url,
        post_id=post.post_id,
        account=post.author.account_id if post.author else "",
        goods=" ".join(labels),
        severity="high" if sensitive else "medium",
        statute=_STATUTE_SENSITIVE if sensitive else _STATUTE,
        first_seen=_when(stored.first_seen),
        last_seen=_when(stored.last_seen),
        last_seen_alive=_when(stored.last_seen),
        evidence=digest,
        reviewed=review is not None,
    )


def _when(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
