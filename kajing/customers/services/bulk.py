"""Acts on a selection of the list: assign at once or as a job, and export as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Handover
from kajing.customers.services.announcing import announce
from kajing.customers.services.portfolio import AT_ONCE, TITLE, CannotAssign, assign_portfolio
from kajing.lib.cells import harmless
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.money import yuan
from kajing.org.models import Person, Unit
from kajing.queue.services import enqueue
from kajing.records.lists import Cell, Column
from kajing.records.undo import journal
from kajing.reference.selectors import NotInForce, parameter, undo_until

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection

MOST_ASSIGNED = 20_000
MOST_EXPORTED = 5_000  # where the policy is not loaded
ASSIGN_JOB = "customers.assign"
JOB_TITLE = gettext_noop("Assign customers")


class NothingChosen(DomainError):
    """No customer is selected, or none that is still in reach."""

    status = 422

    def __str__(self) -> str:
        return _("Select at least one customer.")


class TooManyRows(DomainError):
    """More rows than policy lets out in one file."""

    status = 422

    def __init__(self, count: int, most: int) -> None:
        super().__init__(count)
        self.count, self.most = count, most

    def __str__(self) -> str:
        words = _(
            "%(count)s customers match; without approval a file holds at most %(most)s. Narrow the filters, or ask."
        )
        return words % {"count": self.count, "most": self.most}


@dataclass(frozen=True)
class Assigned:
    """How many customers changed hands, or will when the job has run."""

    count: int
    queued: bool
    undo: int | None = None  # the number under which it can be undone
    handover: int | None = None  # the pack that the receiver reads; None into the pool


@dataclass(frozen=True)
class Exported:
    """A file: its name and its bytes."""

    name: str
    content: bytes
    rows: int


@transaction.atomic
def assign_selection(
    *, actor: Person, chosen: Selection, manager: str, unit: str, on: date, at: datetime, reason: str
) -> Assigned:
    """Hand the selection to a manager (person_no) or into a unit's pool; more than 200 go as a job.

    A manager who receives gets a handover to read. Raises NotAllowed, NothingChosen, CannotAssign.
    """
    if not actor.has_perm("customers.assign"):
        raise NotAllowed
    ids = chosen.keys(MOST_ASSIGNED)
    if not ids:
        raise NothingChosen
    person, place = people_and_units(manager, unit)  # refuse an unknown target now, not in the night
    handover = _handover(actor, person, on, at, reason) if person else None
    number = handover.pk if handover else None
    if len(ids) > AT_ONCE:
        kwargs: dict[str, Any] = {
            "actor": actor.person_no,
            "ids": ids,
            "manager": manager,
            "unit": unit,
            "reason": reason,
        }
        kwargs |= {"on": on.isoformat(), "handover": number}
        enqueue(ASSIGN_JOB, at=at, kwargs=kwargs, owner=actor.person_no, title=str(_(JOB_TITLE)))
        return Assigned(len(ids), queued=True, handover=number)
    params = {"count": len(ids)}
    with journal(
        kind=ASSIGN_JOB, title=TITLE, params=params, actor=actor, at=at, until=undo_until(at)
    ) as log:  # fmt: skip
        moved = assign_portfolio(
            actor=actor, customer_ids=ids, manager=person, unit=place, on=on, at=at, reason=reason, handover=handover
        )
    if handover:
        announce(handover=handover, at=at)
    return Assigned(moved, queued=False, undo=log.undo, handover=number if moved else None)


def _handover(actor: Person, receiver: Person, on: date, at: datetime, reason: str) -> Handover:
    """Opened before the journal of the act: what the receiver was told stays when the act is undone."""
    return Handover.objects.create(
        receiver=receiver, unit_id=receiver.unit_id, made_by=actor.person_no, made_at=at, on=on,
        reason=reason.strip()[:200],
    )  # fmt: skip


def people_and_units(manager: str, unit: str) -> tuple[Person | None, Unit | None]:
    """The receiving person or unit by its code. Raises CannotAssign."""
    person = Person.objects.select_related("unit").filter(person_no=manager).first() if manager else None
    place = Unit.objects.filter(pk=unit).first() if unit else None
    if person is None and place is None:
        raise CannotAssign(_("Choose a manager, or the unit whose pool takes the customers."))
    return person, place


@transaction.atomic
def export_selection(*, actor: Person, chosen: Selection, reason: str, at: datetime) -> Exported:
    """The selection as a CSV file with the columns of the list, masked as on the screen; audited with its size.

    Raises NotAllowed, NothingChosen, TooManyRows.
    """
    if not actor.has_perm("customers.export"):
        raise NotAllowed
    most = policy_number("export_rows_without_approval", timezone.localdate(at), MOST_EXPORTED)
    ids = chosen.keys(most + 1)
    if not ids:
        raise NothingChosen
    if len(ids) > most:
        raise TooManyRows(chosen.count, most)
    columns = chosen.spec.columns_for(actor, chosen.state.columns)
    content = _file(chosen, ids, columns, actor, at)
    record(
        actor=actor.person_no,
        action="customers.export",
        object_kind="list",
        object_id=chosen.spec.name,
        reason=reason.strip(),
        at=at,
        changes={
            "rows": len(ids),
            "columns": [column.name for column in columns],
            "filters": sorted(chosen.state.query),
        },
    )
    return Exported(f"customers-{at:%Y%m%d-%H%M%S}.csv", content, len(ids))


def _file(chosen: Selection, ids: list[str], columns: list[Column], actor: Person, at: datetime) -> bytes:
    text = [heading(columns)]
    text += [rows_text(chosen, ids[start : start + 500], columns, actor) for start in range(0, len(ids), 500)]
    return b"\xef\xbb\xbf" + "".join([*text, watermark(actor, at)]).encode()


def heading(columns: list[Column]) -> str:
    """The first line of a file."""
    return csv_text([[_("Customer number"), *[str(column.label) for column in columns]]])


def rows_text(chosen: Selection, ids: list[str], columns: list[Column], actor: Person) -> str:
    """The lines of these customers, as far as the person sees them, masked as on the screen."""
    rows = chosen.spec.load(actor, ids)
    return csv_text([safe(row.pk), *[safe(_plain(column, row)) for column in columns]] for row in rows)


def watermark(actor: Person, at: datetime, *more: str) -> str:
    """The last lines: who took the rows out, and when."""
    who = [_("Exported by"), safe(f"{actor.name} {actor.person_no}"), f"{at.isoformat(timespec='seconds')}"]
    return csv_text([[], [*who, *[safe(one) for one in more]]])


def csv_text(rows: Iterable[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def policy_number(key: str, on: date, otherwise: int) -> int:
    """A whole number of the bank's policy on a day; what is delivered stands in before it was loaded."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return otherwise
    return int(value) if isinstance(value, int) else otherwise


def _plain(column: Column, row: Any) -> Any:
    """The value as a spreadsheet reads it: amounts in yuan, shares as decimals, badges and tags as words."""
    value = column.export(row) if column.export else column.value(row)
    if value is None:
        return ""
    if column.cell in {Cell.WAN, Cell.YUAN}:
        return yuan(value)
    if column.cell is Cell.BADGE:
        return value[0] if isinstance(value, tuple) else value
    if column.cell is Cell.SPARK:
        return " ".join(str(yuan(int(week))) for week in value)
    return "、".join(value) if column.cell is Cell.TAGS else value


def safe(value: Any) -> Any:
    """Text that a spreadsheet cannot run; numbers stay numbers."""
    text = value.isoformat() if isinstance(value, date) else value
    return harmless(text)
