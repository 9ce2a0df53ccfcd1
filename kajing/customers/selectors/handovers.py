"""Handovers a person may read, and what stands in them today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from kajing.customers import extensions, words
from kajing.customers.handover import Line, Section, sections_for
from kajing.customers.models import Card, CardAccount, ContactHold, Customer, CustomerFigures, Handover, HandoverItem
from kajing.customers.selectors.people import customers, shown_name
from kajing.lib import money
from kajing.lib.scope import ALL
from kajing.org.scoping import current_scope
from kajing.org.selectors import names
from kajing.reference.selectors import parameter_values
from kajing.ui import formats

SHOWN = 40  # lines of a section on the page; the file has them all
HIGH_USE = 0.9
HORIZON_DAYS = 60  # where the policy is not loaded
RISKY = ("HIGH", "SEVERE")


def handovers(user: Any) -> QuerySet[Handover]:
    """Those received (or stood in for), made, and for leaders those to or from their units."""
    scope = current_scope(user)
    mine = Q(receiver_id=user.person_no) | Q(made_by=user.person_no)
    if scope.managers is not ALL:
        mine |= Q(receiver_id__in=scope.managers)
    elif user.has_perm("customers.assign"):
        mine = Q() if scope.units is ALL else mine | Q(unit__in=scope.units) | Q(items__unit__in=scope.units)
    found = Handover.objects.filter(mine).select_related("receiver__unit", "reversal").distinct()
    return found.annotate(count=Count("items", distinct=True)).order_by("-made_at", "-id")


@dataclass(frozen=True)
class Told:
    """A line with the customer's name as the reader may see it."""

    line: Line
    name: str
    url: str


@dataclass(frozen=True)
class Part:
    """A section with its first lines; `total` counts them all."""

    section: Section
    lines: list[Told]
    total: int

    @property
    def more(self) -> int:
        """Lines the page leaves out."""
        return self.total - len(self.lines)


@dataclass(frozen=True)
class Pack:
    """A handover as one person reads it today: only customers they still see have lines."""

    handover: Handover
    givers: list[str]
    made_by: str
    count: int
    seen: int
    moved_on: int
    counts: list[tuple[Any, int]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def outside(self) -> int:
        """Customers of the handover beyond the reader's sight."""
        return self.count - self.seen


def pack(user: Any, handover: Handover, today: date, *, most: int | None = SHOWN) -> Pack:
    """Read the pack; with `most` None every line, for the file."""
    items = list(handover.items.values_list("customer_id", "manager_no"))
    seen = {one.pk: one for one in _seen(user, [pk for pk, _no in items])}
    known = names({no for _pk, no in items if no} | {handover.made_by})
    ids = [pk for pk, _no in items if pk in seen]
    return Pack(
        handover=handover,
        givers=sorted({known.get(no, no) if no else str(_("public pool")) for _pk, no in items}),
        made_by=known.get(handover.made_by, handover.made_by),
        count=len(items),
        seen=len(ids),
        moved_on=sum(one.manager_id != handover.receiver_id for one in seen.values()),
        counts=moving_with(user, ids),
        parts=[part for section in sections_for(user) if (part := _part(user, section, ids, seen, today, most)).total],
    )


def _seen(user: Any, ids: Sequence[str]) -> Iterator[Customer]:
    for start in range(0, len(ids), 500):
        yield from customers(user).filter(pk__in=ids[start : start + 500])


def _part(
    user: Any, section: Section, ids: list[str], seen: dict[str, Customer], today: date, most: int | None
) -> Part:
    lines = [line for line in section.load(user, ids, today) if line.customer_id in seen]
    told = [
        Told(line, shown_name(user, seen[line.customer_id]), reverse("customers:page", args=[line.customer_id]))
        for line in lines[:most]
    ]
    return Part(section, told, len(lines))


def moving_with(user: Any, ids: Sequence[str]) -> list[tuple[Any, int]]:
    """What goes along with these customers: tasks, alerts and whatever else rooms above count, as (words, number)."""
    found = []
    for counter in extensions.counters.values():
        if not counter.permission or user.has_perm(counter.permission):
            parts = [counter.count(user, ids[start : start + 500]) for start in range(0, len(ids), 500)]
            found.append((counter.label, sum(sum(part.values()) for part in parts)))
    return found


# -- the room's own sections -----------------------------------------------------------------------------------------
def risks(user: Any, ids: Sequence[str], today: date) -> list[Line]:
    """Who is overdue, high in risk, or near the limit; the most money first."""
    alarming = ~Q(bucket__in=["", "M0"]) | Q(risk_band__in=RISKY) | Q(utilisation__gte=HIGH_USE)
    rows = CustomerFigures.objects.filter(alarming, customer__in=ids)
    ordered = sorted(rows, key=lambda one: (-(one.dpd or 0), one.risk_band != "SEVERE", -(one.balance or 0)))
    return [_risk(one) for one in ordered]


def _risk(one: CustomerFigures) -> Line:
    said = [words.bucket_words(one.bucket)] if one.bucket not in {"", "M0"} else []
    if one.risk_band in RISKY:
        said.append(_("risk %(band)s") % {"band": words.BANDS[one.risk_band]})
    if one.utilisation is not None and one.utilisation >= HIGH_USE:
        said.append(_("Use of limit %(share)s") % {"share": formats.percent(one.utilisation)})
    note = _("balance %(amount)s") % {"amount": money.full(one.balance)} if one.balance else ""
    return Line(one.customer_id, formats.listed(said), note, tone=words.bucket_tone(one.bucket) or "warn")


def dates(user: Any, ids: Sequence[str], today: date) -> list[Line]:
    """What happens in the next days: due days, limits that end, cards that expire or fall asleep, birthdays."""
    days = parameter_values(["handover_horizon"], today).get("handover_horizon", HORIZON_DAYS)
    until = today + timedelta(days=int(str(days)))
    found = [*_figures_dates(ids, today, until), *_ends(ids, today, until), *_birthdays(ids, today, until)]
    return sorted(found, key=lambda line: (line.on or until, line.customer_id))


def _figures_dates(ids: Sequence[str], today: date, until: date) -> Iterator[Line]:
    rows = CustomerFigures.objects.filter(customer__in=ids)
    for one in rows.filter(next_due_on__range=(today, until), minimum_due__gt=0):
        text = _("due day, at least %(amount)s") % {"amount": money.full(one.minimum_due or 0)}
        yield Line(one.customer_id, text, on=one.next_due_on)
    for one in rows.filter(sleeping_on__range=(today, until)):
        yield Line(one.customer_id, _("the card falls asleep"), on=one.sleeping_on, tone="warn")


def _ends(ids: Sequence[str], today: date, until: date) -> Iterator[Line]:
    for account in CardAccount.objects.filter(customer__in=ids, temp_limit_until__range=(today, until)):
        yield Line(account.customer_id, _("the temporary limit ends"), on=account.temp_limit_until, tone="warn")
    for card in Card.objects.filter(customer__in=ids, expires_on__range=(today, until), closed_on=None):
        text = _("card **** %(last4)s expires") % {"last4": card.last4}
        yield Line(card.customer_id, text, on=card.expires_on)


def _birthdays(ids: Sequence[str], today: date, until: date) -> Iterator[Line]:
    months = {(today + timedelta(days=offset)).month for offset in range((until - today).days + 1)}
    born = Customer.objects.filter(pk__in=ids, birth_date__month__in=months).values_list("pk", "birth_date")
    for pk, day in born:
        on = next_birthday(day, today) if day else None
        if on and on <= until:
            yield Line(pk, pgettext("event", "birthday"), on=on)


def next_birthday(born: date, today: date) -> date:
    """The birthday on or after a day; who was born on 29 February has it on the 28th in other years."""
    for year in (today.year, today.year + 1):
        try:
            on = born.replace(year=year)
        except ValueError:
            on = date(year, 2, 28)
        if on >= today:
            return on
    return on


def unspeakable(user: Any, ids: Sequence[str], today: date) -> list[Line]:
    """What not to speak of: open complaints, refusals, hardship, fraud, death."""
    holds = ContactHold.objects.filter(customer__in=ids, lifted_at=None).order_by("-placed_at")
    live = [one for one in holds if one.until is None or one.until >= today]
    return [
        Line(one.customer_id, _(words.HOLDS.get(one.kind, one.kind)), one.reason, on=one.placed_at.date(), tone="bad")
        for one in live
    ]


# Name, title, load, place, icon, what to do with it.
OWN_SECTIONS = (
    ("risks", gettext_lazy("Top risks"), risks, 10, "alert-triangle", ""),
    (
        "unspeakable", gettext_lazy("Do not speak of"), unspeakable, 20, "ban",
        gettext_lazy("Read these before the first contact; the contact gate also holds you back."),
    ),
    ("dates", gettext_lazy("Coming dates"), dates, 60, "calendar", ""),
)  # fmt: skip


def givers_of(found: Iterable[Handover]) -> dict[int, str]:
    """Whose customers each handover moved, in words, in one query for a page."""
    numbers: dict[int, set[str]] = {}
    rows = HandoverItem.objects.filter(handover__in=list(found)).values_list("handover_id", "manager_no").distinct()
    for pk, number in rows:
        numbers.setdefault(pk, set()).add(number)
    known = names({number for each in numbers.values() for number in each if number})
    return {
        pk: formats.listed(sorted(known.get(number, number) if number else str(_("public pool")) for number in each))
        for pk, each in numbers.items()
    }
