"""Reads of the room: what is suggested, why in that order, and why something is not."""

from kajing.sales.selectors.explaining import Explanation, explain
from kajing.sales.selectors.suggestions import (
    actions,
    of_customer,
    recently_decided,
    suggestion,
    suggestions,
    top,
    track_records,
)

__all__ = [
    "Explanation",
    "actions",
    "explain",
    "of_customer",
    "recently_decided",
    "suggestion",
    "suggestions",
    "top",
    "track_records",
]
