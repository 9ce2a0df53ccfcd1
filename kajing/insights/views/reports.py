"""Reports as pages: the list of them, building one, reading one, its files and schedules."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.customers.views.exporting import file_answer
from kajing.insights.forms import BuildForm, NameForm, ScheduleForm, filled
from kajing.insights.models import Report
from kajing.insights.pivot import Definition, ReportRefused
from kajing.insights.selectors import reports as asked
from kajing.insights.selectors.pages import Shown, overview, shown
from kajing.insights.services import reports as acts
from kajing.insights.services import schedules
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records.lists import ListSpec
from kajing.records.selectors import builder
from kajing.records.services.tables import TableFile
from kajing.ui.answers import is_partial

RIGHT = asked.RIGHT


@require_GET
@needs(RIGHT)
def index(request: HttpRequest) -> HttpResponse:
    """My reports, those shared with me, and the product's for my role."""
    return render(request, "insights/reports.html", overview(request.user, at=timezone.now()))


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def new(request: HttpRequest) -> HttpResponse:
    """Build a report: the address is what it asks; saving keeps it under a name."""
    specs = asked.lists_for(request.user)
    spec = next((one for one in specs if one.name == request.GET.get("list")), specs[0] if specs else None)
    if spec is None:
        raise Http404
    return _build(request, spec, None)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def edit(request: HttpRequest, report_id: int) -> HttpResponse:
    """Change a report of one's own."""
    found = _opened(request, report_id)
    spec = next((one for one in asked.lists_for(request.user) if one.name == found.report.list_name), None)
    if spec is None or not found.own:
        raise Http404
    return _build(request, spec, found)


def _build(request: HttpRequest, spec: ListSpec, found: asked.Opened | None) -> HttpResponse:
    """The builder, what it shows, and the form that keeps it."""
    context = asked.context_of(request.user)
    data = request.GET if "m1" in request.GET else _query(found.definition) if found else None
    form = BuildForm(spec, context, data, initial={"m1": "count", "r1": "", "chart": "bar"})
    name = NameForm(request.POST if request.method == "POST" else None, initial=_named(found))
    result = _asked(request, form, found)
    if request.method == "POST" and result and name.is_valid():
        try:
            report = _kept(request, result.table.definition, name, found)
        except DomainError as error:
            name.add_error(None, str(error))
        else:
            messages.success(request, _("Report saved"))
            return redirect("reports:report", report.pk)
    data_of_page = {
        "spec": spec, "specs": asked.lists_for(request.user), "form": form, "name": name, "shown": result,
        "found": found, "query": _kept_query(request),
    }  # fmt: skip
    failed = form.errors or (name.is_bound and name.errors)
    template = "insights/build.html#result" if is_partial(request) else "insights/build.html"
    return render(request, template, data_of_page, status=422 if failed else 200)


@require_GET
@needs(RIGHT)
def conditions(request: HttpRequest) -> HttpResponse:
    """The condition builder of a list, which comes after the page."""
    spec = next((one for one in asked.lists_for(request.user) if one.name == request.GET.get("list")), None)
    if spec is None:
        raise Http404
    made = builder(spec, request.GET.get("where", "")[:6000], asked.context_of(request.user))
    return render(request, "insights/conditions.html", {"builder": made})


def _kept_query(request: HttpRequest) -> str:
    """The address without its place in the table, for the pages of it."""
    kept = request.GET.copy()
    kept.pop("from", None)
    return kept.urlencode()


def _query(definition: Definition) -> QueryDict:
    made = QueryDict(mutable=True)
    made.update(filled(definition))
    return made


def _named(found: asked.Opened | None) -> dict[str, Any]:
    if found is None:
        return {}
    row = found.report
    return {"name": row.name, "note": row.note, "audience": row.audience, "roles": row.roles.strip(",").split(",")}


def _asked(request: HttpRequest, form: BuildForm, found: asked.Opened | None) -> Shown | None:
    """The table the form asks for; what cannot be told is an error of the form."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return shown(request.user, form.definition(), start=request.GET.get("from", ""))
    except ReportRefused as error:
        form.add_error("where" if error.place == "where" else None, str(error))
        return None


def _kept(request: HttpRequest, definition: Definition, form: NameForm, found: asked.Opened | None) -> Report:
    at = timezone.now()
    if found is None:
        return acts.save_report(actor=request.user, definition=definition, at=at, **form.about())
    version = request.POST.get("version", "")
    return acts.change_report(
        actor=request.user, report=found.report, definition=definition, at=at,
        version=int(version) if version.isdecimal() and len(version) < 9 else 0, **form.about(),
    )  # fmt: skip


@require_GET
@needs(RIGHT)
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report, in my scope."""
    found = _opened(request, report_id)
    data: dict[str, Any] = {"found": found, "at": timezone.now()}
    try:
        data["shown"] = shown(request.user, found.definition, start=request.GET.get("from", ""))
    except ReportRefused as error:
        data["problem"] = str(error)
    data["files"] = asked.deliveries_of(request.user, found.report, at=data["at"])
    return render(request, "insights/report.html", data)


@require_GET
@needs(RIGHT)
def history(request: HttpRequest, report_id: int) -> HttpResponse:
    """What a report was before."""
    found = _opened(request, report_id)
    return render(request, "insights/history.html", {"found": found, "rows": asked.history(found)})


@require_POST
@needs(RIGHT)
def act(request: HttpRequest, report_id: int, act: str) -> HttpResponse:
    """Copy, remove, or go back to an earlier version."""
    found = _opened(request, report_id)
    about: dict[str, Any] = {"actor": request.user, "report": found.report, "at": timezone.now()}
    try:
        if act == "copy":
            return redirect("reports:report", acts.copy_report(**about).pk)
        if act == "remove":
            acts.remove_report(**about)
            messages.success(request, _("Report removed"))
            return redirect("reports:list")
        number = request.POST.get("number", "")
        acts.restore_version(**about, number=int(number) if number.isdecimal() and len(number) < 9 else 0)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("reports:report", report_id)


@require_POST
@needs(RIGHT)
def export(request: HttpRequest, report_id: int) -> HttpResponse:
    """The report as a file."""
    found = _opened(request, report_id)
    return _file(request, found.report.definition, found.report.label, report_id)


@require_POST
@needs(RIGHT)
def export_new(request: HttpRequest) -> HttpResponse:
    """A table that is being built as a file."""
    try:
        definition = json.loads(request.POST.get("definition", ""))
    except ValueError:
        raise Http404 from None
    return _file(request, definition, _("Unsaved report"), None)


def _file(request: HttpRequest, definition: Any, name: str, report_id: int | None) -> HttpResponse:
    try:
        made = shown(request.user, Definition.read(definition))
        file = acts.export_table(
            actor=request.user, shown=made.table, name=name, form=request.POST.get("form", "xlsx"), at=timezone.now(),
            report=report_id,
        )  # fmt: skip
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("reports:report", report_id) if report_id else redirect("reports:list")
    return file_answer(file)


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def schedule(request: HttpRequest, report_id: int) -> HttpResponse:
    """Send a report by itself, or be told when a figure crosses a mark."""
    found = _opened(request, report_id)
    try:
        measures = asked.measure_words(found)
    except ReportRefused as error:
        messages.error(request, str(error))
        return redirect("reports:report", report_id)
    form = ScheduleForm(measures, request.POST or None, initial={"form": "xlsx", "people": request.user.person_no})
    if form.is_bound and form.is_valid():
        try:
            schedules.schedule_report(actor=request.user, report=found.report, at=timezone.now(), **form.about())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("It will be sent"))
            return redirect("reports:schedule", report_id)
    data = {
        "found": found,
        "form": form,
        "rows": asked.own_schedules(found),
        "shares": request.user.role in asked.SHARES,
    }
    return render(request, "insights/schedule.html", data, status=422 if form.is_bound else 200)


@require_POST
@needs(RIGHT)
def stop(request: HttpRequest, schedule_id: int) -> HttpResponse:
    """No longer send."""
    found = asked.schedules(request.user).filter(pk=schedule_id).first()
    if found is None:
        raise Http404
    schedules.stop_schedule(actor=request.user, schedule=found, at=timezone.now())
    messages.success(request, _("Stopped"))
    return redirect("reports:schedule", found.report_id)


@require_GET
@needs(RIGHT)
def fetch(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """A file that was made for me."""
    found = asked.deliveries(request.user, at=timezone.now()).filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    content = schedules.open_file(actor=request.user, delivery=found, at=timezone.now())
    return file_answer(TableFile(found.file_name, content, found.rows))


def _opened(request: HttpRequest, report_id: int) -> asked.Opened:
    found = asked.opened(request.user, report_id)
    if found is None:
        raise Http404
    return found
