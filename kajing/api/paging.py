"""Keyset paging: the cursor holds the last row's sort values, so page 1,000 costs what page 1 costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kajing.lib.errors import DomainError

COUNT_LIMIT = 1000
DEFAULT_LIMIT = 50


class BadCursor(DomainError):
    """The cursor was changed, or belongs to another order of the list; the API answers 422."""

    status = 422

    def __str__(self) -> str:
        return str(_("This cursor does not belong to this list. Start again without one."))


def page(
    rows: QuerySet[Any], *, order: Sequence[str], cursor: str = "", limit: int = DEFAULT_LIMIT, total: bool = True
) -> dict[str, Any]:
    """One page of a scoped QuerySet as {"items", "next", "total"}.

    `order` are field paths, "-" for descending, the last one unique; empty values come last either way.
    Raises BadCursor.
    """
    ordered = rows.order_by(*[_sorted(field) for field in order])
    if cursor:
        ordered = ordered.filter(after(order, read_cursor(cursor, order)))
    items = list(ordered[: limit + 1])
    following = make_cursor(items[limit - 1], order) if len(items) > limit else None
    return {"items": items[:limit], "next": following, "total": count(rows) if total else len(items[:limit])}


def count(rows: QuerySet[Any]) -> int | str:
    """How many rows, or "1000+": counting a million rows for a list nobody pages through costs too much."""
    found = rows.order_by()[: COUNT_LIMIT + 1].count()
    return f"{COUNT_LIMIT}+" if found > COUNT_LIMIT else found


def make_cursor(row: Any, order: Sequence[str]) -> str:
    """The signed cursor that continues after `row`."""
    return signing.Signer(salt=_salt(order)).sign_object([_pack(_value(row, field)) for field in order])


def read_cursor(cursor: str, order: Sequence[str]) -> list[Any]:
    """The sort values of a cursor. Raises BadCursor."""
    try:
        values = signing.Signer(salt=_salt(order)).unsign_object(cursor)
        return [_unpack(value) for value in values]
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadCursor from error


def after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows behind the given sort values, in the given order."""
    found, same = Q(pk__in=[]), Q()
    for field, value in zip(order, values, strict=True):
        name, descending = field.removeprefix("-"), field.startswith("-")
        if value is None:
            same &= Q(**{f"{name}__isnull": True})
            continue
        behind = Q(**{f"{name}__{'lt' if descending else 'gt'}": value}) | Q(**{f"{name}__isnull": True})
        found |= same & behind
        same &= Q(**{name: value})
    return found


def _sorted(field: str) -> Any:
    name = F(field.removeprefix("-"))
    return name.desc(nulls_last=True) if field.startswith("-") else name.asc(nulls_last=True)


def _salt(order: Sequence[str]) -> str:
    return "kajing.cursor:" + ",".join(order)


def _value(row: Any, field: str) -> Any:
    for part in field.removeprefix("-").split("__"):
        row = row[part] if isinstance(row, dict) else getattr(row, part, None)
    return row


def _pack(value: Any) -> Any:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return ["n", str(value)] if isinstance(value, Decimal) else value


def _unpack(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    kind, text = value
    readers: dict[str, Callable[[str], Any]] = {"t": datetime.fromisoformat, "d": date.fromisoformat, "n": Decimal}
    return readers[kind](text)
