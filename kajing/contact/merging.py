"""Merge fields: what a template may name between braces, where each value comes from, and how it is masked.

The list is the whole language: no field outside it, no expression, no other customer. docs/reference/messages.md shows
it to those who write templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.contact.models import TemplateVersion
from kajing.customers.models import Card, Customer
from kajing.customers.selectors import knows_name, shown_name
from kajing.lib import masks
from kajing.lib.errors import DomainError
from kajing.lib.money import yuan
from kajing.products.selectors import product_name

_TAG = re.compile(r"\{([^{}\n]{0,60})\}")
_COMPOUND = (
    "欧阳",
    "司徒",
    "上官",
    "诸葛",
    "司马",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "令狐",
    "夏侯",
    "端木",
    "长孙",
)
LIVE_CARDS = ("ACTIVE", "ISSUED_INACTIVE")


class UnknownField(DomainError):
    """A template names something that is no merge field, or leaves a brace open."""

    status = 422

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return _("{%(name)s} is no merge field. Choose one of the list below the text.") % {"name": self.name}


class MissingValue(DomainError):
    """The customer has no value for a field that the text needs."""

    status = 422

    def __init__(self, field: str, label: str, customer: str) -> None:
        super().__init__(field, customer)
        self.field, self.label, self.customer = field, label, customer

    def __str__(self) -> str:
        return _(
            "%(field)s is missing for customer %(customer)s: choose another template, or have the value added."
        ) % {
            "field": self.label,
            "customer": self.customer,
        }


@dataclass(frozen=True)
class Facts:
    """What merge fields draw on: one customer with figures, manager, unit and main card, in one language."""

    customer: Customer
    card: Card | None
    on: date
    language: str

    @property
    def figures(self) -> Any:
        """Last night's figures, or None."""
        return getattr(self.customer, "figures", None)


@dataclass(frozen=True)
class Field:
    """One merge field: `read` gives the text, empty when the customer has none."""

    name: str
    label: str | Promise
    read: Callable[[Facts], str]
    personal: bool = False  # masked in previews, except for who knows the name


def _title(facts: Facts) -> str:
    name = facts.customer.name
    surname = next((one for one in _COMPOUND if name.startswith(one)), name[:1])
    words = {"M": ("先生", "Mr "), "F": ("女士", "Ms ")}.get(facts.customer.gender)
    if words is None:
        return name
    return f"{words[1]}{surname}" if facts.language == "en" else f"{surname}{words[0]}"


def _money(name: str) -> Callable[[Facts], str]:
    def read(facts: Facts) -> str:
        value = getattr(facts.figures, name, None)
        return "" if value is None else f"¥{yuan(value):,}"

    return read


def _day(value: date | None, language: str) -> str:
    if value is None:
        return ""
    return f"{value:%d %B %Y}" if language == "en" else f"{value.year}年{value.month}月{value.day}日"


def _statement_day(facts: Facts) -> str:
    return str(facts.card.account.statement_day) if facts.card else ""


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("customer.name", gettext_lazy("name"), lambda facts: facts.customer.name, personal=True),
        Field("customer.title", gettext_lazy("form of address"), _title),
        Field(
            "card.product", gettext_lazy("card product"), lambda facts: getattr(facts.card, "product_name", "") or ""
        ),
        Field("card.last4", gettext_lazy("last four digits of the card"), lambda f: f.card.last4 if f.card else ""),
        Field(
            "card.expires",
            gettext_lazy("month the card expires"),
            lambda f: f"{f.card.expires_on:%Y-%m}" if f.card and f.card.expires_on else "",
        ),
        Field("account.statement_day", gettext_lazy("statement day"), _statement_day),
        Field(
            "account.due_on",
            gettext_lazy("due day"),
            lambda facts: _day(getattr(facts.figures, "next_due_on", None), facts.language),
        ),
        Field("account.minimum_due", gettext_lazy("minimum due"), _money("minimum_due")),
        Field("account.balance", gettext_lazy("balance"), _money("balance")),
        Field("account.overdue", gettext_lazy("overdue amount"), _money("overdue_amount")),
        Field("account.limit", gettext_lazy("credit limit"), _money("credit_limit")),
        Field(
            "manager.name",
            gettext_lazy("name of the manager"),
            lambda facts: facts.customer.manager.name if facts.customer.manager else "",
        ),
        Field("manager.number", gettext_lazy("badge number of the manager"), lambda f: f.customer.manager_id or ""),
        Field("manager.unit", gettext_lazy("unit of the manager"), lambda facts: facts.customer.unit.name),
        Field("bank.name", gettext_lazy("name of the bank"), lambda facts: settings.KAJING_BANK_NAME),
        Field("bank.phone", gettext_lazy("service phone of the bank"), lambda facts: settings.KAJING_BANK_PHONE),
        Field("today", gettext_lazy("today's date"), lambda facts: _day(facts.on, facts.language)),
    )
}


def fields_of(*texts: str) -> list[Field]:
    """The merge fields that texts name, each once. Raises UnknownField."""
    names: dict[str, None] = {}
    for text in texts:
        names.update(dict.fromkeys(_TAG.findall(text)))
        rest = _TAG.sub("", text)
        if "{" in rest or "}" in rest:
            raise UnknownField("…")
    for name in names:
        if name not in FIELDS:
            raise UnknownField(name)
    return [FIELDS[name] for name in names]


def facts_of(customers: Sequence[Customer], *, on: date, language: str) -> list[Facts]:
    """The facts of customers (loaded with figures, manager and unit), cards in one query."""
    cards: dict[str, Card] = {}
    found = Card.objects.filter(customer__in=customers, status__in=LIVE_CARDS, supplementary=False)
    with translation.override(language):
        found = found.select_related("account").annotate(product_name=product_name("product_id"))
    for card in found.order_by("approved_on", "card_id"):  # the newest stays
        cards[str(card.customer_id)] = card
    return [Facts(one, cards.get(one.pk), on, language) for one in customers]


def merged(text: str, facts: Facts) -> str:
    """The text for one customer. Raises MissingValue, UnknownField."""
    values = {field.name: _value(field, facts) for field in fields_of(text)}
    return _fill(text, values)


def merged_version(version: TemplateVersion, facts: Facts) -> tuple[str, str]:
    """Subject and text of a template for one customer. Raises MissingValue, UnknownField."""
    return merged(version.subject, facts), merged(version.body, facts)


def preview(text: str, facts: Facts, user: Any) -> str:
    """The text as `user` may see it: personal values masked, a missing one named in its place."""
    values = {}
    for field in fields_of(text):
        value = field.read(facts)
        if field.name == "customer.name":
            value = shown_name(user, facts.customer)
        elif field.name == "customer.title" and not knows_name(user, facts.customer):
            value = masks.name(facts.customer.name)
        values[field.name] = value or _("[%(field)s is missing]") % {"field": field.label}
    return _fill(text, values)


def missing(fields: Iterable[Field], facts: Facts) -> Field | None:
    """The first field the customer has no value for."""
    return next((field for field in fields if not field.read(facts)), None)


def _value(field: Field, facts: Facts) -> str:
    value = field.read(facts)
    if not value:
        raise MissingValue(field.name, str(field.label), facts.customer.pk)
    return value


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _TAG.sub(lambda found: values[found.group(1)], text)
