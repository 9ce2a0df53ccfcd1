from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from kajing.ui import charts

ROWS = [{"month": "Oct", "a": 2.0, "b": Decimal("1.5")}, {"month": "Nov", "a": 3.0, "b": Decimal(4)}]
SERIES = {"a": "Online", "b": "Travel"}


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


def test_options_table_and_sentence_tell_the_same_figures():
    chart = charts.stacked("k", "Spend", ROWS, "month", SERIES, unit="¥")
    assert [one["data"] for one in chart.options["series"]] == [[2.0, 3.0], [1.5, 4.0]]
    assert {one["stack"] for one in chart.options["series"]} == {"all"}
    assert chart.columns == ["Period", "Online", "Travel"]
    assert chart.rows == [["Oct", "2", "1.5"], ["Nov", "3", "4"]]
    assert chart.summary == "Oct: 3.5; Nov: 7 (▲ 100%)."


def test_an_unfinished_month_looks_different():
    chart = charts.bars("k", "Spend", ROWS, "month", SERIES, unfinished=True)
    assert chart.options["series"][0]["data"][0] == 2.0
    assert chart.options["series"][0]["data"][1] == {
        "value": 3.0,
        "itemStyle": {"opacity": 0.55, "borderType": "dashed"},
    }


def test_more_than_four_series_are_summed_up_as_other():
    rows = [{"m": "Nov", **dict(zip("abcdef", (6, 5, 4, 3, 2, 1), strict=True))}]
    chart = charts.stacked("k", "Spend", rows, "m", {name: name.upper() for name in "abcdef"})
    assert chart.columns == ["Period", "A", "B", "C", "D", "Other"]
    assert chart.rows == [["Nov", "6", "5", "4", "3", "3"]]


def test_a_comparison_is_sorted_largest_on_top():
    rows = [{"n": "x", "v": 1}, {"n": "y", "v": 3}]
    chart = charts.ranked("k", "Leads", rows, "n", "v")
    assert chart.options["yAxis"]["data"] == ["x", "y"]  # ECharts draws the last one on top
    assert chart.rows == [["y", "3"], ["x", "1"]]
    assert chart.summary == "Largest: y, 3, 75% of all."


def test_a_goal_is_a_dashed_line_with_its_value():
    chart = charts.line("k", "Spend", ROWS, "month", {"a": "Online"}, goal=2.5)
    goal = chart.options["series"][0]["markLine"]
    assert goal["data"] == [{"yAxis": 2.5}]
    assert goal["label"]["formatter"] == "Goal 2.5"


def test_parts_beyond_four_become_bars():
    rows = [{"n": str(n), "v": n} for n in range(1, 6)]
    assert charts.donut("k", "x", rows, "n", "v").options["series"][0]["type"] == "bar"
    assert charts.donut("k", "x", rows[:4], "n", "v").options["series"][0]["type"] == "pie"


def test_no_rows_give_the_empty_state_and_no_options():
    chart = charts.line("k", "Spend", [], "month", SERIES)
    assert (chart.rows, chart.options, chart.summary) == ([], {}, "")
    assert chart.empty
    assert charts.funnel("k", "x", [], "n", "v").summary == ""
    assert charts.calendar("k", "x", [], "d", "v").rows == []


def test_a_start_at_zero_has_no_rate_of_change():
    rows = [{"m": "Oct", "a": 0}, {"m": "Nov", "a": 5}]
    assert charts.line("k", "x", rows, "m", {"a": "A"}).summary == "Oct: 0; Nov: 5."


def test_a_missing_figure_stays_a_gap():
    chart = charts.line("k", "x", [{"m": "Oct", "a": None}, {"m": "Nov", "a": 5}], "m", {"a": "A"})
    assert chart.options["series"][0]["data"] == [None, 5]
    assert chart.rows[0] == ["Oct", "—"]


def test_calendar_says_the_busiest_day():
    rows = [{"d": date(2026, 11, 1), "v": 2}, {"d": date(2026, 11, 5), "v": 9}]
    chart = charts.calendar("k", "Calls", rows, "d", "v")
    assert chart.options["calendar"]["range"] == ["2026-11-01", "2026-11-05"]
    assert "9" in chart.summary


def test_money_in_the_unit_of_the_title():
    assert charts.in_wan(1_234_567) == 12345.67
    with override("zh-hans"):
        assert charts.in_wan(1_234_567) == 1.23
    assert charts.in_wan(None) is None
