"""SQL that is kept by shape is the SQL that Ibis would make."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import ibis
import pytest

from kajing.analytics.backends import duck, wording
from kajing.analytics.parameters import DEFAULTS
from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import Warehouse
from tests.analytics.random_bank import RandomBank

ROWS = ibis.table({"customer_id": "string", "day": "date", "amount": "int64"}, name="rows")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    known: dict[str, str] = {}
    monkeypatch.setattr(wording, "_known", known)
    return known


def plain(expression: ibis.Table) -> str:
    return str(ibis.to_sql(expression, dialect="duckdb", pretty=False))


def sums(first: date, last: date, least: int = 5) -> ibis.Table:
    rows = ROWS.filter((ROWS.day >= first) & (ROWS.day <= last) & (ROWS.amount >= least))
    return rows.group_by("customer_id").agg(amount=rows.amount.sum(), since=(rows.day > first).cast("int64").sum())


def test_other_dates_fill_the_same_words(nothing_known):
    for first in (date(2026, 1, 31), date(2024, 2, 29)):
        asked = sums(first, first + timedelta(9))
        assert wording.worded(asked) == plain(asked)
    assert len(nothing_known) == 1


@pytest.mark.parametrize(
    "other",
    [
        sums(date(2026, 1, 1), date(2026, 1, 1)),  # dates that are equal
        sums(date(2026, 1, 1), date(2026, 1, 9), least=6),
        sums(date(2026, 1, 1), date(2026, 1, 9)).order_by("customer_id"),
        ROWS.filter((ROWS.day >= date(2026, 1, 1)) & (ROWS.day <= date(2026, 1, 9)) & (ROWS.amount >= 5.0)),
    ],
)
def test_whatever_else_differs_is_another_shape(nothing_known, other):
    assert wording.worded(sums(date(2026, 1, 1), date(2026, 1, 9)))
    assert wording.worded(other) == plain(other)
    assert len(nothing_known) == 2


def test_a_table_met_twice_is_the_same_shape_in_any_process(nothing_known):
    for _n in range(2):
        other = ROWS.select(other="customer_id", at="day").view()
        asked = ROWS.join(other, [("customer_id", "other")]).filter(lambda r: r["at"] > date(2026, 1, 1))
        assert wording.worded(asked) == plain(asked)
    assert len(nothing_known) == 1


@pytest.mark.slow
def test_every_expression_of_nights_is_worded_as_ibis_would(warehouse: Warehouse, monkeypatch, nothing_known):
    """Nights that start from the one before, a month's end and a new month, and a whole one."""
    asked, told = [], []

    def compared(expression: ibis.Table) -> str:
        before = len(nothing_known)
        found = wording.worded(expression)
        told.append(len(nothing_known) == before)
        asked.append(expression)
        assert found == plain(expression)
        return found

    monkeypatch.setattr(duck, "typed", lambda expression: _typed(compared, expression))
    monkeypatch.setattr(ibis, "to_sql", _once(ibis.to_sql))
    bank = RandomBank(warehouse, 5, date(2026, 8, 30))
    bank.begin(days=200)
    shares = []
    for _night in range(4):
        asked.clear(), told.clear()
        build(warehouse, bank.today, DEFAULTS)
        shares.append(sum(told) / len(told))
        bank.day()
    assert shares[-1] > 0.9, shares


def _once(to_sql):
    """Ibis words an expression once, for a new shape and for the comparison."""
    last = [None, ""]

    def made(expression: ibis.Table, **how: object) -> str:
        if last[0] is not expression:
            last[:] = expression, str(to_sql(expression, **how))
        return last[1]

    return made


def _typed(compared, expression: ibis.Table) -> str:
    found = compared(expression)
    assert f"({found})" in wording.typed(expression)
    return wording.typed(expression)


def test_words_are_kept_between_processes_but_not_between_versions(tmp_path: Path, nothing_known, monkeypatch):
    asked, path = sums(date(2026, 1, 1), date(2026, 1, 9)), tmp_path / "wording.json"
    wording.worded(asked)
    wording.keep(path)
    kept = dict(nothing_known)
    nothing_known.clear()
    wording.recall(path)
    assert nothing_known == kept
    nothing_known.clear()
    path.write_text(json.dumps({"made_by": "others", "shapes": kept}))
    wording.recall(path)
    path.write_text("{")
    wording.recall(path)
    wording.recall(tmp_path / "nothing")
    assert not nothing_known
