"""The gate's facts from the tables, for one customer and for many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from kajing.contact.choices import State
from kajing.contact.models import Interaction
from kajing.contact.selectors import may_contact, may_contact_many, recheck
from kajing.customers.models import Customer
from kajing.customers.services import lift_hold, place_hold, withdraw_consent
from kajing.org.models import Person
from kajing.reference.models import CalendarDay
from tests.factories.customers import account, customer, figures

pytestmark = pytest.mark.django_db
MARKETING: dict[str, Any] = {"channel": "PHONE", "purpose": "MARKETING"}
Licensed = Callable[[Person], Person]
Willing = Callable[[Person], Customer]


def met(about: Customer, by: Person, at: datetime, **values: Any) -> Interaction:
    given = {"channel": "PHONE", "purpose": "MARKETING", "state": State.DONE, "created_by": by.person_no, **values}
    return Interaction.objects.create(customer=about, person=by, at=at, created_at=at, **given)


def test_a_free_customer_is_green(ana: Person, at: datetime, licensed: Licensed, willing: Willing) -> None:
    answer = may_contact(willing(ana), **MARKETING, at=at, actor=licensed(ana))
    assert (answer.allowed, answer.code, answer.next_allowed_at) == (True, "", at)


def test_each_table_has_its_say(ana: Person, ben: Person, at: datetime, licensed: Licensed, willing: Willing) -> None:
    licensed(ana)

    def code(about: Customer, **asked: Any) -> str:
        return may_contact(about, **{**MARKETING, "at": at, "actor": ana, **asked}).code

    refused = willing(ana)
    withdraw_consent(actor=ana, customer=refused, purpose="MARKETING", channel="PHONE", at=at)
    assert (code(refused), code(refused, channel="SMS")) == ("CONSENT", "")
    held = willing(ana)
    hold = place_hold(actor="system", customer=held, kind="COMPLAINT", source="complaint:1", at=at)
    assert code(held) == "COMPLAINT"
    lift_hold(actor="system", hold=hold, at=at)
    assert code(held) == ""
    late = willing(ana)
    figures(late, bucket="M3")
    assert (code(late), code(late, purpose="COLLECTION")) == ("IN_COLLECTION", "COLLECTION_UNIT")
    planned = willing(ana)
    account(planned, status="HARDSHIP_PLAN")
    assert code(planned, purpose="COLLECTION") == "HARDSHIP"
    lost = willing(ana)
    account(lost, status="WRITTEN_OFF")
    assert code(lost) == "IN_COLLECTION"
    dead = willing(ana)
    Customer.objects.filter(pk=dead.pk).update(status="DECEASED")
    assert code(dead, purpose="SERVICE") == "DECEASED"
    called = willing(ana)
    met(called, ben, at - timedelta(minutes=30))
    assert code(called) == "CAP_DAY"
    assert code(willing(ana), actor=ben) == "LICENCE"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"state": State.PLANNED}, "CAP_DAY"),
        ({"state": State.CANCELLED}, ""),
        ({"state": State.MISSED}, ""),
        ({"direction": "IN"}, ""),
        ({"outcome": "WRONG_NUMBER"}, ""),
        ({"outcome": "NO_ANSWER"}, "CAP_DAY"),
        ({"purpose": "SERVICE"}, ""),
    ],
)
def test_what_counts_as_a_contact(
    values: dict[str, Any], code: str, ana: Person, at: datetime, licensed: Licensed, willing: Willing
) -> None:
    about = willing(ana)
    made = met(about, ana, at, planned_at=at, **values)
    assert may_contact(about, **MARKETING, at=at, actor=licensed(ana)).code == code
    assert may_contact(about, **MARKETING, at=at, actor=ana, without=f"interaction:{made.pk}").allowed


def test_the_seventh_unanswered_call_over_all_collectors(
    ana: Person, lee: Person, at: datetime, willing: Willing
) -> None:
    about, asked = willing(ana), {"channel": "PHONE", "purpose": "COLLECTION"}
    for number in range(6):
        met(about, (ana, lee)[number % 2], at + timedelta(minutes=number), purpose="COLLECTION", outcome="NO_ANSWER")
        answer = may_contact(about, **asked, at=at + timedelta(hours=1), actor=ana)
        assert answer.allowed is (number < 5), number
    assert answer.rule_id == "RG065"
    assert answer.next_allowed_at == (at + timedelta(days=1)).replace(hour=8)


def test_the_banks_own_calendar_counts(ana: Person, at: datetime, licensed: Licensed, willing: Willing) -> None:
    """A day the bank's holiday file calls off has the other hours."""
    about = willing(ana)
    CalendarDay.objects.create(day=at.date(), is_workday=False, name="行庆")
    answer = may_contact(about, **MARKETING, at=at, actor=licensed(ana))
    assert (answer.rule_id, answer.next_allowed_at) == ("BP302", at.replace(hour=10))


def test_many_cost_no_more_queries_than_one(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing, django_assert_max_num_queries: Any
) -> None:
    licensed(ana)
    chosen = [willing(ana) for _ in range(30)]
    met(chosen[3], ana, at)
    with django_assert_max_num_queries(11):
        answers = may_contact_many(chosen, **MARKETING, at=at, actor=ana)
    assert [pk for pk, answer in answers.items() if not answer.allowed] == [chosen[3].pk]
    with django_assert_max_num_queries(11):
        may_contact(chosen[0], **MARKETING, at=at, actor=ana)


def test_recheck_asks_again_with_the_writers_licences(
    ana: Person, at: datetime, licensed: Licensed, willing: Willing
) -> None:
    about = willing(ana)
    asked = {"customer_id": about.pk, "channel": "EMAIL", "purpose": "MARKETING", "at": at}
    assert recheck(**asked).allowed
    assert recheck(**asked, actor_no=ana.person_no).code == "LICENCE"
    licensed(ana)
    assert recheck(**asked, actor_no=ana.person_no).allowed
    place_hold(actor="system", customer=about, kind="DECEASED", source="notice:1", at=at)
    assert recheck(**{**asked, "purpose": "SERVICE"}).code == "DECEASED"


def test_without_loaded_rules_nothing_is_allowed(ana: Person, at: datetime) -> None:
    answer = may_contact(customer(ana), channel="PHONE", purpose="SERVICE", at=at, actor=ana)
    assert (answer.allowed, answer.code) == (False, "RULES")
