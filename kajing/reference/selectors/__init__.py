"""Reads of the room: dated parameters, workdays, dictionaries."""

from kajing.reference.selectors.dictionaries import complaint_codes, merchant_categories
from kajing.reference.selectors.engine import ENGINE_KEYS, Unfit, engine_thresholds
from kajing.reference.selectors.parameters import (
    NotInForce,
    engine_parameters,
    history,
    parameter,
    parameter_row,
    parameter_values,
    parameters,
    rows_of,
    topics,
    undo_until,
)
from kajing.reference.selectors.values import Span, Value, typed
from kajing.reference.selectors.workdays import (
    add_workdays,
    calendar,
    calendar_estimated,
    deadline,
    earliest_effect,
    is_workday,
    workdays_between,
)

__all__ = [
    "ENGINE_KEYS",
    "NotInForce",
    "Span",
    "Unfit",
    "Value",
    "add_workdays",
    "calendar",
    "calendar_estimated",
    "complaint_codes",
    "deadline",
    "earliest_effect",
    "engine_parameters",
    "engine_thresholds",
    "history",
    "is_workday",
    "merchant_categories",
    "parameter",
    "parameter_row",
    "parameter_values",
    "parameters",
    "rows_of",
    "topics",
    "typed",
    "undo_until",
    "workdays_between",
]
