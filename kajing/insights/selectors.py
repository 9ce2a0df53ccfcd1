"""The metrics dictionary and its values within what a person sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from kajing.analytics import reading
from kajing.analytics.warehouse import NotPublished
from kajing.customers.selectors.warehouse import warehouse
from kajing.insights.words import KEYS, UNITS, Words, words_of
from kajing.lib.errors import DomainError
from kajing.org.models import Unit
from kajing.org.scoping import current_scope
from kajing.products.selectors import product_names

WHOLE = ("count", "fen")  # counts and fen are whole numbers
SMALL = 30  # cells with fewer than 30 cases are greyed (domain reference §1.8)


class NotKept(DomainError):
    """The figures of that day are not kept; the answer names the day that is."""

    status = 404


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with what it is made of; `keys` are as asked, `label` is for people."""

    keys: dict[str, Any]
    label: str
    numerator: int | float
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
    """One metric, by the keys asked for; None when there is none of that name. Raises NotKept."""
    # Imported on use: the dictionary comes with the engine's expressions.
    from kajing.analytics.metrics import METRICS

    metric = METRICS.get(name)
    if metric is None:
        return None
    shown = as_of()
    if on is not None and on != shown:
        raise NotKept(f"The figures of {on} are not kept; the newest are of {shown}.")
    cells = _cells(user, name, by) if shown else []
    return Entry(name, metric.unit, metric.formula, metric.source, words_of(name), cells)


def _cells(user: Any, name: str, by: Sequence[str]) -> list[Cell]:
    from kajing.analytics import metrics

    with reading.reading(warehouse()) as con:
        found = metrics.values(con, name, scope=current_scope(user), by=by)
    labels = _labels([row["keys"] for row in found], by)
    return [_cell(row, labels, whole=metrics.METRICS[name].unit in WHOLE) for row in found]


def _cell(row: dict[str, Any], labels: dict[str, dict[str, str]], *, whole: bool) -> Cell:
    keys = {key: value.isoformat() if isinstance(value, date) else value for key, value in row["keys"].items()}
    label = " ".join(labels.get(key, {}).get(value, str(value or "—")) for key, value in keys.items())
    value = round(row["value"]) if whole and row["value"] is not None else row["value"]
    return Cell(keys, label, row["numerator"], row["denominator"], value)


def _labels(keys: Sequence[dict[str, Any]], by: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    if "unit" in by:
        found["unit"] = dict(Unit.objects.values_list("pk", "name"))
    if "product" in by:
        found["product"] = product_names({row["product"] for row in keys if row["product"]})
    return found


TOLD_BY = KEYS  # what metrics can be told by, for the choices of the page
