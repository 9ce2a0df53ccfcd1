"""The risk score (domain §4): points that add up, arrears that fade by half in a half-life, policy that decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kajing.analytics.features import score
from kajing.analytics.parameters import DEFAULTS, Parameters
from tests.analytics.spec.engine import answer, day, table

CUSTOMER = {
    "customer_id": "string", "dpd": "int64", "utilisation": "float64", "utilisation_30d_ago": "float64",
    "min_pay_streak": "int64", "cash_share_90d": "float64", "payment_ratio_3m": "float64",
}  # fmt: skip
CYCLE = {"customer_id": "string", "missed": "boolean", "due_on": "date", "met_on": "date"}


def scored(*rows: tuple[Any, ...], cycles: tuple[Any, ...] = (), p: Parameters = DEFAULTS) -> dict[str, dict[str, Any]]:
    made = table(CYCLE, *cycles or [("nobody", False, "2026-01-01", None)])
    return answer(score.risk(table(CUSTOMER, *rows), made, day("2026-11-22"), p), "customer_id")


@pytest.mark.parametrize(
    ("row", "points", "band"),
    [
        ((0, None, None, None, None, None), 0, "LOW"),
        ((1, 0.1, 0.1, 0, 0.0, 1.0), 15, "LOW"),
        ((30, 0.1, 0.1, 0, 0.0, 1.0), 50, "WATCH"),
        ((90, 0.1, 0.1, 0, 0.0, 1.0), 85, "SEVERE"),
        ((0, 0.85, 0.5, 3, 0.6, 0.05), 12 + 20 + 10 + 8 + 6, "WATCH"),
        ((0, 0.7, 0.1, 6, 0.0, 0.05), 20 + 6, "LOW"),
        ((95, 1.2, 0.5, 6, 0.6, 0.0), 100, "SEVERE"),
    ],
)
def test_points_add_up(row, points, band):
    found = scored(("C", *row))["C"]
    assert (found["risk_score"], found["risk_band"]) == (points, band)
    assert found["risk_score"] == min(100, sum(found[part] for part in score.PARTS))


def test_arrears_made_good_fade_by_half_in_thirty_days():
    cycles = (
        ("today", True, "2026-10-13", "2026-11-22"),  # 40 days late
        ("month", True, "2026-09-13", "2026-10-23"),
        ("season", True, "2026-07-15", "2026-08-24"),
        ("twice", True, "2026-10-20", "2026-11-20"),
        ("twice", True, "2026-07-15", "2026-08-24"),
        ("still", True, "2026-11-01", None),
    )
    fine = (0, 0.1, 0.1, 0, 0.0, 1.0)
    found = scored(
        *[(name, *fine) for name in ("today", "month", "season", "twice")], ("still", 21, *fine[1:]), cycles=cycles
    )
    assert [found[name]["risk_arrears"] for name in ("today", "month")] == [50, 25]
    assert found["season"]["risk_arrears"] == pytest.approx(6.25, abs=0.051)
    assert found["twice"]["risk_arrears"] == pytest.approx(50 * 0.5 ** (2 / 30), abs=0.05)
    assert found["still"]["risk_score"] == 30


def test_policy_decides():
    p = replace(DEFAULTS, risk_missed_points=(1, 2, 3, 4, 5), severity_weights=(7, 9, 1, 1, 1), risk_half_life=10)
    cycles = (("C", True, "2026-09-13", "2026-10-23"),)
    assert scored(("C", 0, 0.1, 0.1, 3, 0.0, 1.0), cycles=cycles, p=p)["C"]["risk_score"] == pytest.approx(7 + 0.4)
    given = Parameters.of({"risk_missed_payment_points": (1, 2, 3, 4, 5), "risk_half_life": 10})
    assert (given.risk_missed_points, given.risk_half_life) == ((1, 2, 3, 4, 5), 10)
