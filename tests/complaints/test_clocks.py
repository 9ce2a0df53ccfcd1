"""The two clocks: golden vector 7 of the domain reference, and working days over a holiday."""

from __future__ import annotations

from datetime import date

import pytest

from kajing.complaints import clocks
from kajing.complaints.choices import Priority, Stage
from kajing.reference.models import CalendarDay, Parameter


class TestLaw:
    @pytest.mark.parametrize(("stage", "day"), [("SIMPLE", (10, 10)), ("COMPLEX", (10, 25)), ("EXTENDED", (11, 24))])
    def test_golden_vector_7(self, stage, day):
        assert clocks.legal_due(date(2026, 9, 25), Stage(stage)) == date(2026, *day)

    def test_the_regulators_day_counts_where_it_is_earlier(self):
        received = date(2026, 9, 25)
        assert clocks.legal_due(received, Stage.SIMPLE, date(2026, 10, 8)) == date(2026, 10, 8)
        assert clocks.legal_due(received, Stage.SIMPLE, date(2026, 10, 20)) == date(2026, 10, 10)

    def test_a_new_row_counts_from_its_day_on(self):
        Parameter.objects.create(
            key="simple_deadline", value="10", unit="day", source="新规", valid_from=date(2026, 10, 1)
        )
        assert clocks.legal_due(date(2026, 9, 30), Stage.SIMPLE) == date(2026, 10, 15)
        assert clocks.legal_due(date(2026, 10, 1), Stage.SIMPLE) == date(2026, 10, 11)

    def test_before_the_law_nothing_is_made_up(self):
        with pytest.raises(clocks.NoDeadline, match="simple_deadline"):
            clocks.legal_due(date(2019, 1, 1), Stage.SIMPLE)


class TestService:
    def test_working_days_over_the_october_holiday_with_its_make_up_days(self):
        """From Friday 25 September 2026: 28–30, then 8–10 October (Saturday the 10th is worked), 12–15."""
        assert clocks.service_due(date(2026, 9, 25), Priority.MEDIUM) == date(2026, 10, 15)

    def test_higher_priorities_have_less_time(self):
        day = date(2026, 11, 20)  # a Friday
        found = [clocks.service_due(day, one) for one in (Priority.CRITICAL, Priority.HIGH, Priority.LOW)]
        assert found == [date(2026, 11, 25), date(2026, 11, 27), date(2026, 12, 4)]

    def test_the_banks_own_holiday_counts(self):
        CalendarDay.objects.create(day=date(2026, 11, 24), is_workday=False)
        assert clocks.service_due(date(2026, 11, 20), Priority.CRITICAL) == date(2026, 11, 26)
