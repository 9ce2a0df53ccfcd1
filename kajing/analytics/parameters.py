"""Every threshold the engine uses, as one frozen value. `config` fills it from the dated rows of the reference room."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kajing.analytics.thresholds import LEVELS, Misfit, days, ends_of, fed, level, row, share

GRADES = LEVELS[1:]


@dataclass(frozen=True, slots=True)
class Parameters:
    """Defaults with their source in the domain reference; money in fen, times in days unless a name says otherwise.

    `row`, `days`, `share`, `level` name the row of the reference room that feeds a value, and its limits.
    """

    # §1.3–1.4 activity and sleep
    active_window_days: int = days("active_card_window", 90)  # 活卡率 window W, default 90 [P]
    dormant_after_days: int = days("dormant_after", 90)  # first dormancy stage, §1.11
    sleeping_months: int = row("long_sleep_months", 18, least=1, most=120)  # RG035: without customer-initiated use [N]
    sleeping_soon_months: int = row("sleeping_soon_months", 3, least=1, most=12)  # watch list [P]
    repayment_counts_as_use: bool = row("repayment_counts_as_use", True)  # made by the customer, §1.3 [P]

    # §1.6, §1.8, §1.9 delinquency
    tolerance_amount: int = row("grace_amount", 1000, most=100_000)  # 容差: ¥10 unpaid counts as paid, CBA [M]
    grace_days: int = row("grace_days", 3, most=30)  # 容时: at least 3 days [M]
    minimum_only_ratio: float = row("min_pay_tolerance", 1.10, least=1, most=5)  # R2: at most 110 % of its minimum [P]
    technical_overdue_days: int = row("technical_overdue_exempt", 7, most=30)  # RG032: technical arrears are none [V]
    # The last day of special mention, substandard and doubtful: RG025–028 and RG029–031 [V]
    card_class_days: tuple[int, ...] = (90, 120, 180)
    asset_class_days: tuple[int, ...] = (90, 270, 360)
    full_payment_ratio: float = share("full_payment_ratio", 0.995)  # rounding and small differences are no revolving
    low_payment_ratio: float = share("low_payment_ratio", 0.10)  # a month paid under a tenth, risk design 4.2

    # §1.3 night
    night_from_hour: int = 23  # F5: 23:00–06:00 [P]
    night_until_hour: int = 6

    # §1.11, §4 and risk design 4.2: customer features
    # cash, quasi-cash, wire, betting
    cash_like_mccs: tuple[str, ...] = row("cash_like_mccs", ("6010", "6011", "6051", "4829", "7995"), pattern=r"\d{4}")
    risky_attention_from: int = row("risky_attention_from", 2, least=1, most=3)  # C4: cash-out attention of an MCC
    round_sum_from: int = row("round_sum_from", 100_000)  # C1: round sums count from ¥1 000 [P]
    respend_ratio: float = share("respend_ratio", 0.80)  # C5: share of a repayment spent again … [P]
    respend_hours: int = row("respend_hours", 24, least=1, most=24)  # … within a day [P]

    # §4 C3, C6, F1, F2 and risk design 4.2: signals of single transactions
    signal_days: int = days("signal_days", 7, most=31)  # how many days' transactions carry signals
    merchant_from: int = row("same_merchant_from", 100_000)  # C3: amounts that count at one merchant [P]
    # C6: lines one stays just below [P]
    review_lines: tuple[int, ...] = row("review_lines", (500_000, 1_000_000, 5_000_000), least=1, rising=True)
    just_below_share: float = share("just_below_share", 0.05)
    probe_amount: int = row("probe_amount", 1_000)  # F2: under ¥10 is a probe [P]
    large_after_probe: int = row("large_after_probe", 100_000)  # what a thief takes when the probe went well [P]
    travel_kmh: float = row("travel_kmh", 900.0, least=100, most=5_000)  # F1 [P]
    travel_from: int = row("travel_from", 10_000)  # nobody travels for less
    travel_min_km: float = row("travel_min_km", 100.0, most=5_000)  # city centres are no better than that
    novel_days: int = days("novel_days", 180, least=60, most=365)  # what was not seen for so long is new
    prior_weight: int = row("prior_weight", 3, most=1_000)  # purchases the portfolio's mean is worth in a card's own
    least_spread: float = share("least_spread", 0.1, least=0.01)  # MAD at least, of the median
    least_log_spread: float = row("least_log_spread", 0.25, least=0.01, most=5)  # the same of ln(amount)

    # risk design 4.2: merchant risk from confirmed cases
    label_delay_days: int = days("label_delay_days", 7, most=60)  # D: what is newer is not counted
    merchant_weight: int = row("merchant_weight", 4, least=1, most=1_000)  # k: what the portfolio's rate is worth
    new_account_days: int = days("new_account_days", 90)

    # §4 alerts
    missed_payment_days: tuple[int, ...] = days("missed_payment_days", (1, 7, 30, 60, 90), size=5, rising=True)  # R3
    missed_payment_severities: tuple[str, ...] = row(
        "missed_payment_severities", ("L1", "L2", "L3", "L4", "L4"), size=5, among=GRADES
    )
    utilisation_jump_points: float = row("utilisation_jump_points", 0.30, most=5)  # R1: +30 points in 30 days …
    utilisation_jump_to: float = row("utilisation_jump_level", 0.80, most=5)  # … to at least 80 %
    min_pay_streak_from: int = row("min_pay_streak", 3, least=1, most=24)  # R2: L1 from 3 cycles, L2 from 6
    min_pay_streak_high: int = row("min_pay_streak_severe", 6, least=1, most=24)
    outlier_z: float = row("amount_outlier_mads", 6.0, most=1_000)  # scaled MADs above the customer's own median [P]
    # … and that on ln(amount) too: amounts are skewed, 6 MADs alone are every tenth purchase
    outlier_log_z: float = row("amount_outlier_log_mads", 2.5, most=100)
    # … and above the largest purchase of the year before by half
    outlier_times_largest: float = row("amount_outlier_times_largest", 1.5, most=100)
    outlier_min_amount: int = row("amount_outlier_floor", 100_000)
    outlier_min_history: int = row("amount_outlier_history", 10, least=1, most=1_000)  # purchases in the baseline
    outlier_days: int = days("amount_outlier_days", 7, most=31)  # how long an unusual purchase stays in the list
    silence_p: float = share("silence_p", 0.01)  # G1.3: chance of so long a gap in the customer's own rhythm [P]
    silence_min_gaps: int = row("silence_history", 8, least=1, most=300)
    silence_min_days: int = days("silence_days_from", 14)
    silence_max_days: int = days("silence_days_until", 90)  # beyond it the customer is dormant, which is another matter
    silence_min_value: int = row("silence_min_value", 50_000)  # a month of the last year, below nobody need call [P]

    # §4 C1–C10: cash-out
    level_round_sums: str = level("round_sums", "L1")
    round_sums_from: int = row("round_sums_from", 3, least=1, most=100)  # C1: three in 30 days …
    round_sums_share: float = share("round_sums_share", 0.60)  # … and of the spend of 30 days
    level_limit_emptied: str = level("limit_emptied", "L2")
    limit_emptied_share: float = row(
        "limit_emptied_share", 0.90, least=0.01, most=2
    )  # C2: spent in a day, of the limit
    limit_emptied_cycles: int = row("limit_emptied_cycles", 2, least=1, most=3)  # … in so many of the last three cycles
    level_same_merchant: str = level("same_merchant", "L2")
    same_merchant_times: int = row("same_merchant_times", 3, least=2, most=100)  # C3: within 7 days
    level_risky_trades: str = level("risky_trades", "L2")
    risky_trades_share: float = share("risky_trades_share", 0.85)  # C4, of the purchases of 30 days; §4 has 0.50 …
    risky_trades_from: int = row("risky_trades_from", 1_000_000)  # … and at least …
    risky_trades_ticket: int = row("risky_trades_ticket", 100_000)  # … and a mean purchase of
    level_repay_respend: str = level("repay_respend", "L3")
    respend_cycles: int = row("respend_cycles", 2, least=1, most=3)  # C5: of the last three
    level_split_amounts: str = level("split_amounts", "L2")
    split_times: int = row("split_times", 3, least=2, most=100)  # C6: at one merchant within the hour …
    split_from: int = row("split_from", 100_000)  # … each at least
    level_terminal_jump: str = level("terminal_jump", "L2")
    terminal_changes: int = row("terminal_changes", 3, least=2, most=100)  # C7: trades or cities of a terminal in a day
    terminal_from: int = row("terminal_from", 100_000)  # … and a purchase there of at least
    level_odd_hour: str = level("odd_hour", "L1")
    odd_hour_from: int = row("odd_hour_from", 500_000)  # C8
    odd_hours: tuple[int, ...] = row("odd_hours", (0, 5), most=24, size=2, rising=True)  # from … until
    closed_at_night_mccs: tuple[str, ...] = row("closed_at_night_mccs", ("5039", "5211", "5712"), pattern=r"\d{4}")
    level_income_mismatch: str = level("income_mismatch", "L1")
    income_times: float = row("income_mismatch_times", 3.0, least=0.5, most=100)  # C9: monthly incomes, twice running
    level_circular_flow: str = level("circular_flow", "L4")
    circular_accounts: int = row("circular_flow_accounts", 5, least=2, most=1_000)  # C10: paid by one third party …
    circular_days: int = days("circular_flow_days", 90, most=365)  # … within so many days

    # §4 F1–F7: fraud
    level_impossible_travel: str = level("impossible_travel", "L4")
    level_card_testing: str = level("card_testing", "L4")
    card_testing_probes: int = row("card_testing_probes", 3, least=1, most=100)  # F2: in ten minutes, then a large one
    level_new_device: str = level("new_device", "L3")
    new_device_z: float = row("new_device_z", 3.0, most=1_000)  # F3: robust deviations of the amount
    level_abroad_first: str = level("abroad_first", "L2")
    abroad_first_from: int = row("abroad_first_from", 300_000)  # F4
    level_night_burst: str = level("night_burst", "L2")
    night_burst_times: int = row("night_burst_times", 4, least=2, most=100)  # F5: in seven hours of a night
    level_dormant_wake: str = level("dormant_wake", "L2")
    dormant_wake_days: int = days("dormant_wake_days", 180, most=365)  # F6: without use …
    dormant_wake_from: int = row("dormant_wake_from", 500_000)  # … and then at once
    level_refund_storm: str = level("refund_storm", "L1")
    refund_storm_times: int = row("refund_storm_times", 3, least=1, most=100)  # F7: in 7 days
    # §1.8 首期逾期
    level_first_payment: str = level("first_payment", "L2")
    level_first_payment_30: str = level("first_payment_30", "L3")

    # §1.11 segments, customer value
    dormancy_stages: tuple[int, ...] = days("dormancy_stages", (90, 180, 365, 540), rising=True)
    new_customer_days: int = days("new_customer_days", 90)
    fading_ratio: float = share("fading_ratio", 0.50)  # 流失预警: spend at most half of the own earlier mean
    growing_ratio: float = row("growing_ratio", 1.50, least=1, most=10)  # 上升: at least so much of it
    large_purchase_amount: int = row("large_purchase_amount", 500_000)  # an event worth a line in the timeline

    # The engine itself: how long a night may start from the one before, until everything is computed whole again
    exact_pass_days: int = days("exact_pass_days", 28, most=92)
    # how far back transactions are remembered: totals tell 24 months, windows look back 455 days at most
    memory_days: int = days("memory_days", 800, least=770)

    # §4 risk score: points by signal, see features.score [P]
    risk_half_life: int = days("risk_half_life", 30)  # days in which arrears made good lose half of their points
    # by missed_payment_days
    risk_missed_points: tuple[float, ...] = row(
        "risk_missed_payment_points", (15.0, 30.0, 50.0, 70.0, 85.0), size=5, most=100
    )
    # points of a signal by the level of its alert, L1 … L5
    severity_weights: tuple[float, ...] = row("severity_weights", (10.0, 20.0, 35.0, 55.0, 80.0), size=5, most=100)
    risk_use_levels: tuple[float, ...] = row("risk_use_levels", (0.80, 1.00), size=2, most=10, rising=True)
    risk_use_points: tuple[float, ...] = row("risk_use_points", (12.0, 20.0), size=2, most=100)
    risk_cash_share: float = share("risk_cash_share", 0.50)
    risk_cash_points: float = row("risk_cash_points", 8.0, most=100)
    risk_little_paid_ratio: float = share("risk_little_paid_ratio", 0.10)  # of what was billed in three months
    risk_little_paid_points: float = row("risk_little_paid_points", 6.0, most=100)
    band_watch: int = 30
    band_high: int = 60
    band_severe: int = 80

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> Parameters:
        """Our values from the reference room's rows by key; a key that is missing keeps its default. Raises Misfit.

        Decimals become floats: they are thresholds of comparisons, never money.
        """
        found = cls(**fed(cls, policy), **_night(policy), **_bands(policy), **_classes(policy))
        for key, earlier, later in (
            ("min_pay_streak_severe", found.min_pay_streak_from, found.min_pay_streak_high),
            ("silence_days_until", found.silence_min_days, found.silence_max_days),
        ):
            if later < earlier:
                raise Misfit(key, "least", least=earlier)
        if found.dormant_wake_days > found.novel_days:
            raise Misfit("dormant_wake_days", "most", most=found.novel_days)
        return found

    def as_json(self) -> str:
        """The values as stable text, stored with every state."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @property
    def version(self) -> str:
        """A short name of these values, stored with every alert as its rule version."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:12]


# --- values that several rows, or one row with several values, feed -----------------------------------

COMBINED = {
    "night_from_hour": "night_hours",
    "night_until_hour": "night_hours",
    "band_watch": "risk_band_floors",
    "band_high": "risk_band_floors",
    "band_severe": "risk_band_floors",
    "card_class_days": "card_class_special_mention_dpd",
    "asset_class_days": "asset_substandard_dpd",
}
CARD_CLASSES = ("card_class_special_mention_dpd", "card_class_substandard_dpd", "card_class_loss_dpd")  # its "over"
ASSET_CLASSES = ("asset_substandard_dpd", "asset_doubtful_dpd", "asset_loss_dpd")
KEYS_OF_COMBINED = frozenset({*COMBINED.values(), *CARD_CLASSES, *ASSET_CLASSES})


def _night(policy: Mapping[str, Any]) -> dict[str, Any]:
    if "night_hours" not in policy:
        return {}
    ends = ends_of(policy["night_hours"])
    if not all(isinstance(end, dt.time) and end.minute == 0 for end in ends) or ends[0] <= ends[1]:
        raise Misfit("night_hours", "night")
    return {"night_from_hour": ends[0].hour, "night_until_hour": ends[1].hour}


def _bands(policy: Mapping[str, Any]) -> dict[str, Any]:
    if "risk_band_floors" not in policy:
        return {}
    floors = policy["risk_band_floors"]
    whole = isinstance(floors, tuple) and all(isinstance(one, int) and not isinstance(one, bool) for one in floors)
    if not whole or len(floors) != 4 or floors[0] != 0 or sorted(set(floors)) != list(floors) or floors[-1] > 100:
        raise Misfit("risk_band_floors", "floors")
    return dict(zip(("band_watch", "band_high", "band_severe"), floors[1:], strict=True))


def _classes(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The last days of the classes by days past due: each ends after the one before it."""
    found = {}
    for name, keys in (("card_class_days", CARD_CLASSES), ("asset_class_days", ASSET_CLASSES)):
        if set(keys) <= set(policy):
            ends = [policy[key] if not hasattr(policy[key], "high") else policy[key].high for key in keys]
            for before, (key, end) in zip([0, *ends], zip(keys, ends, strict=True), strict=False):
                if not isinstance(end, int) or isinstance(end, bool):
                    raise Misfit(key, "days")
                if end <= before:
                    raise Misfit(key, "least", least=before + 1)
            found[name] = tuple(ends)
    return found


DEFAULTS = Parameters()
