"""The metrics dictionary before any night: pages and API answer, and say that there are no figures."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kajing.insights import selectors
from kajing.insights.words import WORDS
from kajing.org.models import Person

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
CONTRACT = (
    "cards_issued cards_valid activation_rate_30d activation_rate_90d first_use_rate_30d active_card_rate_90d "
    "active_account_rate_month spend_per_card_month sleeping_ratio utilisation delinquency_balance_by_bucket "
    "overdue_30_rate roll_rate entry_rate fpd30 attrition_rate"
).split()


def test_the_dictionary_has_the_contracts_metrics_with_words_for_each() -> None:
    assert set(CONTRACT) <= set(selectors.names())
    assert set(CONTRACT) <= WORDS.keys()
    assert all(WORDS[name].formula for name in CONTRACT)


def test_pages_before_the_first_night(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    assert "还没有数据" in browser.get("/insights/").content.decode()
    assert "逾期 30 天以上占比" in browser.get("/insights/overdue_30_rate/?by=unit").content.decode()
    assert browser.get("/insights/no-such-metric/").status_code == 404
    assert browser.get("/insights/utilisation/?by=shoe-size").status_code == 404


def test_the_api_lists_and_tells(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    listed = browser.get("/api/v1/metrics").json()["items"]
    assert {"name", "unit", "formula", "source"} <= listed[0].keys()
    told = browser.get("/api/v1/metrics/utilisation?by=unit,product").json()
    assert (told["name"], told["rows"]) == ("utilisation", [])
    assert browser.get("/api/v1/metrics/utilisation?by=shoe").status_code == 422
    assert browser.get("/api/v1/metrics/nothing").status_code == 404
    assert browser.get("/api/v1/metrics/utilisation?as_of=2020-01-01").status_code == 404


def test_cells_of_few_cases_are_marked() -> None:
    few, many = (selectors.Cell({}, "", 1, cases, 0.5) for cases in (selectors.SMALL - 1, selectors.SMALL))
    assert few.small
    assert not many.small


def test_metrics_are_not_for_everybody(admin: Person, sign_in: SignIn) -> None:
    assert sign_in(admin).get("/insights/").status_code == 403
