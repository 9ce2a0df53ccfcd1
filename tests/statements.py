"""Which tests PostgreSQL runs: every statement that tests make on SQLite is made on PostgreSQL too, by one test at least.

The run on SQLite records what each test asks of the database (`--record-statements`): the statements without their
values, values that columns of PostgreSQL may not take (long texts, great numbers, NUL), places of the product that ask
which database it is, and whether the database refused something. The run on PostgreSQL (`--each-statement`) then takes

- every test with real transactions, processes, threads or a server: locks and races are its subject;
- every test of which the database refused something, and every one of the files in `WHOLE`;
- every test that did not pass on SQLite, or is not in the record, or all if the record is of other code;
- of the others as few as together make every statement there is.

What is left out asks nothing of PostgreSQL that another test there does not ask; its answer on SQLite stands.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pytest
from django.db import DatabaseError, connections

from tests import templates

FOLDER = templates.KEPT.with_name("kajing-statements")
PRODUCT = str(templates.ROOT / "kajing")
# Budgets, hostile values, order and the copy that triggers keep: of each of these files every test.
WHOLE = (
    "tests/api/test_hostile.py",
    "tests/customers/test_budgets.py",
    "tests/customers/test_twin.py",
    "tests/queue/",
    "tests/records/test_conditions.py",
)
REAL = frozenset({"transactional_db", "live_server", "migrated"})
REFUSED = "refused"
BEGINNING = 20  # what a test costs before its own statements, in statements
LONG, GREAT = 200, 2**31
_LISTS = re.compile(r"%s(?:, %s)+")
_ROWS = re.compile(r"(\([^()]*%s[^()]*\))(?:, \([^()]*%s[^()]*\))+")


@dataclass(frozen=True)
class Asked:
    """What one test asks of the database: which statements, and how many in all."""

    made: set[str]
    times: int


@lru_cache(maxsize=20_000)
def shape(sql: str) -> str:
    """A statement without its numbers and however many values or rows it is given."""
    plain = _ROWS.sub(r"\1", _LISTS.sub("%s", re.sub(r"\d+", "0", sql)))
    return hashlib.blake2b(plain.encode(), digest_size=6).hexdigest()


def unusual(params: Any, *, many: bool) -> str:
    """What PostgreSQL may not take among the values: a letter for each kind.

    Rows that come one by one are not looked at: who looks, takes them away.
    """
    if many and not isinstance(params, (list, tuple)):
        return ""
    rows = params if many else [params]
    values = [value for row in rows for value in (row.values() if isinstance(row, Mapping) else row or ())]
    texts = [value for value in values if isinstance(value, str)]
    kinds = {
        "l": any(len(text) > LONG for text in texts),
        "0": any("\0" in text for text in texts),
        "n": any(isinstance(value, int) and abs(value) >= GREAT for value in values),
    }
    return "".join(letter for letter, there in kinds.items() if there)


class _Told:
    """An attribute of the connection's class that tells which place of the product asks for it."""

    def __init__(self, value: Any, tell: Callable[[str], None]) -> None:
        self.value, self.tell = value, tell

    def __get__(self, one: Any, _owner: type) -> Any:
        asker = sys._getframe(1)
        if one is not None and asker.f_code.co_filename.startswith(PRODUCT):
            self.tell(f"{asker.f_code.co_filename.removeprefix(PRODUCT)}:{asker.f_lineno}")
        return self.value


def asked_of(database: Any) -> list[tuple[type, str]]:
    """What the product asks a connection to tell databases apart."""
    return [(type(database), "vendor"), (type(database.features), "has_select_for_update_skip_locked")]


class Recorder:
    """Notes what each test asks of the database."""

    def __init__(self, config: pytest.Config) -> None:
        self.name = getattr(config, "workerinput", {}).get("workerid", "alone")
        self.tests: dict[str, Asked] = {}
        self.now, self.times = set[str](), 0
        if not hasattr(config, "workerinput"):
            shutil.rmtree(FOLDER, ignore_errors=True)
        database = connections["default"]
        database.execute_wrappers.append(self.note)
        for owner, name in asked_of(database):
            setattr(owner, name, _Told(getattr(owner, name), self.place))

    def place(self, asker: str) -> None:
        """A place of the product asks which database it works with."""
        self.now.add(asker)

    def note(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Django calls this around every statement."""
        made = shape(str(sql))
        self.now.add(made)
        self.times += 1
        if kinds := unusual(params, many=many):
            self.now.add(made + kinds)
        try:
            return execute(sql, params, many, context)
        except DatabaseError:
            self.now.add(REFUSED)
            raise

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self.now, self.times = set(), 0
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        gave = yield
        self.tests[item.nodeid] = Asked(self.now, self.times)  # a test that did not pass is not in the record
        return gave

    def pytest_sessionfinish(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        told = {"of": code(), "tests": {name: [one.times, *sorted(one.made)] for name, one in self.tests.items()}}
        (FOLDER / f"{self.name}.json").write_text(json.dumps(told))


@cache
def code() -> str:
    """One word for product and tests as they are."""
    found = hashlib.sha256(templates.fingerprint().encode())
    size = os.environ.get("KAJING_TEST_CUSTOMERS", "")
    files = [*templates.ROOT.glob("tests/**/*.py"), *templates.ROOT.glob("kajing/**/*.html")]
    for path in sorted(files):
        found.update(path.as_posix().encode() + path.read_bytes())
    return f"{found.hexdigest()[:16]}{size}"


def recorded() -> dict[str, Asked]:
    """What the run on SQLite told of each test that passed; nothing if it was of other code."""
    parts = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))]
    ours = [part["tests"] for part in parts if part["of"] == code()]
    return {name: Asked(set(made), times) for tests in ours for name, (times, *made) in tests.items()}


def chosen(items: list[pytest.Item], record: Mapping[str, Asked]) -> set[str]:
    """The tests of a run on PostgreSQL, by name."""
    always = {item.nodeid for item in items if _always(item, record)}
    known = set[str]().union(*(record[name].made for name in always if name in record))
    return always | cover({name: record[name] for item in items if (name := item.nodeid) not in always}, known)


def _always(item: pytest.Item, record: Mapping[str, Asked]) -> bool:
    marker = item.get_closest_marker("django_db")
    real = marker is not None and marker.kwargs.get("transaction")
    asked = record.get(item.nodeid)
    return bool(
        real
        or REAL & set(getattr(item, "fixturenames", ()))
        or asked is None
        or REFUSED in asked.made
        or item.nodeid.startswith(WHOLE)
    )


def cover(tests: Mapping[str, Asked], known: set[str]) -> set[str]:
    """Few tests that make whatever all of them make and is not known; who tells most for its cost goes first."""
    known, taken = set(known), set[str]()

    def place(name: str) -> float:
        return -len(tests[name].made - known) / (BEGINNING + tests[name].times)

    waiting = [(place(name), name) for name in tests]
    heapq.heapify(waiting)
    while waiting:
        _before, name = heapq.heappop(waiting)
        now = place(name)
        if not now:
            continue
        if waiting and (now, name) > waiting[0]:
            heapq.heappush(waiting, (now, name))
            continue
        taken.add(name)
        known |= tests[name].made
    return taken
