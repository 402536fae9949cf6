"""Links and campaigns over a real ledger: what joins, and a person's word."""

from collections.abc import Callable

import pytest
from sqlalchemy import inspect
from street import DAY, START, TEXTS, Street

from archive.errors import InputError
from archive.labels import ContactType, Intent
from archive.ledger import link_tables
from archive.links import Linker, Persons
from archive.links.traces import handles, names
from archive.records import Account, Contact, Offer, Post, Review, Verdict


def test_a_shared_contact_joins_platforms_and_the_spans_prove_it(street: Street) -> None:
    first = street.post("weibo:a", TEXTS[0], ["abc12345"])
    street.post("x:b", TEXTS[1], ["abc12345"], day=3)
    street.post("tieba:c", TEXTS[2], ["other999"])
    one, other, third = street.campaigns("weibo:a", "x:b", "tieba:c")
    assert one == other != third
    with street.ledger.reading() as connection:
        (link,) = street.ledger.links.between(connection, ["weibo:a", "x:b"])
        stored = street.ledger.posts.get(connection, first)
    assert stored
    assert (link.reason, link.value) == ("contact", "wechat:abc12345")
    assert link.strength > 0.9
    assert link.first == START + 3 * DAY
    assert [proof.post for proof in link.proof] == [first, "x:n2"]
    proof = link.proof[0]
    assert stored.post.text[proof.start : proof.end] == "微信abc12345"


def test_contacts_that_change_hand_over_and_ids_stay(street: Street) -> None:
    street.post("weibo:a", TEXTS[0], ["old11111"])
    street.post("x:b", TEXTS[1], ["new22222"])
    before = street.campaigns("weibo:a", "x:b")
    street.post("weibo:a", TEXTS[2], ["new22222"], day=5)
    after = street.campaigns("weibo:a", "x:b")
    assert after == [min(before)] * 2
    with street.ledger.reading() as connection:
        assert street.ledger.campaigns.resolve(connection, max(before)) == min(before)


@pytest.mark.parametrize("late", [False, True])
def test_an_account_born_again_after_a_ban(street: Street, late: bool) -> None:
    key = street.post("weibo:old", TEXTS[0], ["aaa11111"], name="青鱼数据")
    if not late:
        street.gone(key, day=10)
    street.post("weibo:new", TEXTS[0], ["bbb22222"], day=12, name="青鱼数据备用")
    street.post("weibo:by-chance", TEXTS[1], ["ddd44444"], day=13, name="青鱼数据")
    if late:
        street.campaigns("weibo:old")
        street.gone(key, day=10)
    old, new, chance = street.campaigns("weibo:old", "weibo:new", "weibo:by-chance")
    assert old == new != chance
    with street.ledger.reading() as connection:
        links = street.ledger.links.between(connection, ["weibo:old", "weibo:new"])
    assert "reborn" in {link.reason for link in links}
    assert all(len(link.proof) == 2 for link in links)


def test_who_comes_long_after_a_ban_is_not_born_again(street: Street) -> None:
    street.gone(street.post("weibo:old", TEXTS[0], ["aaa11111"], name="青鱼数据"), day=10)
    street.post("weibo:far", TEXTS[0], ["ccc33333"], day=90, name="青鱼数据新号")
    old, far = street.campaigns("weibo:old", "weibo:far")
    assert old != far


def test_a_post_that_a_person_calls_innocent_links_no_longer(street: Street) -> None:
    street.post("weibo:a", TEXTS[0], ["abc12345"])
    wrong = street.post("x:b", TEXTS[1], ["abc12345"])
    one, other = street.campaigns("weibo:a", "x:b")
    assert one == other
    review = Review(
        post=wrong, post_version=1, reviewed_at=START, reviewer="r", intent=Intent.DISCUSS
    )
    with street.ledger.writing() as connection:
        stored = street.ledger.posts.get(connection, wrong)
        assert stored
        street.ledger.verdicts.review(connection, stored.id, review)
    one, other = street.campaigns("weibo:a", "x:b")
    assert one != other
    with street.ledger.reading() as connection:
        assert street.ledger.links.between(connection, ["weibo:a", "x:b"]) == []


def test_a_split_holds_against_new_evidence_until_it_is_undone(street: Street) -> None:
    street.post("weibo:a", TEXTS[0], ["abc12345"])
    street.post("x:b", TEXTS[1], ["abc12345"])
    (one, _) = street.campaigns("weibo:a", "x:b")
    persons = Persons(street.ledger)
    act = persons.split(one, ["x:b"], actor="p")
    street.post("x:b", TEXTS[2], ["second99"], day=1)
    street.post("weibo:a", TEXTS[3], ["second99"], day=2)
    assert street.campaigns("weibo:a", "x:b") == [one, act.other]
    persons.undo(act.id, actor="p")
    assert street.campaigns("weibo:a", "x:b") == [one, one]
    with street.ledger.reading() as connection:
        street.ledger.chain.verify(connection)
        kinds = [entry.kind for entry in street.ledger.chain.entries(connection)]
    assert kinds == ["campaign-split", "campaign-undo"]


def test_a_merge_holds_and_undone_gives_both_ids_back(street: Street) -> None:
    street.post("weibo:a", TEXTS[0], ["abc12345"])
    street.post("x:b", TEXTS[1], ["xyz98765"])
    one, other = street.campaigns("weibo:a", "x:b")
    persons = Persons(street.ledger)
    act = persons.merge(other, one, actor="p")
    assert street.campaigns("weibo:a", "x:b") == [one, one]
    persons.undo(act.id, actor="p")
    assert street.campaigns("weibo:a", "x:b") == [one, other]
    with pytest.raises(InputError, match="no act"):
        persons.undo(act.id, actor="p")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda persons: persons.merge(1, 1, actor="p"),
        lambda persons: persons.merge(1, 99, actor="p"),
        lambda persons: persons.split(1, ["x:nobody"], actor="p"),
        lambda persons: persons.split(1, ["weibo:a"], actor="p"),
    ],
)
def test_what_cannot_be_is_told(street: Street, wrong: Callable[[Persons], object]) -> None:
    street.post("weibo:a", TEXTS[0], ["abc12345"])
    street.campaigns("weibo:a")
    with pytest.raises(InputError):
        wrong(Persons(street.ledger))


def test_a_second_run_changes_nothing(street: Street) -> None:
    for number in range(4):
        street.post(f"x:m{number}", TEXTS[number], ["boss7777"])
    street.campaigns("x:m0")
    with street.ledger.reading() as connection:
        before = [connection.execute(t.select()).all() for t in (link_tables.tie, link_tables.link)]
    assert Linker(street.ledger).run() == 0
    with street.ledger.writing() as connection:
        verdicts = street.ledger.verdicts
        held = verdicts.of_posts(connection, [1, 2, 3, 4])
        verdicts.add(
            connection,
            [(at, Verdict(**{n: getattr(j.verdict, n) for n in Verdict.__slots__} | {"model": "n"}))
             for at, j in held.items()],
        )  # fmt: skip
    assert Linker(street.ledger, batch=1).run() == 4
    with street.ledger.reading() as connection:
        after = [connection.execute(t.select()).all() for t in (link_tables.tie, link_tables.link)]
    assert after[0] == before[0]
    assert len(after[1]) == len(before[1])


def test_payment_marks_escrow_words_and_names_are_read_where_they_stand() -> None:
    wallet = "TMa3peKJMKkWX9vKK4yUuvypvvo8Xaznhk"
    text = f"收款{wallet} 担保走@some_bot 支付宝账号ab12@163.com"
    offer = Offer(contacts=(Contact(type=ContactType.TELEGRAM, value="some_bot", raw="@some_bot"),))
    shown = handles(Post(platform="x", post_id="1", text=text), offer)
    assert {(one.kind, text[one.start : one.end]) for one in shown} == {
        ("payment", wallet),
        ("payment", "ab12@163.com"),
        ("escrow", "@some_bot"),
    }
    stems = {
        one.value
        for name in ("青鱼数据", "青鱼数据备用", "青鱼数据_3", "新青鱼数据", "青鱼数据回来了")
        for one in names(Account(platform="x", account_id="1", name=name))
        if one.kind == "stem"
    }
    assert stems == {"x:青鱼数据"}


def test_the_migration_goes_back_and_forth_with_posts_in_it(street: Street) -> None:
    from alembic import command
    from alembic.config import Config

    from archive.ledger.ledger import migrate

    street.post("weibo:a", TEXTS[0], ["abc12345"])
    street.post("x:b", TEXTS[1], ["abc12345"])
    street.campaigns("weibo:a", "x:b")
    config = Config()
    config.set_main_option("script_location", "archive/ledger/migrations")
    with street.ledger.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0006")
    assert "tie" not in inspect(street.ledger.engine).get_table_names()
    migrate(street.ledger.engine)
    with street.ledger.reading() as connection:
        assert street.ledger.to_link.waiting(connection) == 2
    one, other = street.campaigns("weibo:a", "x:b")
    assert one == other
