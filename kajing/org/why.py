"""“Why do I see this?” in one sentence (capability G4.2), from the same facts that build the DataScope."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kajing.org.models import AccessGrant, Person, Unit
from kajing.org.scoping import OWN_BOOK, SUBTREE, beneath, scope_of


def why(user: Person, customer_unit: str, customer_manager: str | None, customer_id: str, on: date) -> str:
    """Why `user` sees a customer of a unit and manager (None: the pool) on a day, or why not; a translated sentence."""
    unit, manager = customer_unit, customer_manager
    if not user.works_on(on):
        return _("You do not see this customer: you have left.")
    grant = user.grants.filter(customer_id=customer_id, first_day__lte=on, last_day__gte=on, ended_at=None).first()
    if scope_of(user, on).sees(unit=unit, manager=manager, customer=customer_id):
        return _by_place(user, unit, manager, on) or _by_grant(grant)
    return _why_not(user, manager)


def _by_place(user: Person, unit: str, manager: str | None, on: date) -> str:
    if manager == user.person_no:
        return _("You see this customer because it is in your own book.")
    if user.role in OWN_BOOK:
        return _by_substitution(user, manager, on)
    if user.role not in SUBTREE or not (user.unit.parent_id is None or unit in beneath(user.unit.path)):
        return ""
    place = {"unit": _unit_name(unit), "top": user.unit.name, "role": user.get_role_display()}
    if manager is None:
        return (
            _("You see this customer because it is in the public pool of %(unit)s, and you are %(role)s of %(top)s.")
            % place
        )
    return _("You see this customer because %(unit)s belongs to %(top)s, where you are %(role)s.") % place


def _by_substitution(user: Person, manager: str | None, on: date) -> str:
    found = user.standing_in.filter(person__person_no=manager, first_day__lte=on, last_day__gte=on)
    away = found.select_related("person").order_by("-last_day").first()
    if away is None:
        return ""
    facts = {"name": away.person.name, "day": _day(away.last_day)}
    return _("You see this customer because you stand in for %(name)s until %(day)s.") % facts


def _by_grant(grant: AccessGrant | None) -> str:
    if grant is None:
        return ""
    facts = {"day": _day(grant.last_day), "reason": grant.reason}
    return _("You see this customer by temporary access until %(day)s: %(reason)s") % facts


def _why_not(user: Person, manager: str | None) -> str:
    if user.role == "ADMIN":
        return _("You do not see this customer: administrators run the system and see no customers.")
    if user.role in OWN_BOOK and manager is None:
        return _("You do not see this customer: it is in the public pool and not in your book.")
    if user.role in OWN_BOOK:
        return _("You do not see this customer: it is in another manager's book.")
    return _("You do not see this customer: it belongs to a unit outside %(top)s.") % {"top": user.unit.name}


def scope_in_words(user: Person, on: date) -> str:
    """What the person sees, in one sentence."""
    base = _scope_base(user)
    away = [
        found.person.name
        for found in user.standing_in.filter(first_day__lte=on, last_day__gte=on).select_related("person")
    ]
    if away:
        base += " " + _("Standing in for: %(names)s.") % {"names": ", ".join(away)}
    extra = user.grants.filter(first_day__lte=on, last_day__gte=on, ended_at=None).count()
    if extra and user.role != "ADMIN":
        base += " " + _("Temporary access to %(count)s customers.") % {"count": extra}
    return base


def _scope_base(user: Person) -> str:
    if user.role == "ADMIN":
        return _("No customers: administrators run the system.")
    if user.role in OWN_BOOK:
        return _("Customers in the own book.")
    if user.unit.parent_id is None:
        return _("All customers of %(top)s.") % {"top": user.unit.name}
    return _("All customers of %(top)s and the units below it.") % {"top": user.unit.name}


def _unit_name(unit_code: str) -> str:
    return Unit.objects.filter(pk=unit_code).values_list("name", flat=True).first() or unit_code


def _day(day: date) -> str:
    return date_format(day, "Y-m-d")
