"""The arithmetic of the order, checked against numbers worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from kajing.sales.ranking import Record, Terms, in_order, interval, propensity, score
from kajing.sales.values import FORMULAS, Rates

RATES = Rates(
    interchange=Decimal("0.0045"), instalment=Decimal("0.06"), borrowing=Decimal("0.3"), loss=Decimal("0.75"),
    default={"M0": Decimal("0.01"), "M1": Decimal("0.06")}, usual_spend=150_000, abroad=Decimal("0.012"),
    goodwill=Decimal("0.05"),
)  # fmt: skip


def test_without_observations_the_prior_stands() -> None:
    assert propensity(Decimal("0.12"), 50, Record(), Record()) == Decimal("0.1200")


def test_observations_move_the_prior_by_their_weight() -> None:
    # (0.10 x 50 + 30) / (50 + 100) = 35 / 150 = 0.2333
    assert propensity(Decimal("0.10"), 50, Record(100, 30), Record()) == Decimal("0.2333")
    # then the tier: (0.23333 x 50 + 20) / (50 + 50) = 31.6667 / 100
    assert propensity(Decimal("0.10"), 50, Record(100, 30), Record(50, 20)) == Decimal("0.3167")


def test_many_observations_drown_the_prior() -> None:
    assert abs(propensity(Decimal("0.90"), 50, Record(100_000, 10_000), Record()) - Decimal("0.1")) < Decimal("0.001")


@pytest.mark.parametrize(
    ("switched_on", "expected"),
    [
        ("PCVL", 3_600),  # 0.2 x 1.5 x 6000 x 2
        ("CVL", 18_000),
        ("PVL", 2_400),
        ("PCV", 1_800),
        ("PCL", 6_000),  # value off: 10,000 fen for everybody
        ("", 10_000),
    ],
)
def test_each_term_can_be_switched_off(switched_on: str, expected: int) -> None:
    terms = Terms(Decimal("0.2"), Decimal("1.5"), 6_000, Decimal(2))
    assert score(terms, switched_on) == expected


def test_the_order_is_by_score_and_repeats_itself() -> None:
    assert in_order({"b": 5, "a": 5, "c": 9, "d": 0}) == ["c", "a", "b"]


def test_wilson_interval_of_a_textbook_case() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662, 0 of 20 gives 0 to 0.1611."""
    low, high = interval(Record(263, 81)) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)
    low, high = interval(Record(20, 0)) or (0, 0)
    assert (round(low, 4), round(high, 4)) == (0.0, 0.1611)
    assert interval(Record()) is None


@pytest.mark.parametrize(
    ("formula", "figures", "fen"),
    [
        ("first_spend", {}, 8_100),  # 1500 yuan x 12 x 0.45 %
        ("year_spend", {"spend_365d": 2_000_000}, 9_000),
        ("lost_spend", {"spend_prev_30d": 500_000, "spend_30d": 100_000}, 21_600),
        ("lost_spend", {"spend_prev_30d": 100_000, "spend_30d": 500_000}, 0),
        ("instalment", {"balance": 1_000_000}, 18_000),
        ("instalment", {"balance": -5_000}, 0),
        ("avoided_loss", {"balance": 1_000_000, "bucket": "M1"}, 45_000),
        ("avoided_loss", {"balance": 1_000_000, "bucket": "M9"}, 0),
        ("abroad", {"spend_90d": 1_000_000, "cross_border_share_90d": 0.25}, 12_000),
        ("goodwill", {"spend_365d": 4_000_000}, 900),
        ("goodwill", {"spend_365d": None}, 0),
    ],
)
def test_values_are_products_one_can_check(formula: str, figures: dict[str, object], fen: int) -> None:
    worth = FORMULAS[formula](figures, RATES)
    assert worth.fen == fen
    assert worth.said
