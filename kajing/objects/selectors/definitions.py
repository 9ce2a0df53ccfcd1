"""Which objects there are, which a person meets, and what their role may do with the records."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from kajing.objects.choices import VIEW, WORK
from kajing.objects.models import PREFIX, ObjectDefinition
from kajing.records import selectors as records
from kajing.records.models import FieldDefinition, FieldShape
from kajing.records.selectors.fields import token_of, tokens

KEPT = "objects_known"


def definitions() -> QuerySet[ObjectDefinition]:
    """Every object for who shapes them, with the number of its records; switched-off ones last."""
    counted = ObjectDefinition.objects.annotate(count=Count("records", filter=Q(records__removed_at=None)))
    return counted.order_by(F("archived_at").asc(nulls_first=True), "place", "code")


def known(user: Any) -> dict[str, ObjectDefinition]:
    """The objects that are on and that the person's role sees, by code; asked once a request."""
    if KEPT not in user.__dict__:
        allowed = user.has_perm(VIEW)
        live = list(_with_tokens()) if allowed else []
        tokens(user).update({one.kind: one.field_token or "" for one in live})  # their fields cost no query more
        user.__dict__[KEPT] = {one.code: one for one in live if role_of(user) in one.sees or role_of(user) == "SYSTEM"}
    found: dict[str, ObjectDefinition] = user.__dict__[KEPT]
    return found


def _with_tokens() -> Any:
    """The objects that are on, each with the token of its fields."""
    kind = Concat(Value(PREFIX), OuterRef("code"))
    token = FieldShape.objects.filter(kind=kind).values("token")[:1]
    return ObjectDefinition.objects.filter(archived_at=None).annotate(field_token=Subquery(token))


_remembered: dict[str, list[ObjectDefinition]] = {}  # token of the customers' fields → objects of customers


def of_customers(user: Any) -> list[ObjectDefinition]:
    """The objects of customers that the person meets, for every customers list: no query while nothing changed."""
    token = token_of("customer", user)
    if not token or not user.has_perm(VIEW):
        return []
    if token not in _remembered:
        _remembered.clear()
        live = ObjectDefinition.objects.filter(archived_at=None, belongs=ObjectDefinition.Belongs.CUSTOMER)
        _remembered[token] = list(live)
    return [one for one in _remembered[token] if role_of(user) in one.sees or role_of(user) == "SYSTEM"]


def role_of(user: Any) -> str:
    """The role as text."""
    return str(getattr(user, "role", ""))


def definition(user: Any, code: str) -> ObjectDefinition | None:
    """One of the objects that the person meets."""
    return known(user).get(code)


def may(user: Any, code: str, what: str) -> bool:
    """Whether the person's role `creates` or `edits` records of an object."""
    about = known(user).get(code)
    return about is not None and user.has_perm(WORK) and role_of(user) in getattr(about, what)


def is_there(code: str) -> bool:
    """Whether there is an object of this code that is on."""
    return ObjectDefinition.objects.filter(code=code, archived_at=None).exists()


def rows_of(kind: str) -> ObjectDefinition | None:
    """The object of a kind of record, whoever asks; None when it is off or never was."""
    if not kind.startswith(PREFIX):
        return None
    return ObjectDefinition.objects.filter(code=kind.removeprefix(PREFIX), archived_at=None).first()


def fields_for_shaping(about: ObjectDefinition) -> list[FieldDefinition]:
    """The own fields of an object, archived ones last, each with the number of its values as `used`."""
    return list(records.definitions(about.kind))
