"""From what people type, spreadsheets hold and programs send to the columns of a value. One reader for all doors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError
from kajing.lib.masks import scrub_card_numbers
from kajing.records.models import FieldDefinition
from kajing.ui import formats

Type = FieldDefinition.Type
Row = dict[str, Any]  # columns of one FieldValue
People = Callable[[str], str | None]  # what was typed → person_no, None when there is nobody
_SPLIT = re.compile(r"[;；、|,，\n]")
_DAY = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?")
BIGGEST = Decimal(10) ** 15


class FieldRefused(DomainError):
    """A value that its field does not take; the sentence says what it takes."""

    status = 422


def clean(field: FieldDefinition, raw: Any, *, people: People) -> list[Row]:
    """The rows to keep for a value as text, number, day or list; none when it is empty. Raises FieldRefused.

    Money is in yuan; choices go by code or word, several with ; or 、 between; a person by number.
    """
    if raw is None or (isinstance(raw, str) and not raw.strip()) or raw == []:
        return []
    return _READERS[Type(field.type)](field, raw, people)


def _text(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    return [{"text": scrub_card_numbers(_line(field, raw))}]


def _line(field: FieldDefinition, raw: Any) -> str:
    text = str(raw).strip()
    if len(text) > field.longest:
        raise FieldRefused(
            _("At most %(most)s characters fit; there are %(count)s.") % {"most": field.longest, "count": len(text)}
        )
    if any(ord(char) < 32 and char not in "\n\t" for char in text):
        raise FieldRefused(_("There are characters in the text that cannot be shown; type it again."))
    return text


def _number(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    number = _decimal(raw)
    if number != number.quantize(Decimal("0.000001")):
        raise FieldRefused(_("At most six decimals fit."))
    _within(field, number, number_of)
    return [{"number": number}]


def _money(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    yuan = _decimal(str(raw).removeprefix("¥").removeprefix("￥"))
    if yuan != yuan.quantize(Decimal("0.01")):
        raise FieldRefused(_("An amount has two decimals at most."))
    _within(field, yuan, number_of)
    return [{"amount": int(yuan * 100)}]


def _decimal(raw: Any) -> Decimal:
    try:
        number = Decimal(str(raw).strip().replace(",", "").replace("，", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= BIGGEST:
        raise FieldRefused(_("%(value)s is not a number.") % {"value": str(raw)[:40]})
    return number


def number_of(text: str) -> Decimal:
    """A bound of numbers or yuan. Raises FieldRefused."""
    return _decimal(text)


def day_of(raw: Any) -> date:
    """A day from 2026-11-01, 2026/11/1, 20261101 or 2026年11月1日. Raises FieldRefused."""
    if isinstance(raw, date):
        return raw if type(raw) is date else raw.date()  # type: ignore[attr-defined]
    found = _DAY.fullmatch(str(raw).strip())
    try:
        return date(*map(int, found.groups()))  # type: ignore[union-attr]
    except (AttributeError, ValueError):
        raise FieldRefused(_("%(value)s is not a day such as 2026-11-01.") % {"value": str(raw)[:40]}) from None


def _day(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    day = day_of(raw)
    _within(field, day, day_of)
    return [{"day": day}]


def _within(field: FieldDefinition, value: Any, read: Callable[[str], Any]) -> None:
    if field.least and value < read(field.least):
        raise FieldRefused(_("The least is %(bound)s.") % {"bound": field.least})
    if field.most and value > read(field.most):
        raise FieldRefused(_("The most is %(bound)s.") % {"bound": field.most})


def _code(field: FieldDefinition, raw: Any) -> str:
    wanted = str(raw).strip()
    codes = {code: code for code, _label in field.options}
    words = {label.casefold(): code for code, label in field.options}
    found = codes.get(wanted) or words.get(wanted.casefold())
    if found is None:
        known = formats.listed(label for _code, label in field.options[:12])
        raise FieldRefused(_("%(value)s is none of the choices: %(known)s.") % {"value": wanted[:40], "known": known})
    return found


def _choice(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    return [{"text": _code(field, raw)}]


def _multi(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    parts: Iterable[Any] = (
        raw if isinstance(raw, list | tuple) else [raw] if _known(field, raw) else _SPLIT.split(str(raw))
    )
    codes = [_code(field, part) for part in parts if str(part).strip()]
    return [{"text": code} for code in dict.fromkeys(codes)]


def _known(field: FieldDefinition, raw: Any) -> bool:
    """Whether the whole text is one choice, though there is a comma in its word."""
    return str(raw).strip() in {part for option in field.options for part in option}


def _person(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    found = people(str(raw).strip())
    if found is None:
        raise FieldRefused(_("There is nobody with the number %(value)s.") % {"value": str(raw)[:40]})
    return [{"text": found}]


def _file(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    if not str(raw).isdecimal() or len(str(raw)) > 18:
        raise FieldRefused(_("A file of this record is expected; attach it first."))
    return [{"text": str(raw)}]


def _masked(field: FieldDefinition, raw: Any, people: People) -> list[Row]:
    text = _line(field, raw)
    return [{"sealed": settings.KAJING_KEYS.encrypt(field.column, text), "blind": blind(field, text)}]


def blind(field: FieldDefinition, text: str) -> str:
    """The index value that finds an exact masked text, whatever its spaces and capitals."""
    found: str = settings.KAJING_KEYS.blind(field.column, "".join(text.split()).upper())
    return found


_READERS: dict[Type, Callable[[FieldDefinition, Any, People], list[Row]]] = {
    Type.TEXT: _text,
    Type.NUMBER: _number,
    Type.MONEY: _money,
    Type.DAY: _day,
    Type.CHOICE: _choice,
    Type.MULTI: _multi,
    Type.PERSON: _person,
    Type.FILE: _file,
    Type.MASKED: _masked,
}
