"""The list of an object, made from its definition: what may be shown, filtered and sorted. Own fields join by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.lists import InUnit
from kajing.customers.selectors import customers, matching
from kajing.objects.models import ObjectDefinition
from kajing.objects.rows import load
from kajing.objects.selectors import definitions, known, records, rows_of
from kajing.org.models import Unit
from kajing.org.selectors import names
from kajing.records.lists import Cell, Choice, Column, Context, Filter, ListSpec, Moments, Order, Text
from kajing.records.selectors import people_choices
from kajing.ui import formats

ORDERS = [
    Order("created", "created_at", pgettext_lazy("record", "Made")),
    Order("changed", "changed_at", pgettext_lazy("record", "Changed")),
    Order("number", "seq", _("Number")),
]


@dataclass(frozen=True, kw_only=True)
class People(Choice):
    """Persons by number; on the chip only those that are named are looked up."""

    def words(self, values: Sequence[str], context: Context) -> str:
        """Their names; `me` is who looks."""
        asked = {value.removeprefix("!") for value in values} - {"me"}
        named = names(asked) if asked else {}
        return formats.listed(self._word(value, named) for value in values)


def spec_of(about: ObjectDefinition) -> ListSpec:
    """The list of an object."""
    return ListSpec(
        name=about.kind, label=about.plural, base=partial(_base, about.code),
        load=lambda user, ids: load(user, about.code, about.kind, ids), columns=_columns(about),
        filters=_filters(about), orders=ORDERS, default_order="-created", url_name="objects:list",
        url_args=(about.code,), kind=about.kind, key_label=_("Record key"),
        sees=lambda user: about.code in known(user),
    )  # fmt: skip


def find(name: str) -> ListSpec | None:
    """The list of this name, when it is an object's that is on."""
    about = rows_of(name)
    return spec_of(about) if about else None


def every() -> list[ListSpec]:
    """The lists of all objects that are on."""
    return [spec_of(one) for one in definitions().filter(archived_at=None)]


def _base(code: str, user: Any) -> Any:
    return records(user, code)


def _columns(about: ObjectDefinition) -> list[Column]:
    customer = Column(
        name="customer", label=_("Customer"), value=lambda row: row.customer_ref, cell=Cell.REF, priority=1, phone=2,
        export=lambda row: row.customer_ref[0],
    )  # fmt: skip
    number = Column(
        name="customer_id", label=_("Customer number"), value=lambda row: row.record.customer_id or "", default=False
    )
    return [
        Column(name="title", label=_("Title"), value=lambda row: row.record.title, cell=Cell.LINK, priority=1, phone=2),
        Column(name="number", label=_("Number"), value=lambda row: row.record.number, order="number", priority=1,
               phone=3),
        *([customer, number] if about.of_customers else []),
        Column(name="owner", label=_("Owner"), value=lambda row: row.record.owner.name, priority=2),
        Column(name="unit", label=_("Unit"), value=lambda row: row.record.unit.name, default=False),
        Column(name="created", label=pgettext_lazy("record", "Made"), value=lambda row: row.created_on, cell=Cell.DAY,
               order="created", priority=3),
        Column(name="changed", label=pgettext_lazy("record", "Changed"), value=lambda row: row.changed_on,
               cell=Cell.DAY, order="changed", default=False),
    ]  # fmt: skip


def _filters(about: ObjectDefinition) -> list[Filter]:
    customer = Text(
        name="customer", label=_("Customer number"), path="customer_id", also="customer_id",
        match=lambda text, context: Q(customer_id=text),
    )  # fmt: skip
    return [
        Text(name="search", label=_("Search"), match=partial(_search, about), choosable=False),
        Text(name="title", label=_("Title"), path="title", match=lambda text, context: Q(title__icontains=text)),
        Text(name="number", label=_("Number"), path="number", match=lambda text, context: Q(number__iexact=text)),
        *([customer] if about.of_customers else []),
        People(name="owner", label=_("Owner"), path="owner_id", options=_people, open_ended=True),
        InUnit(name="unit", label=_("Unit"), path="unit_id", options=_units, open_ended=True),
        Moments(name="created", label=pgettext_lazy("record", "Made"), path="created_at", also="created_at"),
        Moments(name="changed", label=pgettext_lazy("record", "Changed"), path="changed_at", also="changed_at"),
    ]  # fmt: skip


def _search(about: ObjectDefinition, text: str, context: Context) -> Q:
    """The number, words of the title, or whatever finds the customer in the customers list."""
    found = Q(number__iexact=text) | Q(title__icontains=text)
    if not about.of_customers:
        return found
    return found | Q(customer__in=customers(context.user).filter(matching(text)).order_by().values("pk"))


def _people(context: Context) -> list[tuple[str, str]]:
    return people_choices(context.user)


def _units(context: Context) -> list[tuple[str, str]]:
    below = Unit.objects.filter(path__startswith=context.user.unit.path).order_by("path")
    return [(one.pk, one.name) for one in below[:200]]
