"""Reports a person may open, the tables they make, and what may be asked of which list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, resolve
from django.utils.translation import gettext as _

from kajing.audit.selectors import today_for
from kajing.insights import pivot
from kajing.insights.models import Report, ReportDelivery, ReportSchedule, ReportVersion
from kajing.insights.pivot import AxisChoice, Definition, Limits, ReportRefused, Table
from kajing.insights.selectors.metrics import as_of
from kajing.objects.lists import spec_of
from kajing.objects.selectors import known
from kajing.org.models import Person
from kajing.org.selectors import names
from kajing.records.lists import LISTS, Context, ListSpec, conditions
from kajing.reference.selectors import NotInForce, parameter, parameter_values

RIGHT = "insights.report"
SHARES = frozenset({"LEADER", "BRANCH_HEAD", "RISK", "COMPLIANCE"})


def policy(key: str, on: date, otherwise: int) -> int:
    """A whole number of the bank's policy on a day; what is delivered stands in before it was loaded."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return otherwise
    return value if isinstance(value, int) else otherwise


def limits(on: date) -> Limits:
    """From how few cases on a rate is greyed, and how many groups a table may have (policy)."""
    delivered = {"report_small_n": 10, "report_groups_max": 5000}
    told = {key: value for key, value in parameter_values(delivered, on).items() if isinstance(value, int)}
    small, groups = (delivered | told).values()
    return Limits(small=small, groups=groups)


def right_of(spec: ListSpec) -> str:
    """The right that the list's own page asks for: who may open the list may report on it."""
    try:
        return str(getattr(resolve(spec.url).func, "right", "")) if spec.url_name else ""
    except NoReverseMatch:
        return ""


def may_ask(user: Any, spec: ListSpec) -> bool:
    """Whether this person may report on a list."""
    right = right_of(spec)
    return bool(right) and user.has_perm(RIGHT) and user.has_perm(right) and spec.sees(user)


def lists_for(user: Any) -> list[ListSpec]:
    """The lists this person may report on, those of the bank's own objects too."""
    own = [spec_of(one) for one in known(user).values()]  # known once a request: no query more
    return [spec for spec in [*LISTS.values(), *own] if may_ask(user, spec)]


def reports(user: Any) -> QuerySet[Report]:
    """One's own reports, those shared with one's unit and role, and the product's for one's role."""
    places = [code for code in user.unit.path.split("/") if code]
    for_role = Q(roles="") | Q(roles__contains=f",{user.role},")
    seen = Q(audience=Report.Audience.SYSTEM) | Q(audience=Report.Audience.UNIT, unit__in=places)
    lists = [spec.name for spec in lists_for(user)]
    return Report.objects.filter(Q(owner_no=user.person_no) | (seen & for_role), removed_at=None, list_name__in=lists)


def context_of(user: Any) -> Context:
    """Who looks, on their day."""
    return Context(user, today_for(user))


def table(user: Any, definition: Definition, context: Context | None = None) -> Table:
    """The table of a definition in this person's scope. Raises ReportRefused."""
    context = context or context_of(user)
    return pivot.run(definition, context, limits(context.today), spec_for(user, definition.list))


def spec_for(user: Any, name: str) -> ListSpec:
    """A list that this person may report on. Raises ReportRefused."""
    spec = next((one for one in lists_for(user) if one.name == name), None)
    if spec is None:
        raise ReportRefused(_("There is no list %(name)s.") % {"name": name}, "list")
    return spec


@dataclass
class Opened:
    """A report as its page shows it."""

    report: Report
    user: Any

    @cached_property
    def definition(self) -> Definition:
        """What it asks. Raises ReportRefused where a room no longer knows it."""
        return Definition.read(self.report.definition)

    @cached_property
    def context(self) -> Context:
        """Who looks."""
        return context_of(self.user)

    @property
    def own(self) -> bool:
        """Whether the person may change it."""
        return bool(self.report.owner_no) and self.report.owner_no == self.user.person_no

    @cached_property
    def owner(self) -> str:
        """Whose it is."""
        if not self.report.owner_no:
            return str(self.report.get_audience_display())
        return names({self.report.owner_no}).get(self.report.owner_no, self.report.owner_no)

    @cached_property
    def as_of(self) -> date | None:
        """The business date of the figures."""
        return as_of()


def opened(user: Any, report_id: int) -> Opened | None:
    """One report of those the person may open."""
    found = reports(user).filter(pk=report_id).first()
    return Opened(found, user) if found else None


def versions(report: Report) -> list[ReportVersion]:
    """What it was, newest first."""
    return list(report.versions.all())


def schedules(user: Any) -> QuerySet[ReportSchedule]:
    """The schedules this person made."""
    return ReportSchedule.objects.select_related("report").filter(owner=user, report__removed_at=None)


def deliveries(user: Any, *, at: datetime) -> QuerySet[ReportDelivery]:
    """Files that were made for this person and are still kept."""
    kept = ReportDelivery.objects.filter(person=user, expires_at__gt=at, content_enc__isnull=False)
    return kept.select_related("run__schedule__report")


def deliveries_of(user: Any, report: Report, *, at: datetime) -> list[ReportDelivery]:
    """Those of one report, the newest five; their bytes stay where they are."""
    return list(deliveries(user, at=at).filter(run__schedule__report=report).defer("content_enc")[:5])


def recipients(schedule: ReportSchedule, on: date) -> list[Person]:
    """Whom a schedule reaches today: those named and everybody of the named roles in the owner's unit, if they may see.

    People who left, and people whom the report is no longer shared with, get nothing.
    """
    roles = [role for role in schedule.roles.split(",") if role]
    named = Q(person_no__in=schedule.people)
    by_role = Q(role__in=roles, unit__path__startswith=schedule.owner.unit.path) if roles else Q(pk__in=[])
    found = Person.objects.select_related("unit").filter(named | by_role, is_active=True).order_by("pk")
    return [one for one in found if one.works_on(on) and sees(one, schedule.report)]


def sees(person: Person, report: Report) -> bool:
    """Whether a person may open a report."""
    return reports(person).filter(pk=report.pk).exists()


def circle(report: Report) -> str:
    """Who sees a report, in words."""
    return str(report.get_audience_display())


def condition_words(spec: ListSpec, where: str, context: Context) -> str:
    """A report's condition as a sentence."""
    return conditions.words(spec, conditions.read(spec, where, context), context) if where else _("all records")


def owners(rows: Iterable[Report]) -> dict[str, str]:
    """Names of those whose reports these are."""
    return names({row.owner_no for row in rows if row.owner_no})


def measure_words(found: Opened) -> list[str]:
    """What a report's measures are called. Raises ReportRefused."""
    spec = spec_for(found.user, found.report.list_name)
    return [one.label for one in pivot.measures_of(spec, found.definition, found.context)]


def own_schedules(found: Opened) -> list[ReportSchedule]:
    """The schedules that this person made of a report."""
    return list(schedules(found.user).filter(report=found.report))


def history(found: Opened) -> list[tuple[ReportVersion, str]]:
    """Versions with who made them."""
    rows = versions(found.report)
    known = names({row.by for row in rows})
    return [(row, known.get(row.by, row.by)) for row in rows]


def askable(user: Any) -> list[dict[str, Any]]:
    """Every list this person may report on: what it can be grouped by, and which fields can be summed up."""
    found = []
    for spec in lists_for(user):
        context = context_of(user)
        axes = pivot.axes_of(spec, context)
        found.append({
            "list": spec.name, "label": str(spec.label),
            "groupings": [
                {"name": AxisChoice(axis.field.name, axis.by).code, "label": axis.label} for axis in axes
            ],
            "fields": [{"name": one.name, "label": str(one.label)} for one in pivot.fields_for(spec, context)],
        })  # fmt: skip
    return found
