"""Every threshold the engine uses, as one frozen value. `config` fills it from the dated rows of the reference room."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameters:
    """Defaults with their source in the domain reference; money in fen, times in days unless a name says otherwise."""

    # §1.3–1.4 activity and sleep
    active_window_days: int = 90  # 活卡率 window W, default 90 [P]
    dormant_after_days: int = 90  # first dormancy stage, §1.11
    sleeping_months: int = 18  # RG035: 18 months without customer-initiated use [N]
    sleeping_soon_months: int = 3  # watch list of cards reaching the line in 1–3 months [P]
    repayment_counts_as_use: bool = True  # a repayment made by the customer is customer-initiated, §1.3 [P]

    # §1.6, §1.8 delinquency
    tolerance_amount: int = 1000  # 容差: ¥10 unpaid counts as paid, CBA convention [M]
    grace_days: int = 3  # 容时: at least 3 days [M]
    minimum_only_ratio: float = 1.10  # R2: a cycle paid at most 110 % of its minimum [P]
    technical_overdue_days: int = 7  # ASSET_2023: technical arrears up to 7 days are no arrears [V]

    # §1.3 night and baselines
    night_from_hour: int = 23  # F5: 23:00–06:00 [P]
    night_until_hour: int = 6

    # §1.11, §4 and risk design 4.2: customer features
    cash_like_mccs: tuple[str, ...] = ("6010", "6011", "6051", "4829", "7995")  # cash, quasi-cash, wire, betting
    round_sum_from: int = 100_000  # C1: round sums count from ¥1 000 [P]
    respend_ratio: float = 0.80  # C5: share of a repayment spent again … [P]
    respend_seconds: int = 86_400  # … within 24 hours [P]

    # §4 C3, C6, F1, F2 and risk design 4.2: signals of single transactions
    signal_days: int = 7  # how many days' transactions carry signals
    merchant_from: int = 100_000  # C3: amounts that count at one merchant [P]
    review_lines: tuple[int, ...] = (500_000, 1_000_000, 5_000_000)  # C6: lines one stays just below [P]
    just_below_share: float = 0.05
    probe_amount: int = 1_000  # F2: under ¥10 is a probe [P]
    large_after_probe: int = 100_000  # what a thief takes when the probe went well [P]
    travel_kmh: float = 900.0  # F1 [P]
    travel_min_km: float = 100.0  # city centres are no better than that

    # risk design 4.2: merchant risk from confirmed cases
    label_delay_days: int = 7  # D: what is newer is not counted, its labels have not come
    merchant_weight: int = 4  # k: transactions the portfolio's rate is worth
    new_account_days: int = 90

    # §4 alerts
    missed_payment_days: tuple[int, ...] = (1, 7, 30, 60, 90)  # R3
    missed_payment_severities: tuple[str, ...] = ("L1", "L2", "L3", "L4", "L4")
    utilisation_jump_points: float = 0.30  # R1: +30 points in 30 days …
    utilisation_jump_to: float = 0.80  # … to at least 80 %
    min_pay_streak_from: int = 3  # R2: L1 from 3 cycles, L2 from 6
    min_pay_streak_high: int = 6
    outlier_z: float = 6.0  # scaled MADs above the customer's own median [P]
    # … and that on ln(amount) too: amounts are skewed, 6 MADs alone are every tenth purchase
    outlier_log_z: float = 2.5
    outlier_times_largest: float = 1.5  # and above the largest purchase of the year before by half
    outlier_min_amount: int = 100_000
    outlier_min_history: int = 10  # purchases in the baseline
    outlier_days: int = 7  # how long an unusual purchase stays in the list
    silence_p: float = 0.01  # G1.3: chance of so long a gap in the customer's own rhythm [P]
    silence_min_gaps: int = 8
    silence_min_days: int = 14
    silence_max_days: int = 90  # beyond it the customer is dormant, which is another matter
    silence_min_value: int = 50_000  # spend of a month of the last year, below which nobody need call [P]

    # §1.11 segments, customer value
    dormancy_stages: tuple[int, ...] = (90, 180, 365, 540)
    new_customer_days: int = 90
    fading_ratio: float = 0.50  # 流失预警: spend at most half of the own earlier mean
    large_purchase_amount: int = 500_000  # an event worth a line in the timeline

    # The engine itself: how long a night may start from the one before, until everything is computed whole again
    exact_pass_days: int = 28

    # §4 risk score: points by signal, see features.score [P]
    risk_half_life: int = 30  # days in which arrears made good lose half of their points
    risk_missed_points: tuple[float, ...] = (15, 30, 50, 70, 85)  # by missed_payment_days
    severity_weights: tuple[float, ...] = (10, 20, 35, 55, 80)  # points of a signal by the level of its alert, L1 … L5
    risk_use_levels: tuple[float, ...] = (0.80, 1.00)
    risk_use_points: tuple[float, ...] = (12, 20)
    risk_cash_share: float = 0.50
    risk_cash_points: float = 8
    risk_little_paid_ratio: float = 0.10  # of what was billed in three months
    risk_little_paid_points: float = 6
    band_watch: int = 30
    band_high: int = 60
    band_severe: int = 80

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> Parameters:
        """Our values from the reference room's rows by key; a key that is missing keeps its default.

        Decimals become floats: they are thresholds of comparisons, never money.
        """
        found: dict[str, Any] = {}
        for name, key in POLICY_KEYS.items():
            if key in policy:
                found[name] = _plain(policy[key])
        night = policy.get("night_hours")
        if night is not None:
            ends = [getattr(night, end, None) for end in ("start", "end", "first", "last", "low", "high")]
            hours = [end.hour for end in ends if isinstance(end, dt.time)]
            if len(hours) == 2:
                found["night_from_hour"], found["night_until_hour"] = hours
        floors = policy.get("risk_band_floors")
        if isinstance(floors, tuple) and len(floors) == 4:
            found["band_watch"], found["band_high"], found["band_severe"] = (int(one) for one in floors[1:])
        return cls(**found)

    def as_json(self) -> str:
        """The values as stable text, stored with every state."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @property
    def version(self) -> str:
        """A short name of these values, stored with every alert as its rule version."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    return float(value) if isinstance(value, Decimal) else value


# field → key of the reference room
POLICY_KEYS = {
    "active_window_days": "active_card_window",
    "dormant_after_days": "dormant_after",
    "sleeping_months": "long_sleep_months",
    "sleeping_soon_months": "sleeping_soon_months",
    "tolerance_amount": "grace_amount",
    "grace_days": "grace_days",
    "minimum_only_ratio": "min_pay_tolerance",
    "missed_payment_days": "missed_payment_days",
    "missed_payment_severities": "missed_payment_severities",
    "utilisation_jump_points": "utilisation_jump_points",
    "utilisation_jump_to": "utilisation_jump_level",
    "min_pay_streak_from": "min_pay_streak",
    "min_pay_streak_high": "min_pay_streak_severe",
    "outlier_z": "amount_outlier_mads",
    "outlier_min_amount": "amount_outlier_floor",
    "outlier_min_history": "amount_outlier_history",
    "silence_p": "silence_p",
    "silence_min_gaps": "silence_history",
    "silence_min_days": "silence_days_from",
    "silence_max_days": "silence_days_until",
    "silence_min_value": "silence_min_value",
    "risk_half_life": "risk_half_life",
    "risk_missed_points": "risk_missed_payment_points",
    "severity_weights": "severity_weights",
    "risk_use_levels": "risk_use_levels",
    "risk_use_points": "risk_use_points",
    "risk_cash_share": "risk_cash_share",
    "risk_cash_points": "risk_cash_points",
    "risk_little_paid_ratio": "risk_little_paid_ratio",
    "risk_little_paid_points": "risk_little_paid_points",
}
DEFAULTS = Parameters()
