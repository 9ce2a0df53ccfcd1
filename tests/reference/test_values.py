"""The text of a parameter as a typed value."""

from datetime import date, time
from decimal import Decimal

import pytest

from kajing.reference.selectors import Span, typed


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("18", "month", 18),
        ("0.20", "ratio", Decimal("0.20")),
        ("1", "ratio", Decimal(1)),
        ("50000", "CNY", 5_000_000),
        ("0.5", "CNY", 50),
        ("2026-06-30", "date", date(2026, 6, 30)),
        ("1-90", "day", Span(1, 90)),
        ("1|7|30", "day", (1, 7, 30)),
        ("forbidden", "", "forbidden"),
        ("true", "", True),
        ("max(2 periods, 6 months)", "", "max(2 periods, 6 months)"),
        ("09:00-12:00|14:00-20:00", "local time", (Span(time(9), time(12)), Span(time(14), time(20)))),
    ],
)
def test_typed(text: str, unit: str, value: object) -> None:
    found = typed(text, unit)
    assert found == value
    assert type(found) is type(value)


def test_collection_quiet_hours_pass_midnight() -> None:
    """Golden vector 17: 21:59:59 allowed, 22:00:00 and 07:59:59 blocked, 08:00:00 allowed."""
    quiet = typed("22:00-08:00", "local time")
    assert isinstance(quiet, Span)
    blocked = [moment in quiet for moment in (time(21, 59, 59), time(22), time(7, 59, 59), time(8))]
    assert blocked == [False, True, True, False]


def test_days_of_a_class_are_both_in() -> None:
    doubtful = typed("121-180", "day")
    assert isinstance(doubtful, Span)
    assert [days in doubtful for days in (120, 121, 180, 181)] == [False, True, True, False]
