"""What a night suggests, what it leaves out and why, and what it learns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from kajing.customers.models import Customer
from kajing.customers.services import place_hold, record_consent, withdraw_consent
from kajing.org.models import Licence, Person
from kajing.sales.judging import Kind, all_terms
from kajing.sales.models import Action, Suggestion
from kajing.sales.selectors import explain, facts
from kajing.sales.services import accept, judge_outcomes, put_off, reject, shape_action, suggest
from tests.factories.customers import account, customer, figures
from tests.factories.risk import alert
from tests.factories.sales import suggestion

TODAY = date(2026, 11, 23)


def codes(about: Customer) -> list[str]:
    return list(about.suggestions.filter(state="OPEN").order_by("place").values_list("action_id", flat=True))


def high_balance(ana: Person, at: datetime, **values: Any) -> Customer:
    """Eligible for instalments, and willing."""
    made = customer(ana, birth_date=date(1988, 9, 9))
    record_consent(actor=ana, customer=made, purpose="MARKETING", channel="ANY", text_version="v1", at=at)
    given = {"balance": 4_000_000, "utilisation": 0.8, "min_pay_streak": 0, "spend_365d": 3_000_000, **values}
    figures(made, value_tier="A", **given)
    return made


def verdicts(ana: Person, about: Customer, at: datetime) -> dict[str, Any]:
    return {one.verdict.action.code: one for one in explain(ana, about, TODAY, at)}


def test_a_high_balance_gets_the_instalment_offer_with_its_arithmetic(ana: Person, as_of: date, at: datetime) -> None:
    about = high_balance(ana, at)
    suggest(as_of=as_of)
    (one,) = about.suggestions.all()
    # 40,000 yuan x 30 % x 6 % = 720 yuan; chance 7 %
    assert (one.action_id, one.value, str(one.propensity), one.score, one.tier) == (
        "instalment_offer", 72_000, "0.0700", 5_040, "A",
    )  # fmt: skip
    assert "30%" in one.value_words


def test_context_raises_and_is_told(ana: Person, as_of: date, at: datetime) -> None:
    about = high_balance(ana, at, next_due_on=TODAY + timedelta(days=3))
    suggest(as_of=as_of)
    (one,) = about.suggestions.all()
    assert (str(one.context), one.score) == ("1.500", 7_560)
    assert verdicts(ana, about, at)["instalment_offer"].because


def test_the_same_night_again_changes_nothing(ana: Person, as_of: date, at: datetime) -> None:
    high_balance(ana, at)
    first = suggest(as_of=as_of)
    before = list(Suggestion.objects.values_list("customer", "action", "place", "score"))
    assert suggest(as_of=as_of) == first
    assert list(Suggestion.objects.values_list("customer", "action", "place", "score")) == before


def test_at_most_three_and_the_fourth_is_told_to_rank_lower(ana: Person, as_of: date, at: datetime) -> None:
    about = high_balance(
        ana, at, spend_30d=100_000, spend_prev_30d=900_000, cross_border_share_90d=0.5, silence_p=0.01, bucket="M0"
    )
    Customer.objects.filter(pk=about.pk).update(birth_date=date(1988, 11, 25))
    suggest(as_of=as_of)
    assert len(codes(about)) == 3
    lower = [code for code, one in verdicts(ana, about, at).items() if one.verdict.kind == Kind.LOWER]
    assert len(lower) == 2
    assert not set(lower) & set(codes(about))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ana, who, at: withdraw_consent(actor=ana, customer=who, purpose="MARKETING", channel="ANY", at=at),
        lambda ana, who, at: place_hold(actor="system", customer=who, kind="COMPLAINT", source="complaint:1", at=at),
        lambda ana, who, at: place_hold(actor="system", customer=who, kind="FRAUD", source="fraud:1", at=at),
        lambda ana, who, at: Customer.objects.filter(pk=who.pk).update(status="DECEASED"),
        lambda ana, who, at: alert(who),
        lambda ana, who, at: who.figures.__class__.objects.filter(pk=who.pk).update(bucket="M2"),
        lambda ana, who, at: Action.objects.filter(pk="instalment_offer").update(enabled=False),
        lambda ana, who, at: Action.objects.filter(pk="instalment_offer").update(lever=0),
    ],
    ids=["consent", "complaint", "fraud", "death", "alert", "overdue", "off", "lever"],
)
def test_nothing_is_suggested_against_a_rule(
    ana: Person, as_of: date, at: datetime, spoil: Callable[[Person, Customer, datetime], Any]
) -> None:
    about = high_balance(ana, at)
    suggest(as_of=as_of)
    assert codes(about) == ["instalment_offer"]
    spoil(ana, about, at)
    suggest(as_of=as_of)
    assert "instalment_offer" not in codes(about)
    if about.__class__.objects.filter(pk=about.pk, status="ACTIVE").exists():
        told = verdicts(ana, about, at)["instalment_offer"]
        assert told.verdict.kind not in {Kind.SUGGESTED, Kind.LOWER}
        assert told.words


def test_why_not_names_the_condition_and_the_rule(ana: Person, as_of: date, at: datetime) -> None:
    about = high_balance(ana, at)
    place_hold(actor="system", customer=about, kind="COMPLAINT", source="complaint:1", at=at)
    told = verdicts(ana, about, at)
    assert told["instalment_offer"].verdict.kind == Kind.NO_CONTACT
    assert told["instalment_offer"].verdict.against.rule_id
    assert told["birthday"].verdict.kind == Kind.NOT_ELIGIBLE
    assert any("生日" in text for text in told["birthday"].conditions)


def test_decisions_stand_until_their_day(ana: Person, as_of: date, at: datetime) -> None:
    about = high_balance(ana, at)
    suggest(as_of=as_of)
    reject(actor=ana, suggestion=about.suggestions.get(), reason="NOT_INTERESTED", at=at)
    suggest(as_of=as_of + timedelta(days=178))
    assert codes(about) == []  # 180 days of rest
    suggest(as_of=as_of + timedelta(days=181))
    assert codes(about) == ["instalment_offer"]
    put_off(actor=ana, suggestion=about.suggestions.get(state="OPEN"), until=TODAY + timedelta(days=200), at=at)
    suggest(as_of=as_of + timedelta(days=185))
    assert codes(about) == []
    suggest(as_of=as_of + timedelta(days=201))
    assert codes(about) == ["instalment_offer"]


def test_outcomes_are_judged_when_their_time_is_over_and_teach_the_rank(ana: Person, as_of: date, at: datetime) -> None:
    for code in ("T01", "T03", "T07"):  # selling by phone asks for them
        Licence.objects.create(person=ana, code=code, granted_on=date(2026, 1, 1))
    paid, stuck = high_balance(ana, at), high_balance(ana, at)
    suggest(as_of=as_of)
    for about in (paid, stuck):
        accept(actor=ana, suggestion=about.suggestions.get(), due_at=at + timedelta(hours=5), at=at)
    paid.figures.__class__.objects.filter(pk=paid.pk).update(utilisation=0.2)
    assert judge_outcomes(as_of=as_of + timedelta(days=30)) == {"judged": 0, "succeeded": 0}
    assert judge_outcomes(as_of=as_of + timedelta(days=60)) == {"judged": 2, "succeeded": 1}
    assert judge_outcomes(as_of=as_of + timedelta(days=61)) == {"judged": 0, "succeeded": 0}
    assert [paid.suggestions.get().succeeded, stuck.suggestions.get().succeeded] == [True, False]
    known = facts.records()
    assert (known["instalment_offer", ""].tried, known["instalment_offer", "A"].succeeded) == (2, 1)
    third = high_balance(ana, at)
    suggest(as_of=as_of)
    # (0.07 x 50 + 1) / 52 = 0.08654; tier A: (0.08654 x 50 + 1) / 52 = 0.1024
    assert str(third.suggestions.get().propensity) == "0.1024"


def test_conditions_reach_accounts_and_birthdays(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana, birth_date=date(1992, 2, 29))
    figures(about, spend_365d=9_000_000)
    account(about, temp_limit=900_000, temp_limit_until=TODAY + timedelta(days=10))
    suggest(as_of=as_of)
    assert codes(about) == ["temporary_limit"]
    suggest(as_of=date(2027, 2, 25))  # 2027 has no 29 February
    assert "birthday" in codes(about)


def test_every_packaged_condition_can_be_read(at: datetime) -> None:
    actions = list(Action.objects.all())
    assert len(actions) >= 10
    assert facts.seen(Customer.objects.none(), all_terms(actions), TODAY) == []
    for one in actions:
        facts.seen(Customer.objects.none(), list(one.success.items()) and all_terms([one]), TODAY)


def test_queries_do_not_grow_with_customers(ana: Person, as_of: date, at: datetime) -> None:
    from django.db import connection

    def count(customers: int) -> int:
        for _ in range(customers):
            high_balance(ana, at)
        with CaptureQueriesContext(connection) as found:
            suggest(as_of=as_of)
        return len(found)

    assert count(2) == count(20)


def test_the_bank_shapes_an_action_and_a_release_leaves_it(admin: Person, ana: Person, at: datetime) -> None:
    from decimal import Decimal

    from kajing.lib.errors import NotAllowed
    from kajing.sales.services import CannotShape, install_actions

    action = Action.objects.get(pk="birthday")
    shaped = shape_action(
        actor=admin, action=action, enabled=True, lever=Decimal("2.50"), rest_days=10, reason="season", at=at
    )
    assert (shaped.lever, shaped.version) == (Decimal("2.50"), 2)
    install_actions(at=at)
    assert Action.objects.get(pk="birthday").lever == Decimal("2.50")
    with pytest.raises(NotAllowed):
        shape_action(actor=ana, action=action, enabled=False, lever=Decimal(1), rest_days=1, reason="x y", at=at)
    for lever, rest, reason in ((Decimal(6), 1, "why"), (Decimal(1), -1, "why"), (Decimal(1), 1, " ")):
        with pytest.raises(CannotShape):
            shape_action(actor=admin, action=action, enabled=True, lever=lever, rest_days=rest, reason=reason, at=at)


def test_leavers_lose_their_suggestions(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana, status="CLOSED")
    suggestion(about)
    suggest(as_of=as_of)
    assert not about.suggestions.exists()
