"""Which leads a person sees, and how much of them without asking.

Managers see their own (and those of people they stand in for) and the pools of their unit and the units above it, as
with customers; leaders and whoever oversees see their units. Pages, API, files and conditions all start here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet

from kajing.customers import personal
from kajing.customers.selectors.people import SUPERIORS
from kajing.customers.selectors.pool import pool_units
from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.lib.scope import ALL
from kajing.org.models import Person, Role, Unit
from kajing.org.scoping import current_scope
from kajing.sales.models import Lead, LeadActivity, LeadOwnership
from kajing.sales.stages import OPEN, RETURNING, WAY, place
from kajing.workflow.selectors import owners_of

VIEW, WORK, ASSIGN, EXPORT = "sales.view_leads", "sales.work_leads", "sales.assign_leads", "sales.export_leads"
FIELDS = ("phone", "id_number", "employer")  # personal columns, encrypted
HOLDERS = (Role.MANAGER, Role.LEADER)


def leads(user: Any) -> QuerySet[Lead]:
    """Every lead this person may see; all other reads refine this."""
    found: QuerySet[Lead] = Lead.objects.visible_to(user)
    scope = current_scope(user)
    if scope.sees_nothing or scope.managers is ALL or not user.has_perm(WORK):
        return found
    return found | Lead.objects.filter(owner=None, unit_id__in=pool_units(user), stage__in=OPEN)


def lead(user: Any, pk: int) -> Lead | None:
    """One lead with what its page shows, or None: not mine and not there look the same."""
    rows = leads(user).select_related("owner", "unit", "product", "customer", "referrer")
    return rows.filter(pk=pk).first()


def knows_lead(user: Any, one: Lead) -> bool:
    """Whether name, words and files are shown in full: to the owner (or who stands in) and to their superiors."""
    scope = current_scope(user)
    if user.role == Role.MANAGER:
        return scope.managers is not ALL and one.owner_id is not None and one.owner_id in scope.managers
    return user.role in SUPERIORS and one.unit_id in scope.units


def can_work(user: Any, one: Lead) -> bool:
    """Whether this person may act on a lead they see: it is theirs, or they lead its unit."""
    if not user.has_perm(WORK):
        return False
    return one.owner_id in owners_of(user) or (user.has_perm(ASSIGN) and one.unit_id in current_scope(user).units)


def may_claim(user: Any, one: Lead, today: date) -> bool:
    """Whether this person may take a lead: nobody owns it, or the time of its owner is over."""
    return bool(user.has_perm(WORK) and user.role in HOLDERS and one.owner_id != user.person_no and is_free(one, today))


def is_free(one: Lead, today: date) -> bool:
    """Whether a lead belongs to nobody any more."""
    over = one.owned_until is not None and one.owned_until < today
    return one.owner_id is None or (over and one.stage in (*RETURNING, Lead.Stage.LOST))


def shown_name(user: Any, one: Lead) -> str:
    """The name as this person may see it: in full, or the first character."""
    return one.name if knows_lead(user, one) else masks.name(one.name)


def personal_value(one: Lead, field: str) -> str:
    """A personal field in clear, for the reveal service and forms of who knows the lead; "" when there is none."""
    column = {"phone": "mobile"}.get(field, field)
    return personal.unseal(column, getattr(one, f"{field}_enc"))


def shown_personal(user: Any, one: Lead) -> dict[str, str]:
    """The personal fields a lead has, masked on the server."""
    rules = {"phone": masks.phone, "id_number": masks.id_number, "employer": masks.name}
    clear = {field: personal_value(one, field) for field in FIELDS}
    return {field: rules[field](value) for field, value in clear.items() if value}


def activities(user: Any, one: Lead, most: int = 50) -> list[LeadActivity]:
    """What was done about a lead, newest first; nothing for who does not know it yet."""
    return list(one.activities.all()[:most]) if knows_lead(user, one) else []


def new_owners(user: Any) -> list[Person]:
    """People this person may give leads to: leaders their whole place, everybody else only themselves."""
    if not user.has_perm(ASSIGN):
        return [user]
    found = Person.objects.filter(is_active=True, left_on=None, role__in=HOLDERS).select_related("unit")
    units = current_scope(user).units
    if units is not ALL:
        found = found.filter(unit_id__in=units)
    return list(found.order_by("name")[:200])


def owners_here(user: Any) -> list[tuple[str, str]]:
    """The same as choices of a filter: (number, name and number)."""
    return [(one.person_no, f"{one.name} {one.person_no}") for one in new_owners(user)]


def lead_units(user: Any) -> list[tuple[str, str]]:
    """Units whose leads this person sees, for the filter."""
    units = current_scope(user).units
    found = Unit.objects.filter(valid_to=None)
    if user.role == Role.MANAGER:
        found = found.filter(pk__in=pool_units(user))
    elif units is not ALL:
        found = found.filter(pk__in=units)
    return list(found.order_by("path").values_list("pk", "name")[:200])


@dataclass(frozen=True)
class Stretch:
    """One stage of the way of a lead: the days it was there, whether it is there now or has not come so far."""

    stage: str
    days: int | None = None
    entered: datetime | None = None
    now: bool = False
    note: str = ""

    @property
    def label(self) -> str:
        """The stage in words."""
        return str(Lead.Stage(self.stage).label)


def way(one: Lead, today: date) -> list[Stretch]:
    """The stages a lead has been through in their order with days in each, then those still ahead."""
    end = datetime.combine(today + timedelta(days=1), time.min, SHANGHAI)
    found = [
        Stretch(
            stay.stage, max((stay.left_at or end) - stay.entered_at, timedelta(0)).days, stay.entered_at,
            stay.left_at is None, stay.note,
        )
        for stay in one.stays.all()
    ]  # fmt: skip
    if one.stage == Lead.Stage.LOST:
        return found
    return [*found, *(Stretch(stage) for stage in WAY if place(stage) > place(one.stage))]


def ownerships(one: Lead) -> list[LeadOwnership]:
    """Whose the lead was, newest first."""
    return list(one.ownerships.select_related("unit").order_by("-since", "-pk"))
