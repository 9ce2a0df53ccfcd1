"""Reads of the room: what is suggested, why in that order, and why something is not."""

from kajing.sales.selectors.explaining import Explanation, explain
from kajing.sales.selectors.suggestions import (
    TrackRecord,
    actions,
    of_customer,
    recently_decided,
    suggestion,
    suggestions,
    top,
    track_record,
    track_records,
)

__all__ = [
    "Explanation",
    "TrackRecord",
    "actions",
    "explain",
    "of_customer",
    "recently_decided",
    "suggestion",
    "suggestions",
    "top",
    "track_record",
    "track_records",
]
