"""Days in customers' lives that start a playbook or a rule. A room says "here is one more": `events.register(…)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Card, CardAccount, Customer
from kajing.lib.registers import Register
from kajing.products.models import Product

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Event:
    """One day of one customer; `key` is the same whenever the same event is found again.

    `about` tells what the event is about, in the words of its kind's facets and as ids: no personal data. Of an event
    of a record without a customer, `customer_id` is empty, and `object_id` of `about` is the record's number.
    """

    customer_id: str
    day: date
    key: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """One sort of event. `between(first, last)` finds those whose day lies in the span, both ends included.

    `facets` name what a rule may narrow it by, each with its values and their words. `of` finds the same event for
    rules about other records than customers, with or without a customer, by the name of their kind.
    """

    name: str
    title: Text
    between: Callable[[date, date], Iterable[Event]]
    known_ahead: bool = True  # whether the day is known before it comes
    facets: Mapping[str, Callable[[], Mapping[str, Text]]] = field(default_factory=dict)
    of: Mapping[str, Callable[[date, date], Iterable[Event]]] = field(default_factory=dict)

    def tells_of(self, subject: str) -> bool:
        """Whether a rule about this kind of records can wait for it."""
        return subject in self.of or subject == "customer"

    def found(self, subject: str, first: date, last: date) -> Iterable[tuple[str, Event]]:
        """Each event of a span with the number of the record it is about."""
        if subject == "customer":
            return ((one.customer_id, one) for one in self.between(first, last))
        return ((one.about["object_id"], one) for one in self.of[subject](first, last))


KINDS: Register[EventKind] = Register()


def register(*kinds: EventKind) -> None:
    """Add kinds of events; the same name again replaces the earlier one."""
    for kind in kinds:
        KINDS[kind.name] = kind


def kind_of(name: str) -> EventKind | None:
    """The kind of that name; None when its room is gone."""
    found: EventKind | None = KINDS.get(name)
    return found


def kinds() -> list[EventKind]:
    """Every kind, in the order of registration; then those of the bank's own objects."""
    return KINDS.everything()


def days(first: date, last: date) -> Iterator[date]:
    """Every day of a span."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _on_these_days(field: str, first: date, last: date) -> tuple[Q, dict[tuple[int, int], date]]:
    """A condition on the month of a date field, and the day of the span each (month, day) stands for: check that too.

    Whoever was born on 29 February has the 28th in other years.
    """
    wanted: dict[tuple[int, int], date] = {}
    for day in days(first, last):
        wanted[(day.month, day.day)] = day
        if (day.month, day.day) == (2, 28) and (day + timedelta(days=1)).month == 3:
            wanted[(2, 29)] = day
    return Q(**{f"{field}__month__in": sorted({month for month, _day in wanted})}), wanted


def birthdays(first: date, last: date) -> Iterator[Event]:
    """Birthdays of active customers."""
    where, wanted = _on_these_days("birth_date", first, last)
    found = Customer.objects.filter(where, status=Customer.Status.ACTIVE).values_list("pk", "birth_date")
    for pk, born in found.iterator():
        day = wanted.get((born.month, born.day)) if born else None
        if day is not None:
            yield Event(pk, day, f"birthday:{day.year}")


def _card_years(first: date, last: date, **where: Any) -> Iterator[tuple[str, str, date, date]]:
    condition, wanted = _on_these_days("approved_on", first, last)
    cards = Card.objects.filter(condition, closed_on=None, supplementary=False, **where)
    for pk, customer, approved in cards.values_list("pk", "customer_id", "approved_on").iterator():
        day = wanted.get((approved.month, approved.day))
        if day is not None and day.year > approved.year:
            yield pk, customer, approved, day


def anniversaries(first: date, last: date) -> Iterator[Event]:
    """Years since a card was approved."""
    for card, customer, _approved, day in _card_years(first, last):
        yield Event(customer, day, f"card_anniversary:{card}:{day.year}")


def annual_fees(first: date, last: date) -> Iterator[Event]:
    """Days on which the annual fee of a card with a fee is charged: each year on the day of its approval."""
    charged = list(Product.objects.filter(annual_fee__gt=0).values_list("pk", flat=True))
    for card, customer, _approved, day in _card_years(first, last, product_id__in=charged):
        yield Event(customer, day, f"annual_fee:{card}:{day.year}")


def limit_expiries(first: date, last: date) -> Iterator[Event]:
    """Last days of temporary limits."""
    found = CardAccount.objects.filter(temp_limit_until__gte=first, temp_limit_until__lte=last, closed_on=None)
    for pk, customer, day in found.values_list("pk", "customer_id", "temp_limit_until").iterator():
        if day is not None:
            yield Event(customer, day, f"limit_expiry:{pk}:{day}")


def statements(first: date, last: date) -> Iterator[Event]:
    """Statement days of open accounts."""
    by_day = {day.day: day for day in days(first, last)}
    found = CardAccount.objects.filter(statement_day__in=by_day, closed_on=None)
    for pk, customer, day in found.values_list("pk", "customer_id", "statement_day").iterator():
        yield Event(customer, by_day[day], f"statement:{pk}:{by_day[day]}")


def approvals(first: date, last: date) -> Iterator[Event]:
    """Days on which a new card, not a replacement, was approved."""
    found = Card.objects.filter(
        approved_on__gte=first, approved_on__lte=last, replaces_card_id="", closed_on=None, supplementary=False
    )
    for pk, customer, day in found.values_list("pk", "customer_id", "approved_on").iterator():
        yield Event(customer, day, f"card_approved:{pk}")


_MISSING_AFTER = 30  # days without a purchase after approval


def first_use_missing(first: date, last: date) -> Iterator[Event]:
    """New cards whose customer has bought nothing 30 days after the approval."""
    shift = timedelta(days=_MISSING_AFTER)
    found = Card.objects.filter(
        approved_on__gte=first - shift, approved_on__lte=last - shift, replaces_card_id="", closed_on=None,
        supplementary=False,
    )  # fmt: skip
    rows = found.values_list("pk", "customer_id", "approved_on", "customer__figures__last_purchase_on")
    for pk, customer, approved, bought in rows.iterator():
        if bought is None or bought < approved:
            yield Event(customer, approved + shift, f"first_use_missing:{pk}")


register(
    EventKind(name="birthday", title=pgettext_lazy("event", "Birthday"), between=birthdays),
    EventKind(name="card_anniversary", title=_("Card anniversary"), between=anniversaries),
    EventKind(name="annual_fee", title=_("Annual fee day"), between=annual_fees),
    EventKind(name="limit_expiry", title=_("Temporary limit ends"), between=limit_expiries),
    EventKind(name="statement", title=_("Statement day"), between=statements),
    EventKind(name="card_approved", title=_("New card approved"), between=approvals, known_ahead=False),
    EventKind(
        name="first_use_missing",
        title=_("No purchase 30 days after approval"),
        between=first_use_missing,
        known_ahead=False,
    ),
)
