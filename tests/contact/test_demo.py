"""What the demo bank begins with, and the gateway beside it."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import pytest

from kajing.config import demo as demo_bank
from kajing.contact import demo
from kajing.contact.models import Message, TemplateVersion
from kajing.org.models import Role, Unit
from tests.factories.contact import reach
from tests.factories.customers import account, card, customer, figures
from tests.factories.org import person


@pytest.mark.django_db
@pytest.mark.usefixtures("rules")
def test_templates_are_approved_and_messages_on_their_way(units: dict[str, Unit], at: datetime, settings: Any) -> None:
    settings.KAJING_BANK_NAME, settings.KAJING_BANK_PHONE = "演示银行", "400-000-0000"
    managers = [person(name, Role.MANAGER, units["T01"]) for name in ("manager1", "manager2")]
    person("leader1", Role.LEADER, units["T01"])
    for manager in managers:
        for _ in range(8):
            owner = reach(customer(manager))
            card(account(owner), expires_on=at.date())
            figures(owner, minimum_due=12_00, next_due_on=at.date())
    assert demo.write_letters(at=at) == 2 * demo.SENT_BY_EACH
    assert demo.write_letters(at=at) == 0
    states = list(TemplateVersion.objects.values_list("state", flat=True))
    assert (states.count("APPROVED"), states.count("ASKED")) == (len(demo.TEXTS), 1)
    assert Message.objects.filter(state="WAITING").count() == 2 * demo.SENT_BY_EACH


def test_the_gateway_starts_unless_real_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    (child,) = demo_bank.gateway(8000)
    assert "channel-simulator" in child.command
    assert os.environ["KAJING_SMS_URL"].startswith("http://127.0.0.1:")
    assert demo_bank.gateway(8000) == []  # now they are named
