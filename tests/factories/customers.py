"""Customers, their accounts and cards, and last night's figures."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from kajing.customers.models import Card, CardAccount, Customer, CustomerFigures
from kajing.org.models import Person, Unit

_number = count(1)


def customer(manager: Person | None = None, **values: Any) -> Customer:
    """A customer in the manager's book; with no manager, give `unit=` and it is in the pool."""
    serial = next(_number)
    place: Unit | None = values.pop("unit", manager.unit if manager else None)
    given = {
        "customer_id": f"C{serial:07d}",
        "name": "王小明",
        "initials": "wxm",
        "gender": "M",
        "birth_date": date(1988, 5, 20),
        "region": "310115",
        "opened_on": date(2023, 3, 1),
        **values,
    }
    return Customer.objects.create(manager=manager, unit=place, **given)


def account(owner: Customer, **values: Any) -> CardAccount:
    """A card account with a limit of 50,000 yuan."""
    given = {
        "account_id": f"A{next(_number):07d}",
        "credit_limit": 5_000_000,
        "statement_day": 5,
        "opened_on": owner.opened_on,
        "status": "NORMAL",
        **values,
    }
    return CardAccount.objects.create(customer=owner, **given)


def card(of: CardAccount, **values: Any) -> Card:
    """An active card of an account."""
    serial = next(_number)
    given = {
        "card_id": f"K{serial:07d}",
        "last4": f"{serial % 10_000:04d}",
        "approved_on": of.opened_on,
        "activated_on": of.opened_on,
        "status": "ACTIVE",
        **values,
    }
    return Card.objects.create(account=of, customer=of.customer, **given)


def figures(owner: Customer, **values: Any) -> CustomerFigures:
    """What the last night found of a customer: an active one without debt overdue."""
    given = {
        "as_of": date(2026, 11, 22),
        "state": "ACTIVE",
        "bucket": "M0",
        "cycle_bucket": "M0",
        "risk_band": "LOW",
        "credit_limit": 5_000_000,
        "balance": 1_200_000,
        "utilisation": 0.24,
        "dpd": 0,
        "spend_30d": 680_000,
        "spend_90d": 1_900_000,
        "txn_count_30d": 22,
        "last_purchase_on": date(2026, 11, 21),
        "recency_days": 1,
        **values,
    }
    return CustomerFigures.objects.create(customer=owner, **given)
