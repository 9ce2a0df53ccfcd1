"""People save while an import runs: `python benchmarks/saves.py --customers 100000` (or `kajing bench saves …`).

Makes a bank with a few people in a scratch home, starts `kajing import` of one large feed day in a process of its own,
and meanwhile does from four threads, at a fixed rate, what people do: sign in with a password, make a task, snooze it,
do it. Every save is one transaction with its audit row. Prints median, p95 and the longest wall time of sign-ins and
saves during the import and, for comparison, without one. Goal G11: p95 at most 1 s, none above 5 s, 20 saves a second.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from _home import scratch_home

THREADS = 4
SIGN_IN_EVERY = 90  # saves of a thread
PASSWORD = "cloud-lantern-42"


@dataclass
class Times:
    """Wall times in seconds, by what was done, and the moments that were missed because a save took too long."""

    saves: list[float] = field(default_factory=list)
    sign_ins: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def report(self, head: str, seconds: float) -> None:
        """One line for each kind."""
        for name, walls in (("saves", self.saves), ("sign-ins", self.sign_ins)):
            if walls:
                ordered = sorted(walls)
                p95 = ordered[int(len(ordered) * 0.95)]
                middle, longest = statistics.median(walls), ordered[-1]
                print(
                    f"{head:14} {name:9} {len(walls):6} in {seconds:5.0f} s ({len(walls) / seconds:5.1f}/s)  median "
                    f"{middle * 1000:6.0f} ms  p95 {p95 * 1000:6.0f} ms  longest {longest * 1000:6.0f} ms"
                )
        print(f"{head:14} errors    {len(self.errors)} {self.errors[:2] or ''}   load {os.getloadavg()[0]:.1f}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=24.0, help="saves a second over all threads")
    parser.add_argument("--quiet-seconds", type=float, default=10.0, help="how long to measure without an import")
    options = parser.parse_args()
    home = scratch_home("saves")
    feed = home / "feed"
    kajing("make-feed", str(feed), "--customers", str(options.customers), "--months", "1", "--monthly")
    kajing("migrate", "-v", "0")
    kajing("createcachetable")
    kajing("load_reference")
    names = people()
    alone = Times()
    work(alone, names, options.rate, until=after(options.quiet_seconds))
    alone.report("no import", options.quiet_seconds)
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, "-m", "kajing.config.cli", "import", str(feed)], stdout=subprocess.DEVNULL, cwd=home
    )
    during = Times()
    work(during, names, options.rate, until=lambda: running.poll() is not None)
    seconds = time.perf_counter() - began
    during.report("import running", seconds)
    print(f"import ended with {running.returncode} after {seconds:.0f} s")
    return 0


def kajing(*command: str) -> None:
    """Run a command in the scratch home."""
    subprocess.run([sys.executable, "-m", "kajing.config.cli", *command], check=True, stdout=subprocess.DEVNULL)


def people() -> list[str]:
    """One manager for each thread."""
    from kajing.org.models import Role, Unit
    from tests.factories.org import person, unit

    branch = unit("BENCH", Unit.Kind.BRANCH)
    return [person(f"bench{n}", Role.MANAGER, branch, name=f"王{n}").username for n in range(THREADS)]


def after(seconds: float) -> Callable[[], bool]:
    """A clock that says when the time is over."""
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


def work(times: Times, names: list[str], rate: float, *, until: Callable[[], bool]) -> None:
    """Each thread saves at its share of the rate; what is late is done at once, so that waiting shows in the times."""
    crew = [threading.Thread(target=one, args=(times, name, rate / len(names), until)) for name in names]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


def one(times: Times, name: str, rate: float, until: Callable[[], bool]) -> None:
    """Sign in now and then; make, snooze and do tasks in between."""
    from django.db import connection

    turn, due = 0, time.perf_counter()
    while not until():
        time.sleep(max(due - time.perf_counter(), 0))
        due = max(due + 1 / rate, time.perf_counter() - 5)
        if turn % SIGN_IN_EVERY == 0:
            timed(times, times.sign_ins, sign_in, name)
        timed(times, times.saves, save, name, turn)
        turn += 1
    connection.close()


def timed(times: Times, into: list[float], act: Callable[..., None], *given: object) -> None:
    """Do one act and note how long it took, or why it failed."""
    from django.db import DatabaseError

    began = time.perf_counter()
    try:
        act(*given)
    except DatabaseError as error:
        times.errors.append(f"{type(error).__name__}: {error}"[:120])
    into.append(time.perf_counter() - began)


def sign_in(name: str) -> None:
    """The password is checked and the session written, as the sign-in page does."""
    from django.contrib.auth import authenticate, login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = SessionStore()  # type: ignore[assignment]
    request.META["REMOTE_ADDR"] = "127.0.0.1"
    user = authenticate(request, username=name, password=PASSWORD)
    assert user is not None
    login(request, user, backend="kajing.org.adapters.StaffBackend")
    request.session.save()


OPEN: dict[str, int] = {}


def save(name: str, turn: int) -> None:
    """Make a task, snooze it, do it: one of the three in turn."""
    from django.utils import timezone

    from kajing.org.models import Person
    from kajing.workflow import services
    from kajing.workflow.models import Task

    actor, at = Person.objects.get(username=name), timezone.now()
    if turn % 3 == 0 or name not in OPEN:
        made = services.open_task(actor=actor, owner=actor, title="Ring back", due_at=at + timedelta(hours=4), at=at)
        OPEN[name] = made.pk
    elif turn % 3 == 1:
        services.snooze_task(actor=actor, task=Task.objects.get(pk=OPEN[name]), until=at + timedelta(hours=1), at=at)
    else:
        services.done_task(actor=actor, task=Task.objects.get(pk=OPEN.pop(name)), outcome="REACHED", at=at)


if __name__ == "__main__":
    sys.exit(main())
