"""Tables against an independent count: cells, totals, intervals, the way to the rows, and who sees what."""

from __future__ import annotations

import random
import statistics
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from kajing.customers.models import CardAccount, Customer
from kajing.insights.pivot import Definition, Limits, ReportRefused, opening
from kajing.insights.pivot.measures import KINDS
from kajing.insights.pivot.sql import last_day
from kajing.insights.selectors.reports import context_of, table
from kajing.lib import intervals
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.records.lists import LISTS
from kajing.records.models import Tag, Tagging
from kajing.workflow.models import Task
from tests.insights.many import bank, work

pytestmark = pytest.mark.django_db


# -- intervals: published values -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published_by_newcombe_1998(hits: int, n: int, low: float, high: float) -> None:
    found = intervals.wilson(hits, n)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


@pytest.mark.parametrize(
    ("degrees", "point"), [(1, 12.7062), (2, 4.3027), (5, 2.5706), (9, 2.2622), (30, 2.0423), (120, 1.9799)]
)
def test_points_of_students_t(degrees: int, point: float) -> None:
    assert intervals.t_point(degrees) == pytest.approx(point, abs=0.003)


def test_the_interval_of_a_mean() -> None:
    values = [3.0, 5.0, 7.0, 9.0, 11.0, 13.0, 15.0, 17.0, 19.0, 21.0]
    low, high = intervals.of_mean(sum(values), sum(x * x for x in values), 10) or (0, 0)
    half = 2.2622 * statistics.stdev(values) / 10**0.5
    assert (low, high) == (pytest.approx(12 - half, abs=0.01), pytest.approx(12 + half, abs=0.01))
    assert intervals.of_mean(3.0, 9.0, 1) is None
    assert intervals.wilson(0, 0) is None


def test_ranks_say_which_places_are_open() -> None:
    assert intervals.ranks([(0.5, 0.6), (0.2, 0.55), (0.1, 0.15), None]) == [(1, 2), (1, 2), (3, 3), None]


# -- against an independent count ------------------------------------------------------------------------------------
AXES: dict[str, Any] = {
    "manager": lambda c, f: c.manager_id,
    "unit": lambda c, f: c.unit_id,
    "risk_band": lambda c, f: (f.risk_band or None) if f else None,
    "value_tier": lambda c, f: (f.value_tier or None) if f else None,
    "unassigned": lambda c, f: c.manager_id is None,
    "status": lambda c, f: c.status,
    "opened:day": lambda c, f: c.opened_on,
    "opened:month": lambda c, f: c.opened_on.replace(day=1),
    "opened:quarter": lambda c, f: c.opened_on.replace(month=(c.opened_on.month - 1) // 3 * 3 + 1, day=1),
    "opened:year": lambda c, f: c.opened_on.replace(month=1, day=1),
    "opened:week": lambda c, f: date.fromordinal(c.opened_on.toordinal() - c.opened_on.weekday()),
    "last_purchase:month": lambda c, f: f.last_purchase_on.replace(day=1) if f and f.last_purchase_on else None,
}
WHERES: list[tuple[str, Any]] = [
    ("", lambda c, f: True),
    ("status = ACTIVE", lambda c, f: c.status == "ACTIVE"),
    ("utilisation >= 50", lambda c, f: bool(f and f.utilisation >= 0.5)),
    ("spend is empty or dpd > 0", lambda c, f: f is None or f.spend_30d is None or f.dpd > 0),
]


def _values(rows: list[Any], name: str) -> list[int]:
    return [value for _c, f in rows if f is not None and (value := getattr(f, name)) is not None]


def _sum(rows: list[Any], name: str) -> int | None:
    return sum(_values(rows, name)) if rows else None


def _mean(rows: list[Any], name: str) -> int | None:
    found = _values(rows, name)
    return round(Decimal(sum(found)) / len(found) + Decimal("1e-9")) if found else None


def _of(pick: Any, rows: list[Any], name: str) -> Any:
    found = _values(rows, name)
    return pick(found) if found else None


def _share(rows: list[Any], fits: Any) -> float | None:
    return sum(fits(f) for _c, f in rows) / len(rows) if rows else None


def _ratio(rows: list[Any]) -> float | None:
    limits = sum(_values(rows, "credit_limit"))
    return sum(_values(rows, "balance")) / limits if limits else None


MEASURES: list[tuple[dict[str, str], Any]] = [
    ({"kind": "sum", "field": "balance"}, lambda rows: _sum(rows, "balance")),
    ({"kind": "mean", "field": "spend"}, lambda rows: _mean(rows, "spend_30d")),
    ({"kind": "median", "field": "balance"}, lambda rows: _of(statistics.median, rows, "balance")),
    ({"kind": "min", "field": "dpd"}, lambda rows: _of(min, rows, "dpd")),
    ({"kind": "max", "field": "credit_limit"}, lambda rows: _of(max, rows, "credit_limit")),
    ({"kind": "share", "where": "dpd > 0"}, lambda rows: _share(rows, lambda f: bool(f and f.dpd > 0))),
    ({"kind": "share", "where": "not dpd > 0"}, lambda rows: _share(rows, lambda f: not (f and f.dpd > 0))),
    ({"kind": "ratio", "field": "balance", "over": "credit_limit"}, _ratio),
]  # fmt: skip


def _known(user: Person) -> list[Any]:
    seen = Customer.objects.visible_to(user).select_related("figures").order_by("pk")
    return [(c, getattr(c, "figures", None)) for c in seen]


def _close(told: Any, expected: Any) -> bool:
    if told is None or expected is None:
        return told is None and expected is None
    return abs(float(told) - float(expected)) <= 1e-5 + (1 if isinstance(told, int) and told > 1000 else 0)


def _key(axis: Any, words: str, keys: Any) -> Any:
    """The group of a label, by the axis' own words."""
    return next(key for key, said in axis.words(keys).items() if said == words)


@pytest.mark.parametrize("seed", range(12))
def test_random_reports_agree_with_an_independent_count(seed: int, ana, ben, lee, head, units) -> None:
    bank([ana, ben], seed, pool=units["T01"])
    chance = random.Random(seed * 7 + 1)
    for user in (ana, head):
        names = chance.sample(sorted(AXES), 3)
        while len({name.partition(":")[0] for name in names}) < 3:
            names = chance.sample(sorted(AXES), 3)
        rows, column = names[: chance.choice([1, 2])], names[2]
        (said, expected), (where, fits) = chance.choice(MEASURES), chance.choice(WHERES)
        asked = {"list": "customers", "rows": rows, "column": column, "measures": [{"kind": "count"}, said],
                 "where": where, "sort": chance.choice(["", "-0", "1"])}  # fmt: skip
        shown = table(user, Definition.read(asked))
        known = [(c, f) for c, f in _known(user) if fits(c, f)]
        _compare(shown, [AXES[name] for name in rows], AXES[column], known, expected)


def _compare(shown: Any, keys: list[Any], column: Any, known: list[Any], expected: Any) -> None:
    seen = 0
    for line in shown.lines:
        path = [_key(axis, word, {k(c, f) for c, f in known}) for axis, word, k in
                zip(shown.axes, line.path, keys, strict=False)]  # fmt: skip
        own = [(c, f) for c, f in known if [k(c, f) for k in keys[: len(path)]] == path]
        assert line.total.n == len(own)
        assert _close(line.total.figures[1].value.amount, expected(own)), (line.path, expected(own))
        for word, cell in zip(shown.columns, line.cells, strict=True):
            if word == str(translation.gettext("others")):
                continue
            at = _key(shown.column, word, {column(c, f) for c, f in known})
            there = [(c, f) for c, f in own if column(c, f) == at]
            assert cell.n == len(there)
            assert _close(cell.figures[1].value.amount, expected(there)), (line.path, word)
        assert sum(cell.n for cell in line.cells) == line.total.n
        seen += line.total.n if line.kind == "row" else 0
    assert seen == shown.total.total.n == len(known)
    assert _close(shown.total.total.figures[1].value.amount, expected(known))


@pytest.mark.parametrize("seed", range(4))
def test_every_cell_opens_exactly_its_rows(seed: int, ana, ben, head, units, sign_in) -> None:
    bank([ana, ben], seed, pool=units["S01"])
    bank([ana], seed + 50, count=12)
    work([ana, head], seed)
    chance = random.Random(seed)
    _tagged()
    asked = [
        {"list": "customers", "rows": ["unit", "risk_band"], "column": "opened:quarter", "where": "dpd >= 0 or tag = a"},
        {"list": "customers", "rows": ["product"], "column": "value_tier", "top": 2, "sort": "-0"},
        {"list": "customers", "rows": ["tag"], "column": "unassigned"},
        {"list": "customers", "rows": ["manager"], "top": 1, "column": "last_purchase:week"},
        {"list": "tasks", "rows": ["kind", "created:day"], "column": "on_time", "where": "created >= 2026-10-01"},
        {"list": "tasks", "rows": ["finished:month"], "column": "severity"},
        {"list": "tasks", "rows": ["show"], "column": "owner"},
    ]  # fmt: skip
    opened = 0
    for one in asked:
        shown = table(head, Definition.read(one))
        cells = [cell for line in shown.shown_lines for cell in (*line.cells, line.total) if cell.n]
        for cell in chance.sample(cells, min(12, len(cells))):
            url = opening.address(shown, cell)
            assert url, "a cell that cannot be opened"
            query = {name: values for name, values in parse_qs(urlsplit(url).query).items() if name != "order"}
            spec = LISTS[one["list"]]
            assert spec.narrowed(query, context_of(head)).count() == cell.n, (one, query)
            opened += 1
    assert opened > 40
    page = sign_in(head).get(opening.address(shown, shown.total.total))
    assert page.status_code == 200


def _tagged() -> None:
    for name, part in (("a", "0"), ("b", "1")):
        tag = Tag.objects.create(key=name, name=name, created_by="x", created_at="2026-11-01T00:00:00Z")
        for who in Customer.objects.filter(pk__endswith=part):
            Tagging.objects.create(tag=tag, kind="customer", object_id=who.pk, by="x", at="2026-11-01T00:00:00Z")
    for who in Customer.objects.filter(pk__endswith="10"):
        Tagging.objects.create(
            tag=Tag.objects.get(key="b"), kind="customer", object_id=who.pk, by="x", at="2026-11-01T00:00:00Z"
        )


def test_a_record_with_several_values_counts_in_each_and_once_in_the_total(ana, units) -> None:
    bank([ana], 3)
    shown = table(ana, Definition.read({"list": "customers", "rows": ["product"], "measures": [{"kind": "count"}]}))
    held = {
        product: CardAccount.objects.filter(product_id=product, closed_on=None).values("customer").distinct().count()
        for product in ("CP01", "CP02", "CP03")
    }
    told = {line.label: line.total.n for line in shown.lines}
    assert sorted(held.values()) == sorted(count for label, count in told.items() if label != "都没有" and count)
    assert shown.total.total.n == Customer.objects.count()
    assert sum(told.values()) >= shown.total.total.n
    assert shown.notes


def test_options_that_everybody_fits_leave_nobody_without(ana) -> None:
    work([ana], 9)
    shown = table(ana, Definition.read({"list": "tasks", "rows": ["whose"]}))
    assert {line.label: line.total.n for line in shown.lines} == {"我的": 40, "我可见的全部": 40}
    assert shown.total.total.n == 40


def test_a_grouping_without_values_says_so(ana) -> None:
    with translation.override("en"), pytest.raises(ReportRefused, match="no values yet"):
        table(ana, Definition.read({"list": "customers", "rows": ["tag"]}))


def test_days_of_tasks_are_those_of_shanghai(ana) -> None:
    work([ana], 5)
    shown = table(ana, Definition.read({"list": "tasks", "rows": ["created:day"], "measures": [{"kind": "count"}]}))
    days: dict[str, int] = {}
    for made in Task.objects.values_list("created_at", flat=True):
        day = made.astimezone(SHANGHAI).date().isoformat()
        days[day] = days.get(day, 0) + 1
    assert {line.label: line.total.n for line in shown.lines} == days


def test_a_share_among_some(ana) -> None:
    work([ana], 6)
    among = {"kind": "share", "where": "on_time", "among": "state = DONE"}
    shown = table(ana, Definition.read({"list": "tasks", "rows": [], "measures": [among]}))
    done = list(Task.objects.filter(state="DONE"))
    value = shown.total.total.figures[0].value
    assert value.n == len(done)
    assert float(value.amount) == pytest.approx(sum(t.done_at <= t.due_at for t in done) / len(done), abs=1e-6)


def test_nobody_is_told_of_others_customers(ana, ben, lee, units) -> None:
    mine, theirs = bank([ana], 1, count=20), bank([ben], 2, count=30)
    _tagged()
    for user, count in ((ana, len(mine)), (ben, len(theirs)), (lee, len(mine))):
        for rows in (["manager"], ["unit"], ["product"], ["tag"], []):
            shown = table(user, Definition.read({"list": "customers", "rows": rows}))
            assert shown.total.total.n == count
            assert all(line.total.n <= count for line in shown.lines)
    told = table(ana, Definition.read({"list": "customers", "rows": ["manager"]}))
    assert [line.label for line in told.lines] == [ana.name]


def test_an_ordinary_table_is_one_statement_and_every_table_at_most_six(ana, units) -> None:
    bank([ana], 4)
    asked = {"list": "customers", "rows": ["manager", "risk_band"], "column": "value_tier",
             "measures": [{"kind": "mean", "field": "spend"}, {"kind": "share", "where": "dpd > 0"}]}  # fmt: skip
    table(ana, Definition.read(asked))
    with CaptureQueriesContext(
        connection,
    ) as plain:
        table(ana, Definition.read(asked))
    assert sum("COUNT" in one["sql"] for one in plain) == 1
    with CaptureQueriesContext(connection) as hard:
        table(ana, Definition.read({**asked, "measures": [{"kind": "median", "field": "spend"}]}))
    assert sum("MEDIAN" in one["sql"].upper() or "percentile" in one["sql"] for one in hard) <= 6


def test_too_wide_a_table_says_so(ana, monkeypatch) -> None:
    bank([ana], 8)
    monkeypatch.setattr("kajing.insights.selectors.reports.limits", lambda on: Limits(small=10, groups=3))
    with translation.override("en"), pytest.raises(ReportRefused, match="more than 3 groups"):
        table(ana, Definition.read({"list": "customers", "rows": ["opened:month"]}))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"list": "nothing"}, "no list"),
        ({"list": "customers", "rows": ["shoe"]}, "cannot be grouped"),
        ({"list": "customers", "rows": ["search"]}, "cannot be grouped"),
        ({"list": "customers", "rows": ["unit", "unit"]}, "twice"),
        ({"list": "customers", "rows": ["tag"], "column": "product"}, "Only one grouping"),
        ({"list": "customers", "measures": [{"kind": "sum", "field": "name"}]}, "no field name"),
        ({"list": "customers", "measures": [{"kind": "share", "where": ""}]}, "needs the condition"),
        ({"list": "customers", "measures": [{"kind": "share", "where": "dpd >"}]}, "Condition"),
        ({"list": "customers", "measures": [{"kind": "guess"}]}, "one of"),
        ({"list": "customers", "where": "nothing = 1"}, "no field nothing"),
        ({"list": "customers", "sort": "-5"}, "Sort by"),
        ({"list": "customers", "extra": 1}, "not known"),
        ({"list": "customers", "top": 9999}, "Keep 1"),
    ],
)
def test_what_cannot_be_told_is_refused_in_words(asked: dict[str, Any], said: str, ana) -> None:
    with translation.override("en"), pytest.raises(ReportRefused, match=said):
        table(ana, Definition.read(asked))


def test_few_cases_are_greyed_and_not_ranked_for_sure(ana, ben, head) -> None:
    bank([ana], 11, count=4)
    shown = table(head, Definition.read({
        "list": "customers", "rows": ["manager"], "measures": [{"kind": "share", "where": "dpd > 0"}], "sort": "-0",
    }))  # fmt: skip
    assert shown.lines[0].total.figures[0].small
    assert not table(head, Definition.read({"list": "customers", "rows": ["manager"]})).lines[0].total.figures[0].small


def test_the_definition_survives_its_storing() -> None:
    given = {"list": "customers", "rows": ["unit", "opened:week"], "column": "risk_band", "where": "dpd > 0", "top": 5,
             "sort": "-1", "chart": "heat", "measures": [{"kind": "count"}, {"kind": "mean", "field": "spend", "label": "x"}]}  # fmt: skip
    assert Definition.read(given).as_json() == given
    assert set(KINDS) >= {one["kind"] for one in given["measures"]}
    assert last_day(date(2026, 10, 1), "quarter") == date(2026, 12, 31)
