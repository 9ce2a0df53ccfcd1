"""Search at many customers: `python benchmarks/search.py --customers 200000` (or `kajing bench search …`).

Makes a bank in a scratch database, asks every way in for people of three breadths of sight, and prints the median and
the worst wall time and the CPU time of each. Goal: under 200 ms at 200,000 customers (issue 2, section 4).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from _home import scratch_home

ROUNDS = 7
TEXTS = ("王伟", "王", "伟娜", "wxy", "1234", "M0000123", "M00", "12900001234", "110101199001011234")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=200_000)
    options = parser.parse_args()
    scratch_home("search")
    measure(options.customers)
    return 0


def measure(count: int) -> None:
    """Make the bank, ask, print."""
    from django.core.management import call_command

    from kajing.customers import selectors
    from kajing.org.models import Person, Role, Unit
    from tests.customers import many
    from tests.factories.org import person

    call_command("migrate", verbosity=0)
    began = time.perf_counter()
    staff = many.make(count)
    print(f"{count:,} customers made in {time.perf_counter() - began:.0f} s")
    people = {
        "manager": staff[7],
        "branch head": person("bench-head", Role.BRANCH_HEAD, Unit.objects.get(pk="MB03")),
        "head office": person("bench-risk", Role.RISK, Unit.objects.get(pk="MHQ")),
    }
    print(f"{'who':12} {'text':20} {'found':>5} {'median ms':>9} {'worst ms':>9} {'CPU ms':>7}")
    worst = 0.0
    for who, someone in people.items():
        for text in TEXTS:
            user = Person.objects.get(pk=someone.pk)
            walls, cpus, found = [], [], 0
            for _round in range(ROUNDS):
                wall, cpu = time.perf_counter(), time.process_time()
                found = len(selectors.hits(user, text, 20))
                walls.append((time.perf_counter() - wall) * 1000)
                cpus.append((time.process_time() - cpu) * 1000)
            worst = max(worst, statistics.median(cpus))
            print(
                f"{who:12} {text:20} {found:5} {statistics.median(walls):9.1f} {max(walls):9.1f} "
                f"{statistics.median(cpus):7.1f}"
            )
    print(f"slowest median: {worst:.1f} ms of CPU")


if __name__ == "__main__":
    sys.exit(main())
