"""What this room says of somebody's reach on the page that shows it: how many customers, and how much of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from kajing.customers.models import Customer
from kajing.customers.selectors.people import SUPERIORS
from kajing.lib.scope import DataScope
from kajing.org.models import Role
from kajing.ui import formats


def reach(person: Any, scope: DataScope) -> Iterator[tuple[Any, Any]]:
    """Customers within reach, whose names stand in full, and whether personal data can be opened or taken out."""
    yield _("Customers"), formats.count(Customer.objects.within(scope).count())
    yield _("Names"), _names(person) if person.has_perm("customers.view") else _("none")
    with_reason = _("with a reason, each time recorded") if person.has_perm("customers.reveal") else _("no")
    yield _("Phone, ID number, address in clear"), with_reason
    yield _("Export of lists"), _exports(person)


def _names(person: Any) -> Any:
    if person.role == Role.MANAGER:
        return _("in full for the own book and books stood in for, else masked")
    return _("in full in the own units, else masked") if person.role in SUPERIORS else _("masked")


def _exports(person: Any) -> Any:
    return _("masked by role; above the cap with approval") if person.has_perm("customers.export") else _("no")
