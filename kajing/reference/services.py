"""Acts on reference data: load what is packaged, set a new dated value, read a holiday file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.reference.models import CalendarDay, ComplaintCode, MerchantCategory, Parameter
from kajing.reference.selectors import ENGINE_KEYS, Unfit, engine_thresholds, typed

DATA = Path(__file__).parent / "data"
PARAMETER_FILES = ("regulatory_parameters.csv", "bank_policies.csv", "message_rules.csv")
SYSTEM = "system"


class CannotChange(DomainError):
    """The new value may not be set: the reason is in words."""


class BadHolidayFile(DomainError):
    """A line of the holiday file cannot be read: the line number is in words."""


@transaction.atomic
def load_reference(*, actor: str, at: datetime) -> dict[str, int]:
    """Bring the packaged parameters and dictionaries in; rows that people set stay as they are. Repeatable."""
    counts = {
        "parameters": _load_parameters(),
        "merchant_categories": _load_categories(),
        "complaint_codes": _load_complaint_codes(),
    }
    record(actor=actor, action="reference.loaded", object_kind="reference", object_id="packaged", at=at, changes=counts)
    return counts


@transaction.atomic
def change_parameter(
    *, actor: Person, key: str, value: str, valid_from: date, source: str, reason: str, at: datetime
) -> Parameter:
    """Set a new value from a day on. The old row is never edited: it was in force until then. Raises CannotChange."""
    if not actor.has_perm("reference.change"):
        raise NotAllowed(_("You may not change parameters."))
    last = Parameter.objects.filter(key=key).order_by("-valid_from").first()
    if last is None:
        raise CannotChange(_("There is no such parameter."))
    _check_change(last, value=value, valid_from=valid_from, at=at)
    row = _successor(last, value=value, valid_from=valid_from, source=source, note=reason, changed_by=actor.person_no)
    row.save(force_insert=True)
    record(
        actor=actor.person_no,
        action="reference.changed",
        object_kind="parameter",
        object_id=key,
        at=at,
        reason=reason,
        changes={"value": [last.value, value], "valid_from": valid_from.isoformat()},
    )
    return row


@transaction.atomic
def load_holidays(*, path: Path, actor: str, at: datetime) -> int:
    """Read a bank's holiday file (`day,is_workday,name`) over the calendar package. Raises BadHolidayFile."""
    days = [CalendarDay(source=path.name, **fields) for fields in _holiday_lines(path)]
    CalendarDay.objects.bulk_create(
        days, update_conflicts=True, unique_fields=["day"], update_fields=["is_workday", "name", "source"]
    )
    record(
        actor=actor,
        action="reference.holidays_loaded",
        object_kind="calendar",
        object_id=path.name,
        at=at,
        changes={"days": len(days)},
    )
    return len(days)


def _check_change(last: Parameter, *, value: str, valid_from: date, at: datetime) -> None:
    if valid_from < timezone.localdate(at):
        raise CannotChange(_("A new value begins today or later: a past month keeps the rule it was under."))
    if Parameter.objects.filter(key=last.key, valid_from=valid_from).exists():
        raise CannotChange(_("A value beginning on that day is already recorded."))
    if value == last.value:
        raise CannotChange(_("This is the value already in force."))
    if last.key in ENGINE_KEYS:
        _check_for_engine(last, value, valid_from)
    elif not _same_kind(last, value):
        raise CannotChange(_same_kind_words(last))


def _check_for_engine(last: Parameter, value: str, valid_from: date) -> None:
    """A value of the engine is refused before a night meets it."""
    try:
        engine_thresholds(valid_from, {last.key: typed(value.strip(), last.unit)})
    except Unfit as error:
        raise CannotChange(str(error)) from error
    except ValueError as error:
        raise CannotChange(_same_kind_words(last)) from error


def _same_kind_words(last: Parameter) -> str:
    return _("The value must be written like the one before it: %(value)s.") % {"value": last.value}


def _same_kind(last: Parameter, value: str) -> bool:
    try:
        return type(typed(value, last.unit)) is type(typed(last.value, last.unit))
    except ValueError:
        return False


def _successor(last: Parameter, **fields: Any) -> Parameter:
    kept = ("rule_id", "key", "unit", "comparator", "topic", "article", "confidence", "enforcement")
    return Parameter(**{name: getattr(last, name) for name in kept}, **fields)


def _load_parameters() -> int:
    by_people = set(Parameter.objects.exclude(changed_by=SYSTEM).values_list("key", "valid_from"))
    rows = [_parameter(line) for name in PARAMETER_FILES for line in _lines(name)]
    ours = [row for row in rows if (row.key, row.valid_from) not in by_people]
    Parameter.objects.bulk_create(
        ours,
        update_conflicts=True,
        unique_fields=["key", "valid_from"],
        update_fields=["rule_id", "value", "unit", "comparator", "topic", "source", "article", "confidence",
                       "enforcement", "note"],
    )  # fmt: skip
    return len(ours)


def _parameter(line: dict[str, str]) -> Parameter:
    same = ("rule_id", "value", "unit", "comparator", "topic", "source", "article", "confidence", "enforcement", "note")
    valid_from = date.fromisoformat(line["effective_from"])
    return Parameter(key=line["parameter"], valid_from=valid_from, **{name: line[name] for name in same})


def _load_categories() -> int:
    rows = [_category(line) for line in _lines("mcc_categories.csv")]
    MerchantCategory.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["mcc"],
        update_fields=["name_zh", "name_en", "group_code", "group_zh", "excluded_from_points", "cashout_attention"],
    )
    return len(rows)


def _category(line: dict[str, str]) -> MerchantCategory:
    return MerchantCategory(
        mcc=line["mcc"],
        name_zh=line["name_zh"],
        name_en=line["name_en"],
        group_code=line["group_code"],
        group_zh=line["group_zh"],
        excluded_from_points=line["commonly_excluded_from_points"] == "1",
        cashout_attention=int(line["cashout_attention_0_3"] or 0),
    )


def _load_complaint_codes() -> int:
    rows = [_complaint_code(line) for line in _lines("complaint_codes.csv")]
    names = ("dimension", "parent", "name_zh", "name_en", "severity", "root_cause", "owner", "first_response_hours",
             "source", "confidence")  # fmt: skip
    ComplaintCode.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["code", "valid_from"], update_fields=names
    )
    return len(rows)


def _complaint_code(line: dict[str, str]) -> ComplaintCode:
    same = ("dimension", "code", "parent", "name_zh", "name_en", "severity", "root_cause", "owner", "source",
            "confidence")  # fmt: skip
    return ComplaintCode(
        **{name: line[name] for name in same}, valid_from=date.fromisoformat(line["effective_from"]),
        first_response_hours=int(line["first_response_hours"]) if line["first_response_hours"] else None,
    )  # fmt: skip


def _lines(name: str) -> Iterable[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _holiday_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(csv.DictReader(file), start=2):
            yield _holiday(line, number)


def _holiday(line: dict[str, str], number: int) -> dict[str, Any]:
    try:
        day = date.fromisoformat((line.get("day") or "").strip())
        is_workday = {"0": False, "1": True}[(line.get("is_workday") or "").strip()]
    except (ValueError, KeyError) as error:
        raise BadHolidayFile(
            _("Line %(line)s of the holiday file needs a day (YYYY-MM-DD) and is_workday (0 or 1).") % {"line": number}
        ) from error
    return {"day": day, "is_workday": is_workday, "name": (line.get("name") or "")[:40]}
