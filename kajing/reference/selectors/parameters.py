"""Dated parameters: what was, is and will be in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import Q, QuerySet

from kajing.lib.periods import SHANGHAI
from kajing.reference.models import Parameter
from kajing.reference.selectors.values import Value, typed
from kajing.reference.wording import keys_named


class NotInForce(LookupError):
    """No value of this parameter is in force on that day."""


def parameter_row(key: str, on: date) -> Parameter:
    """The row in force: the newest that began on or before the day and has not ended. Raises NotInForce."""
    row = _in_force(on).filter(key=key).order_by("-valid_from").first()
    if row is None:
        raise NotInForce(f"no value of {key} is in force on {on}")
    return row


def parameter(key: str, on: date) -> Value:
    """The value in force on a day (`typed` says what it may be; CNY amounts are fen). Raises NotInForce."""
    row = parameter_row(key, on)
    return typed(row.value, row.unit)


UNDO_DAYS = 30  # what ships; the dated row decides


def undo_until(at: datetime) -> datetime:
    """Until when an act of this moment can be undone (policy row `undo_days`)."""
    try:
        days = parameter("undo_days", at.astimezone(SHANGHAI).date())
    except NotInForce:
        days = UNDO_DAYS
    return at + timedelta(days=cast("int", days))


def parameter_values(keys: Iterable[str], on: date) -> dict[str, Value]:
    """Several values in force on a day in one query; keys without one are missing."""
    rows = _in_force(on).filter(key__in=list(keys)).order_by("valid_from")
    return {row.key: typed(row.value, row.unit) for row in rows}


def engine_parameters(on: date) -> dict[str, Value]:
    """Every parameter by its key, as in force on a day; before a rule existed its first value stands in.

    Data older than a law is still described with today's words (a card of 2005 can be asleep), so the engine never
    goes without a value; what a past month *must* obey is asked of `parameter`.
    """
    chosen: dict[str, Parameter] = {}
    for row in Parameter.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on)).order_by("key", "valid_from"):
        if row.key not in chosen or row.valid_from <= on:
            chosen[row.key] = row
    return {key: typed(row.value, row.unit) for key, row in chosen.items()}


def rows_of(keys: Iterable[str]) -> list[Parameter]:
    """Every dated row of these keys, oldest first, for who must know today's value and the coming ones at once."""
    return list(Parameter.objects.filter(key__in=set(keys)).order_by("key", "valid_from"))


def parameters(on: date, *, topic: str = "", search: str = "") -> list[Parameter]:
    """One row per key: the one in force on the day, or else the next to come, for the page of parameters."""
    rows = Parameter.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on))
    if topic:
        rows = rows.filter(topic=topic)
    if search:
        rows = rows.filter(
            Q(key__icontains=search)
            | Q(key__in=keys_named(search))
            | Q(rule_id__iexact=search)
            | Q(source__icontains=search)
            | Q(note__icontains=search)
        )
    chosen: dict[str, Parameter] = {}
    for row in rows.order_by("key", "valid_from"):
        if row.key not in chosen or row.valid_from <= on:
            chosen[row.key] = row
    return sorted(chosen.values(), key=lambda row: (row.rule_id[:2] != "RG", row.rule_id, row.key))


def topics() -> list[str]:
    """Every topic, for the filter."""
    return list(Parameter.objects.exclude(topic="").order_by("topic").values_list("topic", flat=True).distinct())


def history(key: str) -> list[dict[str, Any]]:
    """All values of a key, newest first, each with the day the next one replaced it."""
    rows = list(Parameter.objects.filter(key=key).order_by("valid_from"))
    following = [row.valid_from for row in rows[1:]] + [None]
    return [{"row": row, "until": _end(row, after)} for row, after in zip(rows, following, strict=False)][::-1]


def _end(row: Parameter, following: date | None) -> date | None:
    ends = [day for day in (row.valid_to, following) if day is not None]
    return min(ends, default=None)


def _in_force(on: date) -> QuerySet[Parameter]:
    return Parameter.objects.filter(Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on)
