"""One engine, one query, one process: `python -m query_job.process ENGINE QUERY FOLDER REPS CHUNKS` prints JSON.

CPU is user + system of the process and its children (Spark's JVM is one). Peak memory is the process's own high-water
mark or, if more, the most its whole tree was seen to hold, looked at ten times a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil

from .engines import Run, connect, open_engine
from .operators import OPERATORS

ME = psutil.Process()


def tree() -> list[psutil.Process]:
    """This process and all below it."""
    return [ME, *ME.children(recursive=True)]


def cpu() -> float:
    """Seconds used so far."""
    return sum(sum(one.cpu_times()[:2]) for one in tree())


class Watch(threading.Thread):
    """The most memory the tree held at once."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0

    def run(self) -> None:
        while True:
            with contextlib.suppress(psutil.Error):
                self.peak = max(self.peak, sum(one.memory_info().rss for one in tree()))
            time.sleep(0.1)

    def gigabytes(self) -> float:
        return max(self.peak, _own_peak()) / 2**30


def _own_peak() -> int:
    """Bytes. The kernel's ru_maxrss would count what the process that started this one held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(text for text in status.read_text(encoding="ascii").splitlines() if text.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def whole(value: Any) -> int:
    """A cell of a checksum: engines give int, Decimal, float or text."""
    number = Decimal(str(value))
    assert number == number.to_integral_value(), value
    return int(number)


def measure(run: Run, reps: int) -> dict[str, Any]:
    """Run some times; the run with the least CPU counts, other work on the machine only ever adds."""
    times = []
    for _rep in range(reps):
        began, used = time.perf_counter(), cpu()
        row = run()
        times.append((cpu() - used, time.perf_counter() - began))
    least = min(times)
    return {"cpu": least[0], "wall": least[1], "first_cpu": times[0][0], "checksum": [whole(value) for value in row]}


def operators(folder: Path, reps: int) -> dict[str, float]:
    """CPU seconds of each, the least."""
    con, found = connect(folder), {}
    for name, text in OPERATORS.items():
        spent = []
        for _rep in range(reps):
            used = cpu()
            con.execute(text).fetchall()
            spent.append(cpu() - used)
        found[name] = min(spent)
    return found


def main() -> None:
    engine, name, folder, reps, chunks = sys.argv[1:]
    watch = Watch()
    watch.start()
    began = time.perf_counter()
    try:
        if engine == "operators":
            told: dict[str, Any] = {"operators": operators(Path(folder), int(reps))}
        else:
            run = open_engine(engine, name, Path(folder), int(chunks))
            told = {"setup": time.perf_counter() - began, **measure(run, int(reps))}
    except Exception as error:  # noqa: BLE001 - an engine that cannot is a result, and the others still run
        told = {"error": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps({**told, "gigabytes": watch.gigabytes(), "load": os.getloadavg()[0]}), flush=True)
    os._exit(0)  # Spark and chdb take long to say goodbye


if __name__ == "__main__":
    main()
