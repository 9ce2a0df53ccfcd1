"""Words of an expression that mean the same on every backend, where the plain Ibis word does not.

The dialects in `backends` put right what can be put right in one operation; this is for the rest.
"""

from __future__ import annotations

from typing import Any


def half_up(value: Any, digits: int = 0) -> Any:
    """A DOUBLE rounded to `digits`, halves up. ClickHouse's own rounds halves to even."""
    scale = 10**digits
    whole = (value * scale + 0.5).floor()
    return whole if digits == 0 else whole.cast("float64") / scale
