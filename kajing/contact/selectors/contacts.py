"""Contacts a person may see, and the list they work through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kajing.contact.choices import Channel, State
from kajing.contact.models import Interaction
from kajing.customers.models import Customer
from kajing.customers.selectors import shown_name
from kajing.lib.periods import SHANGHAI
from kajing.lib.scope import ALL
from kajing.org.models import Person
from kajing.org.scoping import current_scope
from kajing.org.selectors import substitutions_today


def contacts(user: Any) -> QuerySet[Interaction]:
    """Contacts with customers this person sees."""
    found: QuerySet[Interaction] = Interaction.objects.visible_to(user)
    return found


def of_customer(user: Any, customer_id: str) -> QuerySet[Interaction]:
    """A customer's contacts, newest first."""
    return contacts(user).filter(customer=customer_id).select_related("person").order_by("-at", "-pk")


def makers_of(user: Any) -> set[str]:
    """Whose contacts are mine to make: my own, and those of the people I stand in for today."""
    books = current_scope(user).managers
    if books is ALL:
        books = frozenset(one.person.person_no for one in substitutions_today(user) if one.substitute_id == user.pk)
    return {user.person_no, *books}


def may_change(user: Any, contact: Interaction) -> bool:
    """Whether a contact is this person's to begin, move, call off or note: maker, substitute, or a leader."""
    return contact.person_id in makers_of(user) or bool(user.has_perm("contact.override"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the list asks for."""

    show: str = "planned"  # planned, today, done, missed, against, all
    whose: str = "mine"  # mine, all I may see
    channel: str = ""
    customer: str = ""


def listed(user: Any, filters: Filters, at: datetime) -> QuerySet[Interaction]:
    """The list under its filters: plans by time, what happened newest first."""
    found = contacts(user).filter(_wanted(filters.show, at)).select_related("customer", "person")
    if filters.whose == "mine" and not filters.customer:
        found = found.filter(person__person_no__in=makers_of(user))
    if filters.channel in Channel.values:
        found = found.filter(channel=filters.channel)
    if filters.customer:
        found = found.filter(customer_id=filters.customer)
    return found.order_by("at", "pk") if filters.show in {"planned", "today"} else found.order_by("-at", "-pk")


def _wanted(show: str, at: datetime) -> Q:
    start = datetime.combine(timezone.localdate(at), time.min, SHANGHAI)
    today = Q(at__gte=start, at__lt=start + timedelta(days=1))
    ways = {
        "planned": Q(state__in=[State.PLANNED, State.STARTED]),
        "today": today & ~Q(state=State.CANCELLED),
        "done": Q(state=State.DONE),
        "missed": Q(state=State.MISSED),
        "against": Q(allowed=False),
    }
    return ways.get(show, Q())


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One contact as a list shows it; the name is masked for who may not know it."""

    contact: Interaction
    name: str
    late: bool
    mine: bool

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.contact.state in {State.PLANNED, State.STARTED}


def rows(user: Any, found: list[Interaction], at: datetime) -> list[ContactRow]:
    """Rows of contacts that carry their customer."""
    return [
        ContactRow(
            contact=one,
            name=shown_name(user, one.customer),
            late=one.state == State.PLANNED and one.at < at,
            mine=one.person_id == user.person_no,
        )
        for one in found
    ]


def askers(user: Any, customer_id: str) -> list[Person]:
    """People a leader may allow a contact: who may make contacts and works in the customer's unit or above it."""
    place = Customer.objects.filter(pk=customer_id).values_list("unit__path", flat=True).first() or ""
    near = [code for code in place.split("/") if code]
    found = Person.objects.filter(unit_id__in=near, is_active=True).exclude(pk=user.pk).order_by("name")
    return [one for one in found if one.has_perm("contact.log")]
