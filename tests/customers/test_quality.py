"""Data quality: what a record lacks, scores by the policy's weights, and the way to the customers concerned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.conf import settings
from django.test import Client

from kajing.customers.models import ContactPoint, Customer
from kajing.customers.selectors import book_quality, quality
from kajing.customers.services import record_consent
from kajing.org.models import Person
from kajing.reference.models import Parameter
from kajing.reference.services import load_reference
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(at: datetime) -> None:
    load_reference(actor="system", at=at)


def complete(manager: Person, at: datetime) -> Customer:
    """A customer of whom everything is known."""
    sealed = settings.KAJING_KEYS.encrypt("customer.address", "上海市")
    made = customer(manager, id_number_idx="x" * 32, address_enc=sealed, employer_enc=sealed, annual_income=20_000_000)
    for kind in ("MOBILE", "EMAIL"):
        ContactPoint.objects.create(customer=made, kind=kind, value_enc=b"x", value_idx=f"{kind}{made.pk}")
    record_consent(actor=manager, customer=made, purpose="MARKETING", channel="ANY", text_version="v1", at=at)
    return made


def test_a_complete_record_is_100_and_each_lack_costs_its_weight(ana: Person, at: datetime) -> None:
    about = complete(ana, at)
    assert (quality(ana, about).score, quality(ana, about).worst) == (100, None)
    ContactPoint.objects.filter(customer=about, kind="MOBILE").update(valid=False)
    Customer.objects.filter(pk=about.pk).update(birth_date=None)
    told = quality(ana, about)
    assert (told.score, [part.name for part in told.missing]) == (60, ["mobile", "birth_date"])  # 100 - 30 - 10


def test_weights_are_the_banks(ana: Person, at: datetime) -> None:
    about = complete(ana, at)
    Customer.objects.filter(pk=about.pk).update(birth_date=None)
    Parameter.objects.filter(key="quality_parts").update(value="mobile|birth_date")
    Parameter.objects.filter(key="quality_weights").update(value="50|50")
    assert quality(ana, about).score == 50


def test_a_book_names_the_lack_that_costs_most(ana: Person, ben: Person, lee: Person, at: datetime) -> None:
    for _ in range(3):
        Customer.objects.filter(pk=complete(ana, at).pk).update(annual_income=None)  # 3 x 10
    ContactPoint.objects.filter(customer=complete(ana, at), kind="MOBILE").delete()  # 1 x 30, wins by its name
    customer(ben)
    (book,) = book_quality(lee)
    assert (book.manager_no, book.customers, book.score) == (ana.person_no, 4, 85.0)
    assert book.worst is not None
    assert (book.worst.name, book.lacking) == ("mobile", 1)


def test_pages_and_api_say_the_same(
    ana: Person, ben: Person, at: datetime, sign_in: Callable[[Person], Client]
) -> None:
    bare, full = customer(ana, birth_date=date(1990, 1, 1)), complete(ana, at)
    theirs = customer(ben)
    browser = sign_in(ana)
    assert "数据质量" in browser.get("/customers/quality/").content.decode()
    rows = browser.get("/customers/?missing=mobile&columns=customer_id").content.decode()
    assert bare.pk in rows
    assert full.pk not in rows
    told = browser.get(f"/api/v1/customers/{bare.pk}/quality").json()
    assert (told["score"], told["missing"][0]["name"]) == (10, "mobile")
    assert browser.get(f"/api/v1/customers/{theirs.pk}/quality").status_code == 404
    (book,) = browser.get("/api/v1/data-quality").json()
    assert (book["score"], book["worst"]["name"], book["lacking"]) == (55.0, "mobile", 1)
