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
    return frozenset(_beneath(path).values_list("pk", flat=True))


def _beneath(path: str) -> models.QuerySet[Any]:
    rows: models.QuerySet[Any] = apps.get_model("org", "Unit").objects.filter(
        Q(path__startswith=path) | Q(merged_into__path__startswith=path)
    )
    return rows.order_by()


def scope_of(user: Any, on: date) -> DataScope:
    """The scope of a person on a day: role and place, plus the books they stand in for, plus temporary grants."""
    if not getattr(user, "role", "") or not user.works_on(on):
        return NOTHING
    grants = user.grants.filter(first_day__lte=on, last_day__gte=on, ended_at=None)
    if user.role in OWN_BOOK:
        books, customers = _books_and_guests(user, grants, on)
        return DataScope(units=ALL, managers=books, customers=customers)
    if user.role in SUBTREE:
        units, customers = _units_and_guests(user, grants)
        return DataScope(units=units, managers=ALL, customers=customers)
    customers = frozenset(grants.values_list("customer_id", flat=True))
    return DataScope(customers=customers if user.role != "ADMIN" else frozenset())


def _books_and_guests(user: Person, grants: models.QuerySet[Any], on: date) -> tuple[Members, frozenset[str]]:
    """Managers whose books the person works and customers lent to them, in one query: every page asks for both."""
    standing_in = user.standing_in.filter(first_day__lte=on, last_day__gte=on)
    books = standing_in.order_by().values_list("person__person_no", models.Value("book"))
    lent = grants.order_by().values_list("customer_id", models.Value("guest"))
    found = set(books.union(lent, all=True))
    return (
        frozenset({user.person_no, *(no for no, what in found if what == "book")}),
        frozenset(customer for customer, what in found if what == "guest"),
    )


def _units_and_guests(user: Person, grants: models.QuerySet[Any]) -> tuple[Members, frozenset[str]]:
    """Units the person's role reaches and customers lent to them, in one query."""
    lent = grants.order_by().values_list("customer_id", models.Value("guest"))
    if user.unit.parent_id is None:
        return ALL, frozenset(customer for customer, _what in lent)
    found = set(_beneath(user.unit.path).values_list("pk", models.Value("unit")).union(lent, all=True))
    return (
        frozenset(code for code, what in found if what == "unit"),
        frozenset(customer for customer, what in found if what == "guest"),
    )


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
