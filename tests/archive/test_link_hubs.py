"""What strangers share must not join them, and what is a campaign's own must."""

import pytest
from street import TEXTS, Street

from archive.ledger.link_rows import Key

PLATE = (
    "声明：本号只收集公开的资料，仅供参考，不作任何保证，看到的人后果自负，与发布者没有关系，谢谢"
)


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


def test_a_name_that_many_bear_says_nothing_after_a_ban(street: Street) -> None:
    old_post = street.post("weibo:old", TEXTS[0], ["aaa11111"], day=1, name="用户1234")
    street.gone(old_post, day=10)
    for number in range(24):
        street.post(f"weibo:u{number}", f"{number}", name=f"用户{number}77")
    street.post("weibo:new", TEXTS[0], ["bbb22222"], day=12, name="用户9876")
    old, new = street.campaigns("weibo:old", "weibo:new")
    assert old != new
