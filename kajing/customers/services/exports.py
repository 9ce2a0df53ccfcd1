"""Files above the row cap: asked for here, approved by others, made part by part by a job, fetched once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import ExportPart, ExportRequest
from kajing.customers.services.bulk import NothingChosen, heading, policy_number, rows_text, watermark
from kajing.customers.signals import export_requested
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.queue.services import enqueue

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection

JOB = "customers.export"
JOB_TITLE = gettext_noop("Make an approved export")
PART = 500
MOST_APPROVED, KEPT_DAYS = 200_000, 3  # where the policy is not loaded
COLUMN = "export.part"  # what the parts' encryption is bound to
State = ExportRequest.State


class CannotAskForExport(DomainError):
    """More rows than even an approved file may hold."""

    status = 422


class CannotFetch(DomainError):
    """The file is not ready, was fetched before, or has expired."""


@dataclass(frozen=True)
class File:
    """What is handed out: its name and its bytes."""

    name: str
    content: bytes


@transaction.atomic
def request_export(*, actor: Person, chosen: Selection, reason: str, at: datetime) -> ExportRequest:
    """Ask for a file above the row cap. Raises NotAllowed, NothingChosen, CannotAskForExport."""
    if not actor.has_perm("customers.export"):
        raise NotAllowed
    count = chosen.count
    if not count:
        raise NothingChosen
    most = policy_number("export_rows_with_approval", timezone.localdate(at), MOST_APPROVED)
    if count > most:
        text = _("%(count)s customers match; even an approved file holds at most %(most)s. Narrow the filters.")
        raise CannotAskForExport(text % {"count": count, "most": most})
    columns = [column.name for column in chosen.spec.columns_for(actor, chosen.state.columns)]
    export = ExportRequest.objects.create(
        person=actor, address=chosen.address, ids=chosen.ids if not chosen.everything else [],
        everything=chosen.everything, columns=columns, asked_rows=count,
        reason=scrub_card_numbers(reason.strip())[:400], asked_at=at,
    )  # fmt: skip
    _tell(export, "export_ask", actor.person_no, at)
    export_requested.send(sender=ExportRequest, export=export, actor=actor, at=at)
    return export


@transaction.atomic
def start_export(*, number: int, approval: str, at: datetime) -> ExportRequest:
    """Others agreed: the job makes the file. Raises CannotFetch when it no longer waits, NotAllowed."""
    export = _locked(number, State.WAITING)
    if not export.person.is_active or not export.person.has_perm("customers.export"):
        raise NotAllowed(_("Who asked may no longer export customers."))
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


def lay_out(*, export: ExportRequest, ids: list[str]) -> int:
    """Write which customers go into which part, once; returns how many parts."""
    if not export.parts.exists():
        chunks = [ids[start : start + PART] for start in range(0, len(ids), PART)]
        ExportPart.objects.bulk_create(
            [ExportPart(export=export, place=place, ids=chunk) for place, chunk in enumerate(chunks)], batch_size=100
        )
    return export.parts.count()


def make_part(*, part: ExportPart, chosen: Selection) -> None:
    """Write the lines of one part, as the asker sees the customers now."""
    columns = chosen.spec.columns_for(part.export.person, chosen.state.columns)
    text = rows_text(chosen, part.ids, columns, part.export.person)
    part.content_enc = settings.KAJING_KEYS.encrypt(COLUMN, text or "\n")
    part.rows, part.ids = len(text.splitlines()), []
    part.save(update_fields=["content_enc", "rows", "ids"])


def finish(*, export: ExportRequest, chosen: Selection, at: datetime) -> ExportRequest:
    """All parts are made: count, seal, and say until when it may be fetched."""
    days = policy_number("export_kept_days", timezone.localdate(at), KEPT_DAYS)
    columns = chosen.spec.columns_for(export.person, chosen.state.columns)
    export.rows = sum(export.parts.values_list("rows", flat=True))
    last = export.parts.count()
    text = heading(columns), watermark(export.person, at, _("Approval %(number)s") % {"number": export.approval})
    for place, words in zip((-1, last), text, strict=True):
        ExportPart.objects.update_or_create(
            export=export, place=place, defaults={"content_enc": settings.KAJING_KEYS.encrypt(COLUMN, words)}
        )
    export.sha256 = hashlib.sha256(_content(export)).hexdigest()
    export.state, export.ready_at, export.expires_at = State.READY, at, at + timedelta(days=days)
    export.save()
    return export


@transaction.atomic
def fetch_export(*, actor: Person, number: int, at: datetime) -> File:
    """Hand the file out, once, to who asked for it; the parts are gone afterwards. Raises CannotFetch, NotAllowed."""
    export = (
        ExportRequest.objects.select_for_update(of=("self",))
        .select_related("person")
        .filter(pk=number, person=actor)
        .first()
    )
    if export is None or not actor.has_perm("customers.export"):
        raise NotAllowed
    if export.state != State.READY or (export.expires_at and export.expires_at <= at):
        raise CannotFetch(_("This file can no longer be fetched: it was fetched before, or it has expired. Ask again."))
    content = _content(export)
    export.parts.all().delete()
    export.state, export.ended_at = State.FETCHED, at
    export.save(update_fields=["state", "ended_at"])
    _tell(export, "export", actor.person_no, at)
    return File(f"customers-{export.ready_at:%Y%m%d-%H%M%S}-{export.pk}.csv", content)


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


def _content(export: ExportRequest) -> bytes:
    open_ = settings.KAJING_KEYS.decrypt
    parts = export.parts.order_by("place").values_list("content_enc", flat=True)
    return b"\xef\xbb\xbf" + "".join(open_(COLUMN, bytes(part)) for part in parts if part).encode()


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
        changes={"rows": export.rows or export.asked_rows, "columns": export.columns, "approval": export.approval},
    )  # fmt: skip
