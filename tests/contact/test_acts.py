"""Starting, ending and logging contacts; nothing gets past the gate, and nothing that happened is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.contact.choices import State
from kajing.contact.models import Interaction, Override
from kajing.contact.selectors import may_contact
from kajing.contact.services import (
    BadChoice,
    BadTime,
    ContactRefused,
    NotOpen,
    Place,
    Stale,
    ask_override,
    cancel_plan,
    check_in,
    choose_next_step,
    end_contact,
    grant_override,
    log_contact,
    miss_call,
    move_plan,
    plan_contact,
    reopen_contact,
    start_contact,
    use_pass,
)
from kajing.customers.models import Customer
from kajing.customers.services import place_hold
from kajing.lib.errors import NotAllowed
from kajing.lib.masks import luhn_valid
from kajing.notifications.models import Notification
from kajing.org.models import Person
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
Licensed = Callable[[Person], Person]
Willing = Callable[[Person], Customer]
CARD_NUMBER = next(f"99999900000{tail:05}" for tail in range(100) if luhn_valid(f"99999900000{tail:05}"))
SELL = {"channel": "PHONE", "purpose": "MARKETING"}


@pytest.fixture
def seller(ana: Person, licensed: Licensed) -> Person:
    return licensed(ana)


def test_a_call_from_start_to_outcome(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    running = start_contact(actor=seller, customer=about, **SELL, at=at)
    assert (running.state, running.started_at, running.allowed) == (State.STARTED, at, True)
    end = at + timedelta(minutes=4)
    done = end_contact(actor=seller, contact=running, outcome="REACHED", note=f"要 {CARD_NUMBER} 的账单", at=end)
    assert (done.state, done.outcome, done.ended_at) == (State.DONE, "REACHED", end)
    assert done.note == f"要 **** **** **** {CARD_NUMBER[-4:]} 的账单"
    mark = about.marks.get(kind="call")
    assert (mark.params["outcome"], mark.source, mark.actor) == ("reached", f"interaction:{done.pk}", seller.person_no)
    acts = AuditRow.objects.filter(object_kind="interaction", customer_id=about.pk).order_by("pk")
    assert list(acts.values_list("action", flat=True)) == ["contact.start", "contact.end"]


def test_a_running_call_goes_on(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    first = start_contact(actor=seller, customer=about, **SELL, at=at)
    again = start_contact(actor=seller, customer=about, **SELL, at=at + timedelta(minutes=1))
    assert (again.pk, Interaction.objects.count()) == (first.pk, 1)


def test_a_red_gate_starts_nothing_and_says_when(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    with pytest.raises(ContactRefused) as refused:
        start_contact(actor=seller, customer=about, **SELL, at=at.replace(hour=12))
    assert refused.value.answer.next_allowed_at == at.replace(hour=14)
    assert "14:00" in str(refused.value)
    assert not Interaction.objects.exists()


def test_nobody_calls_strangers_customers(ana: Person, ben: Person, at: datetime, willing: Willing) -> None:
    about = willing(ana)
    for act in (
        lambda: start_contact(actor=ben, customer=about, channel="PHONE", purpose="SERVICE", at=at),
        lambda: plan_contact(
            actor=ben, customer=about, channel="VISIT", purpose="CARE", planned_at=at + timedelta(hours=1), at=at
        ),
        lambda: log_contact(
            actor=ben, customer=about, channel="PHONE", purpose="CARE", outcome="REACHED", began_at=at, at=at
        ),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_auditors_make_no_contacts(auditor: Person, ana: Person, at: datetime, willing: Willing) -> None:
    with pytest.raises(NotAllowed):
        start_contact(actor=auditor, customer=willing(ana), channel="PHONE", purpose="SERVICE", at=at)


def test_a_refusal_holds_for_the_days_of_the_rule(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    running = start_contact(actor=seller, customer=about, **SELL, at=at)
    end_contact(actor=seller, contact=running, outcome="REFUSED", at=at)
    hold = about.holds.get(kind="REFUSAL")
    assert (hold.purpose, hold.until) == ("MARKETING", date(2026, 11, 23) + timedelta(days=180))
    assert may_contact(about, **SELL, at=at + timedelta(days=180), actor=seller).code == "REFUSAL"
    opens = may_contact(about, **SELL, at=at + timedelta(days=100), actor=seller).next_allowed_at
    assert opens is not None
    assert opens.date() == date(2027, 5, 23)
    assert may_contact(about, channel="PHONE", purpose="SERVICE", at=at, actor=seller).allowed


def test_never_has_no_end_and_taking_it_back_lifts_the_hold(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    running = start_contact(actor=seller, customer=about, **SELL, at=at)
    ended = end_contact(actor=seller, contact=running, outcome="NEVER", at=at)
    hold = about.holds.get(kind="REFUSAL")
    assert (hold.purpose, hold.until) == ("", None)
    assert (
        may_contact(about, channel="SMS", purpose="CARE", at=at + timedelta(days=900), actor=seller).code == "REFUSAL"
    )
    again = reopen_contact(actor=seller, contact=ended, at=at + timedelta(minutes=29))
    hold.refresh_from_db()
    assert (again.state, again.outcome, hold.lifted_at is not None) == (State.STARTED, "", True)


def test_taking_back_has_its_time(seller: Person, lee: Person, at: datetime, willing: Willing) -> None:
    running = start_contact(actor=seller, customer=willing(seller), **SELL, at=at)
    ended = end_contact(actor=seller, contact=running, outcome="REACHED", at=at)
    with pytest.raises(NotOpen):
        reopen_contact(actor=seller, contact=ended, at=at + timedelta(minutes=31))


@pytest.mark.parametrize("purpose", ["SERVICE", "COLLECTION"])
def test_refusing_to_pay_is_no_hold(purpose: str, seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    running = start_contact(actor=seller, customer=about, channel="PHONE", purpose=purpose, at=at)
    end_contact(actor=seller, contact=running, outcome="REFUSED", at=at)
    assert not about.holds.exists()


def test_an_outcome_is_given_once_and_from_the_list(seller: Person, at: datetime, willing: Willing) -> None:
    running = start_contact(actor=seller, customer=willing(seller), **SELL, at=at)
    for wrong in ("GREAT", "MISSED", ""):
        with pytest.raises(BadChoice):
            end_contact(actor=seller, contact=running, outcome=wrong, at=at)
    with pytest.raises(Stale):
        end_contact(actor=seller, contact=running, outcome="REACHED", version=9, at=at)
    end_contact(actor=seller, contact=running, outcome="REACHED", at=at)
    with pytest.raises(NotOpen):
        end_contact(actor=seller, contact=running, outcome="REFUSED", at=at)


def test_a_call_against_the_rules_is_kept_marked_and_told(
    ana: Person, lee: Person, at: datetime, willing: Willing, sign_in: Callable[[Person], Client]
) -> None:
    about = willing(ana)
    made = log_contact(
        actor=ana, customer=about, **SELL, outcome="REACHED", began_at=at.replace(hour=7), at=at, note="已经打了"
    )
    assert (made.allowed, made.blocked_by) == (False, ["LICENCE", "LICENCE", "LICENCE", "HOURS"])
    news = Notification.objects.get(person=lee)
    assert (news.kind, news.url) == ("contact.against_rules", f"/contact/{made.pk}/")
    assert news.body_text == "受限于：没有有效资质、不在可联系时段"
    assert "没有有效资质、不在可联系时段" in sign_in(lee).get(news.url).content.decode()
    assert about.marks.get(kind="call").body.startswith("Not allowed")
    assert may_contact(about, channel="PHONE", purpose="CARE", at=at, actor=ana).code == "CAP_DAY"


def test_the_same_entry_sent_twice_is_one_contact(ana: Person, at: datetime, willing: Willing) -> None:
    about = willing(ana)
    entry = {"channel": "PHONE", "purpose": "SERVICE", "outcome": "REACHED", "began_at": at, "note": "问额度"}
    first = log_contact(actor=ana, customer=about, at=at, **entry)
    again = log_contact(actor=ana, customer=about, at=at + timedelta(seconds=3), **entry)
    other = log_contact(actor=ana, customer=about, at=at + timedelta(seconds=9), **{**entry, "note": "问账单"})
    assert (first.pk == again.pk, first.pk == other.pk, Interaction.objects.count()) == (True, False, 2)


def test_a_leaders_own_breach_goes_one_up(
    lee: Person, head: Person, ana: Person, at: datetime, willing: Willing
) -> None:
    log_contact(actor=lee, customer=willing(ana), **SELL, outcome="REACHED", began_at=at.replace(hour=7), at=at)
    assert list(Notification.objects.values_list("person__person_no", flat=True)) == [head.person_no]


def test_a_missed_call_of_the_customer_is_no_contact_of_ours(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    made = miss_call(actor=seller, customer=about, began_at=at - timedelta(hours=12), at=at)
    assert (made.state, made.direction, made.allowed) == (State.MISSED, "IN", True)
    assert may_contact(about, **SELL, at=at, actor=seller).allowed
    assert about.marks.get(kind="call").params["outcome"] == "missed call"


@pytest.mark.parametrize(
    ("began", "ended"), [(timedelta(hours=1), None), (timedelta(days=-40), None), (timedelta(0), timedelta(hours=-1))]
)
def test_times_that_cannot_be(
    began: timedelta, ended: timedelta | None, seller: Person, at: datetime, willing: Willing
) -> None:
    with pytest.raises(BadTime):
        log_contact(
            actor=seller, customer=willing(seller), **SELL, outcome="REACHED", began_at=at + began, at=at,
            ended_at=at + ended if ended else None,
        )  # fmt: skip
    assert not Interaction.objects.exists()


# -- plans and visits ------------------------------------------------------------------------------------------------
def test_a_visit_from_plan_to_check_in(seller: Person, at: datetime, willing: Willing) -> None:
    about, door = willing(seller), at.replace(hour=14, minute=30)
    plan = plan_contact(
        actor=seller, customer=about, channel="VISIT", purpose="MARKETING", planned_at=door, at=at, subject="送资料"
    )
    assert may_contact(about, **SELL, at=at, actor=seller).code == "CAP_DAY"  # the plan has taken the day's place
    there = Place(Decimal("31.230416"), Decimal("121.473701"), 12, "公司前台")
    arrived = check_in(actor=seller, contact=plan, place=there, at=door + timedelta(minutes=5))
    assert (arrived.pk, arrived.state, arrived.checked_in_at) == (plan.pk, State.STARTED, door + timedelta(minutes=5))
    assert (arrived.latitude, arrived.accuracy, arrived.place) == (Decimal("31.230416"), 12, "公司前台")
    end_contact(actor=seller, contact=arrived, outcome="REACHED", at=door + timedelta(minutes=30))
    assert about.marks.get(kind="visit").at == door + timedelta(minutes=5)


def test_the_gate_is_asked_for_the_time_of_the_plan_and_again_at_the_door(
    seller: Person, at: datetime, willing: Willing
) -> None:
    about = willing(seller)
    asked = {"actor": seller, "customer": about, "channel": "VISIT", "purpose": "MARKETING", "at": at}
    with pytest.raises(ContactRefused):
        plan_contact(**asked, planned_at=at.replace(hour=12, minute=30))
    plan = plan_contact(**asked, planned_at=at.replace(hour=15))
    with pytest.raises(ContactRefused):
        move_plan(actor=seller, contact=plan, planned_at=at.replace(hour=21), at=at)
    move_plan(actor=seller, contact=plan, planned_at=at.replace(hour=16), at=at)
    place_hold(actor="system", customer=about, kind="COMPLAINT", source="complaint:1", at=at)
    with pytest.raises(ContactRefused):
        check_in(actor=seller, contact=plan, place=Place(words="门口"), at=at.replace(hour=16))
    plan.refresh_from_db()
    assert plan.state == State.PLANNED


def test_a_check_in_says_where(seller: Person, at: datetime, willing: Willing) -> None:
    plan = plan_contact(
        actor=seller, customer=willing(seller), channel="VISIT", purpose="CARE", planned_at=at.replace(hour=15), at=at
    )
    with pytest.raises(BadTime):
        check_in(actor=seller, contact=plan, place=Place(), at=at.replace(hour=15))


def test_a_plan_called_off_gives_its_place_back(seller: Person, at: datetime, willing: Willing) -> None:
    about = willing(seller)
    plan = plan_contact(
        actor=seller, customer=about, channel="PHONE", purpose="MARKETING", planned_at=at.replace(hour=15), at=at
    )
    cancel_plan(actor=seller, contact=plan, at=at, reason="客户出差")
    assert may_contact(about, **SELL, at=at, actor=seller).allowed
    with pytest.raises(NotOpen):
        start_contact(actor=seller, customer=about, **SELL, plan=plan, at=at)


# -- the way round ---------------------------------------------------------------------------------------------------
def test_a_leader_allows_one_contact_with_a_reason(seller: Person, lee: Person, at: datetime, willing: Willing) -> None:
    about, noon = willing(seller), at.replace(hour=12, minute=30)
    given = grant_override(actor=lee, person=seller, customer=about, **SELL, reason="客户约好中午回电", at=noon)
    assert (given.codes, given.expires_at) == (["HOURS"], noon + timedelta(hours=24))
    assert AuditRow.objects.get(action="contact.override").reason == "客户约好中午回电"
    running = start_contact(actor=seller, customer=about, **SELL, at=noon)
    assert running.override == given
    end_contact(actor=seller, contact=running, outcome="REACHED", at=noon)
    with pytest.raises(ContactRefused):
        start_contact(actor=seller, customer=about, **SELL, at=noon + timedelta(minutes=5))
    given.refresh_from_db()
    assert given.used_for == f"interaction:{running.pk}"


def test_an_override_is_good_for_one_contact_only(seller: Person, lee: Person, at: datetime, willing: Willing) -> None:
    about, noon = willing(seller), at.replace(hour=12, minute=30)
    grant_override(actor=lee, person=seller, customer=about, **SELL, reason="客户约好中午回电", at=noon)
    answer = may_contact(about, **SELL, at=noon, actor=seller)
    assert use_pass(answer, source="message:1", at=noon) is not None
    with pytest.raises(ContactRefused):
        use_pass(answer, source="message:2", at=noon)


def test_who_may_not_allow(
    seller: Person, lee: Person, ben: Person, head: Person, at: datetime, willing: Willing
) -> None:
    about, noon = willing(seller), at.replace(hour=12, minute=30)
    asked = {"customer": about, **SELL, "reason": "客户约好中午回电", "at": noon}
    for actor, person in ((seller, seller), (lee, lee), (ben, seller), (lee, ben)):
        with pytest.raises(NotAllowed):
            grant_override(actor=actor, person=person, **asked)
    with pytest.raises(BadChoice):
        grant_override(actor=lee, person=seller, **{**asked, "reason": "急"})
    assert not Override.objects.exists()
    grant_override(actor=head, person=lee, **{**asked, "purpose": "CARE"})


def test_what_no_leader_may_allow(ana: Person, lee: Person, at: datetime, rules: None) -> None:
    about = customer(ana)  # never agreed to anything
    with pytest.raises(ContactRefused):
        grant_override(actor=lee, person=ana, customer=about, **SELL, reason="领导要求一定要打", at=at)
    with pytest.raises(ContactRefused):
        ask_override(actor=ana, customer=about, **SELL, reason="领导要求一定要打", at=at)


def test_asking_reaches_the_leader(seller: Person, lee: Person, at: datetime, willing: Willing) -> None:
    about, noon = willing(seller), at.replace(hour=12, minute=30)
    assert ask_override(actor=seller, customer=about, **SELL, reason="客户约好中午回电", at=noon) == lee
    news = Notification.objects.get(person=lee)
    assert news.url.startswith(f"/contact/override/{about.pk}/")


# -- what follows ----------------------------------------------------------------------------------------------------
def test_what_follows_is_chosen_once(seller: Person, at: datetime, willing: Willing) -> None:
    running = start_contact(actor=seller, customer=willing(seller), **SELL, at=at)
    with pytest.raises(NotOpen):
        choose_next_step(actor=seller, contact=running, step="call_3", at=at)
    ended = end_contact(actor=seller, contact=running, outcome="LATER", at=at)
    with pytest.raises(BadChoice):
        choose_next_step(actor=seller, contact=ended, step="party", at=at)
    with pytest.raises(BadTime):
        choose_next_step(actor=seller, contact=ended, step="call_3", due_at=at - timedelta(days=3), at=at)
    chosen = choose_next_step(actor=seller, contact=ended, step="none", at=at)
    assert (chosen.next_step, chosen.next_at) == ("none", None)
    with pytest.raises(NotOpen):
        choose_next_step(actor=seller, contact=chosen, step="call_3", at=at)
