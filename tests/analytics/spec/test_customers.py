"""One row a customer: what is told of income, and customers without anything (domain §3.4, §2.8, C9)."""

from __future__ import annotations

import ibis
import pytest

from kajing.analytics.features import customers
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, table


@pytest.mark.parametrize(("limit", "income", "told"), [(5_000_000, 24_000_000, 2.5), (1, 0, None), (1, None, None)])
def test_income_multiple_in_halves(limit, income, told):
    rows = table({"id": "string", "credit_limit": "int64", "annual_income": "int64"}, ("C", limit, income))
    found = rows.select("id", told=customers.of_income(rows.credit_limit, rows.annual_income))
    assert answer(found, "id")["C"]["told"] == told


def test_a_finer_figure_is_not_told():
    rows = table({"billed": "int64"}, (5_000_000,), (5_200_000,), (5_400_000,))
    found = rows.select("billed", told=customers.of_income(rows.billed, ibis.literal(24_000_000)))
    assert {row["told"] for row in answer(found, "billed").values()} == {2.5}


@pytest.mark.parametrize(
    ("last", "previous", "before", "fades"),
    [(300, 300, 1800, True), (301, 0, 1800, False), (0, 301, 1800, False), (0, 0, 0, False), (-5, 0, 10, True)],
)
def test_fading_is_two_months_at_most_half_of_the_three_before(last, previous, before, fades):
    rows = table({"a": "int64", "b": "int64", "c": "int64"}, (last, previous, before))
    found = rows.select(fades=customers.fading(rows.a, rows.b, rows.c, DEFAULTS))
    assert found.to_pyarrow().to_pylist() == [{"fades": fades}]


def test_stages_of_dormancy():
    rows = table({"days": "int64"}, (0,), (89,), (90,), (180,), (364,), (365,), (540,), (9999,), (None,))
    found = answer(rows.select("days", stage=customers.dormancy(rows.days, DEFAULTS)), "days")
    stages = {days: row["stage"] for days, row in found.items()}
    assert stages == {0: 0, 89: 0, 90: 90, 180: 180, 364: 180, 365: 365, 540: 540, 9999: 540, None: None}
