"""What a new post costs must not grow: no statement of links walks a whole table."""

import pytest
from sqlalchemy import SelectBase
from sqlalchemy.dialects import sqlite

from archive.ledger import link_statements as s
from archive.ledger.ledger import Ledger

_MADE = (s.ties, s.live_ties, s.ties_on_each, s.counts, s.hubs, s.first_places)
_CONSTANT = {name: one for name, one in vars(s).items() if isinstance(one, SelectBase)}
STATEMENTS = {**_CONSTANT, **{made.__name__: made("sqlite") for made in _MADE}}
_WALKED = {"campaign", "campaign_member", "hub", "likeness", "likeness_mark", "likeness_of"}
_WALKED |= {"link", "post", "tie", "trace"}
_EXPANDED = ("digests", "marks", "members", "numbers", "posts")


def test_the_statements_are_found() -> None:
    assert {"GONE", "LIKE_TEXT", "LIKE_PICTURE", "KEYS_IN_COMMON"} <= STATEMENTS.keys()


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_searches_an_index(ledger: Ledger, name: str) -> None:
    if ledger.engine.dialect.name != "sqlite":
        return  # its planner walks a table as small as this one whatever the statement says
    given = STATEMENTS[name].params(**{key: [1, 2] for key in _EXPANDED})
    compiled = given.compile(dialect=sqlite.dialect(), compile_kwargs={"render_postcompile": True})
    nothing = (None,) * len(compiled.positiontup or ())
    with ledger.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", nothing)
        steps = [row[3].split() for row in plan]
    assert not [step for step in steps if step[0] == "SCAN" and step[1] in _WALKED]
