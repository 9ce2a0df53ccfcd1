"""Publish at once, read one night, clean up; the scope of a person in SQL and Ibis is the scope of `lib.scope`."""

from __future__ import annotations

import itertools

import duckdb
import ibis
import pyarrow as pa
import pytest

from kajing.analytics.warehouse import NotPublished, Warehouse, open_warehouse, scope_sql, within
from kajing.lib.scope import ALL, EVERYTHING, NOTHING, DataScope


def make_state(warehouse: Warehouse, state_id: str, value: int) -> None:
    with warehouse.build_aside(state_id) as path:
        con = warehouse.connect_to_build(path)
        con.execute(f"CREATE TABLE night AS SELECT {value} AS value")
        con.close()


def value(cursor: duckdb.DuckDBPyConnection) -> int:
    return cursor.execute("SELECT value FROM night").fetchall()[0][0]


def test_nothing_is_read_before_the_first_night(warehouse):
    with pytest.raises(NotPublished):
        warehouse.reader()
    make_state(warehouse, "2026-11-21-1", 1)
    with pytest.raises(NotPublished):
        warehouse.reader()


def test_a_reader_keeps_its_night_and_the_next_one_sees_the_new(warehouse):
    make_state(warehouse, "2026-11-21-1", 1)
    warehouse.publish("2026-11-21-1")
    old = warehouse.reader()
    assert value(old) == 1
    make_state(warehouse, "2026-11-22-2", 2)
    assert value(warehouse.reader()) == 1
    warehouse.publish("2026-11-22-2")
    assert value(warehouse.reader()) == 2
    assert value(old) == 1


def test_a_build_that_fails_leaves_the_published_state(warehouse):
    make_state(warehouse, "2026-11-21-1", 1)
    warehouse.publish("2026-11-21-1")
    with pytest.raises(ZeroDivisionError), warehouse.build_aside("2026-11-22-2") as path:
        warehouse.connect_to_build(path).close()
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError):
        warehouse.publish("2026-11-22-2")
    assert value(warehouse.reader()) == 1
    assert [path.name for path in (warehouse.root / "states").iterdir()] == ["2026-11-21-1.duckdb"]


def test_old_states_go_and_open_readers_stay(warehouse):
    for n in range(6):
        make_state(warehouse, f"2026-11-2{n}-1", n)
        warehouse.publish(f"2026-11-2{n}-1")
        if n == 0:
            first = warehouse.reader()
    import time

    warehouse.collect_garbage(now=lambda: time.time() + 10_000)
    left = sorted(path.stem for path in (warehouse.root / "states").glob("*.duckdb"))
    assert left == ["2026-11-23-1", "2026-11-24-1", "2026-11-25-1"]
    assert value(first) == 0
    assert value(warehouse.reader()) == 5


def test_a_published_state_cannot_be_written(warehouse):
    make_state(warehouse, "2026-11-21-1", 1)
    warehouse.publish("2026-11-21-1")
    with pytest.raises(duckdb.Error):
        warehouse.reader().execute("UPDATE night SET value = 9")


def test_the_warehouse_is_chosen_by_url(tmp_path):
    assert open_warehouse(f"duckdb:{tmp_path}").root == tmp_path


ROWS = [
    (unit, manager, customer)
    for customer, (unit, manager) in enumerate(itertools.product(["B1", "B2"], ["P1", "P2", None]))
]
SCOPES = [
    EVERYTHING,
    NOTHING,
    DataScope(units=frozenset({"B1"}), managers=frozenset({"P1"})),
    DataScope(units=frozenset({"B1", "B2"}), managers=ALL),
    DataScope(units=ALL, managers=frozenset({"P2"})),
    DataScope(units=frozenset({"B1"})),
    DataScope(customers=frozenset({"4"})),
    DataScope(units=frozenset({"B1"}), managers=frozenset({"P1"}), customers=frozenset({"5", "nobody"})),
    DataScope(units=frozenset({"B1' OR true --"}), managers=ALL),
]


@pytest.mark.parametrize("scope", SCOPES)
def test_sql_and_ibis_obey_the_scope_itself(scope):
    table = pa.table(
        {
            "unit_id": [row[0] for row in ROWS],
            "manager_id": [row[1] for row in ROWS],
            "customer_id": [str(row[2]) for row in ROWS],
        }
    )
    expected = {str(c) for u, m, c in ROWS if scope.sees(unit=u, manager=m, customer=str(c))}
    where, parameters = scope_sql(scope)
    con = duckdb.connect()
    con.register("rows", table)
    by_sql = {row[0] for row in con.execute(f"SELECT customer_id FROM rows WHERE {where}", parameters).fetchall()}
    by_ibis = set(within(ibis.memtable(table), scope).customer_id.to_pyarrow().to_pylist())
    assert by_sql == by_ibis == expected
    totals = {str(c) for u, m, c in ROWS if scope.sees(unit=u, manager=m, customer="nobody at all")}
    where, parameters = scope_sql(scope, customer=None, alias="r")
    found = con.execute(f"SELECT customer_id FROM rows r WHERE {where}", parameters).fetchall()
    assert {row[0] for row in found} == totals


def test_row_numbers_are_right_where_a_query_filters_them_twice(warehouse, tmp_path):
    con = warehouse.connect_to_build(tmp_path / "state.duckdb")
    con.execute("CREATE TABLE c AS SELECT 'A' AS a, unnest(range(6)) AS d")
    rows = con.execute(
        "WITH t AS (SELECT *, row_number() OVER (PARTITION BY a ORDER BY d DESC) - 1 AS place FROM c)"
        " SELECT x.place, y.n FROM (SELECT * FROM t WHERE place < 6) x LEFT JOIN"
        " (SELECT a, d, count(*) AS n FROM (SELECT * FROM t WHERE place < 6 AND d > 1) GROUP BY ALL) y"
        " ON x.a = y.a AND x.d = y.d ORDER BY place"
    ).fetchall()
    con.close()
    assert rows == [(0, 1), (1, 1), (2, 1), (3, 1), (4, None), (5, None)]
