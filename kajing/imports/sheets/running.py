"""One chunk of a sheet: clean, check, find what is there already, write. Dry run and run are the same code."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.imports.models import Sheet, SheetChunk, SheetProblem
from kajing.imports.sheets.cleaning import clean
from kajing.imports.sheets.own import target_for
from kajing.imports.sheets.reading import rows_of
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, Trouble
from kajing.lib.periods import SHANGHAI
from kajing.records.undo.writing import Journal, recording

if TYPE_CHECKING:
    from kajing.org.models import Person
    from kajing.records.models import Reversal

KEY = 8  # bytes of a key's digest
THERE = gettext_noop("is there already")
TWICE = gettext_noop("is in the file twice")
OUTCOMES = ("NEW", "OVERWRITTEN", "SKIPPED", "BAD")


@dataclass
class Outcome:
    """What became of a chunk: counts, problems, and the keys it accepted."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[SheetProblem] = field(default_factory=list)
    keys: list[bytes] = field(default_factory=list)
    told: dict[int, str] = field(default_factory=dict)  # line → what was counted for it


def run_chunk(
    *, sheet: Sheet, chunk: SheetChunk, actor: Person, at: datetime, seen: set[bytes], reversal: Reversal | None
) -> Outcome:
    """Write the rows of a chunk in the caller's transaction; without a reversal it is a dry run that leaves nothing."""
    outcome = Outcome()
    with transaction.atomic(), _journal(reversal) as log:
        context = SheetContext(
            actor=actor, at=at, today=at.astimezone(SHANGHAI).date(), mode=Mode(sheet.mode),
            source=f"sheet:{sheet.pk}", log=log,
        )  # fmt: skip
        _do(sheet, context, rows_of(chunk), seen, outcome)
        if reversal is None:
            transaction.set_rollback(True)  # a dry run: everything the chunk wrote goes away again
    for problem in outcome.problems:
        problem.dry = reversal is None
    SheetProblem.objects.bulk_create(outcome.problems, batch_size=400)
    seen.update(outcome.keys)
    return outcome


@contextmanager
def _journal(reversal: Reversal | None) -> Iterator[Journal]:
    """The journal of the run; a dry run writes to one that nobody keeps."""
    if reversal is None:
        yield Journal(None)  # type: ignore[arg-type]
    else:
        with recording(reversal) as log:
            yield log


def _do(
    sheet: Sheet, context: SheetContext, rows: Sequence[tuple[int, list[str]]], seen: set[bytes], outcome: Outcome
) -> None:
    target = target_for(sheet.kind, context.actor)
    assert target is not None  # noqa: S101  a sheet of an unknown kind is never run
    good = []
    for line, cells in rows:
        values, troubles = clean(target, sheet.mapping, cells)
        if troubles:
            _bad(sheet, line, troubles, outcome)
        else:
            good.append((line, values))
    found = target.prepare(context, good)
    entries = []
    for line, _values in good:
        one = found[line]
        if isinstance(one, Entry):
            entries.append(one)
        else:
            _bad(sheet, line, one, outcome)
    refused = target.write(context, list(_chosen(sheet, context.mode, entries, seen, outcome))) or {}
    for line, troubles in refused.items():  # in the dry run too, which writes and takes back
        outcome.counts[outcome.told[line]] -= 1
        _bad(sheet, line, troubles, outcome)
    outcome.counts += Counter()  # what fell to nothing leaves
    _tell(sheet, context, outcome)


def _bad(sheet: Sheet, line: int, troubles: Iterable[Trouble], outcome: Outcome) -> None:
    outcome.counts["BAD"] += 1
    outcome.problems += [
        SheetProblem(sheet=sheet, line=line, column=one.field, reason=one.reason, params=dict(one.params))
        for one in troubles
    ]


def _chosen(sheet: Sheet, mode: Mode, entries: Sequence[Entry], seen: set[bytes], outcome: Outcome) -> Iterator[Entry]:
    """The rows to write. What is twice in the file counts as there already, in whatever chunk the first one stands."""
    here: set[bytes] = set()
    for entry in entries:
        key = hashlib.blake2b(entry.key.encode(), digest_size=KEY).digest()
        repeated = key in seen or key in here
        if repeated or entry.existing is not None:
            outcome.problems.append(
                SheetProblem(sheet=sheet, line=entry.line, duplicate=True, reason=TWICE if repeated else THERE)
            )
        here.add(key)
        outcome.keys.append(key)
        if (repeated or entry.existing is not None) and mode is not Mode.CLONE:
            if mode is Mode.SKIP:
                outcome.counts["SKIPPED"] += 1
                continue
            outcome.told[entry.line] = "OVERWRITTEN"
        else:
            outcome.told[entry.line] = "NEW"
        outcome.counts[outcome.told[entry.line]] += 1
        yield entry


def _tell(sheet: Sheet, context: SheetContext, outcome: Outcome) -> None:
    """One audit row a chunk: the rows themselves name the sheet they came from."""
    record(
        actor=context.actor.person_no, action="imports.sheet_rows", object_kind="sheet", object_id=str(sheet.pk),
        at=context.at, changes={"kind": sheet.kind, **outcome.counts},
    )  # fmt: skip


def keys_of(sheet: Sheet, *, dry: bool) -> set[bytes]:
    """What chunks before accepted: after a crash, exactly what was committed."""
    column = "check_keys" if dry else "run_keys"
    found: set[bytes] = set()
    for joined in sheet.chunks.values_list(column, flat=True):
        raw = bytes(joined)
        found.update(raw[place : place + KEY] for place in range(0, len(raw), KEY))
    return found
