"""A list as a file: at once up to the row cap; above it asked for, approved by others, made by a job, fetched once.

Rooms above register their lists (`register(Exportable(…))`); what is approved, kept and fetched is the same for all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import ExportPart, ExportRequest
from kajing.customers.services.bulk import MOST_EXPORTED, NothingChosen, policy_number
from kajing.customers.signals import export_requested
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.registers import Register
from kajing.org.models import Person
from kajing.queue.services import enqueue
from kajing.records.services.tables import TableFile, file_of, head, mark_of, new_reference, rows_of

if TYPE_CHECKING:
    from kajing.records.selectors import Selection

JOB = "customers.export"
JOB_TITLE = gettext_noop("Make an approved export")
PART = 500
MOST_APPROVED, KEPT_DAYS = 200_000, 3  # where the policy is not loaded
COLUMN = "export.part"  # what the parts' encryption is bound to
FORMS = ("csv", "xlsx")
State = ExportRequest.State


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A list that may be taken out: under which right, and what its files are called."""

    list: str
    right: str
    file: str
    action: str = "customers.export"  # of the audit row
    act: str = "customers.export"  # whose chain decides above the cap


EXPORTABLE: Register[Exportable] = Register()


def register(one: Exportable) -> Exportable:
    """Let a list be taken out; the same list again replaces it."""
    EXPORTABLE[one.list] = one
    return one


class TooManyRows(DomainError):
    """More rows than policy lets out in one file."""

    status = 422

    def __init__(self, count: int, most: int) -> None:
        super().__init__(count)
        self.count, self.most = count, most

    def __str__(self) -> str:
        words = _("%(count)s rows match; without approval a file holds at most %(most)s. Narrow the filters, or ask.")
        return words % {"count": self.count, "most": self.most}


class CannotAskForExport(DomainError):
    """More rows than even an approved file may hold."""

    status = 422


class CannotFetch(DomainError):
    """The file is not ready, was fetched before, or has expired."""


def _allowed(actor: Person, chosen: Selection) -> Exportable:
    one = EXPORTABLE.get(chosen.spec.name)
    if one is None or not actor.has_perm(one.right):
        raise NotAllowed
    return one


@transaction.atomic
def export_selection(*, actor: Person, chosen: Selection, reason: str, at: datetime, form: str = "csv") -> TableFile:
    """The selection as a file with the columns of the list, masked as on the screen; audited with its reference.

    Raises NotAllowed, NothingChosen, TooManyRows.
    """
    one = _allowed(actor, chosen)
    most = policy_number("export_rows_without_approval", timezone.localdate(at), MOST_EXPORTED)
    ids = chosen.keys(most + 1)
    if not ids:
        raise NothingChosen
    if len(ids) > most:
        raise TooManyRows(chosen.count, most)
    columns = chosen.spec.columns_for(actor, chosen.state.columns)
    reference = new_reference(at)
    mark = mark_of(actor=actor, chosen=chosen, rows=len(ids), at=at, reference=reference, reason=reason.strip())
    rows = rows_of(chosen, ids, columns, actor)
    file = file_of(form, f"{one.file}-{at:%Y%m%d-%H%M%S}", head(chosen, columns), rows, mark.lines(), at=at)
    record(
        actor=actor.person_no, action=one.action, object_kind="list", object_id=chosen.spec.name,
        reason=reason.strip(), at=at,
        changes={"rows": len(ids), "columns": [column.name for column in columns],
                 "filters": sorted(chosen.state.query), "form": file.form, "reference": reference},
    )  # fmt: skip
    return file


@transaction.atomic
def request_export(
    *, actor: Person, chosen: Selection, reason: str, at: datetime, form: str = "csv"
) -> ExportRequest:  # fmt: skip
    """Ask for a file above the row cap. Raises NotAllowed, NothingChosen, CannotAskForExport."""
    _allowed(actor, chosen)
    count = chosen.count
    if not count:
        raise NothingChosen
    most = policy_number("export_rows_with_approval", timezone.localdate(at), MOST_APPROVED)
    if count > most:
        text = _("%(count)s rows match; even an approved file holds at most %(most)s. Narrow the filters.")
        raise CannotAskForExport(text % {"count": count, "most": most})
    columns = [column.name for column in chosen.spec.columns_for(actor, chosen.state.columns)]
    export = ExportRequest.objects.create(
        person=actor, list_name=chosen.spec.name, form=form if form in FORMS else FORMS[0], address=chosen.address,
        ids=chosen.ids if not chosen.everything else [], everything=chosen.everything, columns=columns,
        asked_rows=count, reason=scrub_card_numbers(reason.strip())[:400], asked_at=at, reference=new_reference(at),
    )  # fmt: skip
    _tell(export, "export_ask", actor.person_no, at)
    export_requested.send(sender=ExportRequest, export=export, actor=actor, at=at)
    return export


def _right(export: ExportRequest) -> str:
    return EXPORTABLE[export.list_name].right


@transaction.atomic
def start_export(*, number: int, approval: str, at: datetime) -> ExportRequest:
    """Others agreed: the job makes the file. Raises CannotFetch when it no longer waits, NotAllowed."""
    export = _locked(number, State.WAITING)
    if not export.person.is_active or not export.person.has_perm(_right(export)):
        raise NotAllowed(_("Who asked may no longer export this list."))
    export.state, export.approval = State.MAKING, approval
    export.save(update_fields=["state", "approval"])
    enqueue(JOB, at=at, kwargs={"number": export.pk}, owner=export.person.person_no, title=str(_(JOB_TITLE)))
    return export


@transaction.atomic
def return_export(*, number: int, at: datetime) -> None:
    """Others said no."""
    ExportRequest.objects.filter(pk=number, state=State.WAITING).update(state=State.RETURNED, ended_at=at)


@transaction.atomic
def wait_again(*, number: int) -> None:
    """The returned request goes round again."""
    ExportRequest.objects.filter(pk=number, state=State.RETURNED).update(state=State.WAITING, ended_at=None)


@transaction.atomic
def take_back_export(*, number: int, at: datetime) -> None:
    """Who asked no longer wants it."""
    waiting = ExportRequest.objects.filter(pk=number, state__in=[State.WAITING, State.RETURNED])
    waiting.update(state=State.TAKEN_BACK, ended_at=at)


def lay_out(*, export: ExportRequest, ids: list[Any]) -> int:
    """Write which rows go into which part, once; returns how many parts."""
    if not export.parts.exists():
        chunks = [ids[start : start + PART] for start in range(0, len(ids), PART)]
        ExportPart.objects.bulk_create(
            [ExportPart(export=export, place=place, ids=chunk) for place, chunk in enumerate(chunks)], batch_size=100
        )
    return export.parts.count()


def make_part(*, part: ExportPart, chosen: Selection) -> None:
    """Write the rows of one part, as the asker sees them now."""
    columns = chosen.spec.columns_for(part.export.person, chosen.state.columns)
    rows = list(rows_of(chosen, part.ids, columns, part.export.person))
    part.content_enc = settings.KAJING_KEYS.encrypt(COLUMN, _packed(rows))
    part.rows, part.ids = len(rows), []
    part.save(update_fields=["content_enc", "rows", "ids"])


def finish(*, export: ExportRequest, chosen: Selection, at: datetime) -> ExportRequest:
    """All parts are made: count, seal, and say until when it may be fetched."""
    days = policy_number("export_kept_days", timezone.localdate(at), KEPT_DAYS)
    columns = chosen.spec.columns_for(export.person, chosen.state.columns)
    export.rows = sum(export.parts.values_list("rows", flat=True))
    export.ready_at, export.expires_at = at, at + timedelta(days=days)
    mark = mark_of(
        actor=export.person, chosen=chosen, rows=export.rows, at=at, reference=export.reference, reason=export.reason,
        approval=_("Approval %(number)s") % {"number": export.approval},
    )  # fmt: skip
    for place, rows in ((-1, [head(chosen, columns)]), (export.parts.count(), mark.lines())):
        sealed = settings.KAJING_KEYS.encrypt(COLUMN, _packed(rows))
        ExportPart.objects.update_or_create(export=export, place=place, defaults={"content_enc": sealed})
    export.state = State.READY
    export.sha256 = hashlib.sha256(_file(export).content).hexdigest()
    export.save()
    return export


@transaction.atomic
def fetch_export(*, actor: Person, number: int, at: datetime) -> TableFile:
    """Hand the file out, once, to who asked for it; the parts are gone afterwards. Raises CannotFetch, NotAllowed."""
    export = (
        ExportRequest.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(pk=number, person=actor)
        .first()
    )
    if export is None or not actor.has_perm(_right(export)):
        raise NotAllowed
    if export.state != State.READY or (export.expires_at and export.expires_at <= at):
        raise CannotFetch(_("This file can no longer be fetched: it was fetched before, or it has expired. Ask again."))
    file = _file(export)
    export.parts.all().delete()
    export.state, export.ended_at = State.FETCHED, at
    export.save(update_fields=["state", "ended_at"])
    _tell(export, "export", actor.person_no, at)
    return file


def expire_exports(*, at: datetime) -> int:
    """Files nobody fetched in time are gone; returns how many."""
    old = ExportRequest.objects.filter(state=State.READY, expires_at__lte=at)
    count = 0
    for export in old[:100]:
        with transaction.atomic():
            export.parts.all().delete()
            export.state, export.ended_at = State.EXPIRED, at
            export.save(update_fields=["state", "ended_at"])
            _tell(export, "export_expire", "system", at)
        count += 1
    return count


def _file(export: ExportRequest) -> TableFile:
    """The file from its parts: the same bytes each time, so that its digest stays true."""
    kept = [_unpacked(settings.KAJING_KEYS.decrypt(COLUMN, bytes(part))) for part in _sealed(export)]
    first, *parts, lines = kept
    name = f"{EXPORTABLE[export.list_name].file}-{export.ready_at:%Y%m%d-%H%M%S}-{export.pk}"
    rows = (row for part in parts for row in part)
    return file_of(export.form, name, first[0], rows, lines, at=export.ready_at or export.asked_at)


def _sealed(export: ExportRequest) -> Iterable[Any]:
    return (part for part in export.parts.order_by("place").values_list("content_enc", flat=True) if part)


def _packed(rows: list[list[Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=_tagged)


def _tagged(cell: Any) -> Any:
    """Cells that JSON has no word for, told apart from texts by their form."""
    if isinstance(cell, Decimal):
        return {"number": str(cell)}
    return {"day": cell.isoformat()} if isinstance(cell, date) and not isinstance(cell, datetime) else str(cell)


def _unpacked(text: str) -> list[list[Any]]:
    """The rows of a part; a part that an older release made is the text of a CSV."""
    if not text.startswith("["):
        return list(csv.reader(io.StringIO(text))) or [[]]
    return [[_cell(cell) for cell in row] for row in json.loads(text)]


def _cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return Decimal(cell["number"]) if "number" in cell else date.fromisoformat(cell["day"])


def _locked(number: int, state: str) -> ExportRequest:
    found = (
        ExportRequest.objects.select_for_update(of=("self",)).select_related("person__unit").filter(pk=number).first()
    )
    if found is None or found.state != state:
        raise CannotFetch(_("This export no longer waits for approval."))
    return found


def _tell(export: ExportRequest, act: str, actor: str, at: datetime) -> None:
    record(
        actor=actor, action=f"customers.{act}", object_kind="export", object_id=str(export.pk), reason=export.reason,
        at=at,
        changes={"list": export.list_name, "rows": export.rows or export.asked_rows, "columns": export.columns,
                 "approval": export.approval, "form": export.form, "reference": export.reference},
    )  # fmt: skip
