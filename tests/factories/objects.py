"""Objects of the bank's own, and their records."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.objects import services
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.org.models import Person
from tests.factories.records import shaper

EVERYBODY = ["MANAGER", "LEADER", "BRANCH_HEAD", "RISK", "SERVICE"]


def own_object(unit: Any, code: str = "event", belongs: str = "CUSTOMER", **about: Any) -> ObjectDefinition:
    """An object that everybody who works on records sees, creates and edits, unless told otherwise."""
    given = {
        "name_zh": "贵宾活动", "name_en": "VIP event", "plural_en": "VIP events", "pattern": "GJ-{seq:3}",
        "icon": "confetti", "sees": [*EVERYBODY, "COMPLIANCE", "AUDITOR"], "creates": EVERYBODY, "edits": EVERYBODY,
        **about,
    }  # fmt: skip
    return services.define_object(actor=shaper(unit), code=code, belongs=belongs, at=timezone.now(), **given)


def own_record(actor: Person, about: ObjectDefinition, who: Any = None, **values: Any) -> ObjectRecord:
    """A record as the person makes it."""
    at = values.pop("at", None) or timezone.now()
    given = {"title": "品酒会", "customer_id": who.pk if who else "", **values}
    return services.create_record(actor=Person.objects.get(pk=actor.pk), about=about, at=at, **given)
