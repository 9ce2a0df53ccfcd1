"""Reading a block at once and reading it line by line, row by row, are two ways to the same rows and the same rejects.

The exact way is the plain one: every line cut by a strict CSV reader, every row judged by the rules in SQL. The files
are drawn from seeds, so that a difference can be looked at again: `nasty(SEED)`.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from kajing.analytics.ingest import (
    Declared,
    Refused,
    admit,
    check,
    checking,
    columns,
    encodings,
    pile,
    records,
    rejects,
    reveal,
    sources,
    versions,
)
from kajing.analytics.ingest.columns import Columns
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from tests.analytics.nasty import Nasty, nasty

DAY = date(2026, 11, 22)
CUSTOMERS = "customer_id,name,opened_on,unit_code\nC1,a,2020-01-01,B1\n"
SEEDS = range(30)


def read(file: Nasty, folder: Path, keys: KeyRing) -> Any:
    """Everything that comes out of two checks of a file, on its day and as a correction a day later."""
    warehouse = Warehouse(folder / "warehouse", memory="500MB", threads=1)
    for name, content in (("customers", CUSTOMERS.encode()), ("file", file.content)):
        (folder / name).write_bytes(content)
    admit(
        check(folder / "customers", feed="customers", business_date=DAY, keys=keys, warehouse=warehouse),
        warehouse=warehouse,
    )
    declared = Declared("file", encoding=file.encoding) if file.encoding else None
    out = []
    for day in (DAY, date(2026, 11, 23)):
        try:
            checked = check(
                folder / "file",
                feed=file.feed,
                business_date=day,
                declared=declared,
                mapping=file.mapping,
                keys=keys,
                warehouse=warehouse,
                limit=1.0,
            )
        except Refused as refusal:
            out.append((refusal.code, refusal.params))
            break
        admit(checked, warehouse=warehouse)
        where = {"feed": file.feed, "business_date": day, "part": checked.part}
        told = [
            (one.line, one.column, one.code, one.params, one.masked, reveal(one, keys), one.soft)
            for one in rejects(warehouse, **where)
        ]
        counts = [getattr(checked, name) for name in ("rows", "accepted", "duplicate", "corrected", "quarantined")]
        out.append((counts, checked.pending, checked.amount_sum, checked.encoding, checked.notes, told))
        out.append(_rows(pq.read_table(warehouse.raw_path(file.feed, day, checked.part))))
    warehouse.close()
    return out


def _rows(table: Any) -> Any:
    """Rows by line; of encrypted columns only whether there is a value, because each encryption differs."""
    rows = [
        {name: value is None if name.endswith("_enc") else value for name, value in row.items()}
        for row in table.to_pylist()
    ]
    return table.schema.to_string(), sorted(rows, key=lambda row: row["line"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_both_ways_agree(seed: int, tmp_path: Path, keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    file = nasty(seed)
    monkeypatch.setattr(sources.blocks, "__defaults__", (file.block,))
    monkeypatch.setattr(encodings, "SLAB", min(file.block, encodings.SLAB))
    if seed % 2:  # what only long files reach
        for module, name in (
            (versions, "HASHES_AT_ONCE"),
            (columns, "MOST_REMEMBERED"),
            (checking, "FEW_ROWS"),
            (checking, "ROWS_AT_ONCE"),
            (pile, "ROW_GROUP"),
        ):
            monkeypatch.setattr(module, name, 5)
    (tmp_path / "fast").mkdir()
    fast = read(file, tmp_path / "fast", keys)

    at_once = Columns.read
    monkeypatch.setattr(Columns, "read", lambda self, table: (at_once(self, table)[0], np.ones(table.num_rows, bool)))
    monkeypatch.setattr(records, "_is_plain", lambda _block: False)
    monkeypatch.setattr(records, "_parse", lambda *_args, **_options: None)
    (tmp_path / "exact").mkdir()
    assert read(file, tmp_path / "exact", keys) == fast


def test_the_files_are_nasty_enough() -> None:
    """The seeds reach what the readers treat apart; otherwise agreement would say little."""
    files = [nasty(seed) for seed in SEEDS]
    contents = [file.content for file in files]
    for piece in (b'"', b"\0", b"\r\n", b"\xef\xbb\xbf", b"\x1f\x8b", b'""', b"\n\n"):
        assert any(piece in content for content in contents), piece
    assert any(file.mapping for file in files)
    assert len({file.feed for file in files}) == 8
