"""Who may see what, decided once: `scope_of` builds the DataScope, `visible_to` applies it to any table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Q

from kajing.lib.scope import ALL, NOTHING, DataScope, Members

if TYPE_CHECKING:
    from kajing.org.models import Person

# How wide each role sees: its own book, the unit and below, or no customer at all (platform S13).
OWN_BOOK = {"MANAGER"}
SUBTREE = {"LEADER", "BRANCH_HEAD", "RISK", "SERVICE", "COMPLIANCE", "AUDITOR"}


def subtree(unit_code: str) -> frozenset[str]:
    """The unit and everything below it, units merged into it included."""
    own = apps.get_model("org", "Unit").objects.filter(pk=unit_code).values_list("path", flat=True).first()
    return beneath(own) if own else frozenset()


def beneath(path: str) -> frozenset[str]:
    """`subtree` of a unit whose path is known, in one query."""
    found = apps.get_model("org", "Unit").objects.filter(
        Q(path__startswith=path) | Q(merged_into__path__startswith=path)
    )
    return frozenset(found.order_by().values_list("pk", flat=True))


def scope_of(user: Any, on: date) -> DataScope:
    """The scope of a person on a day: role and place, plus the books they stand in for, plus temporary grants."""
    if not getattr(user, "role", "") or not user.works_on(on):
        return NOTHING
    grants = user.grants.filter(first_day__lte=on, last_day__gte=on, ended_at=None)
    customers = frozenset(grants.values_list("customer_id", flat=True))
    if user.role in OWN_BOOK:
        return DataScope(units=ALL, managers=_books(user, on), customers=customers)
    if user.role in SUBTREE:
        return DataScope(units=_units(user), managers=ALL, customers=customers)
    return DataScope(customers=customers if user.role != "ADMIN" else frozenset())


def _books(user: Person, on: date) -> Members:
    standing_in = user.standing_in.filter(first_day__lte=on, last_day__gte=on)
    return frozenset({user.person_no, *standing_in.values_list("person__person_no", flat=True)})


def _units(user: Person) -> Members:
    top = user.unit.parent_id is None
    return ALL if top else beneath(user.unit.path)


class ScopedQuerySet(models.QuerySet[Any]):
    """A QuerySet whose model declares `class Scope` with the paths to unit, manager and customer."""

    def within(self, scope: DataScope) -> Self:
        """Rows of customers that the scope sees."""
        if scope.sees_nothing:
            return self.none()
        return self.filter(scope_filter(self.model.Scope, scope))

    def visible_to(self, user: Any) -> Self:
        """Rows that this person may see; the scope is worked out once per request."""
        path = self.model.Scope
        scope = current_scope(user)
        seen = Q(pk__in=[]) if scope.sees_nothing else scope_filter(path, scope)
        owner = getattr(path, "owner", None)
        if owner and seen and user.role != "ADMIN":  # an empty Q means everything, and would vanish in an OR
            seen |= Q(**{owner: user.person_no})
        return self.filter(seen)


ScopedManager = models.Manager.from_queryset(ScopedQuerySet)


def scope_filter(path: Any, scope: DataScope) -> Q:
    """The DataScope rule as a Q over a table's declared paths."""
    placed = Q()
    if scope.units is not ALL:
        placed &= Q(**{f"{path.unit}__in": scope.units})
    if scope.managers is not ALL:
        placed &= Q(**{f"{path.manager}__in": scope.managers})
    if scope.customers is ALL or (scope.units is ALL and scope.managers is ALL):
        return Q()
    if not scope.units or not scope.managers:
        placed = Q(pk__in=[])
    return placed | Q(**{f"{path.customer}__in": scope.customers}) if scope.customers else placed


def current_scope(user: Any) -> DataScope:
    """`scope_of` today, kept on the person object for the length of a request."""
    if not hasattr(user, "scope_today"):
        user.scope_today = scope_of(user, _today())
    scope: DataScope = user.scope_today
    return scope


def _today() -> date:
    from django.utils import timezone

    return timezone.localdate()
