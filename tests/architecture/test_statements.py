"""The choice of tests for PostgreSQL leaves no statement out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections

from tests import statements
from tests.statements import REFUSED, Asked, chosen, cover, shape, unusual


def test_the_lanes_of_make_record_and_choose():
    lanes = (Path(__file__).parents[2] / "Makefile").read_text()
    assert '-m "not browser" --record-statements' in lanes
    assert '-m "not browser" --databases-only --each-statement' in lanes


def test_the_product_tells_databases_apart_by_what_is_watched():
    """Another way to ask would go by unseen, and with it statements that only PostgreSQL is asked."""
    watched = {name for _owner, name in statements.asked_of(connections["default"])}
    asked = re.compile(r"\bconnection\.(?:features\.)?(vendor|(?:has|supports|can)_\w+)|\bconnection\.(display_name)")
    for path in (Path(__file__).parents[2] / "kajing").glob("**/*.py"):
        found = {name for pair in asked.findall(path.read_text()) for name in pair if name}
        assert found <= watched, path


def test_files_that_run_whole_exist():
    root = Path(__file__).parents[2]
    assert all((root / name).exists() for name in statements.WHOLE)


@pytest.mark.parametrize("seed", range(20))
def test_few_tests_make_every_statement(seed):
    import random

    draw = random.Random(seed)
    made = {f"t{n}": {f"s{draw.randrange(90)}" for _n in range(draw.randrange(12))} for n in range(60)}
    tests = {name: Asked(one, len(one) + draw.randrange(500)) for name, one in made.items()}
    known = {f"s{n}" for n in range(0, 90, 7)}
    taken = cover(tests, known)
    assert set().union(known, *made.values()) == set().union(known, *(made[name] for name in taken))
    assert len(taken) < 40
    assert not any(made[name] <= known for name in taken)
    assert cover(tests, known) == taken


def item(name: str, *fixtures: str, **marks: Any) -> Any:
    marker = SimpleNamespace(kwargs=marks)
    return SimpleNamespace(nodeid=name, fixturenames=fixtures, get_closest_marker=lambda _name: marker)


def test_what_is_always_taken():
    items = [
        item("plain"), item("same"), item("real", transaction=True), item("process", "migrated"), item("refusing"),
        item("new"), item("tests/queue/test_jobs.py::test_any"),
    ]  # fmt: skip
    record = {one.nodeid: Asked({"s1", "s2"}, 2) for one in items if one.nodeid != "new"}
    record["refusing"] = Asked({"s1", REFUSED}, 1)
    assert chosen(items, record) == {one.nodeid for one in items} - {"plain", "same"}
    record["same"] = Asked({"s1", "s9"}, 2)
    assert chosen(items, record) == {one.nodeid for one in items} - {"plain"}
    assert chosen(items, {}) == {one.nodeid for one in items}


def test_a_record_of_other_code_is_no_record(tmp_path, monkeypatch):
    monkeypatch.setattr(statements, "FOLDER", tmp_path)
    told = {"of": statements.code(), "tests": {"a": [5, "s1"]}}
    (tmp_path / "gw0.json").write_text(json.dumps(told))
    (tmp_path / "gw1.json").write_text(json.dumps(told | {"of": "x", "tests": {"b": [5, "s2"]}}))
    assert statements.recorded() == {"a": Asked({"s1"}, 5)}


def test_a_shape_is_a_statement_without_its_values():
    same = ("SELECT 1 FROM a WHERE b IN (%s, %s) LIMIT 21", "SELECT 1 FROM a WHERE b IN (%s, %s, %s) LIMIT 51")
    assert len(set(map(shape, same))) == 1
    rows = ("INSERT INTO a VALUES (%s, %s)", "INSERT INTO a VALUES (%s, %s), (%s, %s), (%s, %s)")
    assert len(set(map(shape, rows))) == 1
    others = (
        "SELECT a FROM t WHERE b = %s",
        "SELECT a FROM t WHERE b = %s ORDER BY a",
        "SELECT a FROM t WHERE b IS NULL",
    )
    assert len(set(map(shape, others))) == 3


@pytest.mark.parametrize(
    ("params", "many", "kinds"),
    [
        (None, False, ""), (("x", 5, None), False, ""), (("x" * 201,), False, "l"), (("a\0",), False, "0"),
        ({"n": 2**31}, False, "n"), ([("x",), ("y\0", 2**40)], True, "0n"),
    ],
)  # fmt: skip
def test_values_that_postgresql_may_not_take(params, many, kinds):
    assert unusual(params, many=many) == kinds


@pytest.mark.django_db
def test_the_recorder_notes_statements_refusals_and_who_asks_which_database(monkeypatch, tmp_path):
    monkeypatch.setattr(statements, "FOLDER", tmp_path / "none")
    database = connections["default"]
    for owner, name in statements.asked_of(database):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(database, "execute_wrappers", [])
    recorder = statements.Recorder(SimpleNamespace(workerinput={"workerid": "gw9"}))
    with database.cursor() as cursor:
        cursor.execute("SELECT %s", ["a" * 300])
    assert recorder.now == {shape("SELECT %s"), shape("SELECT %s") + "l"}

    from kajing.audit import guards

    guards.remove(database, ())
    assert any(place.startswith("/audit/guards.py:") for place in recorder.now)


def test_rows_that_come_one_by_one_are_left_to_the_database() -> None:
    rows = iter([["x" * 300]])
    assert unusual(rows, many=True) == ""
    assert list(rows) == [["x" * 300]]
