"""The pages of parameters: who sees them, who changes, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.org.models import Person
from kajing.reference.models import Parameter
from kajing.reference.services import load_reference

SignIn = Callable[[Person], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def loaded(at: datetime) -> None:
    load_reference(actor="system", at=at)


def test_the_list_shows_what_is_in_force(sign_in: SignIn, compliance: Person, ana: Person) -> None:
    client = sign_in(compliance)
    page = client.get(reverse("reference:list")).content.decode()
    assert "long_sleep_ratio_max" in page
    assert "long_sleep_ratio_max" not in client.get(reverse("reference:list"), {"topic": "投诉"}).content.decode()
    assert sign_in(ana).get(reverse("reference:list")).status_code == 403


@pytest.mark.parametrize(
    ("language", "words", "not_there"),
    [
        ("zh-hans", ("长期睡眠卡占比上限", "睡眠卡", "本行政策默认值"), ("Highest share",)),
        (
            "en",
            ("Highest share of long sleeping cards", "Sleeping cards", "bank policy, as delivered"),
            ("本行政策默认值",),
        ),
    ],
)
def test_parameters_are_told_in_the_language_of_the_reader(
    sign_in: SignIn, compliance: Person, language: str, words: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    compliance.language = language
    compliance.save()
    client = sign_in(compliance)
    page = client.get(reverse("reference:list")).content.decode()
    assert [one for one in words if one not in page] == []
    assert [one for one in not_there if one in page] == []
    one = client.get(reverse("reference:parameter", args=["long_sleep_ratio_max"])).content.decode()
    assert f"<h1>{words[0]}</h1>" in one
    assert "<code>long_sleep_ratio_max</code>" in one
    for search in ("睡眠卡占比", "long sleeping"):  # by a name of either language
        found = client.get("/api/v1/parameters", {"search": search}).json()["items"]
        assert [row["key"] for row in found] == ["long_sleep_ratio_max"]
        assert found[0]["name"] == words[0]


def test_only_who_may_change_gets_the_form(sign_in: SignIn, compliance: Person, admin: Person) -> None:
    page = reverse("reference:parameter", args=["active_card_window"])
    assert "valid_from" not in sign_in(compliance).get(page).content.decode()
    assert "valid_from" in sign_in(admin).get(page).content.decode()
    assert sign_in(admin).get(reverse("reference:parameter", args=["no_such_key"])).status_code == 404


def test_a_new_value_is_a_new_row(sign_in: SignIn, admin: Person, compliance: Person) -> None:
    page = reverse("reference:change", args=["active_card_window"])
    tomorrow = timezone.localdate() + timedelta(days=1)
    data = {"value": "60", "valid_from": tomorrow.isoformat(), "source": "policy 7", "reason": "new definition"}
    assert sign_in(compliance).post(page, data).status_code == 403
    assert sign_in(admin).post(page, {**data, "value": "sixty"}).status_code == 422
    assert Parameter.objects.filter(key="active_card_window").count() == 1
    assert sign_in(admin).post(page, data).status_code == 302
    values = Parameter.objects.filter(key="active_card_window").order_by("valid_from")
    assert [(row.value, row.changed_by) for row in values] == [("90", "system"), ("60", admin.person_no)]
    assert AuditRow.objects.filter(action="reference.changed").count() == 1
