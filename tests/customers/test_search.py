"""Search: every way to find a customer, in the searcher's own scope."""

from __future__ import annotations

import pytest

from kajing.customers import personal, selectors
from kajing.customers.models import ContactPoint
from tests.factories.customers import account, card, customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang(ana):
    found = customer(
        ana,
        name="王强",
        initials="wq",
        customer_id="K900001",
        id_number_idx=personal.blind("id_number", "110101199001011234"),
    )
    ContactPoint.objects.create(
        customer=found,
        kind="MOBILE",
        value_enc=personal.seal("mobile", "12900005521"),
        value_idx=personal.blind("mobile", "12900005521"),
        tail_idx=personal.blind_tail("12900005521"),
    )
    card(account(found), last4="8841")
    customer(ana, name="李秀英", initials="lxy")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "王强",
        "王",
        "wq",
        "WQ",
        "5521",
        "8841",
        "K900001",
        "K9000",
        "12900005521",
        "129 0000 5521",
        "110101199001011234",
    ],
)
def test_finds(ana, wang, text):
    assert [row.pk for row in selectors.search(ana, text)] == [wang.pk]


@pytest.mark.parametrize("text", ["", " ", "0000", "zz", "王王", "\0", "x" * 100, "%", "_", "12900005520"])
def test_finds_nobody(ana, wang, text):
    assert selectors.search(ana, text) == []


def test_a_part_of_the_name_is_found_after_its_beginning(ana, wang):
    inside = customer(ana, name="小王强生", initials="xwqs")
    assert [row.pk for row in selectors.search(ana, "王强")] == [wang.pk, inside.pk]


def test_a_form_offers_who_fits_what_is_typed(ana, ben, wang, sign_in):
    asked = {"other": "王", "field": "other", "into": "id_other"}
    shown = sign_in(ana).get("/customers/find/", asked).content.decode()
    assert 'data-fill="id_other" data-value="K900001"' in shown
    assert "K900001" not in sign_in(ben).get("/customers/find/", asked).content.decode()
    assert "没有找到" in sign_in(ana).get("/customers/find/", asked | {"other": "无此人"}).content.decode()
    assert "没有找到" not in sign_in(ana).get("/customers/find/", asked | {"other": " "}).content.decode()
    assert "<b>" not in sign_in(ana).get("/customers/find/", asked | {"into": "<b>"}).content.decode()


def test_scope_is_obeyed(ben, wang):
    for text in ("王强", "wq", "5521", "8841", "K900001", "12900005521"):
        assert selectors.search(ben, text) == []


def test_hits_are_masked(risk, wang):
    hit = selectors.hits(risk, "8841", 10)[0]
    assert hit.title == "王*"
    assert "12900005521" not in repr(hit)


def test_the_list_uses_the_same_search(ana, wang, sign_in):
    page = sign_in(ana).get("/customers/?search=wq").content.decode()
    assert wang.pk in page
    assert "李秀英" not in page
