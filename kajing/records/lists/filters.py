"""Filters of a list: each reads its values from the URL, narrows a query, and says itself in words.

Values are text, as in the URL. A filter that cannot read a value raises NotUnderstood; nothing is dropped in silence,
because a list that quietly forgets a filter shows people who should not be on it.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI, add_months
from kajing.ui import formats

Options = Callable[["Context"], Iterable[tuple[str, str]]]
_OFFSET = re.compile(r"([+-]?\d{1,4})([dwmy])")
EMPTY = "none"
COMPARISONS = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
EQUALS = ("=", "!=")
NEGATED = {"!=": "=", "not in": "in", "not empty": "empty"}


class NotUnderstood(DomainError, ValueError):
    """A value in the address or the request that its filter cannot read; the text is for people."""

    status = 422


@dataclass(frozen=True)
class Context:
    """Who looks, and which day counts as today; one for a request, which remembers what it has asked."""

    user: Any
    today: date
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Any, ask: Callable[[], Any]) -> Any:
        """What `ask` answers, asked once in this context."""
        if key not in self.memory:
            self.memory[key] = ask()
        return self.memory[key]


@dataclass(frozen=True, kw_only=True)
class Filter(ABC):
    """One field of the filter set; `label` is a lazy text, `choosable` says whether "add filter" offers it."""

    name: str
    label: Any
    path: str = ""
    permission: str = ""
    choosable: bool = True
    also: str = ""  # a second name in conditions, such as the feed contract's

    kind = "text"
    ops: ClassVar[tuple[str, ...]] = EQUALS  # what a condition may say of it, beside "empty" where `path` is given

    @abstractmethod
    def q(self, values: Sequence[str], context: Context) -> Q:
        """The condition for these values. Raises NotUnderstood."""

    def test(self, op: str, values: Sequence[str], context: Context) -> Q:
        """What a condition says of this field: `op` is one of `ops`. A row without a value fails every comparison.

        A negated operator is the opposite of its plain one, so that it holds for rows without a value.
        Raises NotUnderstood.
        """
        if op in NEGATED:
            return ~self.test(NEGATED[op], values, context)
        return self.nothing() if op == "empty" else self.compared(op, values, context)

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """One plain comparison. Raises NotUnderstood."""
        return self.q(values, context)

    def nothing(self) -> Q:
        """Rows without a value."""
        return Q(**{f"{self.path}__isnull": True})

    def stored(self, values: Sequence[str], context: Context) -> list[str]:
        """The values as a condition keeps them: codes for words. Raises NotUnderstood."""
        return list(values)

    def example(self, context: Context) -> str:
        """A value that this field takes, for the sentence about one that it does not."""
        return ""

    def words(self, values: Sequence[str], context: Context) -> str:
        """The values as a person reads them on the filter chip."""
        return formats.listed(values)


@dataclass(frozen=True, kw_only=True)
class Choice(Filter):
    """One or several of a set of values; a leading ! excludes one. `me` stands for the person who looks."""

    options: Options
    open_ended: bool = False  # values outside the options are legal (too many to list)

    kind = "choice"
    ops: ClassVar[tuple[str, ...]] = ("=", "!=", "in", "not in")

    def offered(self, context: Context) -> list[tuple[str, str]]:
        """The options, asked for once."""
        found: list[tuple[str, str]] = context.once(("options", self.name), lambda: list(self.options(context)))
        return found

    def nothing(self) -> Q:
        """Rows without a value: null, or empty text."""
        return Q(**{f"{self.path}__isnull": True}) | Q(**{self.path: ""})

    def stored(self, values: Sequence[str], context: Context) -> list[str]:
        """Codes; people may say the word that the page shows."""
        options = self.offered(context)
        codes = {code for code, _label in options}
        by_word = {str(label).casefold(): code for code, label in options}
        return [value if value in codes else by_word.get(value.casefold(), value) for value in values]

    def example(self, context: Context) -> str:
        """The first of the options."""
        return next((code for code, _label in self.offered(context)), "")

    def q(self, values: Sequence[str], context: Context) -> Q:
        wanted = [self._own(v, context) for v in values if not v.startswith("!")]
        refused = [self._own(v[1:], context) for v in values if v.startswith("!")]
        self._check([*wanted, *refused], context)
        found = Q(**{f"{self.path}__in": wanted}) if wanted else Q()
        return found & ~Q(**{f"{self.path}__in": refused}) if refused else found

    def _own(self, value: str, context: Context) -> str:
        return context.user.person_no if value == "me" else value

    def _check(self, values: Iterable[str], context: Context) -> None:
        known = set() if self.open_ended else {value for value, _label in self.offered(context)}
        for value in values:
            if not self.open_ended and value not in known:
                raise NotUnderstood(
                    _("%(value)s is not a value of %(filter)s.") % {"value": value, "filter": self.label}
                )

    def words(self, values: Sequence[str], context: Context) -> str:
        named = dict(self.offered(context))
        return formats.listed(self._word(value, named) for value in values)

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
    ops: ClassVar[tuple[str, ...]] = (*EQUALS, *COMPARISONS)

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """Against one number in the shown unit, or with = within a span. Raises NotUnderstood."""
        if op == "=":
            return self.q(values, context)
        number = self._number(_one(values))
        if number is None:
            raise NotUnderstood(_("%(value)s is not a number.") % {"value": _one(values)})
        # A whole column never equals a fraction: round to the side that keeps the comparison as it was said.
        exact = number * self.scale
        rounded = exact.to_integral_value(ROUND_CEILING if op in {"<", ">="} else ROUND_FLOOR)
        return Q(**{f"{self.path}__{COMPARISONS[op]}": int(rounded) if self.whole else float(exact)})

    def stored(self, values: Sequence[str], context: Context) -> list[str]:
        """Plain numbers: 1.5万 is 15000, and a percent sign may stand where percent are meant."""
        return [_plain_number(value, percent=str(self.unit) == "%") for value in values]

    def example(self, context: Context) -> str:
        """A number."""
        return "1000"

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
    """A span of days, `from..to`: dates (2026-11-01) or days from today (-30d; also w, m, y); `none`: empty."""

    kind = "period"
    ops: ClassVar[tuple[str, ...]] = (*EQUALS, *COMPARISONS)

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """Against one day, or with = within a span. Raises NotUnderstood."""
        if op == "=":
            return self.q(values, context)
        day = self._day(_one(values), context)
        if day is None:
            raise NotUnderstood(_("%(value)s is not a day.") % {"value": _one(values)})
        return Q(**{f"{self.path}__{COMPARISONS[op]}": day})

    def example(self, context: Context) -> str:
        """Days from today."""
        return "-30d"

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
        try:
            return relative_day(text, context.today) or (date.fromisoformat(text) if text else None)
        except (ValueError, OverflowError):
            raise NotUnderstood(_("%(value)s is not a day.") % {"value": text}) from None

    def words(self, values: Sequence[str], context: Context) -> str:
        value = _one(values)
        if value == EMPTY:
            return str(_("never"))
        low, _dots, high = value.partition("..")
        for text, single, sentence in self._sentences(low, high):
            if single and (offset := _OFFSET.fullmatch(text)) and offset.group(2) == "d":
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
class Moments(Period):
    """Days over a column that holds moments: a day is all of it, in Shanghai time."""

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """Before or after a whole day. Raises NotUnderstood."""
        if op == "=":
            return self.q(values, context)
        day = self._day(_one(values), context)
        if day is None:
            raise NotUnderstood(_("%(value)s is not a day.") % {"value": _one(values)})
        side, edge = {"<": ("lt", day), ">=": ("gte", day), "<=": ("lt", _after(day)), ">": ("gte", _after(day))}[op]
        return Q(**{f"{self.path}__{side}": _midnight(edge)})

    def q(self, values: Sequence[str], context: Context) -> Q:
        if _one(values) == EMPTY:
            return Q(**{f"{self.path}__isnull": True})
        low, high = self._ends(_one(values), context)
        found = Q(**{f"{self.path}__gte": _midnight(low)}) if low else Q()
        return found & Q(**{f"{self.path}__lt": _midnight(_after(high))}) if high else found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _after(day: date) -> date:
    try:
        return day + timedelta(days=1)
    except OverflowError:
        raise NotUnderstood(_("%(value)s is not a day.") % {"value": day}) from None


@dataclass(frozen=True, kw_only=True)
class Flag(Filter):
    """Yes (1) or no (0). `condition` gives the Q of yes; no is everything else."""

    condition: Callable[[Context], Q] = field(default=lambda context: Q())

    kind = "flag"

    def stored(self, values: Sequence[str], context: Context) -> list[str]:
        """1 or 0 for yes and no in either language."""
        return [_YES_NO.get(value.casefold(), value) for value in values]

    def example(self, context: Context) -> str:
        """Yes."""
        return "yes"

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
    ops: ClassVar[tuple[str, ...]] = (*EQUALS, "contains")

    def q(self, values: Sequence[str], context: Context) -> Q:
        text = _one(values).strip()
        if len(text) > self.longest or "\0" in text:
            raise NotUnderstood(_("The search text is too long."))
        return self.match(text, context) if text else Q()


def _one(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise NotUnderstood(_("This filter takes one value."))
    return values[0]


_YES_NO = {"yes": "1", "true": "1", "是": "1", "no": "0", "false": "0", "否": "0"}
_STARTS = {"week": 0, "month": 1, "quarter": 3, "year": 12}  # months that a named stretch begins with
_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1, "今天": 0, "昨天": -1, "明天": 1}


def relative_day(text: str, today: date) -> date | None:
    """The day that -30d, +2w, -3m, -1y, today or month (its first day) stands for; None when it is none of these."""
    if text in _NAMED:
        return today + timedelta(days=_NAMED[text])
    if text in _STARTS:
        return _start_of(text, today)
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    number, unit = int(found.group(1)), found.group(2)
    if unit in "dw":
        return today + timedelta(days=number * (7 if unit == "w" else 1))
    return add_months(today, number * (12 if unit == "y" else 1))


def _start_of(name: str, today: date) -> date:
    if name == "week":
        return today - timedelta(days=today.weekday())
    months = _STARTS[name]
    return today.replace(month=(today.month - 1) // months * months + 1, day=1)


def day_words(text: str) -> str:
    """A day of a condition in words: "30 days ago", a named day, or the date itself."""
    named = {
        "today": _("today"), "yesterday": _("yesterday"), "tomorrow": _("tomorrow"),
        "week": _("start of this week"), "month": _("start of this month"), "quarter": _("start of this quarter"),
        "year": _("start of this year"),
    }  # fmt: skip
    found = _OFFSET.fullmatch(text)
    if not found or text in named:
        return str(named.get(text, text))
    number, past = abs(int(found.group(1))), found.group(1).startswith("-")
    return (_ago if past else _ahead)(number, found.group(2))


def _ago(number: int, unit: str) -> str:
    sentence = {
        "d": ngettext("%(number)s day ago", "%(number)s days ago", number),
        "w": ngettext("%(number)s week ago", "%(number)s weeks ago", number),
        "m": ngettext("%(number)s month ago", "%(number)s months ago", number),
        "y": ngettext("%(number)s year ago", "%(number)s years ago", number),
    }[unit]
    return sentence % {"number": number}


def _ahead(number: int, unit: str) -> str:
    sentence = {
        "d": ngettext("in %(number)s day", "in %(number)s days", number),
        "w": ngettext("in %(number)s week", "in %(number)s weeks", number),
        "m": ngettext("in %(number)s month", "in %(number)s months", number),
        "y": ngettext("in %(number)s year", "in %(number)s years", number),
    }[unit]
    return sentence % {"number": number}


def _plain_number(text: str, *, percent: bool) -> str:
    low, dots, high = text.partition("..")
    if dots:
        return f"{_plain_number(low, percent=percent)}..{_plain_number(high, percent=percent)}"
    plain = low.removesuffix("%") if percent else low
    if plain.endswith("万"):
        try:
            return f"{(Decimal(plain[:-1]) * 10_000).normalize():f}"
        except InvalidOperation:
            return text
    return plain
