"""Where rooms say "rows of this feed are mine": how a checked file reaches the tables above and below.

A room registers in the `ready()` of its `apps.py`. Several rooms may take one feed; they are called by rank, chunk by
chunk, each chunk in one transaction with its acknowledgement (house §3 rule 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FeedDay:
    """What a room is told beside the rows: the file's business date, who imports, when, and a look at other days.

    `observations(keys, columns)` reads every loaded version of the rows with one of these keys, oldest business date
    first, as `{"business_date": …, column: …}`: what a room needs to put a late file into its place in a history.
    """

    business_date: date
    actor: str
    at: datetime
    observations: Callable[[Sequence[str], Sequence[str]], list[dict[str, Any]]]


@dataclass(frozen=True)
class Absorbed:
    """How many rows changed something, and how many wait for a row of another feed that is not there yet."""

    changed: int = 0
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class FeedTarget:
    """A room's interest in a feed.

    `absorb(rows=…, day=…, prepared=…)` runs inside the chunk's transaction and returns Absorbed. Each row is the
    version of its key that counts, with the `business_date` it is from; run again, or in another order of days, the
    tables must come out the same. Rows that wait are left out and offered again when what they wait for may have come.
    `prepare(rows=…, day=…)` runs before the transaction, for reading that would hold the writer's lock too long.
    """

    feed: str
    absorb: Callable[..., Absorbed]
    prepare: Callable[..., Any] | None = None
    rank: int = 1  # rooms with a lower rank come first: whoever makes the rows that others point to


TARGETS: dict[str, list[FeedTarget]] = {}


def register(target: FeedTarget) -> FeedTarget:
    """Add a room's target for a feed; registering the same function twice changes nothing."""
    known = TARGETS.setdefault(target.feed, [])
    if all(one.absorb is not target.absorb for one in known):
        known.append(target)
        known.sort(key=lambda one: one.rank)
    return target


def targets(feed: str) -> list[FeedTarget]:
    """The rooms that take a feed; none for feeds that live in the warehouse only."""
    return TARGETS.get(feed, [])
