"""Every threshold of the engine is a dated row: a bank changes it on the page, and the next night has it."""

import dataclasses
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from kajing.analytics.parameters import COMBINED, DEFAULTS, Parameters
from kajing.analytics.thresholds import rows_of
from kajing.org.models import Person
from kajing.reference import selectors
from kajing.reference.models import Parameter
from kajing.reference.selectors import ENGINE_KEYS, engine_thresholds, typed
from kajing.reference.selectors.engine import WRONG
from kajing.reference.services import CannotChange, change_parameter, load_reference

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _loaded(at: datetime) -> None:
    load_reference(actor="system", at=at)


def test_every_field_is_fed_by_a_row() -> None:
    # COMBINED: hours of the night, bands and classes, whose row holds several values or whose values are several rows.
    fields = {one.name for one in dataclasses.fields(Parameters)}
    assert fields == set(rows_of(Parameters)) | set(COMBINED)
    assert not set(rows_of(Parameters)) & set(COMBINED)
    assert set(Parameter.objects.values_list("key", flat=True)) >= ENGINE_KEYS


def test_the_packaged_rows_say_what_the_engine_says_without_them() -> None:
    assert engine_thresholds(ON) == DEFAULTS
    assert engine_thresholds(date(2005, 1, 1)) == DEFAULTS


@pytest.mark.parametrize("name", sorted(rows_of(Parameters)))
def test_another_value_of_the_row_is_another_value_of_the_engine(name: str) -> None:
    row, now = rows_of(Parameters)[name], getattr(DEFAULTS, name)
    text, unit = Parameter.objects.values_list("value", "unit").get(key=row.key)
    given = typed(text, unit)
    if isinstance(now, tuple):
        # Each of its values a little lower: the order of a rising list stays.
        lower = {"L1": "L1", "L2": "L1", "L3": "L2", "L4": "L3"}
        other = tuple(lower.get(one, "0742") if isinstance(one, str) else one * Decimal("0.5") for one in given)
        if all(isinstance(one, int) for one in given):
            other = tuple(int(one) + (n == len(given) - 1) for n, one in enumerate(given))
    elif isinstance(now, bool):
        other = not now
    elif isinstance(now, str):
        other = "OFF"
    else:
        other = given + 1 if given + 1 <= row.most else given - 1 if given - 1 >= row.least else given / 2
    instead = {row.key: other}
    if row.key == "dormant_wake_days":
        instead["novel_days"] = 365
    changed = getattr(engine_thresholds(ON, instead), name)
    assert changed != now
    assert type(changed) is type(now)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("travel_kmh", "fast", "travel_kmh must be a number."),
        ("travel_kmh", "20", "travel_kmh must lie between 100 and 5000."),
        ("review_lines", "10000|5000", "The values of review_lines must rise from one to the next."),
        ("probe_amount", "20000000", "probe_amount must lie between ¥0.00 and ¥10,000,000.00."),
        ("cash_like_mccs", "6010|601", "cash_like_mccs must have four digits, such as 0742."),
        ("label_delay_days", "2.5", "label_delay_days must be a whole number."),
        ("missed_payment_days", "1|7|30", "missed_payment_days needs exactly 5 values with | between them."),
        ("alert_level_card_testing", "L6", "alert_level_card_testing must be one of: OFF, L1, L2, L3, L4, L5."),
        ("silence_days_until", "7", "silence_days_until must be at least 14."),
        ("dormant_wake_days", "200", "dormant_wake_days must be at most 180."),
        ("night_hours", "22:30-06:00", "night_hours must be full hours that pass midnight, such as 23:00-06:00."),
        ("risk_band_floors", "0|60|30|80", "risk_band_floors needs four rising whole numbers"),
        ("card_class_substandard_dpd", "91-60", "card_class_substandard_dpd must be at least 91."),
        ("asset_loss_dpd", "soon", "asset_loss_dpd must be a number of days, or two such as 1-90."),
        ("repayment_counts_as_use", "maybe", "repayment_counts_as_use must be one of: true, false."),
    ],
)
def test_a_value_the_engine_cannot_use_is_refused_with_a_sentence(
    admin: Person, at: datetime, key: str, value: str, words: str
) -> None:
    rows = Parameter.objects.count()
    with translation.override("en"), pytest.raises(CannotChange) as refused:
        change_parameter(actor=admin, key=key, value=value, valid_from=at.date(), source="s", reason="why", at=at)
    assert words in str(refused.value)
    assert Parameter.objects.count() == rows


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("review_lines", "8000", "review_lines", (800_000,)),
        ("cash_like_mccs", "0742", "cash_like_mccs", ("0742",)),
        ("travel_kmh", "850", "travel_kmh", 850.0),
        ("alert_level_card_testing", "OFF", "level_card_testing", "OFF"),
        ("dormancy_stages", "60|120", "dormancy_stages", (60, 120)),
        ("card_class_special_mention_dpd", "1-60", "card_class_days", (60, 120, 180)),
        ("technical_overdue_exempt", "5", "technical_overdue_days", 5),
        ("night_hours", "22:00-05:00", "night_from_hour", 22),
    ],
)
def test_a_change_on_the_page_counts_from_its_day(
    admin: Person, at: datetime, key: str, value: str, field: str, expected: object
) -> None:
    tomorrow = at.date() + timedelta(days=1)
    change_parameter(actor=admin, key=key, value=value, valid_from=tomorrow, source="s", reason="why", at=at)
    assert getattr(engine_thresholds(at.date()), field) == getattr(DEFAULTS, field)
    assert getattr(engine_thresholds(tomorrow), field) == expected


def test_a_row_that_came_some_other_way_stops_the_night_in_words(at: datetime) -> None:
    Parameter.objects.filter(key="travel_kmh").update(value="fast")
    with translation.override("zh-hans"), pytest.raises(selectors.Unfit, match="travel_kmh 必须是数字"):
        engine_thresholds(ON)


def test_every_misfit_has_its_words() -> None:
    import inspect
    import re

    from kajing.analytics import parameters, thresholds

    source = inspect.getsource(parameters) + inspect.getsource(thresholds)
    raised = set(re.findall(r'Misfit\([^,()]+, "(\w+)"', source))
    assert raised == set(WRONG)
