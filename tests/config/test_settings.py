"""The settings keep their promises from the environment."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from kajing.org.models import Person
from tests.factories import customers, risk, workflow


def test_tests_have_a_home_of_their_own() -> None:
    assert settings.KAJING_HOME.name != "var"
    assert settings.KAJING_KEY_FILE.parent == settings.KAJING_HOME
    assert oct(settings.KAJING_KEY_FILE.stat().st_mode)[-3:] == "600"


def test_system_check_is_clean() -> None:
    with override_settings(SILENCED_SYSTEM_CHECKS=[]):
        call_command("check", fail_level="WARNING")


def test_cast_and_factories_make_a_small_bank(ana: Person, ben: Person) -> None:
    mine = customers.customer(ana)
    customers.card(customers.account(mine))
    customers.figures(mine)
    risk.alert(mine)
    workflow.task(ana, mine)
    customers.customer(ben)
    assert ana.unit.path == "/HQ/B01/S01/T01/"
    assert list(mine.alerts.values_list("rule", flat=True)) == ["missed_payment"]
