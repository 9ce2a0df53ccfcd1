"""What DuckDB and ClickHouse answer to the small questions; Spark answers them in test_golden, beside its night."""

from __future__ import annotations

import socket
import sys

import ibis
import pyarrow as pa
import pytest

from kajing.analytics.backends import EngineNotInstalled, EngineUnreachable, UnknownEngine, open_backend
from kajing.analytics.backends.handover import megabytes, unordered
from kajing.analytics.feeds import FEEDS
from tests.analytics.backends.test_golden import need
from tests.analytics.backends.words import answers, wanted

ENGINES = ["duckdb:", "chdb://"]


@pytest.fixture(params=ENGINES)
def backend(request, warehouse, tmp_path):
    if request.param == "chdb://":
        need("chdb")
    backend = open_backend(request.param, warehouse, tmp_path / "state.duckdb")
    yield backend
    backend.close()


def test_small_questions(backend):
    assert answers(backend) == wanted()


def test_distinct_counts_are_exact(backend):
    many = pa.table({"text": [f"T{n:06}" for n in range(150_000)], "n": list(range(150_000))})
    rows = backend.load("many", many, kept=False)
    found = rows.agg(texts=rows.text.nunique(), hashes=rows.text.hash().nunique(), p95=rows.n.quantile(0.95))
    assert backend.rows(found) == [{"texts": 150_000, "hashes": 150_000, "p95": 142_499.05}]


def test_a_feed_without_parts_has_its_columns(backend):
    rows = backend.raw(FEEDS["transactions"], [])
    assert {"txn_id", "occurred_at", "bd", "part"} <= set(rows.columns)
    assert backend.rows(rows.agg(n=rows.count(), newest=rows.occurred_at.max())) == [{"n": 0, "newest": None}]


def test_kept_tables_come_in_their_order(backend, tmp_path):
    import duckdb

    rows = backend.load("loose", pa.table({"k": ["b", None, "a", "c"], "n": [1, 2, 3, 3]}), kept=False)
    backend.make("ordered", rows.order_by(ibis.desc("n"), "k"), kept=True)
    backend.finish()
    backend.close()
    with duckdb.connect(str(tmp_path / "state.duckdb"), read_only=True) as con:
        assert con.execute("SELECT k FROM ordered").fetchall() == [("a",), ("c",), (None,), ("b",)]
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("ordered",)]
    assert not (tmp_path / "state.engine").exists()


def test_closing_twice_changes_nothing(backend):
    backend.close()


def test_an_unknown_engine_is_named(warehouse, tmp_path):
    with pytest.raises(UnknownEngine, match="KAJING_ENGINE cannot be oracle"):
        open_backend("oracle://x", warehouse, tmp_path / "state.duckdb")


def test_a_missing_client_says_what_to_install(warehouse, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "clickhouse_connect", None)
    monkeypatch.delitem(sys.modules, "kajing.analytics.backends.clickhouse", raising=False)
    with pytest.raises(EngineNotInstalled, match=r"kajing\[chdb\]"):
        open_backend("chdb://", warehouse, tmp_path / "state.duckdb")


def test_a_server_that_does_not_answer_is_named(warehouse, tmp_path):
    need("clickhouse_connect")
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        with pytest.raises(EngineUnreachable, match=r"ClickHouse at 127\.0\.0\.1 does not let us in") as told:
            open_backend(
                f"clickhouse://who:secret@127.0.0.1:{unheard.getsockname()[1]}", warehouse, tmp_path / "s.duckdb"
            )
    assert "secret" not in str(told.value)


def test_without_java_spark_says_so(warehouse, tmp_path, monkeypatch):
    need("pyspark")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineNotInstalled, match="Java 17"):
        open_backend("spark-local://", warehouse, tmp_path / "state.duckdb")


def test_memory_limits_are_read_as_duckdb_writes_them():
    assert [megabytes(text) for text in ("4GB", "512 MiB", "1.5GB")] == [4000, 512, 1500]
    with pytest.raises(ValueError, match="like 4GB"):
        megabytes("plenty")


def test_only_an_order_of_plain_columns_is_taken_off():
    t = ibis.table({"k": "string", "n": "int64"}, name="t")
    assert unordered(t) == (t, "")
    plain = t.order_by("k", ibis.desc("n"))
    assert unordered(plain)[1] == ' ORDER BY "k" ASC, "n" DESC'
    computed = t.order_by(t.n + 1)
    assert unordered(computed) == (computed, "")
