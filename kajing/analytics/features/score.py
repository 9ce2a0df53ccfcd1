"""risk_score and risk_band (§4): min(100, Σ points × decay), each part published so that a score can be explained.

A signal that holds tonight has age 0. Arrears made good fade from the day they were, by half in each half-life.
Points, levels and the half-life are policy (`Parameters`); parts are rounded to a tenth so that they add up as shown.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters
from kajing.analytics.portable import half_up

PARTS = ("risk_arrears", "risk_use", "risk_jump", "risk_streak", "risk_cash", "risk_little_paid")
MOST = 100


def risk(customers: Table, cycles: Table, as_of: date, p: Parameters) -> Table:
    """Add PARTS, risk_score 0–100 and risk_band."""
    c = customers.left_join(_made_good(cycles, as_of, p), "customer_id").drop("customer_id_right")
    jump = ((c.utilisation - c.utilisation_30d_ago) >= p.utilisation_jump_points) & (
        c.utilisation >= p.utilisation_jump_to
    )
    points: dict[str, Any] = {
        "risk_arrears": ibis.greatest(_missed(c.dpd, p), c.faded.fill_null(0.0)),
        "risk_use": _steps(c.utilisation, p.risk_use_levels, p.risk_use_points),
        "risk_jump": _if(jump, _weight("L2", p)),
        "risk_streak": _steps(
            c.min_pay_streak, (p.min_pay_streak_from, p.min_pay_streak_high), (_weight("L1", p), _weight("L2", p))
        ),
        "risk_cash": _if(c.cash_share_90d > p.risk_cash_share, p.risk_cash_points),
        "risk_little_paid": _if(c.payment_ratio_3m < p.risk_little_paid_ratio, p.risk_little_paid_points),
    }
    tenths = {name: half_up(points[name].cast("float64") * 10.0).cast("int64") for name in PARTS}
    rows = c.mutate(**tenths).drop("faded")
    total: Any = ibis.literal(0, "int64")
    for name in PARTS:
        total = total + rows[name]
    rows = rows.mutate(
        **{name: rows[name].cast("float64") / 10.0 for name in PARTS},
        risk_score=ibis.least(total, MOST * 10).cast("float64") / 10.0,
    )
    band = ibis.cases(
        (rows.risk_score >= p.band_severe, "SEVERE"),
        (rows.risk_score >= p.band_high, "HIGH"),
        (rows.risk_score >= p.band_watch, "WATCH"),
        else_="LOW",
    )
    return rows.mutate(risk_band=band)


def _made_good(cycles: Table, as_of: date, p: Parameters) -> Table:
    """customer_id → faded: the worst missed payment that was made good, by the days it had reached, decayed."""
    met = cycles.filter(cycles.missed & cycles.met_on.notnull())
    reached = met.met_on.delta(met.due_on, unit="day")
    age = ibis.literal(as_of).cast("date").delta(met.met_on, unit="day").cast("float64")
    decay = ibis.literal(0.5) ** (age / float(p.risk_half_life))
    rows = met.select("customer_id", faded=_missed(reached, p) * decay)
    return rows.group_by("customer_id").agg(faded=rows.faded.max())


def _missed(days: Any, p: Parameters) -> Any:
    return _steps(days, p.missed_payment_days, p.risk_missed_points)


def _steps(value: Any, levels: tuple[Any, ...], points: tuple[Any, ...]) -> Any:
    """The points of the highest level reached, 0.0 below the first or without a value."""
    reached = sorted(zip(levels, points, strict=True), reverse=True)
    return ibis.cases(*[(value >= level, float(worth)) for level, worth in reached], else_=0.0)


def _if(holds: Any, points: float) -> Any:
    return holds.fill_null(False).ifelse(float(points), 0.0)


def _weight(severity: str, p: Parameters) -> float:
    return p.severity_weights[int(severity[1:]) - 1]
