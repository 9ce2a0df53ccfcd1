"""A bank of many customers, made in seconds, for budgets: 200 managers in 20 branches, figures for everybody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from kajing.customers import personal
from kajing.customers.models import Card, CardAccount, ContactPoint, Customer, CustomerFigures
from kajing.customers.services import refresh_figures
from kajing.org.models import Person, Role, Unit
from tests.factories.bulk import insert
from tests.factories.org import person, unit

AS_OF = date(2026, 11, 22)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰"
LETTERS = "wlzlcyzhzwxshzglhgml"
BANDS = ("LOW", "LOW", "LOW", "LOW", "LOW", "LOW", "WATCH", "WATCH", "HIGH", "SEVERE")
STATES = ("ACTIVE", "ACTIVE", "ACTIVE", "DORMANT", "SLEEPING", "NEVER_USED")


def make(count: int, *, branches: int = 20, managers: int = 200) -> list[Person]:
    """Units, managers and customers with an account, a card, a phone and figures each; returns the managers."""
    hq = unit("MHQ", Unit.Kind.HEAD_OFFICE, name="总行")
    places = [unit(f"MB{n:02d}", Unit.Kind.BRANCH, parent=hq, name=f"分行{n}") for n in range(branches)]
    staff = [person(f"many{n}", Role.MANAGER, places[n % branches], name=f"经理{n}") for n in range(managers)]
    chance = random.Random(20261122)
    insert(Customer, (_customer(n, staff, chance) for n in range(count)))
    insert(CardAccount, map(_account, range(count)))
    insert(Card, map(_card, range(count)))
    insert(ContactPoint, map(_phone, range(count)))
    insert(CustomerFigures, (row | _place(n, staff) for n, row in enumerate(_figures(count, chance))))
    refresh_figures(as_of=AS_OF, rows=())  # drops nothing, and the planner learns what there is
    return staff


def key(n: int) -> str:
    """The id of customer n."""
    return f"M{n:07d}"


def _place(n: int, staff: list[Person]) -> dict[str, Any]:
    """What customer n's figures know of the customer: what the triggers would copy, a row at a time."""
    one = staff[n % len(staff)]
    return {
        "unit_id": one.unit_id,
        "manager_id": one.person_no if n % 50 else None,
        "status": Customer.Status.ACTIVE.value,
    }


def _customer(n: int, staff: list[Person], chance: random.Random) -> dict[str, Any]:
    picks = [chance.randrange(20) for _n in range(3)]
    return {
        "customer_id": key(n),
        "name": SURNAMES[picks[0]] + GIVEN[picks[1]] + GIVEN[picks[2]],
        "initials": LETTERS[picks[0]] + "xy",
        "opened_on": date(2020, 1, 1) + timedelta(days=n % 2000),
        **_place(n, staff),
    }


def _account(n: int) -> dict[str, Any]:
    return {
        "account_id": f"MA{n:07d}",
        "customer_id": key(n),
        "credit_limit": 5_000_000,
        "statement_day": 5,
        "opened_on": date(2020, 1, 1),
        "status": "NORMAL",
    }


def _card(n: int) -> dict[str, Any]:
    return {
        "card_id": f"MK{n:07d}",
        "account_id": f"MA{n:07d}",
        "customer_id": key(n),
        "last4": f"{n % 10_000:04d}",
        "approved_on": date(2020, 1, 1),
        "status": "ACTIVE",
    }


def _phone(n: int) -> dict[str, Any]:
    number = f"129{n:08d}"
    return {
        "customer_id": key(n),
        "kind": "MOBILE",
        "value_enc": personal.seal("mobile", number),
        "value_idx": personal.blind("mobile", number),
        "tail_idx": personal.blind_tail(number),
    }


def _figures(count: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for n in range(count):
        overdue = chance.random() < 0.05
        dpd = chance.randint(1, 90) if overdue else 0
        yield {
            "customer_id": key(n),
            "as_of": AS_OF,
            "segment": "REVOLVER" if n % 3 else "TRANSACTOR",
            "state": STATES[n % len(STATES)],
            "bucket": f"M{(dpd + 29) // 30}",
            "cycle_bucket": "M0",
            "risk_band": BANDS[chance.randrange(10)],
            "credit_limit": chance.randint(1, 20) * 1_000_000,
            "balance": chance.randint(0, 5_000_000),
            "utilisation": chance.random(),
            "dpd": dpd,
            "spend_30d": chance.choice([0, 0, chance.randint(1, 3_000_000)]),
            "spend_prev_30d": chance.randint(0, 3_000_000),
            "last_purchase_on": AS_OF - timedelta(days=chance.randrange(400)) if n % 9 else None,
            "silence_p": chance.random(),
            "spend_weeks": [chance.randint(0, 900_000) for _n in range(8)],
        }
