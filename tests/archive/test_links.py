"""Links and campaigns over a real ledger: what joins, what must not, and a person's word."""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import inspect

from archive.errors import InputError
from archive.labels import ContactType, Intent
from archive.ledger import link_tables
from archive.ledger.ledger import Ledger
from archive.ledger.link_rows import Key
from archive.links import Linker, Persons
from archive.links.traces import handles, names
from archive.records import Account, Contact, Media, Offer, Post, Review, Verdict

DAY = timedelta(days=1)
START = datetime(2026, 3, 1, tzinfo=UTC)
TEXTS = (
    "渠道直出不倒手，婚姻登记五百，银行流水半年八百，晚上单子第二天上午给",
    "老店新开欢迎来问，学历学籍三百一次，快递收货地址近三年都有，查不到全退",
    "今天名额不多，车档秒查，名下房产四百，通话清单一个月一千二，先看样再付款",
    "夜班在岗随时找，航班高铁行程两百，同乘人也能出，错一个字不收钱",
    "说话算话的来，就诊记录带科室六百，孕妇建档名单整份出，只收现金",
    "稳定渠道恢复了，社保公积金打包九十，征信报告一百五，量大可以谈",
)


PLATE = (
    "声明：本号只收集公开的资料，仅供参考，不作任何保证，看到的人后果自负，与发布者没有关系，谢谢"
)


class Street:
    """Lets accounts post, judged as adverts with the handles that the test names."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._number = 0

    def post(
        self,
        account: str,
        text: str,
        contacts: Sequence[str] = (),
        *,
        day: float = 0,
        name: str = "",
        picture: str | None = None,
    ) -> str:
        """Post and judge; give the post's key."""
        self._number += 1
        platform, _, who = account.partition(":")
        said = " ".join((text, *(f"微信{value}" for value in contacts)))
        post = Post(
            platform=platform,
            post_id=f"n{self._number}",
            text=said,
            author=Account(platform=platform, account_id=who, name=name),
            posted_at=START + day * DAY,
            media=(Media(url="p", sha256=picture),) if picture else (),
        )
        offer = Offer(
            contacts=tuple(
                Contact(type=ContactType.WECHAT, value=value, raw=f"微信{value}")
                for value in contacts
            )
        )
        verdict = Verdict(
            post=post.key,
            post_version=1,
            judged_at=START,
            model="m",
            lexicon="l",
            stage="gate",
            threshold=0.5,
            intent=Intent.SELL,
            scores={"sell": 0.9},
            risk=0.9,
            hit=True,
            offer=offer,
        )
        with self.ledger.writing() as connection:
            self.ledger.posts.add(connection, [post], seen_at=START)
            stored = self.ledger.posts.get(connection, post.key)
            assert stored
            self.ledger.verdicts.add(connection, [(stored.id, verdict)])
        return post.key

    def picture(self, number: int, *, quality: int = 90) -> str:
        """Keep a picture; the same number with another quality is nearly the same."""
        shape = Image.effect_mandelbrot((200, 150), (-1 + number / 9, -1, 1, 1), 60)
        out = io.BytesIO()
        shape.convert("RGB").save(out, "JPEG", quality=quality)
        with self.ledger.writing() as connection:
            return self.ledger.evidence.put(connection, out.getvalue())

    def gone(self, key: str, *, day: float) -> None:
        """See a post gone."""
        with self.ledger.writing() as connection:
            assert self.ledger.posts.gone(connection, key, at=START + day * DAY)

    def campaigns(self, *accounts: str) -> list[int]:
        """Link what waits and give the campaigns of accounts."""
        Linker(self.ledger).run()
        with self.ledger.reading() as connection:
            held = self.ledger.campaigns.of(connection, accounts)
        return [held[account] for account in accounts]


@pytest.fixture
def street(ledger: Ledger) -> Street:
    return Street(ledger)


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


def test_an_escrow_service_joins_nobody_though_no_word_says_so(street: Street) -> None:
    accounts = [f"weibo:s{number}" for number in range(6)]
    for number, account in enumerate(accounts):
        street.post(account, TEXTS[number], [f"own{number}0000", "together1"])
    assert len(set(street.campaigns(*accounts))) == 6
    with street.ledger.reading() as connection:
        (hub,) = street.ledger.links.every_hub(connection)
        assert hub[0] == Key("contact", "wechat:together1")
        assert street.ledger.links.between(connection, accounts) == []


def test_a_campaigns_own_contact_is_no_hub(street: Street) -> None:
    accounts = [f"x:m{number}" for number in range(6)]
    for number, account in enumerate(accounts):
        street.post(account, TEXTS[number], ["boss7777"])
    assert len(set(street.campaigns(*accounts))) == 1


def test_one_text_alone_joins_no_sellers_but_text_and_picture_do(street: Street) -> None:
    one, again, other = street.picture(1), street.picture(1, quality=40), street.picture(5)
    street.post("x:a", TEXTS[0] + "速来", ["aaa11111"], picture=one)
    street.post("x:b", TEXTS[0], ["bbb22222"], picture=again)
    street.post("x:c", TEXTS[0] + "快来", ["ccc33333"], picture=other)
    first, second, third = street.campaigns("x:a", "x:b", "x:c")
    assert first == second != third


def test_boilerplate_and_poster_together_join_no_strangers(street: Street) -> None:
    accounts = [f"x:s{number}" for number in range(5)]
    poster = street.picture(3)
    for number, account in enumerate(accounts):
        street.post(account, TEXTS[0], [f"own{number}0000"], picture=poster)
    assert len(set(street.campaigns(*accounts))) == 5


@pytest.mark.parametrize(("below", "one"), [("", True), (PLATE, False)])
def test_two_texts_in_common_join_unless_both_are_one_boilerplate(
    street: Street, below: str, one: bool
) -> None:
    for number, account in enumerate(("x:a", "x:b")):
        for text in (TEXTS[0], TEXTS[3]):
            street.post(account, text[:30] + below, [f"own{number}0000"])
    first, second = street.campaigns("x:a", "x:b")
    assert (first == second) == one


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


def test_a_name_that_many_bear_says_nothing_after_a_ban(street: Street) -> None:
    old_post = street.post("weibo:old", TEXTS[0], ["aaa11111"], day=1, name="用户1234")
    street.gone(old_post, day=10)
    for number in range(24):
        street.post(f"weibo:u{number}", f"{number}", name=f"用户{number}77")
    street.post("weibo:new", TEXTS[0], ["bbb22222"], day=12, name="用户9876")
    old, new = street.campaigns("weibo:old", "weibo:new")
    assert old != new


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
