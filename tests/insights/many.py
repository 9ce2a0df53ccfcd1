"""A small bank to report on: customers of two branches with figures drawn by a seed, and tasks."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Unit
from kajing.products.models import Product
from tests.factories.customers import account, customer, figures
from tests.factories.workflow import task

BUCKETS, BANDS, TIERS = ("M0", "M1", "M2"), ("LOW", "WATCH", "HIGH", ""), ("V1", "V2", "V3", "")
PRODUCTS = ("CP01", "CP02", "CP03")


def bank(people: list[Person], seed: int, count: int = 60, pool: Unit | None = None) -> list[Customer]:
    """So many customers, each with a manager or in the pool, some without figures."""
    chance = random.Random(seed)
    made = []
    for product in PRODUCTS:
        Product.objects.get_or_create(product_id=product, defaults={"name_zh": f"产品{product}", "name_en": product})
    for number in range(count):
        manager = chance.choice([*people, None] if pool else people)
        opened = date(2024, 1, 1) + timedelta(days=chance.randrange(900))
        who = customer(manager, unit=manager.unit if manager else pool, opened_on=opened, customer_id=f"R{seed}{number:04d}",
                       status=chance.choice(["ACTIVE", "ACTIVE", "CLOSED"]))  # fmt: skip
        for product in chance.sample(PRODUCTS, chance.randrange(3)):
            account(who, product_id=product, closed_on=chance.choice([None, None, date(2026, 1, 1)]))
        if chance.random() < 0.9:
            dpd = chance.choice([0, 0, 0, 12, 45])
            limit = chance.randrange(1, 60) * 100_000
            balance = chance.randrange(limit)
            figures(
                who, dpd=dpd, bucket=BUCKETS[(dpd > 0) + (dpd > 30)], risk_band=chance.choice(BANDS),
                value_tier=chance.choice(TIERS), credit_limit=limit, balance=balance, utilisation=balance / limit,
                spend_30d=chance.choice([None, chance.randrange(5_000_000)]), overdue_amount=dpd * 1000,
                last_purchase_on=chance.choice([None, date(2026, 11, 22) - timedelta(days=chance.randrange(200))]),
            )  # fmt: skip
        made.append(who)
    return made


def work(people: list[Person], seed: int, count: int = 40) -> None:
    """Tasks of these people around midnights and month ends, some done."""
    chance = random.Random(seed)
    for _number in range(count):
        at = datetime(2026, 10, 25, tzinfo=SHANGHAI) + timedelta(hours=chance.randrange(24 * 28))
        done = chance.random() < 0.5
        due = at + timedelta(hours=30)
        task(
            chance.choice(people), kind=chance.choice(["call", "care", "follow_up"]), created_at=at, due_at=due,
            state="DONE" if done else "OPEN", done_at=at + timedelta(hours=chance.choice([5, 29, 40])) if done else None,
            value_at_stake=chance.choice([None, 100_00, 250_00]), severity=chance.choice(["L1", "L3", ""]),
        )  # fmt: skip
