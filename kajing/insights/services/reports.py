"""Acts on reports: save, change, copy, share, take back to an earlier version, remove; and a report as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.audit.services import record
from kajing.insights.models import Report, ReportVersion
from kajing.insights.pivot import Definition
from kajing.insights.selectors.files import file_rows, mark_lines
from kajing.insights.selectors.reports import RIGHT, SHARES, context_of, policy, table
from kajing.insights.standard import STANDARD
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Role
from kajing.records.services.tables import TableFile, file_of, new_reference

if TYPE_CHECKING:
    from kajing.insights.pivot import Table
    from kajing.org.models import Person

MOST_OWN = 200
Audience = Report.Audience


class CannotSave(DomainError):
    """The report has no name, there are too many, or the person may not share it."""

    status = 422


class ReportChanged(DomainError):
    """Somebody saved the report since it was opened."""

    def __str__(self) -> str:
        return str(gettext_lazy("This report was changed in the meantime. Open it again and repeat your change."))


class FileTooLong(DomainError):
    """More rows than policy lets out in one file."""

    status = 422


@transaction.atomic
def save_report(
    *, actor: Person, definition: Definition, name: str, at: datetime, note: str = "", audience: str = "MINE",
    roles: Sequence[str] = (),
) -> Report:  # fmt: skip
    """Keep a question as a report. Raises NotAllowed, CannotSave, ReportRefused (where it cannot be told)."""
    _check(actor, name, audience, roles)
    if Report.objects.filter(owner_no=actor.person_no, removed_at=None).count() >= MOST_OWN:
        raise CannotSave(_("You have %(most)s reports; remove one first.") % {"most": MOST_OWN})
    table(actor, definition)  # what cannot be told is not kept
    report = Report.objects.create(
        name=_plain(name, 80), note=_plain(note, 300), list_name=definition.list, definition=definition.as_json(),
        owner_no=actor.person_no, created_at=at, changed_at=at, **_circle(actor, audience, roles),
    )  # fmt: skip
    _version(report, actor, at)
    _tell(actor, report, "insights.save_report", at)
    return report


@transaction.atomic
def change_report(
    *, actor: Person, report: Report, version: int, at: datetime, definition: Definition | None = None,
    name: str | None = None, note: str | None = None, audience: str | None = None, roles: Sequence[str] | None = None,
) -> Report:  # fmt: skip
    """Change what is given; what it was stays as a version. Raises NotAllowed, CannotSave, ReportChanged."""
    locked = _own(actor, report)
    if locked.version != version:
        raise ReportChanged
    circle = audience if audience is not None else locked.audience
    allowed = list(roles) if roles is not None else [role for role in locked.roles.split(",") if role]
    _check(actor, name if name is not None else locked.name, circle, allowed)
    if definition is not None:
        table(actor, definition)
        locked.definition, locked.list_name = definition.as_json(), definition.list
    locked.name = _plain(name, 80) if name is not None else locked.name
    locked.note = _plain(note, 300) if note is not None else locked.note
    for field, value in _circle(actor, circle, allowed).items():
        setattr(locked, field, value)
    locked.version, locked.changed_at = version + 1, at
    locked.save()
    _version(locked, actor, at)
    _tell(actor, locked, "insights.change_report", at)
    return locked


@transaction.atomic
def restore_version(*, actor: Person, report: Report, number: int, at: datetime) -> Report:
    """Let a report ask again what an earlier version asked. Raises NotAllowed, CannotSave."""
    found = report.versions.filter(number=number).first()
    if found is None:
        raise CannotSave(_("There is no such version."))
    return change_report(
        actor=actor, report=report, version=report.version, at=at, definition=Definition.read(found.definition),
        name=found.name,
    )  # fmt: skip


@transaction.atomic
def copy_report(*, actor: Person, report: Report, at: datetime) -> Report:
    """A report of one's own that begins as another."""
    return save_report(
        actor=actor, definition=Definition.read(report.definition), note=report.note_text, at=at,
        name=_("Copy of %(name)s") % {"name": report.label},
    )  # fmt: skip


@transaction.atomic
def remove_report(*, actor: Person, report: Report, at: datetime) -> None:
    """Take a report away; its schedules stop. Raises NotAllowed."""
    locked = _own(actor, report)
    locked.removed_at = at
    locked.save(update_fields=["removed_at"])
    locked.schedules.update(next_due_at=None)
    _tell(actor, locked, "insights.remove_report", at)


@transaction.atomic
def export_table(
    *, actor: Person, shown: Table, name: str, form: str, at: datetime, report: int | None = None
) -> TableFile:
    """A table as a file with the page about it: who, when, over what, how. Audited. Raises NotAllowed, FileTooLong."""
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    most = policy("export_rows_without_approval", context_of(actor).today, 1000)
    if len(shown.lines) > most:
        said = _(
            "The table has %(count)s lines; a file holds at most %(most)s. Group by less, or narrow the condition."
        )
        raise FileTooLong(said % {"count": len(shown.lines), "most": most})
    reference = new_reference(at)
    first, rows = file_rows(shown)
    lines = mark_lines(actor, shown, name=name, at=at, reference=reference)
    file = file_of(form if form in {"csv", "xlsx"} else "xlsx", f"report-{at:%Y%m%d-%H%M%S}", first, rows, lines, at=at)
    record(
        actor=actor.person_no, action="insights.export_report", object_kind="report", object_id=str(report or "new"),
        at=at,
        changes={"list": shown.spec.name, "lines": len(rows), "records": shown.total.total.n, "form": file.form,
                 "definition": shown.definition.as_json(), "reference": reference},
    )  # fmt: skip
    return file


@transaction.atomic
def seed_reports(*, at: datetime) -> int:
    """Bring the product's own reports up to date; repeatable."""
    for one in STANDARD:
        definition = Definition.read(one.definition)
        values = {
            "name": one.name, "note": one.note, "list_name": definition.list, "definition": definition.as_json(),
            "audience": Audience.SYSTEM, "roles": _joined(one.roles), "removed_at": None,
        }  # fmt: skip
        Report.objects.update_or_create(
            slug=one.slug, defaults=values, create_defaults={**values, "created_at": at, "changed_at": at}
        )
    gone = Report.objects.filter(audience=Audience.SYSTEM).exclude(slug__in=[one.slug for one in STANDARD])
    gone.update(removed_at=at)
    return len(STANDARD)


def _check(actor: Person, name: str, audience: str, roles: Sequence[str]) -> None:
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    if not name.strip() or "\0" in name:
        raise CannotSave(_("Give the report a name."))
    if audience not in {Audience.MINE, Audience.UNIT} or set(roles) - set(Role.values):
        raise CannotSave(_("Choose who sees the report."))
    if audience == Audience.UNIT and actor.role not in SHARES:
        raise CannotSave(_("Only leaders, risk and compliance share reports with their unit."))


def _circle(actor: Person, audience: str, roles: Sequence[str]) -> dict[str, Any]:
    shared = audience == Audience.UNIT
    return {"audience": audience, "unit": actor.unit_id if shared else "", "roles": _joined(roles) if shared else ""}


def _joined(roles: Sequence[str]) -> str:
    return f",{','.join(sorted(set(roles)))}," if roles else ""


def _plain(text: str, most: int) -> str:
    return scrub_card_numbers(text.strip())[:most]


def _own(actor: Person, report: Report) -> Report:
    found = Report.objects.select_for_update().filter(pk=report.pk, removed_at=None).first()
    if found is None or not found.owner_no or found.owner_no != actor.person_no:
        raise NotAllowed(_("Only the owner of a report may change it. Make a copy."))
    return found


def _version(report: Report, actor: Person, at: datetime) -> None:
    ReportVersion.objects.create(
        report=report, number=report.version, name=report.name, definition=report.definition, by=actor.person_no, at=at
    )


def _tell(actor: Person, report: Report, action: str, at: datetime) -> None:
    record(
        actor=actor.person_no, action=action, object_kind="report", object_id=str(report.pk), at=at,
        changes={"name": report.name, "audience": report.audience, "unit": report.unit, "roles": report.roles,
                 "version": report.version, "definition": report.definition},
    )  # fmt: skip
