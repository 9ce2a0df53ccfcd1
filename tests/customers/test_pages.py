"""Pages and fragments of customers: what they say, to whom, and the shapes of their answers."""

from __future__ import annotations

import pytest

from tests.factories.customers import account, card, customer, figures

pytestmark = pytest.mark.django_db
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def wang(ana):
    own = customer(ana, name="王小明", initials="wxm")
    figures(own)
    card(account(own), last4="8841")
    return own


def test_list_shows_own_customers_only(ana, ben, wang, sign_in):
    figures(customer(ben, name="赵别人"))
    page = sign_in(ana).get("/customers/").content.decode()
    assert "王小明" in page
    assert "赵别人" not in page


def test_a_first_day_without_customers_is_not_told_of_filters(ben, wang, sign_in):
    day = {"status": "ACTIVE"}  # what the view everybody begins with asks for
    page = sign_in(ben).get("/customers/", day).content.decode()
    assert "没有符合筛选条件的客户" not in page
    assert "还没有客户" in page
    figures(customer(ben, status="CLOSED"))
    assert "没有符合筛选条件的客户" in sign_in(ben).get("/customers/", day).content.decode()


def test_page_shows_first_screen(ana, wang, sign_in):
    page = sign_in(ana).get(f"/customers/{wang.pk}/")
    assert page.status_code == 200
    assert "王小明" in page.content.decode()


def test_peek(ana, wang, sign_in):
    found = sign_in(ana).get(f"/customers/{wang.pk}/peek/", **PARTIAL)
    assert found.status_code == 200
    assert b"<html" not in found.content


@pytest.mark.parametrize(
    "name", ["access", "cards", "consents", "history", "relations", "rules", "score", "spending", "transactions"]
)
def test_sections(ana, wang, sign_in, name):
    found = sign_in(ana).get(f"/customers/{wang.pk}/section/{name}/", **PARTIAL)
    assert found.status_code == 200
    assert b"<html" not in found.content


def test_timeline(ana, wang, sign_in):
    found = sign_in(ana).get(f"/customers/{wang.pk}/timeline/", **PARTIAL)
    assert found.status_code == 200
