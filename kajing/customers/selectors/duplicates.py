"""Possible duplicates: the list a person works through, and the question at entry "is this customer here already?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer, DuplicatePair
from kajing.customers.selectors.likeness import (
    Likeness,
    employer_index,
    likenesses,
    reason_words,
    rules_on,
    strength_of,
    weigh,
)
from kajing.customers.selectors.people import customers, shown_name
from kajing.queue.models import Job

MOST_CANDIDATES = 200
SEARCH_JOB = "customers.find_duplicates"


def pairs(user: Any, *, strength: str = "", state: str = DuplicatePair.State.OPEN) -> QuerySet[DuplicatePair]:
    """Pairs of which this person sees both customers, strongest first."""
    mine = customers(user).values("pk")
    found = DuplicatePair.objects.visible_to(user).filter(state=state, second__in=mine)
    return found.filter(strength=strength) if strength in DuplicatePair.Strength.values else found


def strengths(user: Any) -> list[tuple[str, Any, int]]:
    """Open pairs by strength: (code, word, count), strongest first."""
    return [(value, label, pairs(user, strength=value).count()) for value, label in DuplicatePair.Strength.choices]


@dataclass(frozen=True)
class PairRow:
    """A pair as the list shows it; names as far as the person may know them."""

    pair: DuplicatePair
    names: tuple[str, str]
    reasons: Sequence[str]


def pair_rows(user: Any, found: Sequence[DuplicatePair]) -> list[PairRow]:
    """A page of pairs with names and reasons in words."""
    ids = {pk for pair in found for pk in (pair.first_id, pair.second_id)}
    by_id = {one.pk: one for one in customers(user).filter(pk__in=ids).select_related("unit", "manager")}
    rows = []
    for pair in found:
        if pair.first_id in by_id and pair.second_id in by_id:
            both = by_id[pair.first_id], by_id[pair.second_id]
            names = (shown_name(user, both[0]), shown_name(user, both[1]))
            rows.append(PairRow(pair, names, reason_words(pair.reasons)))
    return rows


def search_job() -> Job | None:
    """The newest search of the whole book, running or over."""
    return Job.objects.filter(task=SEARCH_JOB).order_by("-enqueued_at").first()


# -- at entry ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Match:
    """Somebody who is on file already. Of a customer out of reach only who to ask is told, nothing of the customer."""

    strength: str
    customer_id: str = ""
    name: str = ""
    reasons: Sequence[str] = ()
    contact: str = ""  # the manager's name
    contact_no: str = ""
    unit: str = ""

    @property
    def strength_words(self) -> str:
        """How sure, in words."""
        return str(DuplicatePair.Strength(self.strength).label)


def asked(
    *, name: str = "", mobile: str = "", email: str = "", id_number: str = "", birth_date: date | None = None,
    employer: str = "", gender: str = "", initials: str = "",
) -> Likeness:  # fmt: skip
    """What is known of somebody who may be new; personal values only as blind indexes from here on."""
    digits = "".join(char for char in mobile if char.isdigit())
    phones = {personal.blind(kind, part) for kind in ("mobile", "phone") for part in {digits, digits[-11:]} if part}
    return Likeness(
        name=name.strip(), initials=initials, birth_date=birth_date, gender=gender,
        id_number=personal.blind("id_number", id_number.strip().upper()) if id_number.strip() else "",
        employer=employer_index(employer), phones=phones,
        emails={personal.blind("email", email.strip())} if email.strip() else set(),
    )  # fmt: skip


def matches(user: Any, who: Likeness, on: date) -> list[Match]:
    """Customers of the whole bank who look like somebody, strongest first; those out of reach without a trace."""
    rules = rules_on(on)
    found = []
    for pk, likeness in likenesses(_candidates(who)).items():
        points, reasons = weigh(who, likeness, rules)
        strength = strength_of(points, rules)
        if strength:
            found.append((points, pk, strength, reasons))
    found.sort(key=lambda one: (-one[0], one[1]))
    seen = customers(user).filter(pk__in=[pk for _points, pk, _strength, _reasons in found]).in_bulk()
    people = Customer.objects.select_related("manager", "unit").in_bulk([pk for _p, pk, _s, _r in found])
    return [_match(user, people[pk], strength, reasons, mine=pk in seen) for _points, pk, strength, reasons in found]


def _candidates(who: Likeness) -> list[str]:
    """Everybody an exact key finds, and people born on the day with the same initials or surname."""
    found = Q(pk__in=[])
    if who.id_number:
        found |= Q(id_number_idx=who.id_number)
    if who.phones | who.emails:
        points = ContactPoint.objects.filter(value_idx__in=who.phones | who.emails, valid=True)
        found |= Q(pk__in=points.values("customer"))
    if who.birth_date and who.name:
        found |= Q(birth_date=who.birth_date) & (Q(initials=who.initials) | Q(name__startswith=who.name[0]))
    return list(Customer.objects.filter(found).order_by("pk").values_list("pk", flat=True)[:MOST_CANDIDATES])


def _match(user: Any, one: Customer, strength: str, reasons: Sequence[str], *, mine: bool) -> Match:
    contact = one.manager.name if one.manager else ""
    place = {"contact": contact, "contact_no": str(one.manager_id or ""), "unit": one.unit.name}
    if not mine:
        return Match(strength, **place)
    return Match(strength, one.pk, shown_name(user, one), reason_words(reasons), **place)
