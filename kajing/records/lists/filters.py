"""Filters of a list: each reads its values from the URL, narrows a query, and says itself in words.

Values are text, as in the URL. A filter that cannot read a value raises NotUnderstood; nothing is dropped in silence,
because a list that quietly forgets a filter shows people who should not be on it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

Options = Callable[["Context"], Iterable[tuple[str, str]]]
_OFFSET = re.compile(r"([+-]?\d{1,4})d")
EMPTY = "none"


class NotUnderstood(ValueError):
    """A value in the address or the request that its filter cannot read; the text is for people."""


@dataclass(frozen=True)
class Context:
    """Who looks, and which day counts as today."""

    user: Any
    today: date


@dataclass(frozen=True, kw_only=True)
class Filter(ABC):
    """One field of the filter set; `label` is a lazy text, `choosable` says whether "add filter" offers it."""

    name: str
    label: Any
    path: str = ""
    permission: str = ""
    choosable: bool = True

    kind = "text"

    @abstractmethod
    def q(self, values: Sequence[str], context: Context) -> Q:
        """The condition for these values. Raises NotUnderstood."""

    def words(self, values: Sequence[str], context: Context) -> str:
        """The values as a person reads them on the filter chip."""
        return "、".join(values)


@dataclass(frozen=True, kw_only=True)
class Choice(Filter):
    """One or several of a set of values; a leading ! excludes one. `me` stands for the person who looks."""

    options: Options
    open_ended: bool = False  # values outside the options are legal (too many to list)

    kind = "choice"

    def q(self, values: Sequence[str], context: Context) -> Q:
        wanted = [self._own(v, context) for v in values if not v.startswith("!")]
        refused = [self._own(v[1:], context) for v in values if v.startswith("!")]
        self._check([*wanted, *refused], context)
        found = Q(**{f"{self.path}__in": wanted}) if wanted else Q()
        return found & ~Q(**{f"{self.path}__in": refused}) if refused else found

    def _own(self, value: str, context: Context) -> str:
        return context.user.person_no if value == "me" else value

    def _check(self, values: Iterable[str], context: Context) -> None:
        known = set() if self.open_ended else {value for value, _label in self.options(context)}
        for value in values:
            if not self.open_ended and value not in known:
                raise NotUnderstood(
                    _("%(value)s is not a value of %(filter)s.") % {"value": value, "filter": self.label}
                )

    def words(self, values: Sequence[str], context: Context) -> str:
        named = dict(self.options(context))
        return "、".join(self._word(value, named) for value in values)

    def _word(self, value: str, named: dict[str, str]) -> str:
        if value.startswith("!"):
            return _("not %(value)s") % {"value": named.get(value[1:], value[1:])}
        return str(_("me") if value == "me" else named.get(value, value))


@dataclass(frozen=True, kw_only=True)
class Range(Filter):
    """A span of numbers, `from..to`, both ends in and either open. `scale` turns the shown unit into the stored one."""

    scale: Decimal = Decimal(1)  # 100: shown in yuan, stored in fen; 0.01: shown in percent, stored as a share
    unit: Any = ""
    whole: bool = True

    kind = "range"

    def q(self, values: Sequence[str], context: Context) -> Q:
        low, high = self.bounds(_one(values))
        found = Q()
        if low is not None:
            found &= Q(**{f"{self.path}__gte": self._stored(low)})
        if high is not None:
            found &= Q(**{f"{self.path}__lte": self._stored(high)})
        return found

    def bounds(self, value: str) -> tuple[Decimal | None, Decimal | None]:
        """The two ends in the shown unit. Raises NotUnderstood."""
        low, dots, high = value.partition("..")
        if not dots:
            high = low
        ends = self._number(low), self._number(high)
        if ends == (None, None):
            raise NotUnderstood(_("%(value)s is not a range such as 10..20.") % {"value": value})
        return ends

    def _number(self, text: str) -> Decimal | None:
        try:
            number = Decimal(text) if text else None
        except InvalidOperation:
            raise NotUnderstood(_("%(value)s is not a number.") % {"value": text}) from None
        if number is not None and (not number.is_finite() or abs(number) > 10**13):
            raise NotUnderstood(_("%(value)s is not a number.") % {"value": text})
        return number

    def _stored(self, shown: Decimal) -> int | float:
        return int(shown * self.scale) if self.whole else float(shown * self.scale)

    def words(self, values: Sequence[str], context: Context) -> str:
        low, high = self.bounds(_one(values))
        if low == high:
            return f"{low}{self.unit}"
        if high is None:
            return f"≥ {low}{self.unit}"
        return f"≤ {high}{self.unit}" if low is None else f"{low}–{high}{self.unit}"


@dataclass(frozen=True, kw_only=True)
class Period(Filter):
    """A span of days, `from..to`: dates (2026-11-01) or days from today (-30d); `none` finds the empty ones."""

    kind = "period"

    def q(self, values: Sequence[str], context: Context) -> Q:
        if _one(values) == EMPTY:
            return Q(**{f"{self.path}__isnull": True})
        low, high = self._ends(_one(values), context)
        found = Q(**{f"{self.path}__gte": low}) if low else Q()
        return found & Q(**{f"{self.path}__lte": high}) if high else found

    def _ends(self, value: str, context: Context) -> tuple[date | None, date | None]:
        low, dots, high = value.partition("..")
        if not dots:
            high = low
        ends = self._day(low, context), self._day(high, context)
        if ends == (None, None):
            raise NotUnderstood(_("%(value)s is not a span of days such as -30d.. .") % {"value": value})
        return ends

    def _day(self, text: str, context: Context) -> date | None:
        offset = _OFFSET.fullmatch(text)
        try:
            if offset:
                return context.today + timedelta(days=int(offset.group(1)))
            return date.fromisoformat(text) if text else None
        except (ValueError, OverflowError):
            raise NotUnderstood(_("%(value)s is not a day.") % {"value": text}) from None

    def words(self, values: Sequence[str], context: Context) -> str:
        value = _one(values)
        if value == EMPTY:
            return str(_("never"))
        low, _dots, high = value.partition("..")
        for text, single, sentence in self._sentences(low, high):
            if single and (offset := _OFFSET.fullmatch(text)):
                return str(sentence % {"days": abs(int(offset.group(1)))})
        start, end = self._ends(value, context)
        return f"{start or ''} – {end or ''}".strip()

    def _sentences(self, low: str, high: str) -> list[tuple[str, bool, str]]:
        return [
            (low, low.startswith("-") and not high, _("in the last %(days)s days")),
            (high, high.startswith("-") and not low, _("%(days)s days ago or earlier")),
            (high, not low.startswith("-") and bool(high), _("in the next %(days)s days")),
        ]


@dataclass(frozen=True, kw_only=True)
class Flag(Filter):
    """Yes (1) or no (0). `condition` gives the Q of yes; no is everything else."""

    condition: Callable[[Context], Q] = field(default=lambda context: Q())

    kind = "flag"

    def q(self, values: Sequence[str], context: Context) -> Q:
        value = _one(values)
        if value not in {"0", "1"}:
            raise NotUnderstood(_("%(filter)s takes 1 or 0.") % {"filter": self.label})
        yes = self.condition(context)
        return yes if value == "1" else ~yes

    def words(self, values: Sequence[str], context: Context) -> str:
        return str(_("yes") if _one(values) == "1" else _("no"))


@dataclass(frozen=True, kw_only=True)
class Text(Filter):
    """Free text; `match` turns it into a condition."""

    match: Callable[[str, Context], Q]
    longest: int = 60

    kind = "text"

    def q(self, values: Sequence[str], context: Context) -> Q:
        text = _one(values).strip()
        if len(text) > self.longest or "\0" in text:
            raise NotUnderstood(_("The search text is too long."))
        return self.match(text, context) if text else Q()


def _one(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise NotUnderstood(_("This filter takes one value."))
    return values[0]
