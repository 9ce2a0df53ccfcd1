"""Acts on sheets: take a file, map its columns, try, run, stop."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.imports.models import Sheet, SheetMapping
from kajing.imports.services.uploads import uploads
from kajing.imports.sheets.cleaning import header_key
from kajing.imports.sheets.own import target_for
from kajing.imports.sheets.registry import SheetTarget
from kajing.lib.errors import DomainError, NotAllowed
from kajing.queue import services as queue
from kajing.queue.models import Job
from kajing.records.models import Reversal
from kajing.records.undo import begin, finish
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.org.models import Person

LARGEST = 30 * 1024 * 1024
SUFFIXES = (".csv", ".txt", ".xlsx")
TITLE = gettext_noop("Sheet imported: %(rows)s rows")
READ, CHECK, RUN = "imports.read_sheet", "imports.check_sheet", "imports.run_sheet"


class CannotImport(DomainError):
    """The file, its mapping or its state does not allow this."""

    status = 422


class Incoming(Protocol):
    """An uploaded file, as Django gives it."""

    @property
    def name(self) -> str | None:
        """What the sender calls it."""

    @property
    def size(self) -> int | None:
        """Its bytes."""

    def chunks(self) -> Iterable[bytes]:
        """Its bytes."""


def receive(*, actor: Person, kind: str, file: Incoming, at: datetime) -> Sheet:
    """Keep a person's file and queue its reading. Raises NotAllowed, CannotImport.

    The bytes are written before the transaction begins (platform R3); what a crash leaves behind is swept.
    """
    _target(actor, kind)
    name = Path(file.name or "").name
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise CannotImport(_("Choose a .xlsx or .csv file."))
    if not 0 < (file.size or 0) <= LARGEST:
        raise CannotImport(_("The file must not be empty and may have at most 30 MB."))
    folder = uploads() / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    digest = hashlib.sha256()
    with (folder / f"sheet{suffix}").open("xb") as out:
        for piece in file.chunks():
            digest.update(piece)
            out.write(piece)
    with transaction.atomic():
        sheet = Sheet.objects.create(
            kind=kind, file_name=name[-200:], folder=folder.name, sha256=digest.hexdigest(),
            uploaded_by=actor.person_no, uploaded_at=at,
        )  # fmt: skip
        _enqueue(sheet, READ, actor, at)
        _tell(actor, sheet, "imports.sheet_uploaded", at, size=file.size)
    return sheet


def _target(actor: Person, kind: str) -> SheetTarget:
    target = target_for(kind, actor)
    if target is None:
        raise CannotImport(_("Choose what the sheet holds."))
    if not actor.has_perm(target.permission) or not target.allowed(actor):
        raise NotAllowed
    return target


@transaction.atomic
def check(*, actor: Person, sheet: Sheet, mapping: Mapping[str, int], mode: str, at: datetime) -> Sheet:
    """Remember the mapping and try it: a dry run of every row. Raises NotAllowed, CannotImport."""
    found = _locked(actor, sheet, {Sheet.State.MAPPING, Sheet.State.CHECKED})
    target = _target(actor, found.kind)
    known = {field.name for field in target.fields}
    chosen = {name: place for name, place in mapping.items() if name in known and 0 <= place < len(found.header)}
    missing = [str(field.label) for field in target.fields if field.required and field.name not in chosen]
    if missing:
        raise CannotImport(_("Choose a column for: %(fields)s") % {"fields": ", ".join(missing)})
    if mode not in target.modes:
        raise CannotImport(_("Choose what happens to rows that are there already."))
    found.mapping, found.mode, found.state, found.checked = chosen, mode, Sheet.State.CHECKING, {}
    found.problems.all().delete()
    found.chunks.update(check_keys=b"")
    found.save(update_fields=["mapping", "mode", "state", "checked"])
    SheetMapping.objects.update_or_create(
        owner=actor.person_no, kind=found.kind, header_key=header_key(found.header),
        defaults={"mapping": chosen, "mode": mode},
    )  # fmt: skip
    _enqueue(found, CHECK, actor, at)
    return found


@transaction.atomic
def run(*, actor: Person, sheet: Sheet, at: datetime) -> Sheet:
    """Write the good rows, in the background; undone as one act. Raises NotAllowed, CannotImport."""
    found = _locked(actor, sheet, {Sheet.State.CHECKED})
    _target(actor, found.kind)
    if not any(found.checked.get(name) for name in ("NEW", "OVERWRITTEN")):
        raise CannotImport(_("No row would be written. Mend the file and upload it again."))
    found.reversal = begin(
        kind="imports.sheet", title=TITLE, params={"rows": found.rows}, actor=actor, at=at, until=undo_until(at)
    )
    found.state = Sheet.State.RUNNING
    found.save(update_fields=["state", "reversal"])
    _enqueue(found, RUN, actor, at)
    _tell(actor, found, "imports.sheet_run", at, **found.checked)
    return found


@transaction.atomic
def stop(*, actor: Person, sheet: Sheet, at: datetime) -> Sheet:
    """Stop a dry run or a run. What a run has written so far stays, and can be undone. Raises CannotImport."""
    found = _locked(actor, sheet, {Sheet.State.CHECKING, Sheet.State.RUNNING})
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    if job is not None and not job.is_over:
        queue.cancel(actor=actor.person_no, job=job, at=at)
    running = found.state == Sheet.State.RUNNING
    found.state = Sheet.State.CANCELLED if running else Sheet.State.MAPPING
    found.finished_at = at if running else None
    if running and found.reversal:
        found.reversal = finish(found.reversal)
    found.save(update_fields=["state", "finished_at", "reversal"])
    _tell(actor, found, "imports.sheet_stopped", at)
    return found


def _locked(actor: Person, sheet: Sheet, states: set[str]) -> Sheet:
    found = Sheet.objects.select_for_update().get(pk=sheet.pk)
    if found.uploaded_by != actor.person_no:
        raise NotAllowed
    if found.state not in states:
        raise CannotImport(_("This sheet has gone on in the meantime. Reload the page."))
    return found


def _enqueue(sheet: Sheet, task: str, actor: Person, at: datetime) -> None:
    sheet.job_id = queue.enqueue(task, at=at, kwargs={"number": sheet.pk}, owner=actor.person_no).pk
    sheet.save(update_fields=["job_id"])


def _tell(actor: Person, sheet: Sheet, action: str, at: datetime, **changes: object) -> None:
    record(
        actor=actor.person_no, action=action, object_kind="sheet", object_id=str(sheet.pk), at=at,
        changes={"kind": sheet.kind, **changes},
    )  # fmt: skip


def ended(*, sheet: Sheet, counts: Mapping[str, int], dry: bool, at: datetime) -> None:
    """The last step of a dry run or a run, in the caller's transaction."""
    if dry:
        Sheet.objects.filter(pk=sheet.pk).update(state=Sheet.State.CHECKED, checked=dict(counts))
        return
    reversal: Reversal | None = finish(sheet.reversal) if sheet.reversal else None
    Sheet.objects.filter(pk=sheet.pk).update(
        state=Sheet.State.DONE, ran=dict(counts), finished_at=at, reversal=reversal
    )
