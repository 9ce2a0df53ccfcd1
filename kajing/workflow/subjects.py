"""Whom a rule is about: a customer, or a record that may have no customer, such as a lead.

A room above names its kind in one call, `subjects.register(SubjectKind(name="lead", …))`; a rule says ``"subject":
"lead"`` in its trigger, and conditions then speak the language of that kind's list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Assignment, Customer
from kajing.customers.services import assign_portfolio
from kajing.org.models import Person, Unit

Text = str | Promise
CUSTOMER = "customer"
Pair = tuple[str, str]  # kind of a record and its number, as the audit trail names them


@dataclass(slots=True)
class Subject:
    """One record that a rule meets. `customer` is None where it has none; `label` is how people call it."""

    kind: str
    pk: str
    label: str
    customer: Customer | None
    manager: Person | None
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class SubjectKind:
    """One kind of records that rules may be about.

    `rows` are all of them, `standing` those that a schedule meets, `list` names the list whose words conditions use.
    `of_acts` tells which record the acts on others belong to (a task that came from it); `acts_on` which kinds those
    are. `assign(subject, owner, leader, on, at, reason)` hands a record of the pool out in the leader's name;
    `turns(reason, person_nos)` counts what was handed out before.
    """

    name: str
    label: Text  # of many: leads
    list: str
    rows: Callable[[], QuerySet[Any]]
    standing: Callable[[QuerySet[Any]], QuerySet[Any]]
    load: Callable[[Iterable[str]], dict[str, Subject]]
    of_acts: Callable[[Iterable[Pair]], Mapping[Pair, str]]
    acts_on: frozenset[str]
    assign: Callable[[Subject, Person, Person, date, datetime, str], None]
    turns: Callable[[str, Sequence[str]], Mapping[str, int]]
    number: Callable[[str], str]  # how people call the record of this key
    url: Callable[[str], str]
    has_owner: Text
    goes_to: Text


_KINDS: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> SubjectKind:
    """Let rules be about one more kind of records."""
    _KINDS[kind.name] = kind
    return kind


def kind_of(name: str) -> SubjectKind | None:
    """The kind of that name, customers where none is named; None when its room is gone."""
    return _KINDS.get(name or CUSTOMER)


def kinds() -> list[SubjectKind]:
    """Every kind, customers first."""
    return list(_KINDS.values())


def name_in(trigger: Mapping[str, Any]) -> str:
    """The kind of records a trigger is about."""
    return str(trigger.get("subject") or CUSTOMER)


def may_be_about(kind: str) -> bool:
    """Whether an act on this kind of record may belong to a record without a customer."""
    return any(kind in one.acts_on for one in _KINDS.values())


def of_customer(customer: Customer) -> Subject:
    """A customer as what a rule is about."""
    return Subject(CUSTOMER, str(customer.pk), str(customer.pk), customer, customer.manager, customer.unit)


def url_of(kind: str, pk: str) -> str:
    """The page of a record that a rule met; empty when its room is gone."""
    found = kind_of(kind)
    return found.url(pk) if found else ""


def number_of(kind: str, pk: str) -> str:
    """How people call a record that a rule met."""
    found = kind_of(kind)
    return found.number(pk) if found else pk


def _customers(keys: Iterable[str]) -> dict[str, Subject]:
    found = Customer.objects.select_related("manager", "unit").in_bulk(list(keys))
    return {pk: of_customer(one) for pk, one in found.items()}


def _assign_customer(subject: Subject, owner: Person, leader: Person, on: date, at: datetime, reason: str) -> None:
    assign_portfolio(actor=leader, customer_ids=[subject.pk], manager=owner, unit=None, on=on, at=at, reason=reason)
    if subject.customer is not None:
        subject.customer.manager = owner  # later actions of the rule look at the customer again


def _customer_turns(reason: str, numbers: Sequence[str]) -> dict[str, int]:
    rows = Assignment.objects.filter(reason=reason, manager_no__in=numbers).order_by().values("manager_no")
    return {str(row["manager_no"]): row["n"] for row in rows.annotate(n=Count("pk"))}


def said_without(subject: Subject) -> str:
    """Why an action does nothing for a record that has no customer."""
    return _("nothing done: %(record)s has no customer") % {"record": subject.label}


register(
    SubjectKind(
        name=CUSTOMER, label=pgettext_lazy("rule", "customers"), list=CUSTOMERS.name, rows=Customer.objects.all,
        standing=lambda rows: rows.filter(status=Customer.Status.ACTIVE), load=_customers, of_acts=lambda pairs: {},
        acts_on=frozenset(), assign=_assign_customer, turns=_customer_turns, number=str,
        url=lambda pk: reverse("customers:page", args=[pk]),
        has_owner=gettext_lazy("stays: the customer has a manager"), goes_to=gettext_lazy("customer goes to %(name)s"),
    )
)  # fmt: skip
