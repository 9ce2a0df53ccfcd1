"""The text of a parameter as a value: number, amount, day, span, or a list of them."""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal
from typing import NamedTuple

from kajing.lib.money import fen

_SPAN = re.compile(r"([\d.:]+)-([\d.:]+)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{2}:\d{2}")
_INT = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+\.\d+")


class Span(NamedTuple):
    """From `low` to `high`: days (1–90, both in) or times of day (22:00–08:00, the end out; it may pass midnight)."""

    low: Scalar
    high: Scalar

    def __contains__(self, item: object) -> bool:
        """Whether a number, or a time of day, lies in the span."""
        if isinstance(item, time) and isinstance(self.low, time) and isinstance(self.high, time):
            passes_midnight = self.low > self.high
            return (item >= self.low or item < self.high) if passes_midnight else self.low <= item < self.high
        return isinstance(item, (int, Decimal)) and self.low <= item <= self.high  # type: ignore[operator]


Scalar = int | Decimal | bool | date | time | str
Value = Scalar | Span | tuple["Value", ...]


def typed(text: str, unit: str = "") -> Value:
    """A parameter's text as a value.

    `CNY` amounts are written in yuan, as the rules write them, and come back as integer fen; ratios as Decimal even
    when they are whole; merchant categories (`mcc`) as text, 0742 keeps its zero; `a|b` as a tuple;
    `22:00-08:00` and `1-90` as a Span; everything else as the text itself.
    """
    if unit == "mcc" and "|" not in text:
        return text
    if "|" in text:
        return tuple(typed(part.strip(), unit) for part in text.split("|"))
    found = _SPAN.fullmatch(text)
    if found and not _DAY.fullmatch(text):
        return Span(_scalar(found[1], unit), _scalar(found[2], unit))
    return _scalar(text, unit)


def _scalar(text: str, unit: str) -> Scalar:
    if _DECIMAL.fullmatch(text) or _INT.fullmatch(text):
        return _number(text, unit)
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    if _TIME.fullmatch(text):
        return time.fromisoformat(text)
    return {"true": True, "false": False}.get(text, text)


def _number(text: str, unit: str) -> int | Decimal:
    if unit == "CNY":
        return fen(text)
    return Decimal(text) if unit == "ratio" or "." in text else int(text)
