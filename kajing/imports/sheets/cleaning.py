"""From the cells of a row to clean values: mapping, types, choices. Knows no table."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_noop

from kajing.imports.sheets.registry import SheetField, SheetTarget, Trouble
from kajing.lib.periods import SHANGHAI

MISSING = gettext_noop("is missing")
TOO_LONG = gettext_noop("has more than %(longest)s characters")
UNREADABLE = gettext_noop("holds characters that cannot be read; save the file as UTF-8")
NO_DAY = gettext_noop("“%(value)s” is not a date; write 2026-11-23")
NO_MOMENT = gettext_noop("“%(value)s” is not a time; write 2026-11-23 10:30")
NO_FLAG = gettext_noop("“%(value)s” is neither yes nor no")
NO_CHOICE = gettext_noop("“%(value)s” is not one of: %(choices)s")
YES = ("1", "yes", "y", "true", "given", "是", "同意")
NO = ("0", "no", "n", "false", "withdrawn", "否", "撤回", "不同意")
FLAGS = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")


def plain(heading: str) -> str:
    """A heading as it is compared: no spaces, no brackets with hints, lower case."""
    return re.sub(r"[\s_*:：]|[(（].*?[)）]", "", heading).lower()


def header_key(header: Sequence[str]) -> str:
    """The same for every file with these headings in this order."""
    return hashlib.blake2b("\x1f".join(map(plain, header)).encode(), digest_size=12).hexdigest()


def guess(target: SheetTarget, header: Sequence[str]) -> dict[str, int]:
    """Which column is probably which field, by its heading in Chinese or English; each column once."""
    found: dict[str, int] = {}
    headings = [plain(one) for one in header]
    for one in target.fields:
        names = {plain(one.name), plain(str(one.label)), *map(plain, one.aliases)}
        place = next((i for i, text in enumerate(headings) if text in names and i not in found.values()), None)
        if place is not None:
            found[one.name] = place
    return found


def clean(
    target: SheetTarget, mapping: Mapping[str, int], cells: Sequence[str]
) -> tuple[dict[str, Any], list[Trouble]]:
    """The row's values by field, and what is wrong with it."""
    values: dict[str, Any] = {}
    troubles: list[Trouble] = []
    for one in target.fields:
        place = mapping.get(one.name, -1)
        text = cells[place] if 0 <= place < len(cells) else ""
        if not text:
            if one.required:
                troubles.append(Trouble(one.name, MISSING))
            continue
        value = _value(one, text)
        if isinstance(value, Trouble):
            troubles.append(value)
        else:
            values[one.name] = value
    return values, troubles


def _value(one: SheetField, text: str) -> Any:
    if "�" in text or "\0" in text:
        return Trouble(one.name, UNREADABLE)
    if len(text) > one.longest:
        return Trouble(one.name, TOO_LONG, {"longest": one.longest})
    shown = {"value": text[:40]}
    if one.kind == "day":
        return _day(text) or Trouble(one.name, NO_DAY, shown)
    if one.kind == "moment":
        return _moment(text) or Trouble(one.name, NO_MOMENT, shown)
    if one.kind == "flag":
        found = FLAGS.get(text.lower())
        return Trouble(one.name, NO_FLAG, shown) if found is None else found
    if one.kind == "choice":
        known = ", ".join(sorted(set(one.choices.values())))
        return one.choices.get(text.lower()) or Trouble(one.name, NO_CHOICE, {**shown, "choices": known})
    return text


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text) or _COMPACT.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    day, _gap, clock = text.replace("T", " ").partition(" ")
    on = _day(day)
    try:
        hour, minute = map(int, clock.split(":")[:2]) if clock else (18, 0)
        return datetime(on.year, on.month, on.day, hour, minute, tzinfo=SHANGHAI) if on else None
    except ValueError:
        return None
