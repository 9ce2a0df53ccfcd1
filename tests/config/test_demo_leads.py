"""The demo bank's leads: some in every stage, made once, with the gate before an application and nobody real."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from kajing.audit.models import Night
from kajing.config.demo_leads import CARDS, POOLED, WEIGHTS, fill_leads
from kajing.org.models import Person, Role, Unit
from kajing.records.services import attach
from kajing.records.states import MoveRefused
from kajing.sales.models import Lead
from kajing.sales.services.leads import facts_of, move
from kajing.sales.stages import WAY
from kajing.workflow.models import GateVersion
from tests.factories.customers import account, card, customer, figures
from tests.factories.org import person
from tests.workflow.test_gates import PDF

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def bank(units: dict[str, Unit]) -> list[Person]:
    call_command("load_reference", verbosity=0)
    today = timezone.localdate()
    Night.objects.create(as_of=today - timedelta(days=1), state=Night.State.DONE, started_at=NOW, finished_at=NOW)
    person("admin1", Role.ADMIN, units["HQ"])
    person("compliance1", Role.COMPLIANCE, units["HQ"])
    managers = [person(name, Role.MANAGER, units[code]) for name, code in (("manager1", "T01"), ("manager2", "T02"))]
    for manager in managers:
        for number in range(12):
            who = customer(manager, name="王小明")
            days = 20 + 20 * number
            opened = today - timedelta(days=days)
            card(account(who), approved_on=opened, activated_on=opened + timedelta(days=3))
            figures(who, last_purchase_on=today, txn_count_90d=5)
    return managers


def test_every_stage_once_and_the_gate_at_work(bank: list[Person]) -> None:
    fill_leads(at=NOW)
    count = Lead.objects.count()
    stages = dict.fromkeys(Lead.objects.values_list("stage", flat=True))
    assert {*WAY[:5], "LOST", "ACTIVE90"} <= set(stages)
    assert Lead.objects.filter(owner=None).count() == 2 * POOLED
    assert Lead.objects.exclude(customer=None).count() == 2 * CARDS
    assert GateVersion.objects.get(kind="lead").state == "LIVE"
    fill_leads(at=NOW)
    assert Lead.objects.count() == count
    for one in Lead.objects.exclude(id_number_enc=None):
        number = facts_of(one).id_number
        right = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
        assert "10X98765432"[right] != number[-1]

    one = Lead.objects.filter(owner=bank[0], stage="INTENT").first()
    assert one is not None
    with pytest.raises(MoveRefused) as said:
        move(actor=bank[0], lead=one, to="SUBMITTED", at=NOW)
    missing = {each.name for each in said.value.missing}
    assert {"person_seen", "original_seen", "signature_seen", "files"} <= missing
    attach(actor=bank[0], kind="lead", object_id=str(one.pk), name="a.pdf", content=PDF, at=NOW)
    with pytest.raises(MoveRefused) as said:
        move(actor=bank[0], lead=one, to="SUBMITTED", at=NOW)
    assert "files" not in {each.name for each in said.value.missing}
