"""What a complaint says in lists and on its page: days left on both clocks, names as far as they may be known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.complaints import selectors
from kajing.complaints.models import Complaint
from kajing.complaints.selectors import Limits
from kajing.customers.selectors import knows_name, shown_name
from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import PageTags, PageValues
from kajing.records.selectors.tags import PAGE
from kajing.reference.models import ComplaintCode
from kajing.reference.selectors import calendar
from kajing.workflow.selectors import present_of

PRIORITY_TONES = {"CRITICAL": "bad", "HIGH": "warn", "MEDIUM": "", "LOW": ""}
STATE_TONES = {"CLOSED": "ok", "ANSWERED": "ok", "WITHDRAWN": "", "REFUSED": "", "REGISTERED": "warn"}


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock at a day: its last day, days left, a sentence, a tone, and the share of it that is over (0–1)."""

    due_on: date
    left: int
    words: str
    tone: str
    share: float


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """One complaint as somebody sees it on a day; `extra` holds the page's own fields and tags."""

    complaint: Complaint
    name: str
    knows: bool
    today: date
    limits: Limits
    codes: Mapping[str, ComplaintCode]
    works: Callable[[date], bool]  # whether a day is a working day
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def pk(self) -> int:
        """The row's key."""
        return self.complaint.pk

    @property
    def shown_key(self) -> str:
        """Nothing beside the number in lists."""
        return ""

    @property
    def heading(self) -> str:
        """The number and the customer."""
        return f"{self.complaint.number} {self.name}"

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("complaints:detail", args=[self.pk])

    @property
    def customer_url(self) -> str:
        """The customer's page."""
        return reverse("customers:page", args=[self.complaint.customer_id])

    @property
    def left(self) -> int:
        """Days left by law; below nothing when overdue."""
        return (self.complaint.due_on - self.today).days

    @property
    def tone(self) -> str:
        """Of the days left; none once it was answered."""
        return self.limits.tone(self.left) if self.complaint.is_running else ""

    @property
    def left_words(self) -> str:
        """Days left, or how the deadline was kept."""
        return days_words(self.left) if self.complaint.is_running else self.kept_words

    @property
    def kept_words(self) -> str:
        """Whether the answer came in time."""
        if self.complaint.answered_at is None:
            return str(self.complaint.get_state_display())
        late = self.complaint.answered_at.astimezone(SHANGHAI).date() > self.complaint.due_on
        return _("answered late") if late else _("answered in time")

    @property
    def left_badge(self) -> tuple[str, str]:
        """For the list."""
        return self.left_words, self.tone

    @property
    def state_badge(self) -> tuple[str, str]:
        """Where it stands."""
        return str(self.complaint.get_state_display()), STATE_TONES.get(self.complaint.state, "pri")

    @property
    def priority_badge(self) -> tuple[str, str]:
        """How urgent."""
        return str(self.complaint.get_priority_display()), PRIORITY_TONES.get(self.complaint.priority, "")

    @property
    def service_badge(self) -> tuple[str, str]:
        """Working days left on the bank's own clock."""
        if not self.complaint.is_running:
            return "", ""
        clock = self.service
        return clock.words, clock.tone

    @property
    def law(self) -> Clock:
        """The clock of the law, natural days."""
        row = self.complaint
        whole = max((row.due_on - row.clock_from).days, 1)
        share = min(max((self.today - row.clock_from).days / whole, 0.0), 1.0)
        return Clock(row.due_on, self.left, self.left_words, self.tone, share)

    @property
    def service(self) -> Clock:
        """The bank's own clock, working days."""
        row = self.complaint
        late = self.today > row.service_due_on
        left = self._between(self.today, row.service_due_on) - self._between(row.service_due_on, self.today)
        whole = max(self._between(row.clock_from, row.service_due_on), 1)
        tone = "bad" if left < 0 else "warn" if left <= 1 else "ok"
        share = 1.0 if late else min(max(1 - left / whole, 0.0), 1.0)
        words = workday_words(left) if row.is_running else ""
        return Clock(row.service_due_on, left, words, tone if row.is_running else "", share)

    def _between(self, first: date, last: date) -> int:
        """Working days after `first` up to `last`; none when `last` is earlier."""
        return sum(self.works(first + timedelta(days=number)) for number in range(1, (last - first).days + 1))

    @property
    def business_words(self) -> str:
        """The business code's name."""
        return self.words(self.complaint.business)

    @property
    def channel_words(self) -> str:
        """The channel code's name."""
        return self.words(self.complaint.channel)

    @property
    def cause_words(self) -> str:
        """The cause code's name."""
        return self.words(self.complaint.cause)

    def words(self, code: str) -> str:
        """A code with its name in the reader's language."""
        return f"{code} {self.codes[code].name}" if code in self.codes else code

    @property
    def owner(self) -> str:
        """Who owns the process that goes wrong, by the dictionary."""
        return self.codes[self.complaint.business].owner if self.complaint.business in self.codes else ""

    @property
    def complainant(self) -> str:
        """Who complains; masked like the customer's name."""
        said = self.complaint.complainant
        if not said:
            return self.name
        return said if self.knows else masks.name(said)

    @property
    def representatives(self) -> list[str]:
        """The group's speakers; masked like the customer's name."""
        return [one if self.knows else masks.name(one) for one in self.complaint.representatives]

    @property
    def handler_words(self) -> str:
        """Its handler, or that there is none."""
        return self.complaint.handler.name if self.complaint.handler else _("nobody yet")


def days_words(left: int) -> str:
    """5 days left, due today, 2 days overdue."""
    if left < 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", -left) % {"days": -left}
    if left == 0:
        return _("due today")
    return ngettext("%(days)s day left", "%(days)s days left", left) % {"days": left}


def workday_words(left: int) -> str:
    """The same in working days."""
    if left < 0:
        return ngettext("%(days)s working day over", "%(days)s working days over", -left) % {"days": -left}
    if left == 0:
        return _("due today")
    return ngettext("%(days)s working day left", "%(days)s working days left", left) % {"days": left}


def complaint_rows(user: Any, found: Iterable[Complaint], extra: dict[str, Any] | None = None) -> list[ComplaintRow]:
    """Rows of complaints that carry customer, handler, unit and the one complained of."""
    today, rows = present_of(user).today, list(found)
    if not rows:
        return []
    bounds, codes, works = selectors.limits_of(user), selectors.codes_of(user), _calendar(rows, today)
    return [
        ComplaintRow(
            one,
            shown_name(user, one.customer),
            knows_name(user, one.customer),
            today,
            bounds,
            codes,
            works,
            extra or {},
        )
        for one in rows
    ]


def _calendar(rows: Sequence[Complaint], today: date) -> Callable[[date], bool]:
    """The working days that the own clocks of these count, in one query."""
    days = [today, *(one.clock_from for one in rows), *(one.service_due_on for one in rows)]
    return calendar(min(days), max(days))


def load_rows(user: Any, ids: Sequence[Any]) -> list[ComplaintRow]:
    """Rows in the given order, as far as the person sees them, with own fields and tags at hand."""
    keys = [str(pk) for pk in ids]
    extra = {VALUES: PageValues("complaint", user, keys), PAGE: PageTags("complaint", keys)}
    found = selectors.with_all(selectors.complaints(user)).filter(pk__in=list(ids))
    rows = {row.pk: row for row in complaint_rows(user, found, extra)}
    return [rows[pk] for pk in ids if pk in rows]
