"""Reports, their schedules and the dashboard over the API; every figure within the caller's scope."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import BankId, Body, Line, Note, RowId
from kajing.insights.models import Dashboard, Report, ReportSchedule
from kajing.insights.pivot import Definition
from kajing.insights.pivot.opening import where
from kajing.insights.selectors import dashboards as tiles
from kajing.insights.selectors import reports as asked
from kajing.insights.selectors.metrics import as_of
from kajing.insights.services import dashboards, schedules
from kajing.insights.services import reports as acts
from kajing.lib.access import needs

router = Router()
RIGHT = asked.RIGHT
SAMPLE = {
    "list": "customers", "rows": ["manager"], "column": "", "where": "status = ACTIVE", "top": 10, "sort": "-0",
    "chart": "bar",
    "measures": [{"kind": "share", "where": "dpd > 0", "label": "In arrears"}, {"kind": "sum", "field": "spend"}],
}  # fmt: skip
Texts = list[str]
Roles = list[Literal["MANAGER", "LEADER", "BRANCH_HEAD", "RISK", "SERVICE", "COMPLIANCE", "ADMIN", "AUDITOR"]]


class MeasureIn(Body):
    """One figure of every cell."""

    kind: Literal["count", "share", "sum", "mean", "median", "min", "max", "ratio"]
    field: str = Field("", max_length=60, description="Of sum, mean, median, min, max, ratio.", examples=["spend"])
    over: str = Field("", max_length=60, description="What a ratio is taken over.", examples=["credit_limit"])
    where: str = Field("", max_length=6000, description="What a share is the share of.", examples=["dpd > 0"])
    among: str = Field("", max_length=6000, description="Of whom a share is; empty: of all in the cell.")
    label: str = Field("", max_length=60)


Measures = list[MeasureIn]


class DefinitionIn(Body):
    """What a report asks. Fields and conditions are those of the list: `GET /reports/lists`."""

    list: str = Field(max_length=40, examples=["customers"])
    rows: Texts = Field([], max_length=2, examples=[["manager", "opened:month"]])
    column: str = Field("", max_length=80, examples=["risk_band"])
    measures: Measures = Field([], max_length=4, description="Empty: a count.")
    where: str = Field("", max_length=6000, examples=["status = ACTIVE"])
    top: int = Field(0, ge=0, le=100, description="Keep so many values of the first grouping; 0: all.")
    sort: str = Field("", max_length=4, description="A measure's number from 0, with - the largest first.")
    chart: Literal["bar", "stacked", "line", "heat", "none"] = "bar"


class ReportOut(Schema):
    """A report: a question under a name."""

    id: int
    slug: str = Field(description="Of those that come with the product.")
    name: str
    note: str
    audience: str = Field(examples=["UNIT"])
    roles: list[str]
    owner_no: str
    version: int
    changed_at: datetime
    definition: dict[str, Any] = Field(examples=[SAMPLE])


class ReportsOut(Schema):
    """The reports I may open."""

    items: list[ReportOut]


class ReportVersionOut(Schema):
    """A version: what the report asked, who saved it, when."""

    number: int
    name: str
    definition: dict[str, Any]
    by: str = Field(description="Person number.")
    at: datetime


class ReportVersionsOut(Schema):
    """What a report was."""

    items: list[ReportVersionOut]


class ReportIn(Body):
    """A new report."""

    name: Line = Field(examples=["Arrears by manager"])
    note: Note = ""
    definition: DefinitionIn
    audience: Literal["MINE", "UNIT"] = "MINE"
    roles: Roles = []


class ReportPatch(Body):
    """What is given changes; `version` is the one that was read."""

    version: int = Field(ge=1, le=10**9)
    name: Line | None = None
    note: Note | None = None
    definition: DefinitionIn | None = None
    audience: Literal["MINE", "UNIT"] | None = None
    roles: Roles | None = None


class FigureOut(Schema):
    """One figure: fen, a share from 0 to 1, or a number; with its 95 % interval where there is one."""

    value: float | None
    n: int
    low: float | None
    high: float | None
    small: bool = Field(description="Rests on too few records to tell much (policy report_small_n).")


class ReportCellOut(Schema):
    """One place of the table; `where` is the condition that finds exactly its rows on the list."""

    n: int
    figures: list[FigureOut]
    where: str | None


class ReportLineOut(Schema):
    """One line: row, group (a subtotal), others or total."""

    kind: str = Field(examples=["row"])
    path: list[str]
    cells: list[ReportCellOut]
    total: ReportCellOut
    rank: list[int] | None = Field(description="Best and worst place that the intervals leave open.")


class ReportMeasureOut(Schema):
    """A measure in words, and the unit of its values: money (fen), share, number."""

    label: str
    kind: str
    unit: str


MeasuresOut = list[ReportMeasureOut]
LinesOut = list[ReportLineOut]


class TableOut(Schema):
    """What a report tells me."""

    list: str
    as_of: date | None
    asked_at: datetime
    rows: Texts
    columns: Texts
    measures: MeasuresOut
    lines: LinesOut
    total: ReportLineOut
    notes: Texts


class AskableField(Schema):
    """A field by name, with its word."""

    name: str
    label: str


Fields = list[AskableField]


class AskableList(Schema):
    """A list, what it can be grouped by, and which fields can be summed up."""

    list: str
    label: str
    groupings: Fields
    fields: Fields


class AskableLists(Schema):
    """What I may ask."""

    items: list[AskableList]


class ScheduleIn(Body):
    """When, to whom; with `measure` only when that figure crosses `value` (percent, yuan or a number)."""

    every: Literal["DAY", "WEEK", "MONTH"]
    at_time: time = Field(examples=["08:00"])
    weekday: int = Field(0, ge=0, le=6, description="0 is Monday.")
    month_day: int = Field(1, ge=1, le=31)
    form: Literal["", "xlsx", "csv"] = "xlsx"
    people: list[BankId] = Field([], max_length=50, description="Person numbers; empty: myself.")
    roles: Roles = []
    measure: int | None = Field(None, ge=0, le=3)
    side: Literal[">", "<"] = ">"
    value: Decimal | None = Field(None, ge=-(10**13), le=10**13)
    every_line: bool = False


class ReportScheduleOut(Schema):
    """A schedule of mine; `next_due_at` is null once it has stopped."""

    id: int
    report_id: int
    every: str
    at_time: time
    weekday: int
    month_day: int
    form: str
    people: list[str]
    roles: str
    measure: int | None
    side: str
    value: Decimal | None
    every_line: bool
    next_due_at: datetime | None
    stopped_why: str


class ReportSchedulesOut(Schema):
    """My schedules of a report."""

    items: list[ReportScheduleOut]


class TileIn(Body):
    """A metric's name, a report's number or slug, list:view of a count, or a figure's key."""

    kind: Literal["metric", "report", "count", "figure"]
    ref: str = Field(max_length=80, examples=["utilisation"])
    shown: Literal["", "chart", "table"] = ""
    size: int = Field(1, ge=1, le=2)


class DashboardIn(Body):
    """All tiles in their order; `version` as it was read (0: none of one's own yet)."""

    tiles: list[TileIn] = Field(max_length=16)
    version: int = Field(ge=0, le=10**9)


class TileOut(Schema):
    """A tile with its place."""

    kind: str
    ref: str
    shown: str
    size: int


class DashboardOut(Schema):
    """My dashboard; `own` is false while it is my role's."""

    own: bool
    version: int
    tiles: list[TileOut]


@router.get("/reports", response=ReportsOut, summary="Reports I may open")
@needs(RIGHT)
def report_list(request: HttpRequest) -> dict[str, Any]:
    """Mine, those shared with my unit and role, and the product's for my role."""
    return {"items": [_report(one) for one in asked.reports(request.user)]}


@router.post("/reports", response=ReportOut, summary="Save a report")
@needs(RIGHT)
def create_report(request: HttpRequest, body: ReportIn) -> dict[str, Any]:
    """422 says what cannot be asked and where."""
    made = acts.save_report(
        actor=request.user, definition=_definition(body.definition), name=body.name, note=body.note,
        audience=body.audience, roles=body.roles, at=timezone.now(),
    )  # fmt: skip
    return _report(made)


@router.get("/reports/lists", response=AskableLists, summary="What reports can be made of")
@needs(RIGHT)
def report_lists(request: HttpRequest) -> dict[str, Any]:
    """Every list I may report on, with its groupings and the fields that can be summed up."""
    return {"items": asked.askable(request.user)}


@router.post("/reports/run", response=TableOut, summary="Ask without saving")
@needs(RIGHT)
def run_definition(request: HttpRequest, body: DefinitionIn) -> dict[str, Any]:
    """The table of a definition, in my scope."""
    return _table(request, _definition(body))


@router.get("/reports/{report_id}", response=ReportOut, summary="One report")
@needs(RIGHT)
def report_detail(request: HttpRequest, report_id: RowId) -> dict[str, Any]:
    """Its name and what it asks."""
    return _report(_opened(request, report_id).report)


@router.patch("/reports/{report_id}", response=ReportOut, summary="Change a report")
@needs(RIGHT)
def patch_report(request: HttpRequest, report_id: RowId, body: ReportPatch) -> dict[str, Any]:
    """Only its owner; 409 when it was changed since `version`."""
    changed = acts.change_report(
        actor=request.user, report=_opened(request, report_id).report, version=body.version, name=body.name,
        note=body.note, definition=_definition(body.definition) if body.definition else None, audience=body.audience,
        roles=body.roles, at=timezone.now(),
    )  # fmt: skip
    return _report(changed)


@router.delete("/reports/{report_id}", response=ReportOut, summary="Remove a report")
@needs(RIGHT)
def delete_report(request: HttpRequest, report_id: RowId) -> dict[str, Any]:
    """Only its owner; its schedules stop. Answers what it was."""
    found = _opened(request, report_id).report
    acts.remove_report(actor=request.user, report=found, at=timezone.now())
    return _report(found)


@router.get("/reports/{report_id}/run", response=TableOut, summary="What a report tells me")
@needs(RIGHT)
def run_report(request: HttpRequest, report_id: RowId) -> dict[str, Any]:
    """Lines, columns, totals, intervals, in my scope."""
    return _table(request, _opened(request, report_id).definition)


@router.get("/reports/{report_id}/versions", response=ReportVersionsOut, summary="What a report was before")
@needs(RIGHT)
def version_list(request: HttpRequest, report_id: RowId) -> dict[str, Any]:
    """Newest first; send an earlier definition by PATCH to go back to it."""
    return {"items": asked.versions(_opened(request, report_id).report)}


@router.get("/reports/{report_id}/schedules", response=ReportSchedulesOut, summary="My schedules of a report")
@needs(RIGHT)
def schedule_list(request: HttpRequest, report_id: RowId) -> dict[str, Any]:
    """Stopped ones too."""
    return {"items": asked.own_schedules(_opened(request, report_id))}


@router.post("/reports/{report_id}/schedules", response=ReportScheduleOut, summary="Send or watch a report")
@needs(RIGHT)
def create_schedule(request: HttpRequest, report_id: RowId, body: ScheduleIn) -> ReportSchedule:
    """Each recipient gets the figures of their own scope, in the inbox."""
    report = _opened(request, report_id).report
    return schedules.schedule_report(actor=request.user, report=report, at=timezone.now(), **body.dict())


@router.delete("/report-schedules/{schedule_id}", response=ReportScheduleOut, summary="Stop a schedule")
@needs(RIGHT)
def delete_schedule(request: HttpRequest, schedule_id: RowId) -> ReportSchedule:
    """Only who set it up; it stays on record without a next time."""
    found = asked.schedules(request.user).filter(pk=schedule_id).first()
    if found is None:
        raise Http404
    schedules.stop_schedule(actor=request.user, schedule=found, at=timezone.now())
    found.next_due_at = None
    return found


@router.get("/dashboard", response=DashboardOut, summary="My dashboard")
@needs(RIGHT)
def dashboard(request: HttpRequest) -> dict[str, Any]:
    """My own tiles, or those of my role."""
    return _dashboard(request)


@router.put("/dashboard", response=DashboardOut, summary="Place my tiles")
@needs(RIGHT)
def put_dashboard(request: HttpRequest, body: DashboardIn) -> dict[str, Any]:
    """Makes a copy of my own; 409 when it was changed since `version`."""
    given = [{"kind": one.kind, "ref": one.ref, "as": one.shown, "size": one.size} for one in body.tiles]
    dashboards.place_tiles(actor=request.user, tiles=given, version=body.version, at=timezone.now())
    return _dashboard(request)


@router.delete("/dashboard", response=DashboardOut, summary="Back to my role's dashboard")
@needs(RIGHT)
def delete_dashboard(request: HttpRequest) -> dict[str, Any]:
    """Drops my own copy; answers the role's."""
    dashboards.reset_dashboard(actor=request.user, at=timezone.now())
    return _dashboard(request)


def _opened(request: HttpRequest, report_id: int) -> asked.Opened:
    found = asked.opened(request.user, report_id)
    if found is None:
        raise Http404
    return found


def _definition(body: DefinitionIn) -> Definition:
    return Definition.read(body.dict())


def _report(row: Report) -> dict[str, Any]:
    return {
        "id": row.pk, "slug": row.slug, "name": row.label, "note": row.note_text, "audience": row.audience,
        "roles": [one for one in row.roles.split(",") if one], "owner_no": row.owner_no, "version": row.version,
        "changed_at": row.changed_at, "definition": row.definition,
    }  # fmt: skip


def _table(request: HttpRequest, definition: Definition) -> dict[str, Any]:
    shown = asked.table(request.user, definition)

    def cell(one: Any) -> dict[str, Any]:
        figures = [
            {"value": _plain(f.value.amount), "n": f.value.n, "low": _plain(f.value.low), "high": _plain(f.value.high),
             "small": f.small}
            for f in one.figures
        ]  # fmt: skip
        return {"n": one.n, "figures": figures, "where": where(shown, one)}

    def line(one: Any) -> dict[str, Any]:
        return {
            "kind": one.kind, "path": list(one.path), "cells": [cell(place) for place in one.cells],
            "total": cell(one.total), "rank": list(one.rank) if one.rank else None,
        }  # fmt: skip

    return {
        "list": shown.spec.name, "as_of": as_of(), "asked_at": timezone.now(),
        "rows": [axis.label for axis in shown.axes], "columns": shown.columns, "notes": shown.notes,
        "measures": [{"label": one.label, "kind": one.kind, "unit": one.unit} for one in shown.measures],
        "lines": [line(one) for one in shown.lines], "total": line(shown.total),
    }  # fmt: skip


def _plain(amount: Any) -> float | None:
    return None if amount is None else float(amount)


def _dashboard(request: HttpRequest) -> dict[str, Any]:
    own: Dashboard | None = tiles.own_dashboard(request.user)
    placed = [
        {"kind": one.kind, "ref": one.ref, "shown": one.shown, "size": one.size} for one in tiles.placed(request.user)
    ]
    return {"own": own is not None, "version": own.version if own else 0, "tiles": placed}
