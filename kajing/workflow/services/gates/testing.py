"""What a gate would mean for the records there are: how many could go on, lack something first, or would be stuck."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kajing.records.states import StateKind
from kajing.workflow import gates
from kajing.workflow.clock import after_hours
from kajing.workflow.models import GateVersion
from kajing.workflow.selectors.lacks import lacks

SAMPLES = 10
MOST_TIMED = 500  # records whose working hours are counted, the first of each state


def report(version: GateVersion, kind: StateKind, *, at: datetime) -> dict[str, Any]:
    """State by state: records, those that could go on at once, that lack something for every way, that are stuck, late.

    What is asked at the move itself (a note, an outcome, an approval) stands in nobody's way and is not counted.
    """
    rows = [_state(version, kind, code, at) for code, _label in kind.states()]
    return {
        "states": rows,
        "records": sum(row["records"] for row in rows),
        "stuck": sum(row["stuck"] for row in rows),
        "lacking": sum(row["lacking"] for row in rows),
        "late": sum(row["late"] for row in rows),
    }


def _state(version: GateVersion, kind: StateKind, code: str, at: datetime) -> dict[str, Any]:
    ids = list(kind.ids(code))
    known = set(kind.moves())
    ways = [move for move in version.moves if gates.leads(move, code) and (code, move["to"]) in known]
    ends = code in kind.final or code in version.ends
    lacking, wants = _lacking(kind, ways, ids)
    stuck = ids if not ways and not ends else []
    return {
        "state": code, "records": len(ids), "ways": len(ways), "end": ends, "stuck": len(stuck),
        "lacking": len(lacking), "wants": wants, "late": _late(version, kind, code, ids, at),
        "samples": [*stuck, *sorted(lacking)][:SAMPLES],
    }  # fmt: skip


def _lacking(kind: StateKind, ways: Sequence[gates.MoveSpec], ids: Sequence[str]) -> tuple[set[str], list[Any]]:
    """The records that lack something for every way, and what is lacked how often, the most frequent first."""
    without: set[str] | None = None
    wants: dict[tuple[str, str], int] = {}
    for move in ways:
        found: set[str] = set()
        for lack in lacks(kind, move, ids):
            found |= lack.ids
            key = (lack.sort, lack.label)
            wants[key] = max(wants.get(key, 0), len(lack.ids))
        without = found if without is None else without & found
    told = [{"sort": sort, "label": label, "count": n} for (sort, label), n in wants.items() if n]
    return without or set(), sorted(told, key=lambda one: -one["count"])


def _late(version: GateVersion, kind: StateKind, code: str, ids: Sequence[str], at: datetime) -> int:
    """Records that have been there longer than the limit already, counted to their real beginning."""
    hours = version.limits.get(code)
    if not hours:
        return 0
    first = list(ids)[:MOST_TIMED]
    old = [since for since in kind.since(first).values() if since <= at - timedelta(hours=hours)]
    return sum(after_hours(since, hours) <= at for since in old)
