"""Files of every form end in a clear state: loaded with exact counts, quarantined line by line, or refused in words."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import os
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest import (
    Declared,
    ManifestProblem,
    MappingProblem,
    Refused,
    admit,
    check,
    count_pending,
    discard,
    history,
    read_manifest,
    read_mapping,
    recheck,
    reject_lines,
    rejects,
    reveal,
    suggest,
    sweep,
    winning_rows,
)
from tests.analytics.conftest import ACCOUNT, CARD, CUSTOMER, DAY, purchase

REPAYMENTS = "repayment_id,account_id,paid_at,amount,method,payer\n"


def found(warehouse, checked, **which):
    rows = rejects(
        warehouse,
        feed=checked.feed,
        business_date=checked.business_date,
        part=checked.part,
        staged=checked.staged_rejects if checked.staged_rejects and checked.staged_rejects.exists() else None,
        **which,
    )
    return [(one.line, one.column, one.code) for one in rows]


def raw(warehouse, feed):
    return [row for part in warehouse.parts(feed) for row in pq.read_table(part.path).to_pylist()]


# --- forms --------------------------------------------------------------------------------------------


def test_money_becomes_fen_and_defaults_are_filled(bank, warehouse):
    bank("transactions", [purchase("T1", "2026-11-20", "1284.5")])
    [row] = raw(warehouse, "transactions")
    assert (row["amount"], row["billing_amount"], row["currency"], row["country"]) == (128450, 128450, "CNY", "CN")
    assert row["customer_initiated"] is True
    assert row["mcc"] is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_encodings_are_found(load, warehouse, encoding):
    content = f"{REPAYMENTS}R1,A1,2026-11-20T10:00:00,5.00,CUSTOMER,张三丰\n".encode(encoding)
    checked = load("repayments", content)
    assert raw(warehouse, "repayments")[0]["payer"] == "张三丰"
    assert checked.encoding == ("gb18030" if encoding.startswith("gb") else "utf-8")


def test_a_few_broken_lines_do_not_turn_utf8_into_gb18030(load, warehouse):
    good = [f"R{n},A1,2026-11-20T10:00:00,5.00,CUSTOMER,张三丰\n".encode() for n in range(9)]
    good[4] = "R4,A1,2026-11-20T10:00:00,5.00,CUSTOMER,张三丰\n".encode("gbk")
    checked = load("repayments", REPAYMENTS.encode() + b"".join(good), limit=1)
    assert checked.encoding == "utf-8"
    assert found(warehouse, checked, soft=False) == [(6, "", "bad_encoding")]


def test_line_numbers_are_physical_under_quotes_and_newlines(load, warehouse):
    content = (
        REPAYMENTS
        + 'R1,A1,2026-11-20T10:00:00,5.00,CUSTOMER,"one\ntwo\nthree"\n'  # lines 2–4
        + "R2,A1,2026-11-20T10:00:00,x,CUSTOMER,\n"  # line 5
        + 'R3,A1,2026-11-20T10:00:00,5.00,CUSTOMER,"a ""quoted"", name"\n'  # line 6
        + 'R4,A1,2026-11-20T10:00:00,5.00,CUSTOMER,"never closed\n'  # line 7
        + "R5,A1,2026-11-20T10:00:00,-1,CUSTOMER,\n"  # line 8
        + '"R6","A1","2026-11-20T10:00:00","5.00","CUSTOMER","x"\n'  # line 9
        + "\n"  # line 10, blank
        + 'R7,A1,2026-11-20T10:00:00,5.00,CUSTOMER,"x"y\n'  # line 11
        + "R8,A1,2026-11-20T10:00:00,5.00,CUSTOMER,last"  # line 12, no line end
    )
    checked = load("repayments", content.encode(), limit=1)
    assert found(warehouse, checked, soft=False) == [
        (5, "amount", "bad_amount"),
        (7, "", "unterminated_quote"),
        (8, "amount", "not_positive"),
        (11, "", "bad_quote"),
    ]
    rows = {row["repayment_id"]: row for row in raw(warehouse, "repayments")}
    assert rows["R1"]["payer"] == "one\ntwo\nthree"
    assert rows["R3"]["payer"] == 'a "quoted", name'
    assert {name: row["line"] for name, row in rows.items()} == {"R1": 2, "R3": 6, "R6": 9, "R8": 12}
    assert checked.rows == 8


def test_two_lines_with_an_open_quote_do_not_swallow_what_lies_between(load, warehouse):
    lines = [f"R{n},A1,2026-11-20T10:00:00,5.00,CUSTOMER,x" for n in range(20)]
    lines[3] = 'R3,A1,2026-11-20T10:00:00,5.00,"CUSTOMER,x'
    lines[15] = 'R15,A1,2026-11-20T10:00:00,5.00,CUSTOMER",x'
    checked = load("repayments", (REPAYMENTS + "\n".join(lines)).encode(), limit=1)
    assert [line for line, _c, _r in found(warehouse, checked, soft=False)] == [5, 17]
    assert len(raw(warehouse, "repayments")) == 18


def test_windows_line_ends_and_a_lone_carriage_return(load, warehouse):
    content = REPAYMENTS + "R1,A1,2026-11-20T10:00:00,5.00,CUSTOMER,x\nR2,A1,2026-11-20T10:00:00,5.00,CUSTOMER,a\rb\n"
    checked = load("repayments", content.replace("\n", "\r\n").encode(), limit=1)
    assert found(warehouse, checked, soft=False) == [(3, "", "control_character")]
    assert raw(warehouse, "repayments")[0]["payer"] == "x"


def test_nul_bytes_and_a_field_of_three_megabytes_are_one_bad_line_each(load, warehouse):
    row = "R{},A1,2026-11-20T10:00:00,5.00,CUSTOMER,{}\n"
    content = (
        REPAYMENTS
        + row.format(1, "a\0b")
        + row.format(2, "x" * 3_000_000)
        + row.format(3, "y" * 500)
        + row.format(4, "z")
    )
    checked = load("repayments", content.encode(), limit=1)
    assert found(warehouse, checked, soft=False) == [
        (2, "", "nul_byte"),
        (3, "", "line_too_long"),
        (4, "payer", "too_long"),
    ]
    assert checked.held is False
    assert [row["repayment_id"] for row in raw(warehouse, "repayments")] == ["R4"]


def test_gzip_whole_truncated_and_damaged(load, warehouse):
    body = REPAYMENTS + "".join(f"R{n},A1,2026-11-20T10:00:00,5.00,CUSTOMER,{n * 7919}\n" for n in range(5000))
    packed = gzip.compress(body.encode())
    assert load("repayments", packed).rows == 5000
    with pytest.raises(Refused) as refusal:
        load("repayments", packed[:-500])
    assert refusal.value.code == "truncated_gzip"
    with pytest.raises(Refused):
        load("repayments", packed[:200] + b"\xff" * 50 + packed[250:])
    assert list(warehouse.incoming.glob("????????????????????????????????")) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n", "empty_file"),
        (b"repayment_id,account_id\n", "missing_columns"),
        (b"repayment_id,account_id,amount,paid_at,amount\n", "repeated_columns"),
        ("repayment_id,账户\n".encode("utf-16"), "unknown_encoding"),
        (b"PAR1 but no Parquet", "unreadable"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(load, content, code):
    with pytest.raises(Refused) as refusal:
        load("repayments", content)
    assert refusal.value.code == code
    assert refusal.value.words("zh") != refusal.value.words("en")


def test_a_header_alone_is_a_day_without_rows(load, warehouse):
    checked = load("repayments", REPAYMENTS.encode())
    assert (checked.rows, checked.accepted) == (0, 0)
    assert raw(warehouse, "repayments") == []


def test_unknown_columns_are_reported_once_and_kept_out(load, warehouse):
    checked = load("repayments", b"repayment_id,account_id,paid_at,amount,fancy\nR1,A1,2026-11-20T10:00:00,5.00,9\n")
    assert checked.unknown_columns == ("fancy",)
    assert checked.notes == (("unknown_columns", {"columns": ["fancy"]}),)
    assert "fancy" not in raw(warehouse, "repayments")[0]


def test_parquet_with_its_own_types(load, warehouse, tmp_path):
    path = tmp_path / "r.parquet"
    duckdb.sql(
        f"""COPY (SELECT 'R' || i AS repayment_id, 'A1' AS account_id, TIMESTAMP '2026-11-20 10:00:00' AS paid_at,
        (CASE WHEN i = 3 THEN -1 ELSE 12.5 END)::DECIMAL(12,2) AS amount FROM range(1, 6) t(i)) TO '{path}'"""
    )
    checked = load("repayments", path.read_bytes(), limit=1)
    assert found(warehouse, checked, soft=False) == [(3, "amount", "not_positive")]
    assert {row["amount"] for row in raw(warehouse, "repayments")} == {1250}


def test_dates_end_with_the_year_9999(load, warehouse):
    content = "unit_code,name,kind,valid_to\nB1,a,BRANCH,9999-12-31\nB2,b,BRANCH,20260-1-01\n"
    checked = load("units", content.encode(), limit=1)
    assert found(warehouse, checked, soft=False) == [(3, "valid_to", "bad_date")]
    assert raw(warehouse, "units")[0]["valid_to"] == date(9999, 12, 31)


def test_gb18030_is_cut_by_characters_not_bytes(load, warehouse):
    # The second byte of 弢 is the stroke that separates the fields.
    text = "repayment_id|account_id|paid_at|amount|payer\nR1|A1|2026-11-20T10:00:00|5.00|王弢\n"
    assert b"|" in "弢".encode("gb18030")
    load("repayments", text.encode("gb18030"), mapping=read_mapping('[file]\ndelimiter = "|"', feed="repayments"))
    assert raw(warehouse, "repayments")[0]["payer"] == "王弢"


def test_a_blank_line_does_not_hide_a_line_cut_in_two(load, warehouse):
    row = "R{},A1,2026-11-20T10:00:00,5.00,CUSTOMER,x"
    content = REPAYMENTS + row.format(1) + "\r" + row.format(2) + "\n\n" + row.format(3) + "\n"
    checked = load("repayments", content.encode(), limit=1)
    assert found(warehouse, checked, soft=False) == [(2, "", "control_character")]
    assert [one["line"] for one in raw(warehouse, "repayments")] == [4]


# --- totals -------------------------------------------------------------------------------------------


def test_wrong_hash_count_or_sum_refuses_the_whole_file(load, warehouse):
    content = (
        REPAYMENTS + "R1,A1,2026-11-20T10:00:00,5.00,CUSTOMER,\nR2,A1,2026-11-20T10:00:00,7.25,CUSTOMER,\n"
    ).encode()
    right = Declared("r.csv", rows=2, amount_sum=1225, sha256=hashlib.sha256(content).hexdigest())
    for wrong, code, told in (
        (Declared("r.csv", sha256="0" * 64), "wrong_hash", "0" * 64),
        (Declared("r.csv", rows=3), "wrong_rows", "-1"),
        (Declared("r.csv", amount_sum=1200), "wrong_sum", "0.25"),
    ):
        with pytest.raises(Refused) as refusal:
            load("repayments", content, declared=wrong)
        assert refusal.value.code == code
        assert told in refusal.value.words("zh")
    assert warehouse.parts("repayments") == []
    assert load("repayments", content, declared=right).amount_sum == 1225


def test_a_sum_with_unreadable_amounts_is_noted_not_guessed(load):
    content = (
        REPAYMENTS + "R1,A1,2026-11-20T10:00:00,5.00,CUSTOMER,\nR2,A1,2026-11-20T10:00:00,oops,CUSTOMER,\n"
    ).encode()
    checked = load("repayments", content, declared=Declared("r.csv", rows=2, amount_sum=1225), limit=1)
    assert [code for code, _params in checked.notes] == ["sum_not_comparable"]


def test_too_many_bad_rows_wait_for_a_person(load, warehouse):
    rows = "".join(f"R{n},A1,2026-11-20T10:00:00,{'x' if n < 2 else '5.00'},CUSTOMER,\n" for n in range(20))
    checked = load("repayments", (REPAYMENTS + rows).encode(), admitted=False)
    assert checked.held
    assert warehouse.parts("repayments") == []
    discard(checked)
    assert not checked.staged.exists()


# --- rows among rows ----------------------------------------------------------------------------------


def test_duplicates_conflicts_and_corrections(bank, warehouse):
    first = bank("transactions", [purchase("T1", "2026-11-20", "10"), purchase("T1", "2026-11-20", "10.00")])
    assert (first.accepted, first.duplicate, first.quarantined) == (1, 1, 0)
    second = bank("transactions", [purchase("T2", "2026-11-20", "10"), purchase("T2", "2026-11-20", "11")], limit=1)
    assert (second.accepted, second.quarantined) == (1, 1)
    [conflict] = rejects(warehouse, feed="transactions", business_date=DAY, part=second.part)
    assert (conflict.line, conflict.code, conflict.params) == (3, "key_conflict", {"first_line": 2})
    later = bank(
        "transactions", [purchase("T1", "2026-11-20", "12"), purchase("T2", "2026-11-20", "10")], day=date(2026, 11, 23)
    )
    assert (later.accepted, later.duplicate, later.corrected) == (0, 1, 1)
    versions = history(warehouse, "transactions", {"txn_id": "T1"})
    assert [(row["business_date"], row["amount"]) for row in versions] == [(DAY, 1000), (date(2026, 11, 23), 1200)]


def test_rows_wait_for_what_they_refer_to_and_then_count(load, warehouse):
    checked = load("transactions", [purchase("T1", "2026-11-20", "10")])
    assert (checked.pending, checked.quarantined, checked.held) == (1, 0, False)
    assert found(warehouse, checked) == [(2, "card_id", "unknown_cards")]
    load("cards", [CARD])
    assert list(winning_rows(warehouse, "transactions")) == []
    load("accounts", [ACCOUNT])
    load("customers", [CUSTOMER])
    assert count_pending(warehouse, "transactions") == 0
    [(number, [row])] = winning_rows(warehouse, "transactions")
    assert (number, row["txn_id"], row["amount"], row["business_date"]) == (0, "T1", 1000, DAY)


def test_any_order_any_number_of_times_gives_the_same_rows(tmp_path, keys):
    from kajing.analytics.warehouse import Warehouse

    files = []
    for day, amount in ((20, "10"), (21, "11"), (22, "12")):
        path = tmp_path / f"d{day}.csv"
        rows = f"R1,A1,2026-11-19T10:00:00,{amount},CUSTOMER,\nR{day},A1,2026-11-19T10:00:00,5,CUSTOMER,\n"
        path.write_text(REPAYMENTS + rows)
        files.append((path, date(2026, 11, day)))
    same_day = tmp_path / "again.csv"
    same_day.write_text(REPAYMENTS + "R1,A1,2026-11-19T10:00:00,99,BRANCH,\n")
    files.append((same_day, date(2026, 11, 22)))

    def state(order: list[tuple[Path, date]], name: str) -> object:
        warehouse = Warehouse(tmp_path / name)
        for path, day in order:
            checked = check(path, feed="repayments", business_date=day, keys=keys, warehouse=warehouse)
            admit(checked, warehouse=warehouse)
            admit(checked, warehouse=warehouse)
        from kajing.analytics.ingest.parts import files_sql, winners_sql

        rules = FEEDS["repayments"]
        sql = (
            f"SELECT * FROM {winners_sql(rules, files_sql(warehouse.parts('repayments'), rules))} ORDER BY repayment_id"
        )
        return duckdb.sql(sql).fetchall()

    orders = list(itertools.permutations(files))[::5]
    states = [state([*order, order[0]], f"w{n}") for n, order in enumerate(orders)]
    assert all(one == states[0] for one in states)
    assert len(states[0]) == 4


# --- personal data ------------------------------------------------------------------------------------

SECRETS = {
    "mobile": "12012345678",
    "id_number": "110101199001011239",
    "email": "wang@example.com",
    "address": "北京市海淀区无名路1号",
}


def test_personal_columns_are_never_on_disk_in_clear(load, warehouse, keys):
    checked = load(
        "customers", [CUSTOMER | SECRETS, CUSTOMER | SECRETS | {"customer_id": "C2", "gender": "?"}], limit=1
    )
    everything = b"".join(path.read_bytes() for path in warehouse.root.rglob("*") if path.is_file())
    plain = duckdb.sql(
        f"SELECT * FROM read_parquet('{warehouse.root}/*/*/*/*.parquet', union_by_name = true)"
    ).fetchall()
    for secret in SECRETS.values():
        assert secret.encode() not in everything
        assert secret not in str(plain)
    [row] = raw(warehouse, "customers")
    assert keys.decrypt("customer.mobile", row["mobile_enc"]) == SECRETS["mobile"]
    assert row["mobile_idx"] == keys.blind("customer.mobile", SECRETS["mobile"])
    assert row["mobile_tail_idx"] == keys.blind("customer.mobile.tail", "5678")
    [bad] = rejects(warehouse, feed="customers", business_date=DAY, part=checked.part, soft=False)
    assert "120****5678" in bad.masked
    assert "王**" in bad.masked
    assert SECRETS["mobile"] in reveal(bad, keys)
    again = load("customers", [CUSTOMER | SECRETS], day=date(2026, 11, 23))
    assert (again.duplicate, again.corrected) == (1, 0)
    moved = load("customers", [CUSTOMER | SECRETS | {"address": "上海市"}], day=date(2026, 11, 24))
    assert (moved.duplicate, moved.corrected) == (0, 1)


def test_a_broken_line_of_a_personal_feed_shows_neither_number_nor_name(load, warehouse):
    content = 'customer_id,name,opened_on,unit_code,mobile\nC1,王小明,2020-01-01,B1\nC2,"王,2020-01-01,B1,12012345678\n'
    checked = load("customers", content.encode(), limit=1)
    shown = " ".join(one.masked for one in rejects(warehouse, feed="customers", business_date=DAY, part=checked.part))
    assert "小明" not in shown
    assert "2012345678" not in shown


def test_mended_lines_become_a_part_of_the_same_day(load, warehouse, keys):
    content = (
        REPAYMENTS
        + "R1,A1,2026-11-20T10:00:00,x,CUSTOMER,\nR2,A1,2026-11-20T10:00:00,5.00\nR3,A1,2026-11-20T10:00:00,y,CUSTOMER,\n"
    )
    checked = load("repayments", content.encode(), limit=1)
    edits = {2: {"amount": "8.00"}, 3: "R2,A1,2026-11-20T10:00:00,5.00,CUSTOMER,", 4: None}
    mended = recheck(warehouse, feed="repayments", business_date=DAY, part=checked.part, edits=edits, keys=keys)
    assert (mended.rows, mended.quarantined, mended.part[0]) == (3, 1, "m")
    admit(mended, warehouse=warehouse)
    assert found(warehouse, mended, soft=False) == [(4, "amount", "bad_amount")]
    assert {row["repayment_id"]: (row["amount"], row["line"]) for row in raw(warehouse, "repayments")} == {
        "R1": (800, 2),
        "R2": (500, 3),
    }


def test_the_error_download_is_masked_and_safe_in_a_spreadsheet(load, warehouse):
    checked = load("repayments", (REPAYMENTS + "=cmd(),A1,2026-11-20T10:00:00,5.00,CUSTOMER,\n").encode(), limit=1)
    lines = list(
        reject_lines(warehouse, feed="repayments", business_date=DAY, part=checked.part, language="zh-hans", soft=False)
    )
    assert lines[0].startswith("\ufeff行号")
    assert lines[1].startswith("2,repayment_id,")
    assert "'=cmd()" in lines[1]


# --- manifests, mappings, crashes ---------------------------------------------------------------------


def test_manifests(tmp_path):
    day = tmp_path / "2026-11-22"
    day.mkdir()
    with pytest.raises(ManifestProblem) as problem:
        read_manifest(day)
    assert problem.value.code == "no_manifest"
    (day / "transactions.csv").write_text("x")
    (day / "notes.txt").write_text("x")
    named = read_manifest(day, need_manifest=False)
    assert (named.business_date, list(named.files), named.declared, named.unknown_files) == (
        date(2026, 11, 22),
        ["transactions"],
        False,
        ("notes.txt",),
    )
    (day / "transactions.csv.gz").write_text("x")
    with pytest.raises(ManifestProblem):
        read_manifest(day, need_manifest=False)
    manifest = day / "manifest.json"
    manifest.write_text(
        '{"business_date": "2026-11-22", "files": {"transactions": {"file": "transactions.csv", "rows": 1, "amount_sum": "56789.10"}}}'
    )
    assert read_manifest(day).files["transactions"] == Declared("transactions.csv", rows=1, amount_sum=5678910)
    manifest.write_text('{"business_date": "2026-11-22", "files": {"transactions": {"file": "../../etc/passwd"}}}')
    with pytest.raises(ManifestProblem):
        read_manifest(day)


def test_a_bank_with_other_names_codes_and_dates(load, warehouse):
    text = textwrap.dedent("""
        [columns]
        "流水号" = "repayment_id"
        "账号" = "account_id"
        "时间" = "paid_at"
        "金额" = "amount"
        "方式" = "method"
        [values.method]
        "自动" = "AUTO_DEBIT"
        [dates]
        paid_at = "%Y%m%d%H%M%S"
        [constants]
        payer = "本人"
        [repayments.file]
        delimiter = "|"
    """)
    mapping = read_mapping(text, feed="repayments")
    content = "流水号|账号|时间|金额|方式\nR1|A1|20261120100000|5.00|自动\nR2|A1|2026112|5.00|自动\n"
    checked = load("repayments", content.encode("gb18030"), mapping=mapping, limit=1)
    [row] = raw(warehouse, "repayments")
    assert (row["method"], row["payer"], str(row["paid_at"])) == ("AUTO_DEBIT", "本人", "2026-11-20 10:00:00")
    assert found(warehouse, checked, soft=False) == [(3, "paid_at", "bad_time")]
    with pytest.raises(MappingProblem):
        read_mapping("[repayments.columns]\nx = 'nothing'\n", feed="repayments")
    assert suggest(["Repayment ID", "AMOUNT", "other"], feed="repayments").columns == {
        "Repayment ID": "repayment_id",
        "AMOUNT": "amount",
    }


def test_killed_in_the_middle_leaves_nothing_that_counts(tmp_path, warehouse):
    source = tmp_path / "r.csv"
    rows = "".join(f"R{n},A1,2026-11-20T10:00:00,5.00,CUSTOMER,\n" for n in range(200))
    source.write_text(REPAYMENTS + rows)
    program = f"""
import os, signal
from datetime import date
from pathlib import Path
from kajing.analytics.ingest import admit, check, checking
from kajing.analytics.ingest import admission
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
at = os.environ["AT"]
def die(*_a, **_k): os.kill(os.getpid(), signal.SIGKILL)
w = Warehouse({str(warehouse.root)!r})
if at == "check": checking._Check._stage_rejects = die
c = check(Path({str(source)!r}), feed="repayments", business_date=date(2026, 11, 22), keys=KeyRing({{1: b"d" * 32}}, b"i" * 32, b"a" * 32), warehouse=w)
if at == "before": die()
if at == "rename": admission.Path.replace = die
if at == "after": admission.discard = die
admit(c, warehouse=w)
"""
    for at in ("check", "before", "rename"):
        run = subprocess.run([sys.executable, "-W", "ignore", "-c", program], env={**os.environ, "AT": at}, check=False)
        assert run.returncode == -9
        assert warehouse.parts("repayments") == []
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env={**os.environ, "AT": "after"}, check=False
    )
    assert run.returncode == -9
    assert len(raw(warehouse, "repayments")) == 200
    assert sweep(warehouse, older_than=-1) == 4
    assert sweep(warehouse) == 0


def test_parquet_of_nested_and_floating_columns_does_not_crash(load, warehouse):
    sink = pa.BufferOutputStream()
    table = pa.table(
        {
            "repayment_id": ["R1", "R2"],
            "account_id": ["A1", "A1"],
            "paid_at": [["x"], ["y"]],
            "amount": [12.5, 0.1 + 0.2],
        }
    )
    pq.write_table(table, sink)
    checked = load("repayments", sink.getvalue().to_pybytes(), limit=1)
    assert [(line, column) for line, column, _code in found(warehouse, checked, soft=False)] == [
        (1, "paid_at"),
        (2, "paid_at"),
    ]
