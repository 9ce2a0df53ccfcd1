"""The metrics dictionary and its values within what a person sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.analytics import reading
from kajing.analytics.warehouse import NotPublished
from kajing.customers.selectors.warehouse import warehouse
from kajing.insights.words import KEYS, UNITS, Words, words_of
from kajing.lib.errors import DomainError
from kajing.org.models import Unit
from kajing.org.scoping import current_scope
from kajing.products.selectors import product_names
from kajing.ui import charts, formats

WHOLE = ("count", "fen")  # counts and fen are whole numbers
MONEY_SUMS = frozenset({"utilisation", "overdue_30_rate", "roll_rate", "delinquency_balance_by_bucket"})
SMALL = 30  # cells with fewer than 30 cases are greyed (domain reference §1.8)


class NotKept(DomainError):
    """There are no figures of that day; the answer names the days there are figures of."""

    status = 404


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with what it is made of; `keys` are as asked, `label` is for people."""

    keys: dict[str, Any]
    label: str
    numerator: int | float | None  # None: the feeds do not determine this month
    denominator: int | float | None
    value: float | None

    @property
    def small(self) -> bool:
        """Too few cases to tell much."""
        return self.denominator is not None and self.denominator < SMALL


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the dictionary with its value in this person's scope (None for one told by detail only)."""

    name: str
    unit: str
    formula: str
    source: str
    words: Words
    cells: list[Cell]
    cohorts: bool = False  # months are those of approval or opening
    day: date | None = None

    @property
    def unit_words(self) -> Any:
        """The unit for people."""
        return UNITS.get(self.unit, self.unit)

    @property
    def formula_words(self) -> Any:
        """The formula for people; a plugin's metric shows the engine's own."""
        return self.words.formula or self.formula

    @property
    def cell(self) -> Cell | None:
        """The one value of a metric without detail."""
        return self.cells[0] if len(self.cells) == 1 else None

    @property
    def is_share(self) -> bool:
        """Shown as a percentage."""
        return self.unit in {"share", "ratio"}

    @property
    def sums_money(self) -> bool:
        """Numerator and denominator are amounts in fen, not cases."""
        return self.name in MONEY_SUMS

    @property
    def rows_url(self) -> str:
        """The list that makes the number."""
        return f"{reverse('customers:list')}?{self.words.rows}" if self.words.rows else ""


def as_of() -> date | None:
    """The business date of the published figures."""
    try:
        return reading.as_of(warehouse())
    except NotPublished:
        return None


def names() -> list[str]:
    """Every metric there is, in the order of the contract."""
    from kajing.analytics.metrics import METRICS

    return list(METRICS)


def dictionary() -> list[Entry]:
    """Every metric without values."""
    from kajing.analytics.metrics import METRICS

    return [Entry(one.name, one.unit, one.formula, one.source, words_of(one.name), []) for one in METRICS.values()]


def entries(user: Any) -> list[Entry]:
    """The dictionary with each metric's value in this person's scope."""
    return [found for name in names() if (found := entry(user, name)) is not None]


def entry(user: Any, name: str, by: Sequence[str] = (), on: date | None = None) -> Entry | None:
    """One metric, by the keys asked for, of tonight or of a month-end; None if there is none of that name.

    Raises NotKept, which says what days can be asked for.
    """
    # Imported on use: the dictionary comes with the engine's expressions.
    from kajing.analytics.metrics import METRICS

    metric = METRICS.get(name)
    if metric is None:
        return None
    shown = as_of()
    if shown is None and on is not None:
        raise NotKept(_("No night has run yet: there are no figures of %(day)s.") % {"day": on})
    cells = _cells(user, name, by, on or shown) if shown else []
    return Entry(
        name, metric.unit, metric.formula, metric.source, words_of(name), cells, cohorts=metric.cohorts, day=on or shown
    )


def _cells(user: Any, name: str, by: Sequence[str], day: date) -> list[Cell]:
    from kajing.analytics import metrics

    with reading.reading(warehouse()) as con:
        known = metrics.days(con, name)
        found = metrics.values(con, name, scope=current_scope(user), by=by, day=day) if day in known else None
    if found is None:
        found = _kept(user, name, by, day, known)
    labels = _labels([row["keys"] for row in found], by)
    return [_cell(row, labels, whole=metrics.METRICS[name].unit in WHOLE) for row in found]


def _kept(user: Any, name: str, by: Sequence[str], day: date, known: Sequence[date]) -> list[dict[str, Any]]:
    """Figures of a day whose state is still kept. Raises NotKept."""
    from kajing.analytics import metrics

    try:
        with reading.reading(warehouse(), day) as con:
            return metrics.values(con, name, scope=current_scope(user), by=by, day=day)
    except NotPublished:
        told = {"day": day, "newest": known[-1], "ends": ", ".join(str(one) for one in known[:-1]) or "—"}
        raise NotKept(
            _("There are no figures of %(day)s. Ask for %(newest)s, or for a month end that is known: %(ends)s.") % told
        ) from None


def _cell(row: dict[str, Any], labels: dict[str, dict[str, str]], *, whole: bool) -> Cell:
    keys = {key: value.isoformat() if isinstance(value, date) else value for key, value in row["keys"].items()}
    label = " ".join(labels.get(key, {}).get(value, _word(row["keys"][key])) for key, value in keys.items())
    value = round(row["value"]) if whole and row["value"] is not None else row["value"]
    return Cell(keys, label, row["numerator"], row["denominator"], value)


def _word(value: Any) -> str:
    if isinstance(value, date):
        return formats.month(value, date.min)
    return str(value or "—")


def by_month(user: Any, found: Entry) -> charts.Chart | None:
    """The months of a metric up to its day as a line, one for each part; None before the first night."""
    if found.day is None:
        return None
    told = entry(user, found.name, ["month"], found.day)
    cells = [cell for cell in told.cells if cell.value is not None] if told else []
    if len({cell.keys["month"] for cell in cells}) < 2:
        return None
    parts = {cell.keys.get("detail", ""): cell.keys.get("detail", str(found.words.label)) for cell in cells}
    months: dict[str, dict[str, Any]] = {}
    for cell in cells:
        row = months.setdefault(cell.keys["month"], dict.fromkeys(parts))
        row[cell.keys.get("detail", "")] = _drawn(found, cell)
    rows = [
        {"month": formats.month(date.fromisoformat(month), found.day), **row} for month, row in sorted(months.items())
    ]
    title = _("By month of approval or opening") if found.cohorts else _("By month")
    return charts.line("months", title, rows, "month", parts, unit=_unit(found))


def _drawn(found: Entry, cell: Cell) -> float | None:
    value = float(cell.value or 0)
    if found.is_share:
        return round(value * 100, 2)
    return (
        value if found.unit != "fen" else value / 100 if cell.denominator is not None else charts.in_wan(round(value))
    )


def _unit(found: Entry) -> str:
    if found.is_share:
        return "%"
    if found.unit != "fen":
        return ""
    return _("yuan") if found.cells and found.cells[0].denominator is not None else formats.money_unit()


def _labels(keys: Sequence[dict[str, Any]], by: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if "unit" in by:
        found["unit"] = dict(Unit.objects.values_list("pk", "name"))
    if "product" in by:
        found["product"] = product_names({row["product"] for row in keys if row["product"]})
    return found


TOLD_BY = KEYS  # what metrics can be told by, for the choices of the page


def trend(user: Any, found: Entry, months: int) -> list[float | None]:
    """The last months of a metric that is not told by detail, oldest first; empty where there are fewer than two."""
    told = entry(user, found.name, ["month"], found.day) if found.day else None
    cells = [cell for cell in told.cells if "detail" not in cell.keys] if told else []
    values = [cell.value for cell in sorted(cells, key=lambda cell: str(cell.keys["month"]))][-months:]
    known = [value for value in values if value is not None]
    return values[next(n for n, value in enumerate(values) if value is not None) :] if len(known) > 1 else []


def value_words(found: Entry, cell: Cell) -> str:
    """A metric's value as a headline."""
    if cell.value is None:
        return "—"
    if found.is_share:
        return formats.percent(cell.value, 2)
    return formats.money_short(round(cell.value)) if found.unit == "fen" else formats.count(round(cell.value))
