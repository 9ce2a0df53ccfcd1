"""The object that these tests work on."""

from __future__ import annotations

import pytest

from kajing.objects.models import ObjectDefinition
from kajing.org.models import Unit
from tests.factories.objects import own_object
from tests.factories.records import field


@pytest.fixture
def event(units: dict[str, Unit]) -> ObjectDefinition:
    """An object of customers with a day, an amount, a person, and a choice that decides the layout."""
    about = own_object(units["HQ"])
    hq, kind = units["HQ"], about.kind
    field(hq, "held_on", "DAY", kind=kind, label="日期")
    field(hq, "budget", "MONEY", kind=kind, label="预算")
    field(hq, "host", "PERSON", kind=kind, label="主持人")
    field(hq, "sort", "CHOICE", kind=kind, label="类型", is_type=True, options=[["golf", "高尔夫"], ["wine", "品酒"]])
    return about
