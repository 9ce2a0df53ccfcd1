"""The demo bank: everything from an empty folder to a working morning, in steps that may be interrupted.

The file ``demo`` in KAJING_HOME marks such a home (platform R19: loopback only, no forced second factor) and keeps the
password of the demo people and how far the making has come.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from kajing.analytics.demo import make_feed
from kajing.audit.selectors import last_night
from kajing.complaints.demo import file_complaints
from kajing.config.demo_leads import fill_leads
from kajing.config.demo_objects import plan_events
from kajing.config.demo_past import make_past
from kajing.config.demo_pool import fill_pool
from kajing.config.demo_process import shape_process
from kajing.config.serving import Child, is_up_to_date
from kajing.contact.demo import write_letters
from kajing.org.models import Person
from kajing.org.services.people import set_password

CUSTOMERS, MONTHS, SEED = 5_000, 24, 2026
DAILY_DAYS = 30  # before them one directory a month: the bank was taken over with its past, then comes day by day
PEOPLE = (
    "manager1", "manager2", "leader1", "branchhead1", "risk1", "service1", "compliance1", "admin1", "auditor1",
)  # fmt: skip

Say = Callable[[str], None]


def prepare(say: Say) -> str:
    """Make the demo bank, or find it made; gives the password of the demo people. Raises CommandError."""
    notes = read_mark()
    if notes.get("state") != "ready":
        notes = _make(notes, say)
    elif not is_up_to_date():  # a newer Kajing over a demo bank of an older one
        say("bringing the demo bank's database up to date")
        _migrate()
        call_command("load_reference", verbosity=0)
    password = os.environ.get("KAJING_DEMO_PASSWORD") or notes["password"]
    if password != notes.get("set_password"):
        set_passwords(password)
        write_mark({**notes, "password": password, "set_password": password})
    return password


def _make(notes: dict[str, str], say: Say) -> dict[str, str]:
    """The first run. Every step can be repeated, so an interrupted first run goes on."""
    if not notes and _holds_tables():
        raise CommandError(f"{settings.KAJING_HOME} holds a database that is no demo: set KAJING_HOME to a new folder.")
    password = os.environ.get("KAJING_DEMO_PASSWORD") or notes.get("password") or _new_password()
    notes = {"state": "making", "password": password}
    write_mark(notes)
    settings.KAJING_DEMO = True
    feeds = settings.KAJING_HOME / "feeds"
    steps = [
        ("database", _migrate),
        ("reference data", _reference),
        (f"a synthetic bank of {CUSTOMERS:,} customers over {MONTHS} months", lambda: _make_feeds(feeds)),
        ("loading its files", lambda: _load(feeds)),
        # Before the night: what may be suggested depends on consents.
        ("licences, consents and contacts", lambda: make_past(at=timezone.now())),
        ("the public pool and a handover", lambda: fill_pool(at=timezone.now())),
        # Before the night too: an open complaint holds suggestions back, and the night escalates what is overdue.
        ("complaints of the last months", lambda: file_complaints(at=timezone.now())),
        ("the night run", lambda: _night(feeds)),
        ("templates, and messages on their way", lambda: write_letters(at=timezone.now())),
        # After the night: audiences and tests of rules look at its figures.
        ("own fields, tags, audiences and rules", lambda: shape_process(at=timezone.now())),
        ("leads, and the gate before an application", lambda: fill_leads(at=timezone.now())),
        ("an object of its own: VIP events", lambda: plan_events(at=timezone.now())),
    ]
    for number, (text, act) in enumerate(steps, start=1):
        started = time.monotonic()
        say(f"[{number}/{len(steps)}] {text} …")
        act()
        say(f"      {time.monotonic() - started:.1f} s")
    notes["state"] = "ready"
    write_mark(notes)
    return notes


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
    call_command("createcachetable", verbosity=0)


def _reference() -> None:
    """Laws, policies, products, and playbooks that events start at once."""
    from kajing.workflow.services.plans import load_playbooks

    load_playbooks(at=timezone.now(), enabled=True)
    call_command("load_reference", verbosity=0)


def _make_feeds(feeds: Path) -> None:
    if feeds.exists():
        return
    aside = feeds.with_name("feeds.making")
    shutil.rmtree(aside, ignore_errors=True)
    until = timezone.localdate() - timedelta(days=1)
    make_feed(aside, customers=CUSTOMERS, months=MONTHS, seed=SEED, until=until, monthly=True, daily_days=DAILY_DAYS)
    aside.rename(feeds)


def _load(feeds: Path) -> None:
    days = sorted(str(day) for day in feeds.iterdir() if day.is_dir())
    try:
        call_command("import_feeds", *days)
    except SystemExit as end:  # the command says by its status how the files fared; 2: some rows quarantined
        if end.code not in (0, 2, None):
            raise CommandError("The demo bank's own files were refused.") from end


def _night(feeds: Path) -> None:
    newest = max(day.name for day in feeds.iterdir() if day.is_dir())
    done = last_night()
    if done is None or done.isoformat() < newest:
        call_command("night")


def gateway(port: int) -> list[Child]:
    """A gateway for SMS, WeCom and mail, unless the settings name real ones; the children inherit where it is."""
    named = ("KAJING_SMS_URL", "KAJING_WECOM_URL", "KAJING_SMTP_HOST")
    if any(os.environ.get(name) for name in named):
        return []
    http, smtp = free_ports(2)
    secret = secrets.token_hex(24)
    for name in ("SMS", "WECOM"):
        os.environ |= {f"KAJING_{name}_URL": f"http://127.0.0.1:{http}/", f"KAJING_{name}_SECRET": secret}
    os.environ |= {"KAJING_SMTP_HOST": "127.0.0.1", "KAJING_SMTP_PORT": str(smtp)}
    command = [sys.executable, "-m", "kajing.config.cli", "channel-simulator"]
    ports = ["--port", str(http), "--smtp-port", str(smtp), "--callback", f"http://127.0.0.1:{port}"]
    return [Child("channel simulator", [*command, *ports])]


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on now, all different."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def set_passwords(password: str) -> None:
    """Give every demo person the password. Raises CommandError when a person is missing."""
    people = {person.username: person for person in Person.objects.filter(username__in=PEOPLE)}
    missing = sorted(set(PEOPLE) - people.keys())
    if missing:
        raise CommandError(f"The demo bank has no {', '.join(missing)}.")
    for name in PEOPLE:
        set_password(person=people[name], password=password, actor="system", at=timezone.now())


def _new_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(3))


def _holds_tables() -> bool:
    return bool(connection.introspection.table_names())


def read_mark() -> dict[str, str]:
    """The ``name=value`` lines of the mark; empty when there is none."""
    mark: Path = settings.KAJING_DEMO_MARK
    if not mark.exists():
        return {}
    return dict(line.split("=", 1) for line in mark.read_text().splitlines() if "=" in line)


def write_mark(notes: dict[str, str]) -> None:
    """Write the mark whole or not at all, readable by its owner only."""
    mark: Path = settings.KAJING_DEMO_MARK
    scratch = mark.with_name(".demo.new")
    scratch.touch(mode=0o600)
    scratch.write_text("".join(f"{name}={value}\n" for name, value in notes.items()))
    scratch.replace(mark)
