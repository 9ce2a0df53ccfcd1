"""Finding a customer: name, pinyin initials, phone, tail of phone or card, ID number, customer number.

Every way in is one equality or one prefix on an index, so that 200,000 customers answer as fast as 200.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.urls import reverse

from kajing.customers import personal
from kajing.customers.models import Card, ContactPoint, Customer, MergedCustomer
from kajing.customers.models.names import LongName, NameFromSecond, NameFromThird
from kajing.customers.selectors.people import customers
from kajing.customers.selectors.rows import CustomerRow, load_rows
from kajing.ui.registry import Hit

_TAIL = re.compile(r"\d{4}")
_MOBILE = re.compile(r"\+?[\d -]{7,16}")
_ID_NUMBER = re.compile(r"\d{14,17}[\dXx]")
_INITIALS = re.compile(r"[A-Za-z]{1,10}")
_BANK_ID = re.compile(r"[A-Za-z0-9._-]{3,64}")
_LAST = "\U0010ffff"
_NO_LIMIT = 2_000_000_000


def search(user: Any, text: str, limit: int = 20) -> list[CustomerRow]:
    """At most `limit` customers this person may see: exact finds first, then names that begin so, then contain so."""
    text = text.strip()
    if not text or "\0" in text or len(text) > 60:
        return []
    found: list[str] = []
    for condition, by in _ways(text):
        if len(found) < limit:
            rows = customers(user).filter(condition).order_by(*by).values_list("pk", flat=True)
            found += [pk for pk in rows[: limit * 2] if pk not in found]
    return load_rows(user, found[:limit])


def matching(text: str) -> Q:
    """The condition of the list's search field: any of the exact or prefix ways."""
    ways = [condition for condition, _by in _ways(text.strip())[: -1 if _contains(text) else None]]
    if not ways:
        return Q(pk__in=[])
    # A union, not an OR: each way then goes by its own index, on PostgreSQL too. One way alone gets a limit that limits
    # nothing: otherwise PostgreSQL, when it takes a name for a common one, walks through a branch in the list's order.
    each = [Customer.objects.filter(condition).order_by().values("pk") for condition in ways]
    return Q(pk__in=each[0].union(*each[1:]) if len(each) > 1 else each[0][:_NO_LIMIT])


def _ways(text: str) -> list[tuple[Q, Sequence[str]]]:
    """Conditions to try in this order, each with the index order its rows come in."""
    ways: list[tuple[Q, Sequence[str]]] = []
    if _TAIL.fullmatch(text):
        ways.append((_by_tail(text), ("pk",)))
    digits = re.sub(r"[ +-]", "", text)
    if _MOBILE.fullmatch(text) and len(digits) >= 7:
        ways.append((_by_phone(digits), ("pk",)))
    if _ID_NUMBER.fullmatch(text):
        ways.append((Q(id_number_idx=personal.blind("id_number", text.upper())), ("pk",)))
    if _BANK_ID.fullmatch(text):
        ways.append((_by_number(text), ("pk",)))
    if _INITIALS.fullmatch(text):
        ways.append((starts_with("initials", text.lower()), ("initials", "pk")))
    ways.append((starts_with("name", text), ("name", "pk")))
    if _contains(text):
        ways.append((_within(text), ("pk",)))
    return ways


def _contains(text: str) -> bool:
    """Names are looked into only for two Han characters or more: one would match a tenth of all customers."""
    return len(text) >= 2 and not text.isascii()


def _within(text: str) -> Q:
    """Names that hold these characters after their first: by index in short names, by reading through the long ones."""
    short = [
        Customer.objects.filter(GreaterThanOrEqual(part("name"), text), LessThan(part("name"), text + _LAST))
        for part in (NameFromSecond, NameFromThird)
    ]
    long = Customer.objects.filter(LongName("name"), name__contains=text)
    second, third, rest = (rows.order_by().values("pk") for rows in (*short, long))
    return Q(pk__in=second.union(third, rest))


def _by_number(text: str) -> Q:
    """A customer number that begins so, or one that was merged away into a customer."""
    now = Customer.objects.filter(starts_with("pk", text)).order_by().values("pk")
    old = MergedCustomer.objects.filter(starts_with("pk", text)).order_by().values("survivor")
    return Q(pk__in=now.union(old))


def _by_tail(tail: str) -> Q:
    cards = Card.objects.filter(last4=tail).order_by().values("customer")
    phones = ContactPoint.objects.filter(tail_idx=personal.blind_tail(tail)).order_by().values("customer")
    return Q(pk__in=cards.union(phones))


def _by_phone(digits: str) -> Q:
    values = {personal.blind(field, number) for field in ("mobile", "phone") for number in (digits, digits[-11:])}
    return Q(pk__in=ContactPoint.objects.filter(value_idx__in=values).values("customer"))


def starts_with(path: str, text: str) -> Q:
    """A prefix that uses the index: a range on SQLite (its LIKE … ESCAPE never does), LIKE elsewhere."""
    if connection.vendor == "sqlite":
        return Q(**{f"{path}__gte": text, f"{path}__lt": text + _LAST})
    return Q(**{f"{path}__startswith": text})


def hits(user: Any, text: str, limit: int) -> list[Hit]:
    """Search results for the palette and the search page, masked like every list."""
    return [_hit(row) for row in search(user, text, limit)]


def _hit(row: CustomerRow) -> Hit:
    tail = f"**** {row.cards[0].last4}" if row.cards and row.cards[0].last4 else ""
    return Hit(
        title=row.name,
        url=reverse("customers:page", args=[row.pk]),
        note="  ".join(part for part in (row.pk, tail, row.manager_name) if part),
        icon="user",
        band=row.figure("risk_band") or "",
        peek_url=reverse("customers:peek", args=[row.pk]),
    )
