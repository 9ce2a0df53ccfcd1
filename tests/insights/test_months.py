"""Metrics of past months on the page and over the API, from a small warehouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import Warehouse
from kajing.insights.selectors import metrics as selectors
from kajing.org.models import Person
from tests.analytics.conftest import ACCOUNT, CARD, CUSTOMER, keys, load, purchase, warehouse  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SignIn = Callable[[Person], Client]


@pytest.fixture
def published(
    load: Callable[..., object],  # noqa: F811
    warehouse: Warehouse,  # noqa: F811
    risk: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> Person:
    """One customer who spends 100 yuan in each month from July on; the risk officer sees it."""
    load("customers", [CUSTOMER])
    load("accounts", [ACCOUNT])
    load("cards", [CARD])
    load("transactions", [purchase(f"T{m}", f"2026-{m:02d}-01", "100.00") for m in range(7, 12)])
    state, _steps = build(warehouse)
    warehouse.publish(state)
    monkeypatch.setattr(selectors, "warehouse", lambda: warehouse)
    return risk


def test_the_api_tells_months_and_month_ends(published: Person, sign_in: SignIn) -> None:
    browser = sign_in(published)
    told = browser.get("/api/v1/metrics/spend_per_card_month?by=month").json()
    rows = {row["keys"]["month"]: row for row in told["rows"]}
    assert len(rows) == 24
    assert (rows["2026-06-01"]["numerator"], rows["2026-06-01"]["value"]) == (None, None)
    assert (rows["2026-07-01"]["numerator"], rows["2026-07-01"]["denominator"]) == (20_000, 2)
    past = browser.get("/api/v1/metrics/spend_per_card_month?as_of=2026-08-31").json()
    assert (past["as_of"], past["rows"][0]["value"]) == ("2026-08-31", 10_000)


def test_a_day_without_figures_is_answered_with_the_days_there_are(published: Person, sign_in: SignIn) -> None:
    answer = sign_in(published).get("/api/v1/metrics/spend_per_card_month?as_of=2026-06-30")
    assert answer.status_code == 404
    assert "2026-11-22" in answer.json()["detail"]
    assert "2026-07-31, 2026-08-31, 2026-09-30, 2026-10-31" in answer.json()["detail"]


def test_the_page_draws_the_line_and_says_what_is_not_known(published: Person, sign_in: SignIn) -> None:
    page = sign_in(published).get("/insights/spend_per_card_month/?by=month").content.decode()
    assert 'id="months-o"' in page
    assert "2026年7月" in page
    assert page.count("数据不足，无法确定") == 19
