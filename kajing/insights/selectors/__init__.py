"""Reads of the room: the metrics dictionary, reports, dashboards."""

from kajing.insights.selectors.metrics import (
    SMALL,
    TOLD_BY,
    Cell,
    Entry,
    NotKept,
    as_of,
    by_month,
    dictionary,
    entries,
    entry,
    names,
)

__all__ = [
    "SMALL",
    "TOLD_BY",
    "Cell",
    "Entry",
    "NotKept",
    "as_of",
    "by_month",
    "dictionary",
    "entries",
    "entry",
    "names",
]
