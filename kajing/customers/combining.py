"""The figures of several customer numbers as those of one person, until the bank's feed merges them itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

Figures = Mapping[str, Any]

SUMS = (
    "credit_limit", "balance", "minimum_due", "overdue_amount", "spend_30d", "spend_prev_30d", "spend_90d",
    "spend_365d", "txn_count_30d", "txn_count_90d", "txn_count_365d",
)  # fmt: skip
MOST = ("dpd", "min_pay_streak", "active_days_90d", "last_purchase_on", "sleeping_on", "risk_score")
LEAST = ("recency_days", "next_due_on", "payment_ratio_3m", "silence_p")
SHARES = ("cross_border_share_90d", "night_share_90d", "cash_share_90d")  # weighted by spend_90d
# Worst last: the worse of two is what the person has.
RANKS: dict[str, Sequence[str]] = {
    "bucket": ("", "C", "M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+", "M7+"),
    "cycle_bucket": ("", "C", "M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+", "M7+"),
    "risk_band": ("", "LOW", "WATCH", "HIGH", "SEVERE"),
    "five_class_card2011": ("", "NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS"),
    "five_class_asset2023": ("", "NORMAL", "SPECIAL_MENTION", "SUBSTANDARD", "DOUBTFUL", "LOSS"),
}


def combined(rows: Sequence[Figures]) -> dict[str, Any]:
    """One row of figures from several: money and counts are added, the worst risk counts, shares are weighted.

    What cannot be added (segment, life stage, value, state) is that of the number with the most spend and balance.
    """
    main = max(rows, key=lambda row: (row.get("spend_365d") or 0) + (row.get("balance") or 0))
    found = dict(main)
    found |= {name: _over(sum, rows, name) for name in SUMS}
    found |= {name: _over(max, rows, name) for name in MOST} | {name: _over(min, rows, name) for name in LEAST}
    found |= {name: _share(rows, name) for name in SHARES}
    found |= {name: max((row.get(name) or "" for row in rows), key=_rank(order)) for name, order in RANKS.items()}
    limit = found["credit_limit"]
    found["utilisation"] = (found["balance"] or 0) / limit if limit else None
    weeks = zip_longest(*[list(row.get("spend_weeks") or []) for row in rows], fillvalue=0)
    found["spend_weeks"] = [sum(filter(None, week)) for week in weeks]
    return found


def _over(act: Any, rows: Iterable[Figures], name: str) -> Any:
    values = [row[name] for row in rows if row.get(name) is not None]
    return act(values) if values else None


def _share(rows: Sequence[Figures], name: str) -> float | None:
    told = [(row[name], row.get("spend_90d") or 0) for row in rows if row.get(name) is not None]
    weight = sum(spend for _share, spend in told)
    if not told:
        return None
    return sum(share * spend for share, spend in told) / weight if weight else max(share for share, _spend in told)


def _rank(order: Sequence[str]) -> Any:
    return lambda value: order.index(value) if value in order else len(order)
