"""The living lexicon: proposed, approved, retired; over a real ledger, and as a state machine."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, inspect

from archive.errors import InputError
from archive.labels import Goods
from archive.ledger import ledger as opening
from archive.ledger.ledger import Ledger, migrate
from archive.lexicon import APPROVED, PROPOSED, RETIRED, Entry, Lexicon, base, dump, living, load
from archive.settings import Settings
from archive.text import fold

ROOM = Entry(term="捞人头像", gloss="photo of a person", goods=(Goods.HOUSEHOLD_ID,), source="t")


def test_a_word_is_marked_from_its_approval_to_its_retirement(ledger: Ledger) -> None:
    book, words = ledger.lexicon, "可以捞人头像，私"
    with ledger.writing() as connection:
        book.propose(connection, ROOM, actor="ann", reason="seen in a group")
        assert book.living(connection) is base()
        book.approve(connection, "捞人头像", actor="bob")
        approved = book.living(connection)
        (term,) = [t for t in approved.match(words) if t.term == ROOM.term]
        assert (term.start, term.end, term.goods) == (2, 6, (Goods.HOUSEHOLD_ID,))
        assert ROOM.term in approved.seeds(Goods.HOUSEHOLD_ID)
        assert approved.version != base().version
        book.retire(connection, "撈人頭像", actor="ann", reason="too many photographers")
        assert book.living(connection).version == base().version
        steps = book.history(connection, ROOM.term)
    assert [(s.entry.status, s.actor) for s in steps] == [
        (PROPOSED, "ann"),
        (APPROVED, "bob"),
        (RETIRED, "ann"),
    ]
    with ledger.reading() as connection:
        assert ledger.chain.verify(connection) == 3
        lines = list(ledger.chain.entries(connection))
    assert {line.kind for line in lines} == {"lexicon"}
    assert lines[1].body["version"] == approved.version
    assert ROOM.term not in str([line.body for line in lines])


def test_a_retired_word_of_the_base_no_longer_matches_and_comes_back(ledger: Ledger) -> None:
    book = ledger.lexicon
    entry = base().get("开房")
    assert entry is not None
    with ledger.writing() as connection:
        book.retire(connection, "开房", actor="ann")
        now = book.living(connection)
        assert "开房" not in {term.term for term in now.match("查开房")}
        assert now.get("开房") is None
        book.propose(connection, entry, actor="ann")
        book.approve(connection, "开房", actor="ann")
        assert book.living(connection).version == base().version


def test_a_proposed_change_leaves_the_word_as_it_is(ledger: Ledger) -> None:
    old = base().get("开房")
    assert old is not None
    with ledger.writing() as connection:
        ledger.lexicon.propose(connection, replace(old, gloss="rooms taken"), actor="ann")
        held = ledger.lexicon.living(connection).get("开房")
        assert held == old
        ledger.lexicon.approve(connection, "开房", actor="ann")
        changed = ledger.lexicon.living(connection).get("开房")
    assert changed is not None
    assert changed.gloss == "rooms taken"


def test_what_cannot_be_done_is_told_and_changes_nothing(ledger: Ledger) -> None:
    book = ledger.lexicon
    with ledger.writing() as connection:
        for wrong in (
            replace(ROOM, term="捞"),
            replace(ROOM, term="捞\u200b"),
            replace(ROOM, term="捞人\n头像"),
            replace(ROOM, term="捞" * 65),
            replace(ROOM, gloss=" "),
            replace(ROOM, unless=("捞人頭像",)),
        ):
            with pytest.raises(InputError):
                book.propose(connection, wrong, actor="ann")
        for act in (book.approve, book.retire):
            with pytest.raises(InputError, match="no term"):
                act(connection, "没有的词", actor="ann")
        with pytest.raises(InputError, match="only a proposal"):
            book.approve(connection, "开房", actor="ann")
        entry = base().get("开房")
        assert entry is not None
        with pytest.raises(InputError, match="already approved"):
            book.propose(connection, entry, actor="ann")
        book.propose(connection, ROOM, actor="ann")
        with pytest.raises(InputError, match="already proposed"):
            book.propose(connection, ROOM, actor="ann")
        assert ledger.chain.verify(connection) == 1


def test_a_change_rolled_back_is_not_remembered(ledger: Ledger) -> None:
    class Halt(Exception):
        pass

    def approve_and_halt() -> None:
        with ledger.writing() as connection:
            ledger.lexicon.propose(connection, ROOM, actor="ann")
            ledger.lexicon.approve(connection, ROOM.term, actor="ann")
            assert ledger.lexicon.living(connection).get(ROOM.term)
            raise Halt

    with pytest.raises(Halt):
        approve_and_halt()
    with ledger.writing() as connection:
        assert ledger.lexicon.living(connection) is base()
        ledger.lexicon.retire(connection, "开房", actor="ann")
        ledger.lexicon.retire(connection, "流水", actor="ann")
        now = ledger.lexicon.living(connection)
    assert (now.get(ROOM.term), now.get("开房"), now.get("流水")) == (None, None, None)


_entries = st.builds(
    Entry,
    term=st.sampled_from(["开房", "流水", "捞人头像", "打钉子", "zzq查"]),
    gloss=st.sampled_from(["one", "two"]),
    goods=st.sampled_from([(), (Goods.BANK,), (Goods.BANK, Goods.CREDIT)]),
    status=st.sampled_from([APPROVED, RETIRED]),
)


@given(st.lists(_entries, max_size=12))
def test_the_living_lexicon_is_the_last_word_on_every_word(steps: list[Entry]) -> None:
    last = {fold(entry.term).text: entry for entry in steps}
    now = living(last)
    for word, entry in last.items():
        assert now.get(word) == (entry if entry.status == APPROVED else None)
        assert (entry.term in {t.term for t in now.match(entry.term)}) == (entry.status == APPROVED)
    untouched = [e for e in base().entries if fold(e.term).text not in last]
    assert set(untouched) <= set(now.entries)
    assert living(dict(reversed(last.items()))).version == now.version
    assert load(dump(now)).version == now.version


@given(st.lists(st.sampled_from(["propose", "approve", "retire"]), max_size=8))
@settings(max_examples=25)
def test_only_the_ways_of_life_are_open(acts: list[str]) -> None:
    """Against a model of two facts: what holds, and what waits."""
    with TemporaryDirectory() as folder:
        _live(Ledger.open(Settings(home=Path(folder))), acts)


def _live(ledger: Ledger, acts: list[str]) -> None:
    holds, waits, count = False, False, 0
    for act in acts:
        allowed = {"propose": not (holds or waits), "approve": waits, "retire": holds or waits}[act]
        if act == "propose" and holds and not waits:
            allowed = False  # nothing about the word is new
        with ledger.writing() as connection:
            book = ledger.lexicon
            try:
                if act == "propose":
                    book.propose(connection, ROOM, actor="a")
                else:
                    getattr(book, act)(connection, ROOM.term, actor="a")
                done = True
            except InputError:
                done = False
        assert done == allowed, (act, holds, waits)
        if done:
            count += 1
            holds, waits = (act == "approve" or (holds and act != "retire")), act == "propose"
        with ledger.reading() as connection:
            assert (ledger.lexicon.living(connection).get(ROOM.term) is not None) == holds
            assert ledger.chain.verify(connection) == count
    ledger.close()


def test_the_table_goes_and_comes_with_its_migration(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'ledger.db'}")
    migrate(engine)
    assert "lexicon_change" in inspect(engine).get_table_names()
    config = Config()
    folder = Path(opening.__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    tables = set(inspect(engine).get_table_names())
    assert "lexicon_change" not in tables
    assert "chain" in tables
    migrate(engine)
    assert "lexicon_change" in inspect(engine).get_table_names()
    engine.dispose()


def test_words_that_mean_the_same_are_searched_together() -> None:
    lexicon = Lexicon(
        [
            Entry(term="开房", gloss="hotel stays", goods=(Goods.HOTEL_STAY,)),
            Entry(term="kf", gloss="hotel stays (initials of 开房)", goods=(Goods.HOTEL_STAY,)),
            Entry(term="同住", gloss="who stayed along", goods=(Goods.HOTEL_STAY,)),
            Entry(term="私聊", gloss="how the trade talks"),
            Entry(term="出图", gloss="how the trade talks"),
        ]
    )
    assert lexicon.alike("開房") == ("kf",)
    assert lexicon.alike("私聊") == ()
    assert lexicon.alike("天气") == ()
    assert lexicon.seeds(Goods.HOTEL_STAY) == ("开房", "kf", "同住")
