"""The unit tree: adding, merging, and the path that makes a subtree one prefix search."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.org.models import Unit


class CannotMerge(DomainError):
    """A unit cannot be merged into itself or into a unit below it."""


class CannotAddUnit(DomainError):
    """The code is taken, or the unit above is closed."""


class BrokenTree(DomainError):
    """The parents of units form a circle or name a unit that does not exist."""


@transaction.atomic
def add_unit(
    *, unit_code: str, parent_code: str | None, name: str, kind: str, valid_from: date | None, actor: str, at: datetime
) -> Unit:
    """A new unit below `parent_code` (None: the top). Raises CannotAddUnit."""
    if Unit.objects.filter(pk=unit_code).exists():
        raise CannotAddUnit(_("There is already a unit %(code)s. Choose another code.") % {"code": unit_code})
    if kind not in Unit.Kind.values:
        raise CannotAddUnit(_("There is no kind of unit %(kind)s.") % {"kind": kind})
    parent = Unit.objects.get(pk=parent_code) if parent_code else None
    if parent is not None and parent.valid_to is not None:
        raise CannotAddUnit(_("%(unit)s is closed: nothing is added below it.") % {"unit": parent.name})
    path = f"{parent.path if parent else '/'}{unit_code}/"
    unit = Unit(unit_code=unit_code, parent=parent, name=name, kind=kind, valid_from=valid_from, path=path)
    unit.save(force_insert=True)
    record(actor=actor, action="org.add_unit", object_kind="unit", object_id=unit_code, at=at, changes={"name": name})
    return unit


@transaction.atomic
def merge_unit(*, unit: Unit, into: Unit, on: date, actor: str, at: datetime) -> Unit:
    """Close `unit` on a day in favour of `into`: who sees `into` sees its customers too. Raises CannotMerge."""
    if unit.valid_to is not None or into.valid_to is not None:
        closed = unit if unit.valid_to is not None else into
        raise CannotMerge(_("%(unit)s is closed already.") % {"unit": closed.name})
    if into.path.startswith(unit.path):
        raise CannotMerge(_("%(unit)s cannot be merged into itself or a unit below it.") % {"unit": unit.name})
    unit.merged_into, unit.valid_to = into, on
    unit.save(update_fields=["merged_into", "valid_to"])
    changes = {"into": into.pk, "valid_to": on.isoformat()}
    record(actor=actor, action="org.merge_unit", object_kind="unit", object_id=unit.pk, at=at, changes=changes)
    return unit


def rebuild_paths() -> int:
    """Work out every unit's path from its parents; returns how many changed. Raises BrokenTree on a circle."""
    units = {unit.pk: unit for unit in Unit.objects.all()}
    changed = []
    for unit in units.values():
        path = _path(unit, units)
        if path != unit.path:
            unit.path = path
            changed.append(unit)
    Unit.objects.bulk_update(changed, ["path"], batch_size=500)
    return len(changed)


def _path(unit: Unit, units: dict[str, Unit]) -> str:
    codes, here = [unit.pk], unit
    while here.parent_id:
        if here.parent_id in codes or here.parent_id not in units:
            raise BrokenTree(_("The parents of unit %(unit)s form a circle.") % {"unit": unit.pk})
        here = units[here.parent_id]
        codes.append(here.pk)
    return "/" + "".join(f"{code}/" for code in reversed(codes))
