"""A bank without licence records is told what to do; the day from which they are asked for is the bank's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.contact.selectors import may_contact
from kajing.customers.models import Customer
from kajing.org.models import Licence, Person
from kajing.reference.services import CannotChange, change_parameter
from kajing.workbench.selectors.health import Check, health

pytestmark = pytest.mark.django_db
Willing = Callable[[Person], Customer]
SELL: dict[str, Any] = {"channel": "PHONE", "purpose": "MARKETING"}
KEY = "licences_enforced_from"


def check(user: Person, at: datetime) -> Check:
    return next(one for one in health(user, at) if one.label == "营销资质")


def start(admin: Person, value: str, at: datetime) -> None:
    change_parameter(
        actor=admin, key=KEY, value=value, valid_from=at.date(), source="内部决定", reason="资格录入中", at=at
    )


def test_without_any_record_the_gate_says_what_to_do(ana: Person, at: datetime, willing: Willing) -> None:
    about = willing(ana)
    answer = may_contact(about, **SELL, at=at, actor=ana)
    assert (answer.allowed, {block.code for block in answer.all_blocks}) == (False, {"LICENCE"})
    assert KEY in answer.sentence
    assert may_contact(about, channel="PHONE", purpose="SERVICE", at=at, actor=ana).allowed


def test_when_others_have_theirs_it_is_this_persons_training(
    ana: Person, ben: Person, at: datetime, willing: Willing
) -> None:
    Licence.objects.create(person=ben, code="T01", granted_on=date(2026, 1, 1))
    answer = may_contact(willing(ana), **SELL, at=at, actor=ana)
    assert answer.code == "LICENCE"
    assert KEY not in answer.sentence


def test_before_the_banks_day_everybody_sells_and_from_it_on_nobody_without(
    ana: Person, admin: Person, at: datetime, willing: Willing
) -> None:
    about, day = willing(ana), at.date() + timedelta(days=30)
    start(admin, day.isoformat(), at)
    assert may_contact(about, **SELL, at=at, actor=ana).allowed
    assert may_contact(about, **SELL, at=at + timedelta(days=29), actor=ana).allowed
    assert may_contact(about, **SELL, at=at + timedelta(days=30), actor=ana).code == "LICENCE"


def test_the_day_is_a_day(admin: Person, at: datetime, rules: None) -> None:
    for wrong in ("soon", "", "20261301", "0"):
        with pytest.raises(CannotChange):
            start(admin, wrong, at)


def test_system_health_tells_the_administrator(admin: Person, ana: Person, at: datetime, rules: None) -> None:
    told = check(admin, at)
    assert (told.tone, told.url) == ("bad", f"/reference/{KEY}/")
    assert "licences" in told.advice
    start(admin, (at.date() + timedelta(days=30)).isoformat(), at)
    assert check(admin, at).tone == "warn"


def test_system_health_counts_who_lacks_one(
    admin: Person, ana: Person, ben: Person, lee: Person, at: datetime, rules: None
) -> None:
    for person in (ana, ben):
        for code in ("T01", "T03", "T07"):
            Licence.objects.create(person=person, code=code, granted_on=date(2026, 1, 1))
    assert (check(admin, at).tone, "有 1 人" in check(admin, at).words) == ("warn", True)
    Licence.objects.filter(person=ben, code="T07").update(last_day=at.date() - timedelta(days=1))
    assert "有 2 人" in check(admin, at).words
    Licence.objects.update(last_day=None)
    for code in ("T01", "T03", "T07"):
        Licence.objects.create(person=lee, code=code, granted_on=date(2026, 1, 1))
    assert check(admin, at).tone == "ok"
