"""`kajing bench queries` compares engines by checksum: on a small bank the ways without extra packages agree."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def query_job():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        from query_job import data, engines

        yield data, engines
    finally:
        sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def folder(query_job, tmp_path_factory):
    folder = tmp_path_factory.mktemp("queries") / "bank"
    query_job[0].make(folder, 20_000)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", "FTPDA")
def test_one_answer(query_job, folder, name):
    def answer(engine, chunks=1):
        return [int(value) for value in query_job[1].open_engine(engine, name, folder, chunks)()]

    expected = answer("sql")
    assert expected[0] > 100
    assert answer("ibis") == expected
    assert answer("pandas") == expected
    if name != "P":
        assert answer("ibis", chunks=3) == expected


def test_the_checksum_sees_a_value_in_another_row(query_job):
    import duckdb
    from query_job import sql

    rows = "(VALUES (1, 7, {}, 2, 1), (2, 8, {}, 2, 1)) t(card_id, merchant_id, amt, n, rk)"
    one, other = (f"SELECT * FROM {rows.format(*amounts)}" for amounts in ((300, 500), (500, 300)))
    assert duckdb.sql(sql.checksum("T", one)).fetchall() != duckdb.sql(sql.checksum("T", other)).fetchall()
