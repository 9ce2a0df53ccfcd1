"""Dated parameters: loaded from the package, changed by a new row, read as of a day."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from kajing.audit.models import AuditRow
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.reference import selectors
from kajing.reference.models import MerchantCategory, Parameter
from kajing.reference.services import DATA, PARAMETER_FILES, CannotChange, change_parameter, load_reference

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 22)


@pytest.fixture
def loaded(at: datetime) -> dict[str, int]:
    return load_reference(actor="system", at=at)


def test_the_package_is_loaded_and_loading_again_changes_nothing(loaded: dict[str, int], at: datetime) -> None:
    before = list(Parameter.objects.order_by("pk").values())
    assert load_reference(actor="system", at=at) == loaded
    assert list(Parameter.objects.order_by("pk").values()) == before
    assert selectors.parameter("long_sleep_ratio_max", ON) == Decimal("0.20")
    assert selectors.parameter("cash_instalment_max_amount", ON) == 5_000_000
    assert MerchantCategory.objects.get(pk="0742").group_code == "SERVICE"


def test_a_rule_is_not_in_force_before_its_day(loaded: dict[str, int]) -> None:
    assert selectors.parameter("annualised_cost_table", date(2026, 8, 1)) == "required"
    with pytest.raises(selectors.NotInForce):
        selectors.parameter("annualised_cost_table", date(2026, 7, 31))


def test_the_engine_goes_never_without_a_value(loaded: dict[str, int]) -> None:
    old = selectors.engine_parameters(date(2005, 9, 30))
    assert old["long_sleep_months"] == 18
    assert old["missed_payment_days"] == (1, 7, 30, 60, 90)
    assert set(old) == set(selectors.engine_parameters(ON))


@pytest.mark.usefixtures("loaded")
def test_a_change_is_a_new_dated_row_and_the_past_keeps_its_own(admin: Person, at: datetime) -> None:
    monday = at.date()
    old = Parameter.objects.get(key="active_card_window")
    change_parameter(
        actor=admin, key="active_card_window", value="60", valid_from=monday, source="policy 7", reason="new", at=at
    )
    assert selectors.parameter("active_card_window", monday - timedelta(days=1)) == 90
    assert selectors.parameter("active_card_window", monday) == 60
    assert Parameter.objects.filter(pk=old.pk).values().get()["valid_to"] is None
    assert [entry["until"] for entry in selectors.history("active_card_window")] == [None, monday]
    row = AuditRow.objects.get(action="reference.changed")
    assert (row.actor, row.object_id, row.changes["value"]) == (admin.person_no, "active_card_window", ["90", "60"])


@pytest.mark.usefixtures("loaded")
def test_loading_the_package_again_keeps_what_a_person_set(admin: Person, at: datetime) -> None:
    change_parameter(
        actor=admin, key="active_card_window", value="60", valid_from=at.date(), source="s", reason="", at=at
    )
    load_reference(actor="system", at=at)
    assert selectors.parameter("active_card_window", at.date()) == 60


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("key", "value", "days"),
    [
        ("active_card_window", "60", -1),  # the past
        ("active_card_window", "90", 0),  # the same value
        ("active_card_window", "many", 0),  # not a number
        ("no_such_key", "1", 0),
    ],
)
def test_what_may_not_be_set(admin: Person, at: datetime, key: str, value: str, days: int) -> None:
    valid_from = at.date() + timedelta(days=days)
    with pytest.raises(CannotChange):
        change_parameter(actor=admin, key=key, value=value, valid_from=valid_from, source="s", reason="", at=at)


@pytest.mark.usefixtures("loaded")
def test_only_who_may_change_changes(ana: Person, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        change_parameter(
            actor=ana, key="active_card_window", value="60", valid_from=at.date(), source="s", reason="", at=at
        )


@pytest.mark.usefixtures("loaded")
def test_the_list_has_one_row_per_key_with_laws_first() -> None:
    rows = selectors.parameters(ON)
    assert len(rows) == len({row.key for row in rows})
    assert rows[0].rule_id == "RG001"
    assert {row.topic for row in selectors.parameters(ON, topic="投诉")} == {"投诉"}
    assert [row.key for row in selectors.parameters(ON, search="RG035")] == ["long_sleep_months"]


def test_a_rule_number_names_one_parameter() -> None:
    """Pages and refusals cite rules by number; several dated rows of one parameter share it."""
    keys: dict[str, set[str]] = {}
    for name in PARAMETER_FILES:
        with (DATA / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                keys.setdefault(row["rule_id"], set()).add(row["parameter"])
    assert {number: names for number, names in keys.items() if len(names) > 1} == {}
