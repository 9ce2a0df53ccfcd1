"""Every figure shown anywhere: name, unit, formula, source, numerator and denominator (domain §1.3, §1.8).

A group's ratio is Σ numerator ÷ Σ denominator of its members, never a mean of ratios; denominator 0 gives null.

Each figure is told as of tonight and for the months of two years, as far as the feeds determine them: `base` says how,
`cards`, `accounts` and `arrears` hold the formulas, `values` reads what a night kept.
"""

from kajing.analytics.metrics import accounts, arrears, cards  # noqa: F401  they enter their formulas
from kajing.analytics.metrics.base import BY, KEYS, METRICS, MONTHS, Metric, MetricTables, known_since, month_ends
from kajing.analytics.metrics.rows import all_rows, day_rows, metric_tables, put_together, told_before, use_by_month
from kajing.analytics.metrics.values import UnknownKey, UnknownMetric, days, dictionary, values

__all__ = [
    "BY",
    "KEYS",
    "METRICS",
    "MONTHS",
    "Metric",
    "MetricTables",
    "UnknownKey",
    "UnknownMetric",
    "all_rows",
    "day_rows",
    "days",
    "dictionary",
    "known_since",
    "metric_tables",
    "month_ends",
    "put_together",
    "told_before",
    "use_by_month",
    "values",
]
