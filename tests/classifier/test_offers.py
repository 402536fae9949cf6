"""Offers: what a post states, decoded; nothing that it does not state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.labels import ContactType, Goods, Input
from archive.lexicon import base
from archive.records import Offer
from classifier.contacts import contacts
from classifier.offers import extract


def _offer(text: str) -> Offer:
    return extract(text, base().match(text))


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("开房两张", [200]),
        ("流水三毛五", [0.35]),
        ("征信 3.5k", [3500]),
        ("户籍60-90元", [60, 90]),
        ("病历1200 不提供身份证加100", [1200]),
        ("开房记录 一千二百元", [1200]),
        ("开房￥８００", [800]),
        ("开房 ❽⓪⓪元", [800]),
        ("档案10年经验", [None]),
        ("流水 近3个月", [None]),
        ("名下号150", [150]),
        ("名下号 2025年版", [None]),
    ],
)
def test_prices_are_decoded_and_never_guessed(text: str, amounts: list[float | None]) -> None:
    found = [service.price and service.price.amount for service in _offer(text).services]
    assert found == amounts


def test_currency_and_unit_are_read() -> None:
    (service,) = _offer("定位 100U/次").services
    assert service.price is not None
    assert (service.price.currency, service.price.unit) == ("USDT", "record")


def test_a_whole_offer() -> None:
    text = "病历1200，需要手机号、身份证号和城市，1-2天出，不提供身份证加100，薇abc_demo77，走担保"
    offer = _offer(text)
    assert [service.goods for service in offer.services][:1] == [Goods.MEDICAL_RECORD]
    assert offer.services[0].modifiers[0].delta == 100
    assert set(offer.inputs) >= {Input.PHONE, Input.ID_NUMBER, Input.CITY}
    assert offer.turnaround is not None
    assert (offer.turnaround.min_hours, offer.turnaround.max_hours) == (24, 48)
    assert offer.turnaround.words in text
    assert offer.escrow is True
    source = offer.services[0].source
    assert text[source.start : source.end] == "病历1200"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("加ＶＸ：ａｂｃ_demo77", ContactType.WECHAT, "abc_demo77"),
        ("微信一〇〇零一 vx 1〇0零01", ContactType.WECHAT, "100001"),
        ("扣扣10000012", ContactType.QQ, "10000012"),
        ("找@demo_cha01 详谈", ContactType.TELEGRAM, "demo_cha01"),
        ("https://t.me/demo_cha01", ContactType.TELEGRAM, "demo_cha01"),
        ("懂的私信", ContactType.DM, "私信"),
    ],
)
def test_contacts_are_normalised(text: str, kind: ContactType, value: str) -> None:
    assert (kind, value) in {(contact.type, contact.value) for contact in contacts(text)}


def test_a_mail_address_is_no_telegram_handle() -> None:
    assert [contact.type for contact in contacts("写信 demo@example.com")] == [ContactType.EMAIL]


@given(st.text())
def test_any_text_gives_an_offer_whose_spans_lie_inside(text: str) -> None:
    for service in _offer(text).services:
        assert 0 <= service.source.start <= service.source.end <= len(text)
