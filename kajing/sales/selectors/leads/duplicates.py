"""Whether somebody is here already: by phone and by ID number, among leads and customers of the whole bank (2.9)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse

from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer
from kajing.customers.selectors import customers
from kajing.customers.selectors import shown_name as customer_name
from kajing.sales.models import Lead
from kajing.sales.selectors.leads.reading import is_free, leads, shown_name
from kajing.sales.stages import OPEN

_PHONE = re.compile(r"\d{7,15}")
_ID_NUMBER = re.compile(r"\d{17}[\dX]")
_SIGNS = re.compile(r"[\s()+-]")
MOST = 10


@dataclass(frozen=True)
class Match:
    """Somebody who is on file. Of what lies out of reach only who to ask is told, nothing of the person."""

    kind: str  # lead, customer
    contact: str  # the owner's or manager's name; empty in the pool
    contact_no: str
    unit: str
    claimable: bool = False
    lead_id: int | None = None
    customer_id: str = ""
    name: str = ""
    stage: str = ""
    url: str = ""


def clean_phone(text: str) -> str:
    """Digits of a phone number without the country code; "" when it is none."""
    digits = _SIGNS.sub("", text)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    return digits if _PHONE.fullmatch(digits) else ""


def is_id_number(text: str) -> bool:
    """Whether a text has the form of an ID number; the check digit is not asked: documents of guests differ."""
    return bool(_ID_NUMBER.fullmatch(text))


def phone_index(phone: str) -> str:
    """The blind index of a cleaned phone number, the one of customers' mobile numbers."""
    return personal.blind("mobile", phone)


def id_index(id_number: str) -> str:
    """The blind index of an ID number, the one of customers; "" for none."""
    return personal.blind("id_number", id_number.upper()) if id_number else ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whom one looks for; `customer_id` is known to be the same person, `but` is the lead itself."""

    phone: str
    id_number: str = ""
    customer_id: str = ""
    but: int | None = None

    @property
    def phones(self) -> frozenset[str]:
        """The blind indexes under which customers keep the number."""
        return frozenset({phone_index(self.phone), personal.blind("phone", self.phone)}) if self.phone else frozenset()


def find_leads(*, phone: str, id_number: str = "") -> list[Lead]:
    """Leads still to win, or lost, of the whole bank with one of these: for services, never for pages."""
    return _leads_of([Asked(phone=phone, id_number=id_number)])


def _leads_of(asked: Sequence[Asked]) -> list[Lead]:
    phones = [phone_index(one.phone) for one in asked if one.phone]
    numbers = [id_index(one.id_number) for one in asked if one.id_number]
    same = Q(phone_idx__in=phones) | Q(id_number_idx__in=numbers)
    found = Lead.objects.filter(same, stage__in=[*OPEN, Lead.Stage.LOST])
    return list(found.select_related("owner", "unit").order_by("-created_at", "-pk"))


def find_matches(user: Any, asked: Asked, today: date) -> list[Match]:
    """Everybody who is here already, shown as far as the person may see, newest leads first."""
    return find_many(user, [asked], today)[0]


def find_many(user: Any, asked: Sequence[Asked], today: date) -> list[list[Match]]:
    """The same for many at once, in few queries: for sheets."""
    rows, known = _leads_of(asked), _customers_of(asked)
    seen = set(leads(user).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    own = set(customers(user).filter(pk__in=[one.pk for one, _keys in known]).values_list("pk", flat=True))
    return [
        [
            *(_lead(user, row, today, seen=row.pk in seen) for row in rows if _same_lead(one, row)),
            *(_customer(user, row, seen=row.pk in own) for row, keys in known if _same_customer(one, row, keys)),
        ][:MOST]
        for one in asked
    ]


def _same_lead(asked: Asked, row: Lead) -> bool:
    if row.pk == asked.but:
        return False
    by_number = bool(asked.id_number) and row.id_number_idx == id_index(asked.id_number)
    return by_number or (bool(asked.phone) and row.phone_idx == phone_index(asked.phone))


def _same_customer(asked: Asked, row: Customer, keys: frozenset[str]) -> bool:
    if row.pk == asked.customer_id:
        return False
    by_number = bool(asked.id_number) and row.id_number_idx == id_index(asked.id_number)
    return by_number or bool(asked.phones & keys)


def _customers_of(asked: Sequence[Asked]) -> list[tuple[Customer, frozenset[str]]]:
    """Customers of the whole bank with one of these, each with the indexes of their phones that were asked for."""
    phones = {value for one in asked for value in one.phones}
    numbers = [id_index(one.id_number) for one in asked if one.id_number]
    points: defaultdict[str, set[str]] = defaultdict(set)
    reached = ContactPoint.objects.filter(value_idx__in=phones, valid=True).order_by()
    for pk, index in reached.values_list("customer_id", "value_idx"):
        points[pk].add(index)
    same = Q(pk__in=list(points)) | Q(id_number_idx__in=numbers)
    found = Customer.objects.filter(same, status=Customer.Status.ACTIVE).select_related("manager", "unit")
    return [(one, frozenset(points.get(one.pk, ()))) for one in found.order_by("pk")]


def _lead(user: Any, one: Lead, today: date, *, seen: bool) -> Match:
    place: dict[str, Any] = {
        "kind": "lead", "contact": one.owner.name if one.owner else "", "contact_no": str(one.owner_id or ""),
        "unit": one.unit.name, "claimable": is_free(one, today),
    }  # fmt: skip
    if not seen:
        return Match(**place)
    url = reverse("leads:detail", args=[one.pk])
    return Match(lead_id=one.pk, name=shown_name(user, one), stage=str(one.get_stage_display()), url=url, **place)


def _customer(user: Any, one: Customer, *, seen: bool) -> Match:
    contact, number = (one.manager.name, one.manager.person_no) if one.manager else ("", "")
    place: dict[str, Any] = {"kind": "customer", "contact": contact, "contact_no": number, "unit": one.unit.name}
    if not seen:
        return Match(**place)
    return Match(
        customer_id=one.pk, name=customer_name(user, one), url=reverse("customers:page", args=[one.pk]), **place
    )
