"""Which customers a person may see, and how much of their personal data without asking."""

from __future__ import annotations

from typing import Any

from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer, CustomerFigures
from kajing.customers.selectors.forwards import survivor_of
from kajing.lib import masks
from kajing.lib.money import yuan
from kajing.lib.scope import ALL
from kajing.org.models import Role, Unit
from kajing.org.registry import Place
from kajing.org.scoping import ScopedQuerySet, current_scope

# Columns of Customer that CustomerFigures carries too (`customers.twin`), for lists that are read from there.
COPIES = frozenset({"unit", "unit_id", "manager", "manager_id", "status"})
SUPERIORS = frozenset({Role.LEADER.value, Role.BRANCH_HEAD.value})


def customers(user: Any) -> ScopedQuerySet:
    """Every customer this person may see; all other reads refine this."""
    found: ScopedQuerySet = Customer.objects.visible_to(user)
    return found


def seen_figures(user: Any) -> ScopedQuerySet:
    """The figures of every customer this person may see: keys for lists that are filtered or sorted by a figure."""
    found: ScopedQuerySet = CustomerFigures.objects.visible_to(user)
    return found


def customer(user: Any, customer_id: str) -> Customer | None:
    """One customer with unit, manager and figures, or None: not mine and not there look the same.

    A number that was merged gives the customer it means now.
    """
    rows = customers(user).select_related("unit", "manager", "figures")
    found: Customer | None = rows.filter(pk=customer_id).first()
    if found is None and (now := survivor_of(customer_id)):
        return rows.filter(pk=now).first()
    return found


def place_of(customer_id: str) -> Place | None:
    """Where a customer belongs, for the sentence “why do I see this?” of `org`; the asker's scope is checked there."""
    found = Customer.objects.filter(pk=customer_id).values_list("unit_id", "manager_id").first()
    return Place(str(found[0]), str(found[1]) if found[1] else None) if found else None


def knows_name(user: Any, customer: Customer) -> bool:
    """Whether the full name is shown: to who manages the customer (or stands in) and to their superiors (§2.8)."""
    scope = current_scope(user)
    if user.role == Role.MANAGER:
        return scope.managers is not ALL and customer.manager_id in scope.managers
    return user.role in SUPERIORS and customer.unit_id in scope.units


def shown_name(user: Any, customer: Customer) -> str:
    """The name as this person may see it: in full, or the first character."""
    return customer.name if knows_name(user, customer) else masks.name(customer.name)


def masked(field: str, clear: str) -> str:
    """A personal value under the mask of its field; empty stays empty."""
    if not clear:
        return ""
    rules = {
        "name": masks.name,
        "mobile": masks.phone,
        "phone": masks.phone,
        "email": masks.email,
        "id_number": masks.id_number,
        "address": masks.address,
        "employer": masks.name,
        "annual_income": lambda text: masks.income_band(int(float(text))),
    }
    return rules[field](clear)


def personal_value(customer: Customer, field: str) -> str:
    """A personal field in clear, for the reveal service only; the ID number as reviewers see it."""
    if field in {"mobile", "phone", "email"}:
        point = _point(customer, field)
        return personal.unseal(field, point.value_enc) if point else ""
    if field == "id_number":
        return masks.id_number_reviewed(personal.unseal(field, customer.id_number_enc))
    if field in {"address", "employer"}:
        return personal.unseal(field, getattr(customer, f"{field}_enc"))
    if field == "annual_income":
        return f"¥{yuan(customer.annual_income):,}" if customer.annual_income is not None else ""
    return customer.name if field == "name" else ""


def masked_fields(customer: Customer) -> dict[str, str]:
    """Every personal field the customer has, masked on the server."""
    clear = {
        "id_number": personal.unseal("id_number", customer.id_number_enc),
        "address": personal.unseal("address", customer.address_enc),
        "employer": personal.unseal("employer", customer.employer_enc),
    }
    for point in preferred_points(customer):
        clear.setdefault(point.kind.lower(), personal.unseal(point.kind.lower(), point.value_enc))
    shown = {field: masked(field, value) for field, value in clear.items() if value}
    if customer.annual_income is not None:
        shown["annual_income"] = masks.income_band(int(yuan(customer.annual_income)))
    return shown


def preferred_points(customer: Customer) -> list[ContactPoint]:
    """Valid contact points, the preferred one of each kind first."""
    return list(customer.contact_points.filter(valid=True).order_by("-is_preferred", "id"))


def _point(customer: Customer, field: str) -> ContactPoint | None:
    return next((point for point in preferred_points(customer) if point.kind == field.upper()), None)


def owners_of_address(kind: str, address: str) -> list[Customer]:
    """The customers who can be reached at an address, whoever asks: for placing what comes in from outside.

    `kind` is MOBILE, PHONE or EMAIL. A number is tried with and without its country code, an e-mail address also in
    small letters.
    """
    address = address.strip()
    forms = {address, address.lower()} if kind == ContactPoint.Kind.EMAIL else {address, _digits(address)[-11:]}
    values = [personal.blind(kind.lower(), form) for form in forms if form]
    return list(
        Customer.objects.filter(
            contact_points__in=ContactPoint.objects.filter(kind=kind, value_idx__in=values)
        ).distinct()
    )


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdecimal())


def unit_of(customer_id: str) -> Unit | None:
    """The unit a customer belongs to."""
    return Unit.objects.filter(pk__in=Customer.objects.filter(pk=customer_id).values("unit")).first()
