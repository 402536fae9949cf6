"""The statements of links, made once: to make one costs more than to run it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    intersect,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from archive.ledger import link_tables as t
from archive.ledger.tables import post

MARKS_OF_A_TEXT = 21
_MOST_BEARERS = 64  # of one mark, the latest: a stock phrase is borne by ever more texts
MOST_LIKE = 64  # candidates for one text, those that share most marks


def _same(columns: Any) -> ColumnElement[bool]:
    return and_(columns.kind == bindparam("kind"), columns.value == bindparam("value"))


def _wanted(dialect: str) -> tuple[FromClause, list[ColumnElement[str]]]:
    """Give the rows of the JSON text ``wanted``, and their columns kind, value and member.

    Rows of values would do, but SQLite scans the whole table for ``(a, b) IN (VALUES …)``.
    """
    given = bindparam("wanted", type_=String)
    if dialect == "sqlite":
        rows = func.json_each(given).table_valued("value", name="wanted")
        return rows, [func.json_extract(rows.c.value, f"$[{at}]") for at in range(3)]
    rows = func.json_array_elements(cast(given, JSON)).table_valued("value", name="wanted")
    each = rows.c.value.op("->>", return_type=String)
    return rows, [each(literal_column(str(at))) for at in range(3)]


def _by(dialect: str, table: Table, *, whose: bool, shown: Sequence[Any]) -> Select[Any]:
    """Select from the rows of a table that have a wanted key, of the wanted account or of any."""
    rows, (kind, value, member) = _wanted(dialect)
    on = and_(table.c.kind == kind, table.c.value == value)
    if whose:
        on = and_(on, table.c.member == member)
    return select(*shown).join_from(rows, table, on)


_hubs = exists().where(t.hub.c.kind == t.tie.c.kind, t.hub.c.value == t.tie.c.value)
_members = t.tie.c.member.in_(bindparam("members", expanding=True))

TIES_OF = select(t.tie).where(_members)
LIVE_TIES_OF = TIES_OF.where(~_hubs)
TIES_ON = select(t.tie).where(_same(t.tie.c)).order_by(t.tie.c.last.desc()).limit(bindparam("most"))
TRACED = (
    select(t.trace.c.post).where(t.trace.c.post.in_(bindparam("posts", expanding=True))).distinct()
)
ADD_TRACES = insert(t.trace)
ADD_LIKENESS = insert(t.likeness)
ADD_MARKS = insert(t.likeness_mark)
ADD_CAMPAIGN = insert(t.campaign)


@cache
def ties(dialect: str) -> Select[Any]:
    """Give the statement for those of the wanted ties that are there."""
    tie = t.tie.c
    return _by(dialect, t.tie, whose=True, shown=(tie.kind, tie.value, tie.member))


@cache
def live_ties(dialect: str) -> Select[Any]:
    """Give the statement for the wanted ties but those to hubs."""
    return _by(dialect, t.tie, whose=True, shown=[t.tie]).where(~_hubs)


@cache
def ties_on_each(dialect: str) -> Select[Any]:
    """Give the statement for every tie to the wanted keys."""
    return _by(dialect, t.tie, whose=False, shown=[t.tie])


@cache
def counts(dialect: str) -> Select[Any]:
    """Give the statement that counts the ties to the wanted keys."""
    key = (t.tie.c.kind, t.tie.c.value)
    shown = (*key, func.count().label("number"))
    return _by(dialect, t.tie, whose=False, shown=shown).group_by(*key)


@cache
def hubs(dialect: str) -> Select[Any]:
    """Give the statement for those of the wanted keys that are hubs."""
    return _by(dialect, t.hub, whose=False, shown=(t.hub.c.kind, t.hub.c.value))


@cache
def first_places(dialect: str) -> Select[Any]:
    """Give the statement for where the wanted accounts show the wanted keys first."""
    trace = t.trace.c
    whose = (trace.kind, trace.value, trace.member)
    firsts = _by(dialect, t.trace, whose=True, shown=[func.min(trace.id)]).group_by(*whose)
    place = (post.c.key, trace.version, trace.field, trace.start, trace.end)
    return select(*whose, *place).join_from(t.trace, post).where(trace.id.in_(firsts))


def _keys_in_common() -> Any:
    """Give the keys, hubs aside, that accounts of two campaigns show.

    Of any kind: where a kind is asked for, SQLite begins with every tie of that kind.
    """
    member, tie = t.campaign_member, t.tie

    def side(name: str) -> Any:
        rows = select(tie.c.kind, tie.c.value).join_from(
            member, tie, member.c.member == tie.c.member
        )
        return rows.where(member.c.campaign == bindparam(name), ~_hubs)

    return intersect(side("own"), side("other"))


KEYS_IN_COMMON = _keys_in_common()

LAST_LIKENESS = select(func.max(t.likeness.c.id))
SIGNATURES = select(t.likeness.c.id, t.likeness.c.signature).where(
    t.likeness.c.id.in_(bindparam("numbers", expanding=True))
)
LIKENESSES_OF = select(t.likeness_of).where(
    t.likeness_of.c.digest.in_(bindparam("digests", expanding=True))
)


def _like_text() -> Any:
    """Give what shares most of the marks ``m0``, ``m1`` and so on: the latest bearers of each."""
    mark, kept = t.likeness_mark.c, t.likeness.c
    each = (
        select(mark.likeness)
        .where(mark.mark == bindparam(f"m{at}"))
        .order_by(mark.likeness.desc())
        .limit(_MOST_BEARERS)
        .subquery()
        for at in range(MARKS_OF_A_TEXT)
    )
    bearers = union_all(*(select(one.c.likeness) for one in each)).subquery()
    shared = func.count().label("shared")
    rows = select(kept.id, kept.signature, shared).join_from(
        bearers, t.likeness, kept.id == bearers.c.likeness
    )
    return rows.group_by(kept.id).order_by(shared.desc()).limit(MOST_LIKE)


def _like_picture() -> Any:
    """Give what bears one of the marks."""
    mark, kept = t.likeness_mark.c, t.likeness.c
    ids = select(mark.likeness).where(mark.mark.in_(bindparam("marks", expanding=True)))
    return select(kept.id, kept.signature).where(kept.id.in_(ids))


LIKE_TEXT = _like_text()
LIKE_PICTURE = _like_picture()

_member = t.campaign_member.c
CAMPAIGNS_OF = select(_member.member, _member.campaign).where(
    _member.member.in_(bindparam("members", expanding=True))
)


GONE = (
    select(post.c.id)
    .join_from(t.trace, post)
    .where(_same(t.trace.c), t.trace.c.member == bindparam("member"))
    .where(post.c.gone_at >= bindparam("first"), post.c.gone_at <= bindparam("until"))
    .limit(1)
)


def upsert(dialect: str, table: Table) -> Any:
    """Give the insert statement of the dialect, which knows ``ON CONFLICT``."""
    return (postgres_insert if dialect == "postgresql" else sqlite_insert)(table)


@cache
def count_ties(dialect: str) -> Any:
    """Give the statement that writes ties, or counts into those that are there."""
    statement = upsert(dialect, t.tie)
    tie, new = t.tie.c, statement.excluded
    lower, upper = (func.min, func.max) if dialect == "sqlite" else (func.least, func.greatest)
    return statement.on_conflict_do_update(
        index_elements=["kind", "value", "member"],
        set_={
            "posts": tie.posts + new.posts,
            "alone": tie.alone + new.alone,
            "first": lower(tie.first, new.first),
            "last": upper(tie.last, new.last),
        },
    )


@cache
def write_links(dialect: str) -> Any:
    """Give the statement that writes links; one that is known gets its newer date."""
    statement = upsert(dialect, t.link)
    newer = {"last": statement.excluded.last, "strength": statement.excluded.strength}
    elements = ["left", "right", "reason", "value"]
    return statement.on_conflict_do_update(index_elements=elements, set_=newer)


@cache
def know_likeness(dialect: str) -> Any:
    """Give the statement that notes which likeness some bytes or a text have."""
    return upsert(dialect, t.likeness_of).on_conflict_do_nothing()


@cache
def put_members(dialect: str) -> Any:
    """Give the statement that makes accounts members of a campaign."""
    statement = upsert(dialect, t.campaign_member)
    values = {"campaign": statement.excluded.campaign}
    return statement.on_conflict_do_update(index_elements=["member"], set_=values)
