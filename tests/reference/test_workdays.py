"""Workdays: the golden vectors 7, 8, 9 of the domain reference, overrides and unknown years."""

from datetime import date, datetime
from pathlib import Path

import pytest

from kajing.reference import selectors
from kajing.reference.models import CalendarDay
from kajing.reference.services import BadHolidayFile, load_holidays, load_reference

pytestmark = pytest.mark.django_db


def test_vector_7_complaint_deadlines_are_natural_days(at: datetime) -> None:
    load_reference(actor="system", at=at)
    received = date(2026, 9, 25)
    keys = ("simple_deadline", "complex_deadline", "max_deadline_after_approval")
    assert [selectors.deadline(received, key) for key in keys] == [
        date(2026, 10, 10),
        date(2026, 10, 25),
        date(2026, 11, 24),
    ]


def test_vector_8_three_workdays_of_notice_over_the_national_holiday() -> None:
    notice = date(2026, 9, 30)
    assert [selectors.add_workdays(notice, n) for n in (1, 2, 3)] == [
        date(2026, 10, 8),
        date(2026, 10, 9),
        date(2026, 10, 10),  # the make-up Saturday
    ]
    assert selectors.earliest_effect(notice, 3) == date(2026, 10, 11)


@pytest.mark.parametrize(
    ("first", "last", "workdays"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), 16),
        (date(2026, 9, 1), date(2026, 9, 30), 22),
        (date(2026, 10, 1), date(2026, 10, 31), 18),
        (date(2026, 11, 1), date(2026, 11, 30), 21),
        (date(2026, 11, 1), date(2026, 11, 20), 15),  # elapsed at close of 20 November
        (date(2026, 11, 10), date(2026, 11, 30), 15),  # in post from 10 November
        (date(2026, 11, 2), date(2026, 11, 1), 0),
    ],
)
def test_vector_9_workdays_of_2026(first: date, last: date, workdays: int) -> None:
    assert selectors.workdays_between(first, last) == workdays


@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)])
def test_make_up_weekends_are_workdays(day: date) -> None:
    assert selectors.is_workday(day)


def test_an_unannounced_year_is_monday_to_friday_and_marked() -> None:
    new_year = date(2027, 1, 1)
    assert selectors.is_workday(new_year)  # a Friday: estimated
    assert selectors.calendar_estimated(date(2026, 12, 31), new_year)
    assert not selectors.calendar_estimated(date(2026, 12, 1), date(2026, 12, 31))


def test_a_holiday_file_comes_before_the_package(tmp_path: Path, at: datetime) -> None:
    file = tmp_path / "2027.csv"
    file.write_text("day,is_workday,name\n2027-01-01,0,元旦\n2026-11-23,0,行庆\n", encoding="utf-8")
    assert load_holidays(path=file, actor="system", at=at) == 2
    assert load_holidays(path=file, actor="system", at=at) == 2
    assert CalendarDay.objects.count() == 2
    assert not selectors.is_workday(date(2027, 1, 1))
    assert not selectors.is_workday(date(2026, 11, 23))
    assert not selectors.calendar_estimated(date(2027, 1, 1), date(2027, 1, 1))
    assert selectors.workdays_between(date(2026, 11, 1), date(2026, 11, 30)) == 20


def test_a_bad_holiday_file_names_its_line_and_loads_nothing(tmp_path: Path, at: datetime) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("day,is_workday,name\n2027-01-01,0,元旦\n2027-13-01,0,\n", encoding="utf-8")
    with pytest.raises(BadHolidayFile, match="3"):
        load_holidays(path=file, actor="system", at=at)
    assert not CalendarDay.objects.exists()
