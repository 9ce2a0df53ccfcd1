"""Five queries of the kind the night asks, in six engines: `kajing bench queries --rows 1e6 --engines sql,ibis,polars`.

F features of a card (31 columns, exact median and 95th percentile), T its top 3 merchants, P month x branch x segment,
D minimum-payment streaks, A windows over all history. Engines: `sql` hand-written for DuckDB, `ibis` on DuckDB,
`polars` (streaming), `pandas`, and Ibis's SQL in `chdb`, on `spark` (local) and on a `cluster` of Spark (a master and
two workers on loopback, only when asked for). The same data, a process for every run, the same checksum over every
column of the answer. CPU seconds of the cluster are the driver's, not its workers': look at its checksum. Beside the
CPU seconds stands the ratio to `sql`, run just before.
At the end F and A are held against the operators they cannot do without. `pip install kajing[bench]` brings Polars and
psutil; an engine that is not there is left out, which is said.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from query_job import data
from query_job.engines import NEEDS
from query_job.operators import SUMS
from query_job.shape import TITLES

CHUNK = 20_000_000  # rows of A worked on at once: its windows hold about 0.2 GB a million


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e6, help="transactions, for example 1e6")
    parser.add_argument(
        "--engines", default=",".join(one for one in NEEDS if one != "cluster"), help=f"of {','.join(NEEDS)}"
    )
    parser.add_argument("--queries", default="".join(TITLES), help="of FTPDA")
    parser.add_argument("--reps", type=int, default=3, help="runs in each process; the one with the least CPU counts")
    parser.add_argument("--chunks", type=int, default=0, help="chunks of cards for A in DuckDB; 0: one per 20 M rows")
    parser.add_argument("--limit", type=int, default=900, help="seconds a process may take")
    parser.add_argument("--no-operators", action="store_true", help="leave out the sums F and A are held against")
    parser.add_argument("--out", type=Path, help="a folder that keeps data and results; a temporary one otherwise")
    options = parser.parse_args()
    folder = options.out or Path(tempfile.mkdtemp(prefix="kajing-queries-"))
    try:
        with spark_of(options.engines.split(","), folder.resolve()):
            compare(folder.resolve(), options)
    finally:
        if not options.out:
            shutil.rmtree(folder)


@contextlib.contextmanager
def spark_of(engines: list[str], folder: Path) -> Iterator[None]:
    """The cluster for as long as it is asked for; runs find it by SPARK_MASTER."""
    if "cluster" not in engines:
        yield
        return
    from tests.analytics.backends.cluster import spark_cluster

    with spark_cluster(folder / f"cluster-{time.time():.0f}") as url:
        os.environ["SPARK_MASTER"] = url
        yield


def compare(folder: Path, options: argparse.Namespace) -> None:
    """Make the data, run everything, print and keep results as lines of JSON."""
    rows = int(options.rows)
    files = make_data(folder, rows)
    engines = present(options.engines.split(","))
    results: dict[str, dict[str, Any]] = {}
    print("query  engine      CPU s    x sql   wall s   peak GB  set-up s  load  checksum")
    for name in options.queries:
        for engine in engines:
            chunks = chunks_of(name, engine, rows, options.chunks)
            result = run(engine, name, files, options, chunks)
            results[f"{name} {engine}"] = result
            keep(folder, {"rows": rows, "query": name, "engine": engine, "chunks": chunks, **result})
            line(name, engine, result, results.get(f"{name} sql", {}), chunks)
    if not options.no_operators and "sql" in engines:
        bounds(files, options, results, folder, rows)


def make_data(folder: Path, rows: int) -> Path:
    """The files of so many rows; those of an earlier run are taken as they are."""
    files = folder / f"{rows}"
    if not (files / "done").exists():
        shutil.rmtree(files, ignore_errors=True)
        began, used = time.perf_counter(), time.process_time()
        data.make(files, rows)
        (files / "done").touch()
        spent, wall = time.process_time() - used, time.perf_counter() - began
        print(f"{rows:,} transactions made in {wall:.1f} s, {spent:.1f} s of CPU")
    size = sum(path.stat().st_size for path in files.rglob("*.parquet"))
    print(f"{rows:,} transactions, {size / 1e6:,.0f} MB of Parquet, {os.cpu_count()} processors")
    return files


def present(wanted: list[str]) -> list[str]:
    """Those whose package is installed, `sql` first because the others are held against it."""
    for engine in wanted:
        if engine not in NEEDS:
            sys.exit(f"No engine {engine!r}; there are: {', '.join(NEEDS)}")
    missing = [one for one in wanted if not all(importlib.util.find_spec(module) for module in NEEDS[one])]
    for engine in missing:
        print(f"{engine} is left out: {', '.join(NEEDS[engine])} is not installed")
    return sorted((one for one in wanted if one not in missing), key=list(NEEDS).index)


def chunks_of(name: str, engine: str, rows: int, wanted: int) -> int:
    """Only A outgrows memory, and only DuckDB is asked to take it in parts."""
    if name != "A" or engine not in ("sql", "ibis"):
        return 1
    return wanted or max(1, -(-rows // CHUNK))


def run(engine: str, name: str, files: Path, options: argparse.Namespace, chunks: int) -> dict[str, Any]:
    """A process of its own; what it told, or why it did not."""
    command = [sys.executable, "-m", "query_job.process", engine, name, files, options.reps, chunks]
    here = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent)}
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=here,
            capture_output=True,
            text=True,
            timeout=options.limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"error": f"stopped after {options.limit} s"}
    told = [text for text in done.stdout.splitlines() if text.startswith("{")]
    return json.loads(told[-1]) if told else {"error": (done.stderr or f"ended with {done.returncode}")[-500:]}


def keep(folder: Path, result: dict[str, Any]) -> None:
    """Append to the results of the folder."""
    with (folder / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(result) + "\n")


def line(name: str, engine: str, result: dict[str, Any], base: dict[str, Any], chunks: int) -> None:
    """One row of the table."""
    if "error" in result:
        print(f"{name}      {engine:9} {result['error']}", flush=True)
        return
    ratio = f"{result['cpu'] / base['cpu']:.2f}" if base.get("cpu") else "-"
    same = "" if "checksum" not in base else "=" if result["checksum"] == base["checksum"] else "DIFFERS"
    note = f"  in {chunks} chunks" if chunks > 1 else ""
    print(
        f"{name}      {engine:9} {result['cpu']:7.2f} {ratio:>8} {result['wall']:8.2f} {result['gigabytes']:9.2f}"
        f" {result['setup']:9.1f} {result['load']:5.1f}  {same}{note}",
        flush=True,
    )


def bounds(files: Path, options: argparse.Namespace, results: dict[str, Any], folder: Path, rows: int) -> None:
    """F and A against the sum of the operators they cannot avoid."""
    told = run("operators", "-", files, options, 1)
    keep(folder, {"rows": rows, "engine": "operators", **told})
    if "error" in told:
        print(f"operators: {told['error']}")
        return
    found = told["operators"]
    print(f"\noperators, CPU s (load {told['load']:.1f})")
    for operator, seconds in found.items():
        print(f"  {operator:36} {seconds:7.2f}")
    for name, parts in SUMS.items():
        total = sum(found[operator] * times for operator, times in parts.items())
        for engine in ("sql", "ibis"):
            result = results.get(f"{name[0]} {engine}", {})
            if "cpu" in result:
                print(f"{name} {engine}: {result['cpu']:.2f} s = {result['cpu'] / total:.2f} x the sum {total:.2f} s")


if __name__ == "__main__":
    main()
