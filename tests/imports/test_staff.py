"""People files of several days: one history of postings, in whatever order the days come."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kajing.audit.models import AuditRow
from kajing.imports.services import DayReport
from kajing.org.models import Licence, Person, Posting
from tests.imports.bank import UNITS, write_day

Load = Callable[..., list[DayReport]]
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")


def who(number: str, unit: str = "T01", role: str = "MANAGER", **more: str) -> dict[str, str]:
    return {
        "person_no": number,
        "name": f"人{number}",
        "unit_code": unit,
        "role": role,
        "hired_on": "2020-01-02",
        **more,
    }


# P1 rises and then moves; P2 leaves and is back; P3 comes late and moves at once; P4 goes away and returns;
# P5 tells a sign-in name once; P6 is never named again.
FILES = (
    [who("P1"), who("P2"), who("P4"), who("P5", sign_in="five"), who("P6")],
    [who("P1", role="LEADER"), who("P2", left_on="2026-11-20"), who("P3", hired_on="2026-11-21"), who("P4", "T02")],
    [who("P1", "T02", role="LEADER"), who("P2"), who("P3", "T02", hired_on="2026-11-21"), who("P4"), who("P5")],
)
STORY = {
    "P1": [("T01", "MANAGER", "2020-01-02", "2026-11-20"), ("T01", "LEADER", "2026-11-21", "2026-11-21"),
           ("T02", "LEADER", "2026-11-22", None)],
    "P2": [("T01", "MANAGER", "2020-01-02", "2026-11-20"), ("T01", "MANAGER", "2026-11-22", None)],
    "P3": [("T01", "MANAGER", "2026-11-21", "2026-11-21"), ("T02", "MANAGER", "2026-11-22", None)],
    "P4": [("T01", "MANAGER", "2020-01-02", "2026-11-20"), ("T02", "MANAGER", "2026-11-21", "2026-11-21"),
           ("T01", "MANAGER", "2026-11-22", None)],
    "P5": [("T01", "MANAGER", "2020-01-02", None)],
    "P6": [("T01", "MANAGER", "2020-01-02", None)],
}  # fmt: skip


def story() -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for one in Posting.objects.select_related("person").order_by("person__person_no", "valid_from"):
        days = (one.valid_from.isoformat(), one.valid_to and one.valid_to.isoformat())
        found.setdefault(one.person.person_no, []).append((one.unit_id, one.role, *days))
    return found


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_postings_are_the_same_in_any_order_of_days(load: Load, tmp_path: Path, order: tuple[int, ...]) -> None:
    folders = [
        write_day(tmp_path / "feeds", day, {"people": rows, **({"units": UNITS} if day == DAYS[order[0]] else {})})
        for day, rows in zip(DAYS, FILES, strict=True)
    ]
    for number in order:
        load(folders[number])
    assert story() == STORY
    newest = dict(Person.objects.values_list("person_no", "feed_date"))
    assert newest["P1"] == newest["P5"] == date(2026, 11, 22)
    assert newest["P6"] == date(2026, 11, 20)
    assert Person.objects.get(person_no="P5").username == "five"


def test_days_that_wait_for_their_unit_tell_the_same(load: Load, tmp_path: Path) -> None:
    for day, rows in reversed(list(zip(DAYS, FILES, strict=True))):
        load(write_day(tmp_path / "feeds", day, {"people": rows}))
    assert not Person.objects.exists()
    load(write_day(tmp_path / "units", DAYS[0], {"units": UNITS}))
    assert story() == STORY


def test_the_same_files_again_tell_nothing_new(load: Load, tmp_path: Path) -> None:
    for day, rows in zip(DAYS, FILES, strict=True):
        load(write_day(tmp_path / "feeds", day, {"people": rows, "units": UNITS}))
    keys, acts = set(Posting.objects.values_list("pk", flat=True)), AuditRow.objects.count()
    for day in DAYS:
        load(tmp_path / "feeds" / day)
    assert set(Posting.objects.values_list("pk", flat=True)) == keys
    assert AuditRow.objects.count() == acts


# -- licences --------------------------------------------------------------------------------------------------------
def licence(number: str, code: str = "T01", last: str = "2027-12-31", **more: str) -> dict[str, str]:
    return {"person_no": number, "code": code, "granted_on": "2026-01-05", "last_day": last, "source": "考试", **more}


def licences() -> list[tuple[str, str, str | None]]:
    found = Licence.objects.order_by("person__person_no", "code").values_list("person__person_no", "code", "last_day")
    return [(number, code, day and day.isoformat()) for number, code, day in found]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_licences_come_by_file_and_the_newest_day_wins(load: Load, tmp_path: Path, order: tuple[int, int]) -> None:
    people = [who("P1"), who("P2")]
    load(write_day(tmp_path / "people", DAYS[0], {"units": UNITS, "people": people}))
    files = [
        [licence("P1"), licence("P1", "T03", ""), licence("P2")],
        [licence("P1", last="2026-11-21")],  # taken back
    ]
    folders = [
        write_day(tmp_path / "feeds", day, {"licences": rows}) for day, rows in zip(DAYS[1:], files, strict=True)
    ]
    for number in order:
        load(folders[number])
    assert licences() == [("P1", "T01", "2026-11-21"), ("P1", "T03", None), ("P2", "T01", "2027-12-31")]
    acts = AuditRow.objects.filter(action="org.absorb_licences").count()
    load(folders[0])
    assert AuditRow.objects.filter(action="org.absorb_licences").count() == acts


def test_licences_wait_for_their_person(load: Load, tmp_path: Path) -> None:
    load(write_day(tmp_path / "feeds", DAYS[0], {"licences": [licence("P1")]}))
    assert licences() == []
    load(write_day(tmp_path / "people", DAYS[0], {"units": UNITS, "people": [who("P1")]}))
    assert licences() == [("P1", "T01", "2027-12-31")]
