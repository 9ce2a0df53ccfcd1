"""What stands in a person's calendar: tasks, dates of their own customers, days off, other rooms' events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kajing.customers.models import CardAccount, Customer
from kajing.customers.selectors import shown_name
from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.reference.selectors import is_workday
from kajing.ui import registry
from kajing.workflow.events import days
from kajing.workflow.models import CalendarFeed, Task
from kajing.workflow.rows import KIND_ICONS, KIND_LABELS
from kajing.workflow.selectors.tasks import day_bounds, mine

MOST = 400
CELL = 6  # lines of a day in the month
FEED_DAYS = 60
_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day. `at` None means the whole day; `key` is unique among all lines, such as task-41.

    `move_url` is where another time goes by POST, empty for what cannot be moved here.
    """

    at: datetime | None
    title: str
    url: str
    icon: str
    done: bool = False
    key: str = ""
    kind: str = "task"  # task, date, or the key of another room's source
    note: str = ""
    state: str = ""
    move_url: str = ""


@dataclass(slots=True)
class Day:
    """One day with what stands in it."""

    day: date
    inside: bool  # of the shown month
    today: bool
    workday: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def shown(self) -> list[Entry]:
        """The lines a cell has room for; plans that can be moved before all others, so that none is hidden."""
        first = sorted(self.entries, key=lambda entry: not entry.move_url)[:CELL]
        return [entry for entry in self.entries if entry in first]

    @property
    def left_out(self) -> int:
        """Lines the cell leaves out."""
        return len(self.entries) - len(self.shown)

    @property
    def mark(self) -> str:
        """A day off in the week, or a make-up workday at the weekend."""
        weekend = self.day.isoweekday() >= _SATURDAY
        if self.workday == weekend:
            return _("make-up workday") if weekend else _("day off")
        return ""


def month_days(shown: date) -> tuple[date, date]:
    """The Monday before the month and the Sunday after it."""
    first = shown.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    last = following - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def week_days(shown: date) -> tuple[date, date]:
    """Monday and Sunday."""
    first = shown - timedelta(days=shown.weekday())
    return first, first + timedelta(days=6)


def day_only(shown: date) -> tuple[date, date]:
    """One day is its own first and last."""
    return shown, shown


def calendar(user: Any, first: date, last: date, *, month: int | None, today: date) -> list[Day]:
    """Every day of the span with its entries, the whole-day ones first."""
    found = {
        day: Day(day, month is None or day.month == month, day == today, is_workday(day)) for day in days(first, last)
    }
    for day, entry in [*_tasks(user, first, last), *_dates(user, first, last), *_others(user, first, last)]:
        if day in found:
            found[day].entries.append(entry)
    for one in found.values():
        one.entries.sort(key=lambda entry: (entry.at is not None, entry.at or datetime.min.replace(tzinfo=SHANGHAI)))
    return list(found.values())


def _tasks(user: Any, first: date, last: date) -> Iterator[tuple[date, Entry]]:
    found = mine(user).exclude(state=Task.State.CANCELLED)
    found = found.filter(due_at__gte=day_bounds(first)[0], due_at__lt=day_bounds(last)[1]).select_related("customer")
    for task in found.order_by("due_at", "pk")[:MOST]:
        due = task.due_at.astimezone(SHANGHAI)
        name = f"{shown_name(user, task.customer)} " if task.customer else ""
        url = reverse("workflow:detail", args=[task.pk])
        icon = KIND_ICONS.get(task.kind, "checkbox")
        done = task.state == Task.State.DONE
        yield due.date(), Entry(due, f"{name}{task.title_text}", url, icon, done, key=f"task-{task.pk}")


def _dates(user: Any, first: date, last: date) -> Iterator[tuple[date, Entry]]:
    """Birthdays and ends of temporary limits of the person's own customers."""
    if not user.has_perm("customers.view"):
        return
    months = {day.month for day in days(first, last)}
    by_day = {(day.month, day.day): day for day in days(first, last)}
    own = Customer.objects.filter(manager=user, status=Customer.Status.ACTIVE)
    for one in own.filter(birth_date__month__in=sorted(months))[:MOST]:
        if one.birth_date and (day := by_day.get((one.birth_date.month, one.birth_date.day))):
            yield day, _date_entry(user, one, _("Birthday of %(name)s"), "heart", "birthday")
    ending = CardAccount.objects.filter(customer__in=own, temp_limit_until__gte=first, temp_limit_until__lte=last)
    for account in ending.select_related("customer")[:MOST]:
        if account.temp_limit_until:
            yield (
                account.temp_limit_until,
                _date_entry(user, account.customer, _("Temporary limit of %(name)s ends"), "clock", "limit"),
            )


def _date_entry(user: Any, customer: Customer, text: str, icon: str, what: str) -> Entry:
    url, title = reverse("customers:page", args=[customer.pk]), text % {"name": shown_name(user, customer)}
    return Entry(None, title, url, icon, key=f"{what}-{customer.pk}", kind="date")


def _others(user: Any, first: date, last: date) -> Iterator[tuple[date, Entry]]:
    """Events that other rooms registered."""
    for source in registry.calendar_sources.allowed(user):
        for one in source.events(user, first, last):
            start = one.start.astimezone(SHANGHAI)
            entry = Entry(
                None if one.all_day else start, one.title, one.url, one.icon, one.done, key=f"{source.key}-{one.key}",
                kind=source.key, note=one.note, state=one.state, move_url=one.move_url,
            )  # fmt: skip
            yield start.date(), entry


def feed_of(user: Any) -> CalendarFeed | None:
    """The person's address in force."""
    return CalendarFeed.objects.filter(person=user, ended_at=None).first()


def person_of_feed(secret: str) -> Person | None:
    """Who a secret address belongs to; None when it is wrong, taken back, or the person left."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    found = CalendarFeed.objects.filter(digest=digest, ended_at=None).select_related("person__unit").first()
    return found.person if found and found.person.is_active else None


def ics(person: Person, *, today: date, at: datetime) -> str:
    """The person's open tasks and planned visits as an iCalendar text; customers by masked names only (RFC 5545)."""
    first, last = today - timedelta(days=7), today + timedelta(days=FEED_DAYS)
    found = mine(person).filter(state=Task.State.OPEN)
    found = found.filter(due_at__gte=day_bounds(first)[0], due_at__lt=day_bounds(last)[1]).select_related("customer")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Kajing//Tasks//EN", "METHOD:PUBLISH"]
    for task in found.order_by("due_at", "pk")[:MOST]:
        lines += _task_event(task, at)
    for source in registry.calendar_sources.allowed(person):
        for one in source.outside(person, first, last) if source.outside else ():
            lines += _event(f"{source.key}-{one.key}", one.title, one.start, one.end, at)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _task_event(task: Task, at: datetime) -> list[str]:
    """The title is the kind of task, never the words people wrote: they may name somebody."""
    name = f" {masks.name(task.customer.name)}" if task.customer else ""
    kind = KIND_LABELS.get(task.kind, _("Task"))
    return _event(f"task-{task.pk}", f"{kind}{name}", task.due_at, None, at)


def _event(key: str, title: str, start: datetime, end: datetime | None, at: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT", f"UID:{key}@kajing", f"DTSTAMP:{_utc(at)}", f"DTSTART:{_utc(start)}",
        f"DTEND:{_utc(end or start + timedelta(minutes=30))}", f"SUMMARY:{_escaped(title)}", "END:VEVENT",
    ]  # fmt: skip


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes; what follows begins with a space."""
    parts, current = [], ""
    for character in line:
        if len((current + character).encode()) > 74:
            parts.append(current)
            current = " "
        current += character
    return [*parts, current]
