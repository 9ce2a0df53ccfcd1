"""The thresholds the engine computes with on a day, and in words what is wrong with one it cannot use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.analytics.parameters import KEYS_OF_COMBINED, Parameters
from kajing.analytics.thresholds import Misfit, rows_of
from kajing.lib import money
from kajing.lib.errors import DomainError
from kajing.reference.models import Parameter
from kajing.reference.selectors.parameters import engine_parameters
from kajing.reference.selectors.values import Value

WRONG = {
    "number": gettext_noop("%(key)s must be a number."),
    "whole": gettext_noop("%(key)s must be a whole number."),
    "between": gettext_noop("%(key)s must lie between %(least)s and %(most)s."),
    "least": gettext_noop("%(key)s must be at least %(least)s."),
    "most": gettext_noop("%(key)s must be at most %(most)s."),
    "size": gettext_noop("%(key)s needs exactly %(size)s values with | between them."),
    "rising": gettext_noop("The values of %(key)s must rise from one to the next."),
    "among": gettext_noop("%(key)s must be one of: %(among)s."),
    "digits": gettext_noop("%(key)s must have four digits, such as 0742."),
    "night": gettext_noop("%(key)s must be full hours that pass midnight, such as 23:00-06:00."),
    "floors": gettext_noop("%(key)s needs four rising whole numbers from 0 to at most 100, such as 0|30|60|80."),
    "days": gettext_noop("%(key)s must be a number of days, or two such as 1-90."),
}
ENGINE_KEYS = KEYS_OF_COMBINED | {row.key for row in rows_of(Parameters).values()}


class Unfit(DomainError):
    """The engine cannot work with a value: which, and what would do, in words."""


def engine_thresholds(on: date, instead: Mapping[str, Value] | None = None) -> Parameters:
    """Every threshold of the engine on a day; `instead` puts a value to be tried in a row's place. Raises Unfit."""
    try:
        return Parameters.of({**engine_parameters(on), **(instead or {})})
    except Misfit as error:
        raise Unfit(_(WRONG[error.what]) % {"key": error.key, **_limits(error)}) from error


def _limits(error: Misfit) -> dict[str, Any]:
    """The limits as a person writes them: amounts in yuan."""
    row = Parameter.objects.filter(key=error.key).only("unit").first()
    in_yuan = row is not None and row.unit == "CNY"
    return {name: _written(value, in_yuan=in_yuan) for name, value in error.limits.items()}


def _written(value: Any, *, in_yuan: bool) -> str:
    if not isinstance(value, (int, float)):
        return str(value)
    if in_yuan:
        return money.full(int(value))
    return f"{value:g}" if abs(value) < 1_000_000 else f"{value:.0f}"
