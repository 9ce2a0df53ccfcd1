"""What the complaint list is filtered by. Days are those of the page's calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.complaints import choices, selectors
from kajing.customers.lists import InUnit
from kajing.customers.selectors import customers, matching
from kajing.org.models import Unit
from kajing.records.lists import Choice, Context, Filter, Flag, Moments, Period, Range, Text

SHOWS = {
    "running": _("To be answered"), "near": _("Near the deadline"), "overdue": pgettext_lazy("complaints", "Overdue"),
    "answered": _("Answered, not closed"), "open": pgettext_lazy("complaints", "Open"),
    "ended": pgettext_lazy("complaints", "Ended"), "all": pgettext_lazy("complaints", "All"),
}  # fmt: skip
WHOSE = {"mine": _("I handle them"), "nobody": _("Nobody handles them"), "all": _("All I see")}


def standing(show: str, context: Context) -> Q:
    """Complaints that stand so on the page's day."""
    today, running = context.today, Q(state__in=choices.RUNNING)
    last = today + timedelta(days=selectors.limits_of(context.user).red)
    ways = {
        "running": running,
        "near": running & Q(due_on__gte=today, due_on__lte=last),
        "overdue": running & Q(due_on__lt=today),
        "answered": Q(state=choices.State.ANSWERED),
        "open": Q(state__in=choices.OPEN),
        "ended": Q(state__in=choices.ENDED),
    }
    return ways.get(show, Q())


@dataclass(frozen=True, kw_only=True)
class Shown(Choice):
    """Where complaints stand; one of several is enough."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Compared with the page's day."""
        self._check(values, context)
        if "all" in values:
            return Q()
        found = Q(pk__in=[])
        for value in values:
            found |= standing(value, context)
        return found


@dataclass(frozen=True, kw_only=True)
class Whose(Choice):
    """Whose desk they lie on."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """`all` leaves nothing out: the list itself holds no more than one may see."""
        self._check(values, context)
        if "all" in values:
            return Q()
        ways = {"mine": Q(handler_id=context.user.person_no), "nobody": Q(handler=None)}
        found = Q(pk__in=[])
        for value in values:
            found |= ways[value]
        return found


@dataclass(frozen=True, kw_only=True)
class Coded(Choice):
    """A code stands for itself and everything below it."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """By the dictionary of the page's day."""
        tops = selectors.tops(selectors.codes_of(context.user))
        plain = [value.removeprefix("!") for value in values]
        codes = {code for code, top in tops.items() if code in plain or top in plain} | set(plain)
        found = Q(**{f"{self.path}__in": sorted(codes)})
        return ~found if values and all(value.startswith("!") for value in values) else found


def _codes(dimension: str) -> Any:
    return lambda context: selectors.code_choices(dimension, selectors.codes_of(context.user))


def _words(table: Any) -> Any:
    return lambda context: [(code, str(label)) for code, label in (table.items() if isinstance(table, dict) else table)]


def _search(text: str, context: Context) -> Q:
    """The number, the words of the complaint, or whatever finds its customer in the customers list."""
    about = customers(context.user).filter(matching(text)).order_by().values("pk")
    words = Q(number__icontains=text) | Q(description__icontains=text) | Q(regulator_ref__icontains=text)
    return words | Q(customer__in=about)


def _handlers(context: Context) -> list[tuple[str, str]]:
    return [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.handlers(context.user)]


def _units(context: Context) -> list[tuple[str, str]]:
    found = Unit.objects.filter(path__startswith=context.user.unit.path).order_by("path")[:200]
    return [(one.pk, one.name) for one in found]


FILTERS: list[Filter] = [
    Text(name="search", label=_("Search"), match=_search, choosable=False),
    Shown(name="show", label=_("Where it stands"), options=_words(SHOWS)),
    Whose(name="whose", label=_("Whose"), options=_words(WHOSE)),
    Choice(name="kind", label=_("Kind"), path="kind", options=_words(choices.Kind.choices)),
    Period(name="due", label=_("Last day by law"), path="due_on", also="due_on"),
    Choice(name="priority", label=_("Priority"), path="priority", options=_words(choices.Priority.choices)),
    Choice(
        name="source", label=pgettext_lazy("complaint", "Came in by"), path="source",
        options=_words(choices.Source.choices),
    ),
    Coded(
        name="business", label=pgettext_lazy("complaint", "Business"), path="business", options=_codes("B"),
        open_ended=True,
    ),
    Coded(
        name="channel", label=pgettext_lazy("complaint", "Channel"), path="channel", options=_codes("A"),
        open_ended=True,
    ),
    Coded(name="cause", label=pgettext_lazy("complaint", "Cause"), path="cause", options=_codes("C"), open_ended=True),
    Choice(name="handler", label=_("Handler"), path="handler_id", options=_handlers, open_ended=True),
    InUnit(name="unit", label=_("Unit"), path="unit_id", options=_units, open_ended=True),
    Period(name="service_due", label=_("Own last day"), path="service_due_on"),
    Moments(name="received", label=pgettext_lazy("complaint", "Received"), path="received_at", also="received_at"),
    Moments(name="answered", label=pgettext_lazy("complaint", "Answered"), path="answered_at"),
    Moments(name="ended", label=pgettext_lazy("complaint", "Ended"), path="ended_at"),
    Flag(name="extended", label=_("Got more time"), condition=lambda context: Q(stage__in=["COMPLEX", "EXTENDED"])),
    Flag(
        name="late", label=_("Answered late"),
        condition=lambda context: Q(answered_at__isnull=False, answered_at__date__gt=F("due_on")),
    ),
    Flag(name="escalated", label=_("Escalated"), condition=lambda context: Q(escalated=True)),
    Flag(name="regulatory", label=_("In the regulator's report"), condition=lambda context: Q(regulatory=True)),
    Flag(name="repeat", label=_("Complained before"), condition=lambda context: Q(repeat_of__isnull=False)),
    Choice(name="fault", label=_("Fault"), path="fault", options=_words(choices.Fault.choices)),
    Range(
        name="compensation", label=_("Compensation"), path="compensation", scale=Decimal(100), unit=_(" yuan")
    ),
    Text(
        name="customer", label=_("Customer number"), path="customer_id",
        match=lambda text, context: Q(customer_id=text),
    ),
    Text(
        name="against", label=_("Person complained of"), path="against_id",
        match=lambda text, context: Q(against_id=text),
    ),
]  # fmt: skip

FIELDS: list[Filter] = [
    Choice(name="state", label=_("State"), path="state", options=_words(choices.State.choices)),
    Choice(
        name="stage", label=pgettext_lazy("complaint", "Period"), path="stage", options=_words(choices.Stage.choices)
    ),
    Choice(name="who", label=_("Who complains"), path="who", options=_words(choices.Who.choices)),
    Text(name="number", label=_("Complaint number"), path="number", match=lambda text, context: Q(number__iexact=text)),
    Text(
        name="description", label=_("What it is about"), path="description",
        match=lambda text, context: Q(description__icontains=text),
    ),
    Period(name="incident", label=_("Day of the incident"), path="incident_on"),
    Flag(name="merged", label=_("Joined with another"), condition=lambda context: Q(merged_into__isnull=False)),
]  # fmt: skip
