"""Sending reports: schedules, what is due, one delivery for each person, and telling of a crossing once."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.insights.models import ReportDelivery, ReportRun, ReportSchedule
from kajing.insights.pivot import Definition, ReportRefused
from kajing.insights.pivot.drawing import words
from kajing.insights.selectors.reports import (
    RIGHT,
    SHARES,
    policy,
    recipients,
    schedules,
    sees,
    table,
)
from kajing.insights.services.reports import export_table
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person, Role
from kajing.queue.services import enqueue

if TYPE_CHECKING:
    from kajing.insights.models import Report
    from kajing.insights.pivot import Table

JOB = "insights.deliver_report"
JOB_TITLE = gettext_noop("Send a report")
COLUMN = "insights.report_file"  # what the files' encryption is bound to
READY, CROSSED = "report.ready", "report.crossed"
LEFT = gettext_noop("Who set it up has left")
UNSEEN = gettext_noop("Who set it up may no longer open the report")
Every = ReportSchedule.Every


class CannotSchedule(DomainError):
    """The schedule names nobody, nothing to watch, or people the person may not send to."""

    status = 422


class CannotOpenFile(DomainError):
    """The file has expired, or was never made."""

    status = 404

    def __str__(self) -> str:
        return str(_("This file is no longer kept. Open the report, or wait for the next one."))


@transaction.atomic
def schedule_report(
    *, actor: Person, report: Report, at: datetime, every: str, at_time: time, weekday: int = 0, month_day: int = 1,
    form: str = "xlsx", people: Sequence[str] = (), roles: Sequence[str] = (), measure: int | None = None,
    side: str = ">", value: Decimal | None = None, every_line: bool = False,
) -> ReportSchedule:  # fmt: skip
    """Send a report by itself, or watch one of its figures. Raises NotAllowed, CannotSchedule."""
    if not actor.has_perm(RIGHT) or not sees(actor, report):
        raise NotAllowed
    _check_time(every, weekday, month_day, form)
    _check_circle(actor, people, roles)
    _check_mark(report, measure, side, value)
    most = policy("report_schedules_max", timezone.localdate(at), 20)
    if schedules(actor).filter(next_due_at__isnull=False).count() >= most:
        raise CannotSchedule(_("You have %(most)s schedules; stop one first.") % {"most": most})
    made = ReportSchedule(
        report=report, owner=actor, every=every, weekday=weekday, month_day=month_day, at_time=at_time, form=form,
        people=list(dict.fromkeys(people)) or ([] if roles else [actor.person_no]),
        roles=f",{','.join(sorted(set(roles)))}," if roles else "", measure=measure, side=side, value=value,
        every_line=every_line, created_at=at,
    )  # fmt: skip
    made.next_due_at = next_due(made, at)
    made.save()
    _tell(actor, made, "insights.schedule_report", at)
    return made


@transaction.atomic
def stop_schedule(*, actor: Person, schedule: ReportSchedule, at: datetime) -> None:
    """No longer send. Raises NotAllowed."""
    if schedule.owner_id != actor.pk:
        raise NotAllowed(_("Only who set a schedule up may stop it."))
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_due_at=None)
    _tell(actor, schedule, "insights.stop_schedule", at)


def next_due(schedule: ReportSchedule, after: datetime) -> datetime:
    """The first due moment after a moment, in Shanghai time; a month without the day takes its last."""
    day = after.astimezone(SHANGHAI).date()
    for ahead in range(63):  # a day of the month is at most two months away
        one = day + timedelta(days=ahead)
        due = datetime.combine(one, schedule.at_time, SHANGHAI)
        if due > after and _falls_on(schedule, one):
            return due
    raise AssertionError("a schedule is due within two months")  # pragma: no cover


def _falls_on(schedule: ReportSchedule, day: date) -> bool:
    if schedule.every == Every.WEEK:
        return day.weekday() == schedule.weekday
    if schedule.every == Every.MONTH:
        return day.day == min(schedule.month_day, calendar.monthrange(day.year, day.month)[1])
    return True


def fire_due(at: datetime) -> int:
    """Queue the deliveries of every schedule that is due; returns how many runs began. Missed times are not made up."""
    due = ReportSchedule.objects.filter(next_due_at__lte=at, report__removed_at=None)
    return sum(_fire(pk, at) for pk in due.values_list("pk", flat=True)[:200])


@transaction.atomic
def _fire(pk: int, at: datetime) -> int:
    schedule = (
        ReportSchedule.objects.select_for_update(of=("self",))
        .select_related("owner__unit", "report")
        .filter(pk=pk)
        .first()
    )
    if schedule is None or schedule.next_due_at is None or schedule.next_due_at > at:
        return 0  # another worker was quicker
    why = _cannot(schedule, at)
    if why:
        schedule.next_due_at, schedule.stopped_why = None, why
        schedule.save(update_fields=["next_due_at", "stopped_why"])
        record(actor="system", action="insights.stop_schedule", object_kind="report_schedule", object_id=str(pk), at=at,
               reason=why)  # fmt: skip
        return 0
    run, is_new = ReportRun.objects.get_or_create(schedule=schedule, due_at=schedule.next_due_at)
    schedule.next_due_at = next_due(schedule, at)
    schedule.save(update_fields=["next_due_at"])
    for person in recipients(schedule, timezone.localdate(at)) if is_new else []:
        kwargs = {"run": run.pk, "person": person.pk}
        enqueue(JOB, at=at, kwargs=kwargs, owner=schedule.owner.person_no, title=str(_(JOB_TITLE)))
    return int(is_new)


def _cannot(schedule: ReportSchedule, at: datetime) -> str:
    if not schedule.owner.works_on(timezone.localdate(at)):
        return LEFT
    return "" if sees(schedule.owner, schedule.report) else UNSEEN


@transaction.atomic
def deliver(*, run_id: int, person_id: int, at: datetime) -> ReportDelivery | None:
    """One person's part of a run, once: the file of their own scope and the news, or the news of a crossing."""
    run = ReportRun.objects.select_related("schedule__report", "schedule__owner").filter(pk=run_id).first()
    person = Person.objects.select_related("unit").filter(pk=person_id).first()
    if run is None or person is None or not person.works_on(timezone.localdate(at)):
        return None
    schedule, report = run.schedule, run.schedule.report
    if report.removed_at is not None or not sees(person, report):
        return None
    try:
        with transaction.atomic():
            made = ReportDelivery.objects.create(run=run, person=person, made_at=at)
    except IntegrityError:  # delivered before
        return None
    with translation.override(person.language or "zh-hans"):
        try:
            shown = table(person, Definition.read(report.definition))
        except ReportRefused as error:
            return _refused(made, str(error), at)
        _settle(made, schedule, shown, at)
    return made


def _settle(made: ReportDelivery, schedule: ReportSchedule, shown: Table, at: datetime) -> None:
    crossing = ""
    if schedule.is_alert:
        crossing = past_mark(schedule, shown)
        made.past = bool(crossing)
        made.told = made.past and not _was_past(made)
    else:
        made.told = True
    if made.told:
        if schedule.form:
            _keep(made, schedule, shown, at)
        _news(made, schedule, crossing, at)
    made.save()


def _was_past(made: ReportDelivery) -> bool:
    """Whether the figure was past its mark already when this person's last run looked."""
    before = ReportDelivery.objects.filter(run__schedule=made.run.schedule, person=made.person, past__isnull=False)
    last = before.exclude(pk=made.pk).order_by("-run__due_at").first()
    return bool(last and last.past)


def past_mark(schedule: ReportSchedule, shown: Table) -> str:
    """The line and the value that are past the mark, in words; empty where none is. Small cells do not count."""
    place, mark = schedule.measure or 0, schedule.value or Decimal(0)
    if place >= len(shown.measures):
        return ""
    lines = [shown.total, *(shown.lines if schedule.every_line else [])]
    for line in lines:
        figure = line.total.figures[place]
        if figure.value.amount is None or figure.small:
            continue
        amount = in_shown_unit(figure.value.amount, figure.measure.unit)
        if amount > mark if schedule.side == ReportSchedule.Side.OVER else amount < mark:
            told = words(figure.value.amount, figure.measure.unit)
            return _("%(line)s: %(measure)s %(value)s") % {
                "line": line.label, "measure": figure.measure.label, "value": told,
            }  # fmt: skip
    return ""


def in_shown_unit(amount: Any, unit: str) -> Decimal:
    """Yuan of fen, percent of shares, plain numbers: as marks are typed."""
    scale = {"money": Decimal("0.01"), "share": Decimal(100)}.get(unit, Decimal(1))
    return Decimal(amount) * scale


def _keep(made: ReportDelivery, schedule: ReportSchedule, shown: Table, at: datetime) -> None:
    report = schedule.report
    file = export_table(
        actor=made.person, shown=shown, name=report.label, form=schedule.form, at=at, report=report.pk
    )  # fmt: skip
    days = policy("report_file_kept_days", timezone.localdate(at), 7)
    made.file_name, made.rows, made.expires_at = file.name, file.rows, at + timedelta(days=days)
    made.content_enc = settings.KAJING_KEYS.encrypt_bytes(COLUMN, file.content)


def _news(made: ReportDelivery, schedule: ReportSchedule, crossing: str, at: datetime) -> None:
    report = schedule.report
    kind = CROSSED if schedule.is_alert else READY
    title = gettext_noop("%(report)s: past its mark") if crossing else gettext_noop("Report ready: %(report)s")
    body = gettext_noop("%(what)s. You are told again after it has come back.") if crossing else ""
    notify(
        person=made.person, kind=kind, title=title, body=body, params={"report": report.label, "what": crossing[:300]},
        url=reverse("reports:report", args=[report.pk]), group=f"{kind}:{schedule.pk}", at=at,
    )  # fmt: skip


def _refused(made: ReportDelivery, said: str, at: datetime) -> ReportDelivery:
    report = made.run.schedule.report
    made.told = True
    made.save()
    notify(
        person=made.person, kind=READY, title=gettext_noop("Report cannot be told: %(report)s"),
        body=gettext_noop("%(what)s"), params={"report": report.label, "what": said[:300]},
        url=reverse("reports:report", args=[report.pk]), group=f"{READY}:{made.run.schedule_id}", at=at,
    )  # fmt: skip
    return made


@transaction.atomic
def open_file(*, actor: Person, delivery: ReportDelivery, at: datetime) -> bytes:
    """The bytes of a file that was made for this person; audited. Raises NotAllowed, CannotOpenFile."""
    if delivery.person_id != actor.pk:
        raise NotAllowed
    if delivery.content_enc is None or delivery.expires_at is None or delivery.expires_at <= at:
        raise CannotOpenFile
    record(
        actor=actor.person_no, action="insights.fetch_report_file", object_kind="report_delivery",
        object_id=str(delivery.pk), at=at, changes={"report": delivery.run.schedule.report_id, "rows": delivery.rows},
    )  # fmt: skip
    found: bytes = settings.KAJING_KEYS.decrypt_bytes(COLUMN, bytes(delivery.content_enc))
    return found


def expire_files(at: datetime) -> int:
    """Files past their day are gone; returns how many."""
    old = ReportDelivery.objects.filter(expires_at__lte=at, content_enc__isnull=False)
    return old.update(content_enc=None)


def _check_time(every: str, weekday: int, month_day: int, form: str) -> None:
    if every not in Every.values or not 0 <= weekday <= 6 or not 1 <= month_day <= 31:
        raise CannotSchedule(_("Choose how often, and on which day."))
    if form not in ReportSchedule.Form.values:
        raise CannotSchedule(_("A file is XLSX or CSV."))


def _check_circle(actor: Person, people: Sequence[str], roles: Sequence[str]) -> None:
    if set(roles) - set(Role.values):
        raise CannotSchedule(_("Choose who gets the report."))
    others = set(people) - {actor.person_no}
    if (others or roles) and actor.role not in SHARES:
        raise CannotSchedule(_("Only leaders, risk and compliance send reports to others."))
    reach = Person.objects.filter(person_no__in=others, unit__path__startswith=actor.unit.path)
    if missing := others - set(reach.values_list("person_no", flat=True)):
        raise CannotSchedule(_("%(person)s is nobody of your unit.") % {"person": min(missing)[:64]})


def _check_mark(report: Report, measure: int | None, side: str, value: Decimal | None) -> None:
    if measure is None:
        return
    if not 0 <= measure < len(Definition.read(report.definition).measures):
        raise CannotSchedule(_("Choose one of the report's measures to watch."))
    if value is None or side not in ReportSchedule.Side.values:
        raise CannotSchedule(_("Say over or under which value people are told."))


def _tell(actor: Person, schedule: ReportSchedule, action: str, at: datetime) -> None:
    record(
        actor=actor.person_no, action=action, object_kind="report_schedule", object_id=str(schedule.pk), at=at,
        changes={"report": schedule.report_id, "every": schedule.every, "people": schedule.people,
                 "roles": schedule.roles, "measure": schedule.measure, "form": schedule.form},
    )  # fmt: skip
