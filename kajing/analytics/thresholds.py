"""What a value of the engine may be: each is fed by a dated row of the reference room, and a row can be wrong.

A wrong value is refused (`Misfit`) and never replaced by a default: a night on other thresholds than the bank's page
shows would be worse than none. The words for a person are the reference room's.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LEVELS = ("OFF", "L1", "L2", "L3", "L4", "L5")  # of an alert; OFF: the rule is not asked


class Misfit(ValueError):
    """A value the engine cannot work with: of which row, what is wrong (`what`), and the limits that say so."""

    def __init__(self, key: str, what: str, **limits: Any) -> None:
        super().__init__(f"{key}: {what} {limits or ''}".rstrip())
        self.key, self.what, self.limits = key, what, limits


@dataclass(frozen=True, slots=True)
class Row:
    """The row of one value. `least`, `most`: of numbers, each of a list; money in fen. `size`: how many in the list."""

    key: str
    least: float = 0
    most: float = 1_000_000_000
    size: int = 0
    rising: bool = False
    among: tuple[str, ...] = ()
    pattern: str = ""

    def fit(self, value: Any, like: Any) -> Any:
        """The value as the type of `like`; a list may be given as its only element. Raises Misfit."""
        if not isinstance(like, tuple):
            return self._one(value, like)
        values = tuple(self._one(one, like[0]) for one in (value if isinstance(value, (tuple, list)) else (value,)))
        if self.size and len(values) != self.size:
            raise Misfit(self.key, "size", size=self.size)
        if self.rising and any(later <= earlier for earlier, later in itertools.pairwise(values)):
            raise Misfit(self.key, "rising")
        return values

    def _one(self, value: Any, like: Any) -> Any:
        if isinstance(like, bool):
            if not isinstance(value, bool):
                raise Misfit(self.key, "among", among="true, false")
            return value
        if isinstance(like, str):
            return self._text(str(value))
        if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
            raise Misfit(self.key, "number")
        if isinstance(like, int) and value != int(value):
            raise Misfit(self.key, "whole")
        if not self.least <= value <= self.most:
            raise Misfit(self.key, "between", least=self.least, most=self.most)
        return int(value) if isinstance(like, int) else float(value)

    def _text(self, text: str) -> str:
        if self.among and text not in self.among:
            raise Misfit(self.key, "among", among=", ".join(self.among))
        if self.pattern and not re.fullmatch(self.pattern, text):
            raise Misfit(self.key, "digits")
        return text


def row(key: str, default: Any, **limits: Any) -> Any:
    """A field of `Parameters` that the row `key` feeds; `limits` as in `Row`."""
    return dataclasses.field(default=default, metadata={"row": Row(key, **limits)})


def days(key: str, default: Any, **limits: Any) -> Any:
    """The same for a number of days, at least 1."""
    return row(key, default, **{"least": 1, "most": 3_660, **limits})


def share(key: str, default: Any, **limits: Any) -> Any:
    """The same for a share between 0 and 1."""
    return row(key, default, **{"most": 1, **limits})


def level(name: str, default: str) -> Any:
    """The level of an alert rule, `OFF` where the bank does not want it."""
    return row(f"alert_level_{name}", default, among=LEVELS)


def rows_of(parameters: Any) -> dict[str, Row]:
    """Field → row of a dataclass of thresholds."""
    return {one.name: one.metadata["row"] for one in dataclasses.fields(parameters) if "row" in one.metadata}


def fed(parameters: Any, policy: Mapping[str, Any]) -> dict[str, Any]:
    """Field → value for the rows that are there. Raises Misfit."""
    likes = {one.name: one.default for one in dataclasses.fields(parameters)}
    found = rows_of(parameters).items()
    return {name: one.fit(policy[one.key], likes[name]) for name, one in found if one.key in policy}


def ends_of(span: Any) -> tuple[Any, Any]:
    """The two ends of a span, whatever it calls them."""
    ends = [getattr(span, end) for end in ("start", "low", "end", "high") if hasattr(span, end)]
    return (ends[0], ends[1]) if len(ends) == 2 else (None, None)
