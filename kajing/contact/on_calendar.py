"""What contacts put into the shared calendar and into calendar programs: planned visits and calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.contact import receivers  # noqa: F401  connects by being imported
from kajing.contact.choices import Channel, State
from kajing.contact.models import Interaction
from kajing.contact.selectors import contacts, makers_of
from kajing.customers.selectors import shown_name
from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.ui import formats
from kajing.ui import registry as ui

MOST = 400
LENGTH = timedelta(minutes=45)  # a plan has no end of its own; calendar programs want one
ICONS = {Channel.VISIT: "map-pin", Channel.PHONE: "phone", Channel.BRANCH: "building-bank"}


def planned(user: Any, first: date, last: date) -> QuerySet[Interaction]:
    """Plans of this person's (and of those they stand in for) in a span of days, kept or not; none called off."""
    start, end = (datetime.combine(day, time.min, SHANGHAI) for day in (first, last + timedelta(days=1)))
    found = contacts(user).filter(person__person_no__in=makers_of(user), planned_at__gte=start, planned_at__lt=end)
    return found.filter(~Q(state=State.CANCELLED)).select_related("customer").order_by("planned_at", "pk")[:MOST]


def events(user: Any, first: date, last: date) -> Iterator[ui.CalendarEvent]:
    """For the page and the API, with names as this person may know them."""
    for one in planned(user, first, last):
        movable = one.state == State.PLANNED
        yield ui.CalendarEvent(
            key=str(one.pk), title=_title(one, shown_name(user, one.customer)), start=_when(one),
            end=_when(one) + LENGTH, url=reverse("contact:detail", args=[one.pk]),
            icon=ICONS.get(Channel(one.channel), "message"),
            note=formats.listed(part for part in (one.district, one.place) if part), state=_state(one),
            done=one.state in {State.DONE, State.MISSED},
            move_url=reverse("contact:shift", args=[one.pk]) if movable else "",
        )  # fmt: skip


def outside(user: Any, first: date, last: date) -> Iterator[ui.CalendarEvent]:
    """For calendar programs: masked names, no place and no words that people wrote."""
    for one in planned(user, first, last):
        if one.state in {State.PLANNED, State.STARTED}:
            title = _title(one, masks.name(one.customer.name))
            yield ui.CalendarEvent(key=str(one.pk), title=title, start=_when(one), end=_when(one) + LENGTH)


def _when(one: Interaction) -> datetime:
    found = one.planned_at or one.at
    return found.astimezone(SHANGHAI)


def _title(one: Interaction, name: str) -> str:
    words = _("Visit: %(name)s") if one.channel == Channel.VISIT else _("%(channel)s: %(name)s")
    return words % {"name": name, "channel": one.get_channel_display()}


def _state(one: Interaction) -> str:
    """Nothing to say about a plan that waits."""
    return "" if one.state == State.PLANNED else str(one.get_state_display())


def register() -> None:
    """Say so to the calendar, and offer a visit in the "New" menu."""
    ui.calendar_sources.register(
        ui.CalendarSource(
            key="contacts", title=gettext_lazy("Visits and calls"), events=events, outside=outside,
            permission="contact.view", order=20,
        )
    )  # fmt: skip
    ui.new_items.register(
        ui.NewItem(
            key="visit", label=gettext_lazy("Visit"), url_name="contact:new_visit", icon="map-pin",
            permission="contact.log", order=20, shortcut="v",
        )
    )  # fmt: skip
