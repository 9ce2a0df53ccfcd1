"""Kinds of records that may carry the bank's own fields, tags and files. A room names its kind in one call.

records.kinds.register(Kind(name="customer", label=_("Customer"), visible=selectors.customers, …), slot="customer")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from kajing.lib.registers import Register
from kajing.ui import registry as ui

if TYPE_CHECKING:
    from kajing.org.models import Unit


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record: how to find what a person may see, and the rights its fields ask for.

    `numeric` says that primary keys are numbers. `customer_of` names the customer of a record for the audit trail,
    `place` the unit it belongs to. `check_reveal(actor, at)` raises when a person has used up the day's looks at masked
    values. `fill` is the right that writing its own fields asks for, `writes(user)` what else must hold; `there` says
    whether the kind still exists. `few` says that there are some hundred thousand records at most: then an own
    field is looked up record by record, where collecting every value that fits would take longer.
    """

    name: str
    label: Any
    visible: Callable[[Any], QuerySet[Any]]
    view: str
    numeric: bool = False
    customer_of: Callable[[Any], str] = lambda row: ""
    url: Callable[[str], str] = lambda object_id: ""
    check_reveal: Callable[[Any, datetime], None] | None = None
    place: Callable[[str], Unit | None] = lambda object_id: None
    fill: str = "records.fill_fields"
    writes: Callable[[Any], bool] = lambda user: True
    there: Callable[[], bool] = lambda: True
    few: bool = False

    def find(self, user: Any, object_id: str) -> Any | None:
        """The record of this id if the person may see it: not mine and not there look the same."""
        if not user.has_perm(self.view) or (self.numeric and not is_key(object_id)):
            return None
        return self.visible(user).filter(pk=object_id).first()

    def may_fill(self, user: Any) -> bool:
        """Whether the person's role writes own fields of this kind at all."""
        return bool(user.has_perm(self.fill) and user.has_perm(self.view) and self.writes(user))

    def seen(self, user: Any, ids: list[str]) -> set[str]:
        """Which of these ids the person sees, as text."""
        keys = [key for key in ids if is_key(key)] if self.numeric else ids
        return {str(pk) for pk in self.visible(user).filter(pk__in=keys).order_by().values_list("pk", flat=True)}


def is_key(text: str) -> bool:
    """Whether a text can be the number of a record."""
    return text.isdecimal() and len(text) < 19


KINDS: Register[Kind] = Register()


def register(kind: Kind, *, slot: str = "") -> Kind:
    """Make a kind known, and show its fields, tags and files on the page of a slot."""
    KINDS[kind.name] = kind
    if slot:
        from kajing.records import panels

        for panel in panels.of_kind(kind, slot):
            ui.panels.register(panel)
    return kind


def kind_of(name: str) -> Kind | None:
    """The kind of this name."""
    found: Kind | None = KINDS.get(name)
    return found
