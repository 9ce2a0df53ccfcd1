"""How objects join what the product has for every kind of record: kinds, lists, exports, sheets, events, conditions.

A kind answers for every name that begins with `obj_`, without asking the tables: what a person sees of it is asked of
`records` each time, so nothing a process remembers can be stale, and a new object needs no restart.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import lazystr
from django.utils.translation import gettext as _

from kajing.customers.services import exports
from kajing.customers.services.reveals import check_quota
from kajing.imports.sheets import registry as sheets
from kajing.lib.registers import Source
from kajing.objects import lists
from kajing.objects.choices import EXPORT, VIEW, WORK
from kajing.objects.models import PREFIX, ObjectDefinition, ObjectRecord
from kajing.objects.selectors import customer_of, definitions, is_there, may, of_customers, place_of, records, rows_of
from kajing.objects.selectors.records import having
from kajing.objects.services.sheets import target_of
from kajing.records import kinds
from kajing.records.lists import LISTS, Extra, Flag
from kajing.records.lists import providers as list_providers
from kajing.records.models import FieldDefinition, FieldValue
from kajing.workflow import events


class _Name:
    """An object's name in the reader's language, read when it is shown."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __str__(self) -> str:
        found = ObjectDefinition.objects.filter(code=self.code).first()
        return found.name if found else self.code


@cache
def _kind(name: str) -> kinds.Kind:
    code = name.removeprefix(PREFIX)
    return kinds.Kind(
        name=name, label=lazystr(_Name(code)), visible=lambda user: records(user, code), view=VIEW, numeric=True,
        customer_of=customer_of, place=place_of, url=lambda pk: reverse("objects:record", args=[code, pk]),
        check_reveal=check_quota, fill=WORK, writes=lambda user: may(user, code, "edits"),
        there=lambda: is_there(code), few=True,
    )  # fmt: skip


def kind_named(name: str) -> kinds.Kind | None:
    """The kind of record of this name, when it is an object's."""
    return _kind(name) if name.startswith(PREFIX) and 0 < len(name) - len(PREFIX) <= 14 else None


def _kinds() -> list[kinds.Kind]:
    return [_kind(one.kind) for one in definitions().filter(archived_at=None)]


def _exportable(name: str) -> exports.Exportable | None:
    if not name.startswith(PREFIX):
        return None
    return exports.Exportable(list=name, right=EXPORT, file=name.removeprefix(PREFIX), action="objects.export")


def _target(name: str) -> sheets.SheetTarget | None:
    about = rows_of(name)
    return target_of(about) if about else None


def _targets() -> list[sheets.SheetTarget]:
    return [target_of(one) for one in definitions().filter(archived_at=None)]


def _event(name: str) -> events.EventKind | None:
    """A day field of an object of customers, as `obj_vip.held_on`: an event of the record's customer."""
    kind, dot, field = name.partition(".")
    about = rows_of(kind) if dot else None
    found = FieldDefinition.objects.filter(kind=kind, name=field, type="DAY", archived_at=None).first()
    return _event_of(about, found) if about and about.of_customers and found else None


def _event_of(about: ObjectDefinition, field: FieldDefinition) -> events.EventKind:
    return events.EventKind(
        name=f"{about.kind}.{field.name}", title=f"{about.name}: {field.label}",
        between=lambda first, last: _between(about, field, first, last),
    )  # fmt: skip


def _between(about: ObjectDefinition, field: FieldDefinition, first: date, last: date) -> Iterable[events.Event]:
    rows = FieldValue.objects.filter(field=field, day__gte=first, day__lte=last).values_list("object_id", "day")
    days = {int(pk): day for pk, day in rows.iterator() if day is not None}
    keys = list(days)
    for start in range(0, len(keys), 500):
        found = ObjectRecord.objects.of(about).filter(pk__in=keys[start : start + 500])
        for pk, customer in found.values_list("pk", F("customer_id")):
            yield events.Event(str(customer), days[pk], f"{about.kind}.{field.name}:{pk}:{days[pk]}")


def _events() -> list[events.EventKind]:
    live = {one.kind: one for one in definitions().filter(archived_at=None) if one.of_customers}
    fields = FieldDefinition.objects.filter(kind__in=list(live), type="DAY", archived_at=None)
    return [_event_of(live[one.kind], one) for one in fields]


def conditions(kind_name: str, user: Any) -> Extra:
    """What the customers list may ask of objects: whether a customer has a record of one."""
    if kind_name != "customer":
        return Extra()
    return Extra(filters=[_has(one) for one in of_customers(user)])


def _has(about: ObjectDefinition) -> Flag:
    return Flag(
        name=about.kind, label=_("Has: %(object)s") % {"object": about.name},
        condition=lambda context: Q(having(about)),
    )  # fmt: skip


def join() -> None:
    """Answer for objects wherever a kind of record is looked up by name."""
    kinds.KINDS.sources.append(Source(kind_named, _kinds))
    LISTS.sources.append(Source(lists.find, lists.every))
    exports.EXPORTABLE.sources.append(Source(_exportable, list))
    sheets.TARGETS.sources.append(Source(_target, _targets))
    events.KINDS.sources.append(Source(_event, _events))
    list_providers.append(conditions)
