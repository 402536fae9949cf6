"""The lexicon: words where they stand, coded or not; not inside innocent longer words."""

from hypothesis import given
from hypothesis import strategies as st

from archive.lexicon import Entry, Lexicon, base


def test_a_term_is_found_over_symbols_width_and_script() -> None:
    for text in ("查开房", "查开*房", "查開 房", "查开\u200b房"):
        (term,) = [t for t in base().match(text) if "开房" in t.term]
        assert text[term.start : term.end] == term.surface
        assert term.surface.startswith(("查开", "查開"))


def test_innocent_longer_words_hide_a_term() -> None:
    lexicon = Lexicon([Entry(term="流水", gloss="bank", unless=("流水线",))])
    assert not lexicon.match("在流水线上班")
    assert lexicon.match("查流水")


def test_initials_count_only_as_whole_words() -> None:
    lexicon = Lexicon([Entry(term="cx", gloss="look up")])
    assert lexicon.match("专业CX各种")
    assert not lexicon.match("excxel")


def test_every_term_of_the_base_is_found_in_itself() -> None:
    for entry in base().entries:
        assert any(t.term == entry.term for t in base().match(entry.term)), entry.term


def test_the_version_follows_the_entries() -> None:
    one, two = (Lexicon([Entry(term="开房", gloss=gloss)]) for gloss in ("a", "b"))
    assert one.version != two.version


@given(st.text())
def test_matches_lie_inside_and_do_not_overlap(text: str) -> None:
    reached = 0
    for term in base().match(text):
        assert reached <= term.start < term.end <= len(text)
        reached = term.end
