"""Defining objects: add one, change it, switch it off and on. Nothing is ever deleted with records in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.objects.choices import MANAGE, OBJECT_ICONS, RESERVED, ROLES, WRITERS
from kajing.objects.models import ObjectDefinition
from kajing.objects.pattern import is_pattern
from kajing.objects.selectors import in_use
from kajing.records.lists.conditions.tree import KEYWORDS
from kajing.records.services.fields import renew_token

if TYPE_CHECKING:
    from kajing.org.models import Person

MOST_OBJECTS = 60
_CODE = re.compile(r"[a-z][a-z0-9_]{1,13}")
CHANGEABLE = ("name_zh", "name_en", "plural_en", "icon", "pattern", "sees", "creates", "edits", "place")
NAMES = {"name_zh": 30, "name_en": 40, "plural_en": 40}


class CannotDefine(DomainError):
    """The definition does not hold together; the sentence says what to change."""

    status = 422


class DefinitionChanged(DomainError):
    """Somebody changed the object since it was opened."""

    def __str__(self) -> str:
        return str(_("This object was changed in the meantime. Open it again and repeat your change."))


@transaction.atomic
def define_object(*, actor: Person, code: str, belongs: str, at: datetime, **about: Any) -> ObjectDefinition:
    """Add an object: its list, forms, import and API are there from now on. `about` is any of CHANGEABLE.

    Code and whom the records belong to are for good. Raises NotAllowed, CannotDefine.
    """
    _check_right(actor)
    if not _CODE.fullmatch(code) or code in RESERVED or code in KEYWORDS:
        raise CannotDefine(
            _("A code has 2 to 14 small letters, digits and _, begins with a letter and is no reserved word.")
        )
    if ObjectDefinition.objects.filter(code=code).exists():
        raise CannotDefine(_("There is an object of this code; a switched-off one can be switched on again."))
    if ObjectDefinition.objects.count() >= MOST_OBJECTS:
        raise CannotDefine(_("%(most)s objects are the most.") % {"most": MOST_OBJECTS})
    if belongs not in ObjectDefinition.Belongs.values:
        raise CannotDefine(_("Choose whom the records belong to."))
    made = ObjectDefinition(code=code, belongs=belongs, created_by=actor.person_no, created_at=at)
    _take(made, {"pattern": f"{code.upper()}-{{seq}}", "icon": OBJECT_ICONS[0], **about})
    made.save()
    _tell(actor, made, "objects.define", at, {"belongs": belongs, **_state(made)})
    return made


@transaction.atomic
def change_object(
    *, actor: Person, about: ObjectDefinition, version: int, at: datetime, **values: Any
) -> ObjectDefinition:
    """Change what CHANGEABLE names; numbers given so far stay. Raises NotAllowed, CannotDefine, DefinitionChanged."""
    _check_right(actor)
    before = _state(about)
    _take(about, values)
    new = _state(about)
    if not ObjectDefinition.objects.filter(pk=about.pk, version=version).update(**new, version=version + 1):
        raise DefinitionChanged
    about.version = version + 1
    _tell(
        actor,
        about,
        "objects.reshape",
        at,
        {name: [before[name], new[name]] for name in new if before[name] != new[name]},
    )
    return about


@transaction.atomic
def switch_object(*, actor: Person, about: ObjectDefinition, on: bool, at: datetime) -> None:
    """Take an object out of use with all its records kept, or bring it back. Raises NotAllowed."""
    _check_right(actor)
    ObjectDefinition.objects.filter(pk=about.pk).update(archived_at=None if on else at)
    about.archived_at = None if on else at
    _tell(actor, about, "objects.switch_on" if on else "objects.switch_off", at, {"records": in_use(about)})


def _check_right(actor: Person) -> None:
    if not actor.has_perm(MANAGE):
        raise NotAllowed


def _state(about: ObjectDefinition) -> dict[str, Any]:
    return {name: getattr(about, name) for name in CHANGEABLE}


def _take(about: ObjectDefinition, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in CHANGEABLE:
            raise CannotDefine(_("%(name)s cannot be set.") % {"name": name})
        setattr(about, name, value.strip() if isinstance(value, str) else value)
    about.plural_en = about.plural_en or about.name_en
    for name, longest in NAMES.items():
        if not 1 <= len(getattr(about, name)) <= longest:
            raise CannotDefine(_("Give the object a Chinese and an English name."))
    if about.icon not in OBJECT_ICONS:
        raise CannotDefine(_("Choose an icon of the set."))
    if not is_pattern(about.pattern):
        raise CannotDefine(
            _("A number pattern has {seq} once; beside it {year}, {month}, letters, digits and . _ / - only: GJ-{seq}.")
        )
    _take_roles(about)


def _take_roles(about: ObjectDefinition) -> None:
    """Who creates also edits, who edits also sees; in the order of the product's roles."""
    asked = {name: {str(role) for role in getattr(about, name)} for name in ("sees", "creates", "edits")}
    if set().union(*asked.values()) - {str(role) for role in ROLES}:
        raise CannotDefine(_("There is no such role, or it works with no records."))
    if (asked["creates"] | asked["edits"]) - {str(role) for role in WRITERS}:
        raise CannotDefine(_("Compliance and auditors may see records, not write them."))
    edits = asked["edits"] | asked["creates"]
    found = {"sees": asked["sees"] | edits, "creates": asked["creates"], "edits": edits}
    for name, roles in found.items():
        setattr(about, name, [str(role) for role in ROLES if str(role) in roles])


def _tell(actor: Person, about: ObjectDefinition, action: str, at: datetime, changes: dict[str, Any]) -> None:
    """The audit row; the customers list learns of it by the token that its own fields ride on."""
    renew_token("customer")
    record(
        actor=actor.person_no, action=action, object_kind="object", object_id=about.code, at=at, changes=changes
    )  # fmt: skip
