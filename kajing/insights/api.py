"""Metrics over the API, by the contract's names; within the caller's scope."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from kajing.api.schemas import ListOf, Search, Word
from kajing.insights import selectors
from kajing.lib.access import needs
from kajing.lib.errors import DomainError

router = Router()


class UnknownKey(DomainError):
    """Metrics are told by unit, month, segment and product only."""

    status = 422


class MetricOut(Schema):
    """One entry of the dictionary."""

    name: str = Field(examples=["overdue_30_rate"])
    unit: str = Field(description="count, share or fen", examples=["share"])
    formula: str
    source: str = Field(examples=["domain §1.8"])


class MetricRow(Schema):
    """One value with what it is made of; `value` is null where the denominator is 0.

    By month, `numerator` and `denominator` are null too where the feeds do not determine the month.
    """

    keys: dict[str, Any] = Field(examples=[{"unit": "B01"}])
    numerator: float | None
    denominator: float | None
    value: float | None


class MetricValues(MetricOut):
    """A metric at a date."""

    as_of: date | None
    rows: list[MetricRow]


@router.get("/metrics", response=ListOf[MetricOut], summary="The metrics dictionary")
@needs("insights.view")
def metrics(request: HttpRequest) -> dict[str, Any]:
    """Name, unit, formula and source of every figure; the dictionary is short, so it comes whole."""
    items = [_head(found) for found in selectors.dictionary()]
    return {"items": items, "next": None, "total": len(items)}


@router.get("/metrics/{metric_name}", response=MetricValues, summary="One metric within my scope")
@needs("insights.view")
def metric(request: HttpRequest, metric_name: Word, as_of: date | None = None, by: Search = "") -> dict[str, Any]:
    """`by` is any of unit, month, segment, product, separated by commas.

    `as_of` is the last night's date, a month end that the feeds determine, or a day whose figures are still kept; for
    any other the answer says which there are. By month, the 24 months up to `as_of` are given: the month of
    observation, for rates of cohorts (activation, first use, first payment default) that of approval or opening.
    """
    keys = [key for key in by.split(",") if key]
    if unknown := [key for key in keys if key not in selectors.TOLD_BY]:
        raise UnknownKey(f"Unknown key {unknown[0]}: use unit, month, segment or product.")
    entry = selectors.entry(request.user, metric_name, keys, as_of)
    if entry is None:
        raise Http404
    rows = [
        {"keys": cell.keys, "numerator": cell.numerator, "denominator": cell.denominator, "value": cell.value}
        for cell in entry.cells
    ]
    return _head(entry) | {"as_of": entry.day, "rows": rows}


def _head(found: selectors.Entry) -> dict[str, Any]:
    return {"name": found.name, "unit": found.unit, "formula": found.formula, "source": found.source}
