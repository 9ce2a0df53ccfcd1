"""The demo bank's own process: made once, by people who may, and in a state one can go on from."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from kajing.config.demo_objects import plan_events
from kajing.config.demo_process import AUDIENCES, FIELDS, TAGS, shape_process
from kajing.customers.models import Audience
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.org.models import Person, Role, Unit
from kajing.records.models import FieldDefinition, FieldValue, Tag
from kajing.records.selectors import types_of
from kajing.workflow.models import ApprovalRequest, RuleVersion
from tests.factories.customers import customer, figures
from tests.factories.org import person

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def bank(units: dict[str, Unit]) -> list[Person]:
    call_command("load_reference", verbosity=0)
    person("admin1", Role.ADMIN, units["HQ"])
    person("compliance1", Role.COMPLIANCE, units["HQ"])
    person("leader1", Role.LEADER, units["T01"])
    return [person(name, Role.MANAGER, units["T01"]) for name in ("manager1", "manager2")]


def test_the_process_is_made_once_and_can_be_gone_on_with(bank: list[Person]) -> None:
    for manager in bank:
        for number in range(9):
            figures(customer(manager), utilisation="0.97" if number % 2 else "0.20", dpd=0)
    shape_process(at=NOW)
    made = _counts()
    assert made["fields"] == len(FIELDS) and made["tags"] == len(TAGS) and made["audiences"] == 2 * len(AUDIENCES)
    assert made["values"] > 0
    assert dict(RuleVersion.objects.values_list("rule__code", "state")) == {
        "promise-follow": "LIVE", "high-use-monday": "SHADOW",
    }  # fmt: skip
    assert ApprovalRequest.objects.get().asker.username == "manager1"
    assert RuleVersion.objects.get(rule__code="high-use-monday").test["hits"] > 0
    shape_process(at=NOW)
    assert _counts() == made


def test_an_object_with_layouts_and_thirty_records(bank: list[Person]) -> None:
    for manager in bank:
        for _number in range(20):
            customer(manager)
    plan_events(at=NOW)
    assert ObjectRecord.objects.count() == 30
    about = ObjectDefinition.objects.get()
    assert set(types_of(about.kind, bank[0], map(str, ObjectRecord.objects.values_list("pk", flat=True))).values()) == {
        "golf", "wine", "talk",
    }  # fmt: skip
    plan_events(at=NOW)
    assert ObjectRecord.objects.count() == 30


def _counts() -> dict[str, Any]:
    tables = {"fields": FieldDefinition, "values": FieldValue, "tags": Tag, "audiences": Audience}
    return {name: table._default_manager.count() for name, table in tables.items()}
