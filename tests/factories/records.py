"""Fields, tags and files of records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from kajing.org.models import Person, Role
from kajing.records import services
from kajing.records.models import FieldDefinition


def shaper(unit: Any) -> Person:
    """An administrator who shapes fields."""
    from tests.factories.org import person

    found = Person.objects.filter(username="shaper").first()
    return found or person("shaper", Role.ADMIN, unit, name="管理")


def field(unit: Any, name: str, type_: str = "TEXT", at: datetime | None = None, **about: Any) -> FieldDefinition:
    """A field of customers, unless `kind` says otherwise."""
    if type_ in {"CHOICE", "MULTI"}:
        about.setdefault("options", [["gold", "金牌"], ["plain", "普通"], ["new", "新客"]])
    return services.define_field(
        actor=shaper(unit), kind=about.pop("kind", "customer"), name=name, type=type_, label=about.pop("label", name.title()),
        at=at or timezone.now(), **about,
    )  # fmt: skip
