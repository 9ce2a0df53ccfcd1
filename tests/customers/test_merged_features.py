"""After a merge, features and the explanation of the score come from every number of the customer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from kajing.customers import selectors
from kajing.customers.models import MergedCustomer
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
PARTS = ("risk_arrears", "risk_use", "risk_jump", "risk_streak", "risk_cash", "risk_little_paid")


def night(**values: Any) -> dict[str, Any]:
    return {
        "credit_limit": 1_000_00, "balance": 100_00, "utilisation": 0.1, "utilisation_30d_ago": 0.1, "dpd": 0,
        "min_pay_streak": 0, "cash_share_90d": 0.0, "payment_ratio_3m": 1.0, "risk_score": 0.0, "spend_30d": 10_00,
        "spend_365d": 100_00, "mcc_spend_365d": {"FOOD": 100}, **dict.fromkeys(PARTS, 0.0), **values,
    }  # fmt: skip


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What the night knows, by customer number: the engine's reader answers from here."""
    from kajing.analytics import reading

    found: dict[str, dict[str, Any]] = {}
    monkeypatch.setattr(reading, "customer_features", lambda warehouse, number, as_of=None: found.get(number))
    monkeypatch.setattr(reading, "as_of", lambda warehouse: date(2026, 11, 22))
    return found


@pytest.fixture
def merged(ana, at):
    who = customer(ana)
    MergedCustomer.objects.create(old_id="C-OLD", survivor=who, merged_at=at, merged_by="x")
    return who


def test_features_are_those_of_all_numbers(merged, known):
    known[merged.pk] = night(spend_30d=500, balance=200_00)
    known["C-OLD"] = night(spend_30d=700, balance=600_00, dpd=12, risk_score=60.0)
    found = selectors.features(merged, None)
    assert found["as_of"] == date(2026, 11, 22)
    values = found["values"]
    assert (values["spend_30d"], values["spend_365d"], values["dpd"]) == (1200, 200_00, 12)
    assert values["utilisation"] == 0.4


def test_a_number_that_only_the_old_one_had(merged, known):
    known["C-OLD"] = night(spend_30d=700)
    assert selectors.features(merged, None)["values"]["spend_30d"] == 700


def test_the_worst_number_explains_the_score(merged, known, ana, sign_in):
    known[merged.pk] = night(risk_score=5.0, risk_use=5.0)
    known["C-OLD"] = night(risk_score=61.5, risk_arrears=61.5, dpd=12)
    score = selectors.score(merged)
    assert score.total == 61.5
    assert [points for _words, points in score.parts] == [61.5]
    assert score.numbers == [(merged.pk, 5.0), ("C-OLD", 61.5)]
    page = sign_in(ana).get(f"/customers/{merged.pk}/section/score/").content.decode()
    assert "C-OLD" in page and "61.5" in page


def test_one_number_needs_no_adding(ana, known):
    who = customer(ana)
    known[who.pk] = night(risk_score=5.0, risk_use=5.0)
    assert selectors.score(who).numbers == []
    assert selectors.score(customer(ana)) is None
    assert selectors.features(who, None)["values"]["spend_30d"] == 10_00
