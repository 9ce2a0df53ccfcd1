"""A manager's desk for browser tests: a screenful of customers with figures, cards, alerts and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from django.utils import timezone

from kajing.customers.models import Customer, TimelineMark
from kajing.org.models import Person
from tests.factories.customers import account, card, customer, figures
from tests.factories.risk import alert
from tests.factories.workflow import task

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "建国 晓燕 志强 雨桐 思远 佳怡 子涵 明哲 丽华 文博".split()
BANDS = ("LOW", "WATCH", "LOW", "HIGH", "LOW", "SEVERE")
RULES = ("missed_payment", "utilisation_jump", "silence", "amount_outlier")
ROWS = 40


@dataclass(frozen=True)
class Desk:
    """What the fixture made."""

    manager: Person
    customers: list[Customer]


@pytest.fixture
def desk(ana: Person, lee: Person) -> Desk:
    """40 customers of Ana's, every third with an alert, every fourth with a task due today."""
    people = [_customer(ana, place) for place in range(ROWS)]
    now = timezone.now()
    for days in range(9):
        TimelineMark.objects.create(
            customer=people[0],
            at=now - timedelta(days=days * 5),
            kind="task",
            title="Call answered",
            source="task:1",
            icon="phone-call",
        )
    for place, one in enumerate(people):
        if place % 3 == 0:
            alert(one, RULES[place % len(RULES)], severity=f"L{1 + place % 4}")
        if place % 4 == 0:
            task(ana, one, due_at=now + timedelta(hours=place - 6), created_at=now - timedelta(days=1))
    return Desk(ana, people)


def _customer(manager: Person, place: int) -> Customer:
    name = SURNAMES[place % len(SURNAMES)] + GIVEN[place % len(GIVEN)]
    one = customer(manager, name=name, initials="w", opened_on=date(2022, 1 + place % 12, 5))
    band = BANDS[place % len(BANDS)]
    late = band in ("HIGH", "SEVERE")
    figures(
        one,
        risk_band=band,
        bucket="M1" if late else "M0",
        dpd=12 if late else 0,
        utilisation=0.05 + (place * 7 % 90) / 100,
        spend_30d=120_000 + place * 53_300,
        credit_limit=2_000_000 * (1 + place % 6),
        balance=1_000_000 + place * 30_000,
    )
    card(account(one), last4=f"{1614 + place * 37:04d}"[-4:])
    return one
