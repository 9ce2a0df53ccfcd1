"""Fixtures every test may use: the cast of `people.py`, the moment tests happen at, and a way to sign in."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import connection
from django.test import Client

from kajing.audit import guards
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from tests import statements
from tests.homes import Home, template
from tests.people import (  # noqa: F401  fixtures come into being by being imported here
    admin,
    ana,
    auditor,
    ben,
    compliance,
    head,
    lee,
    risk,
    service,
    units,
)
from tests.templates import start_from_template

# While the tests are collected half a million objects come to stay; looking for rubbish among them finds none.
gc.disable()

# Files that take longest: they go first, so that two workers end together (`--dist loadfile` gives out whole files).
LONG = (
    "imports/test_sheet_kill.py",
    "analytics/backends/test_golden.py",
    "analytics/test_memory.py",
    "config/test_nightly.py",
    "contract/test_api_names.py",
    "imports/test_kill.py",
    "customers/test_budgets.py",
    "queue/test_kill.py",
    "config/test_backups.py",
    "config/test_serving.py",
    "access/test_matrix.py",
    "analytics_demo/test_days.py",
    "analytics/backends/test_wording.py",
    "analytics/test_night.py",
    "analytics/test_months.py",
    "insights/test_months.py",
    "imports/test_loading.py",
)
SHARED_DATA = Path(os.environ.get("KAJING_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long files first. On PostgreSQL only what its answers can decide (`statements`): SQLite has the rest."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
    if config.getoption("databases_only"):
        _keep(config, items, {item.nodeid for item in items if _uses_database(item)})
    if config.getoption("each_statement"):
        _keep(config, items, statements.chosen(items, statements.recorded()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From here on rubbish is looked for again, but only among what the tests themselves make."""
    gc.collect()
    gc.freeze()
    gc.enable()
    atexit.register(gc.unfreeze)  # libraries count what is left at the end and call it leaks


def _keep(config: pytest.Config, items: list[pytest.Item], names: set[str]) -> None:
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in names])
    items[:] = [item for item in items if item.nodeid in names]


def pytest_configure(config: pytest.Config) -> None:
    """The record of statements, where it is asked for."""
    if config.getoption("record_statements"):
        config.pluginmanager.register(statements.Recorder(config))


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--databases-only`: the tests whose outcome can depend on the database."""
    parser.addoption("--databases-only", action="store_true", dest="databases_only", help="tests that use the database")
    parser.addoption("--record-statements", action="store_true", help="note what each test asks of the database")
    parser.addoption("--each-statement", action="store_true", help="of the tests recorded, few that ask everything")


def _uses_database(item: pytest.Item) -> bool:
    """Whether a test asks for a database, its own or that of a home."""
    wanted = {"db", "transactional_db", "live_server", "migrated", "django_db_blocker", "django_db_setup"}
    return item.get_closest_marker("django_db") is not None or bool(wanted & set(getattr(item, "fixturenames", ())))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """The tests' own database begins as a copy of one with all tables."""
    start_from_template(connection)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests with real transactions empty every table afterwards, which the audit triggers would refuse."""
    with django_db_blocker.unblock():
        guards.remove(connection, ("delete", "truncate"))


@pytest.fixture
def at() -> datetime:
    """The moment acts of a test happen at: a Monday morning in Shanghai."""
    return datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def as_of() -> date:
    """The business date of the last night before `at`."""
    return date(2026, 11, 22)


@pytest.fixture
def sign_in() -> Callable[[Person], Client]:
    """`sign_in(ana)` gives a browser of Ana's, past password and second factor."""

    def browser(person: Person) -> Client:
        client = Client()
        Authenticator.objects.get_or_create(user=person, type="totp", defaults={"data": {"secret": ""}})
        client.force_login(person, backend="kajing.org.adapters.StaffBackend")
        return client

    return browser


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data sets, which are not ours to commit; the test is skipped where it is missing."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real data sets not found: set KAJING_SHARED_DATA to their folder")
    return SHARED_DATA


@pytest.fixture(scope="session")
def migrated() -> Home:
    """A migrated installation to copy for tests of real processes: `new_home(folder, like=migrated)`."""
    return template()


@pytest.fixture(scope="session", autouse=True)
def _remove_home() -> Iterator[None]:
    """The temporary home goes away with the session."""
    yield
    if not os.environ.get("KAJING_TEST_HOME"):
        shutil.rmtree(settings.KAJING_HOME, ignore_errors=True)
