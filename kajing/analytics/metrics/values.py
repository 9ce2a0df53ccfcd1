"""Reading the figures a night kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from kajing.analytics.metrics.base import BY, METRICS, Metric
from kajing.analytics.warehouse import scope_sql
from kajing.lib.scope import DataScope


class UnknownMetric(KeyError):
    """No metric of that name."""


class UnknownKey(KeyError):
    """Metrics are not told by that key."""


def dictionary() -> list[dict[str, str]]:
    """Name, unit, grain, formula (numerator ÷ denominator) and source of every metric."""
    return [
        {part: getattr(m, part) for part in ("name", "unit", "grain", "formula", "source")} for m in METRICS.values()
    ]


def days(con: Any, name: str) -> list[date]:
    """The days a metric is told for: as_of and the month-ends that are determined, oldest first."""
    found = con.execute("SELECT month, day FROM metric_days WHERE metric = ? AND day IS NOT NULL", [name]).fetchall()
    return sorted({day for month, day in found if month is None or not METRICS[name].cohorts})


def values(
    con: Any, name: str, *, scope: DataScope, by: Iterable[str] = (), day: date | None = None
) -> list[dict[str, Any]]:
    """A metric's rows within a scope: keys, numerator, denominator, value (None where the denominator is 0).

    `con` is a reader's cursor; `by` is any of unit, manager, month, segment, product; `day` one of `days`, as_of when
    None. By month a row is given for each of the last 24: one that the feeds do not determine has numerator None. A
    metric told by bucket or step has `detail` among its keys. Raises UnknownMetric, UnknownKey.
    """
    if name not in METRICS:
        raise UnknownMetric(name)
    wanted = list(by)
    if strangers := [one for one in wanted if one not in BY]:
        raise UnknownKey(", ".join(strangers))
    day = day or con.execute("SELECT as_of FROM build_info").fetchall()[0][0]
    rows = _rows(con, name, scope, wanted, day)
    found = [_value(METRICS[name], [*wanted, "detail"], row) for row in rows]
    return _every_month(con, METRICS[name], found, wanted, day) if "month" in wanted else found


def _rows(con: Any, name: str, scope: DataScope, wanted: Sequence[str], day: date) -> list[tuple[Any, ...]]:
    condition, parameters = scope_sql(scope, customer=None)
    columns = ", ".join([*(BY[one] for one in wanted), "detail"])
    when = "day = ?"
    if "month" in wanted:
        when = "month IN (SELECT d.month FROM metric_days d WHERE d.metric = metric_rows.metric AND d.day <= ?)"
    found = con.execute(
        f"SELECT {columns}, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM metric_rows"
        f" WHERE metric = ? AND {when} AND {condition} GROUP BY ALL ORDER BY ALL",
        [name, day, *parameters],
    )
    return list(found.fetchall())


def _every_month(
    con: Any, metric: Metric, found: list[dict[str, Any]], wanted: Sequence[str], until: date
) -> list[dict[str, Any]]:
    """Rows in order, with one for each month that has none: zero where it is determined, unknown where not."""
    known_on = dict(
        con.execute(
            "SELECT month, day FROM metric_days WHERE metric = ? AND month <= ? ORDER BY month", [metric.name, until]
        ).fetchall()
    )
    others = [key for key in [*wanted, "detail"] if key != "month"]
    have = {_place(row["keys"], [*others, "month"]): row for row in found}
    rows = []
    for part in dict.fromkeys(_place(row["keys"], others) for row in found):
        told = dict(zip(others, part, strict=True))
        for month, known in known_on.items():
            keys = {key: month if key == "month" else told[key] for key in [*wanted, "detail"]}
            determined = known is not None and known <= until
            rows.append(have.get((*part, month)) or _missing(metric, keys, determined=determined))
    return rows


def _place(keys: dict[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(keys.get(name) for name in names)


def _missing(metric: Metric, keys: dict[str, Any], *, determined: bool) -> dict[str, Any]:
    nothing = 0 if determined else None
    counted = metric.unit == "count" or metric.name == "delinquency_balance_by_bucket"
    return {
        "keys": {key: value for key, value in keys.items() if key != "detail" or value},
        "numerator": nothing,
        "denominator": None if counted else nothing,
        "value": float(0) if determined and counted else None,
    }


def _value(metric: Metric, names: Sequence[str], row: tuple[Any, ...]) -> dict[str, Any]:
    *found, numerator, denominator = row
    keys = {name: value for name, value in zip(names, found, strict=True) if name != "detail" or value}
    if metric.unit == "share" or denominator is not None:
        value = numerator / denominator if denominator else None
    else:
        value = float(numerator)
    return {"keys": keys, "numerator": numerator, "denominator": denominator, "value": value}
