"""What would be sent, before it is: one message with the gate's answer, or a whole selection in numbers and reasons."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from kajing.contact import channels, forbidden, merging
from kajing.contact.drafts import (
    CannotSend,
    Draft,
    NoAddress,
    address_shown,
    check_draft,
    check_words,
    point_of,
    way_out,
    worded,
)
from kajing.contact.verdicts import Verdict, ask, ask_many
from kajing.customers.models import Customer
from kajing.customers.selectors import customers, shown_name
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI

MOST_SURVEYED = 500  # customers whose messages are tried before the question is asked
MOST_NAMED = 50  # customers named with their reason
_SMS_PART = 67  # characters of one part of a long SMS


@dataclass(frozen=True)
class Preview:
    """One message as it would leave: texts as this person may see them, what is wrong, what the gate says."""

    subject: str
    text: str
    length: int
    parts: int
    address: str
    problem: str
    doubts: list[forbidden.Hit]
    verdict: Verdict
    set_up: bool

    @property
    def can_go(self) -> bool:
        """Whether sending it would be taken, now or to wait."""
        return not self.problem and not self.verdict.never


def preview_message(user: Any, customer: Customer, draft: Draft, at: datetime) -> Preview:
    """What a draft would be for one customer; nothing is written and nothing raised."""
    on = at.astimezone(SHANGHAI).date()
    (facts,) = merging.facts_of([customer], on=on, language=draft.language)
    problem, doubts, length = _try(draft, facts)
    subject, text = _shown(draft, facts, user)
    point = point_of(customer, channels.channel_of(draft.channel).address_kind)
    if not problem and point is None:
        problem = str(NoAddress(draft.channel, customer))
    return Preview(
        subject=subject,
        text=text,
        length=length,
        parts=-(-length // _SMS_PART) if draft.channel == "SMS" and length > 70 else 1,
        address=address_shown(point) if point else "",
        problem=problem,
        doubts=doubts,
        verdict=ask(customer=customer, channel=draft.channel, purpose=draft.purpose, at=at, actor=user),
        set_up=channels.is_set_up(draft.channel),
    )


def _try(draft: Draft, facts: merging.Facts) -> tuple[str, list[forbidden.Hit], int]:
    """The first problem in words, the doubtful phrases, and the length of the finished text."""
    try:
        check_draft(draft, facts.on)
        subject, text = worded(draft, facts, uuid.UUID(int=0))
        return "", check_words(draft.channel, subject, text, facts.on), len(text)
    except DomainError as error:
        return str(error), [], 0


def _shown(draft: Draft, facts: merging.Facts, user: Any) -> tuple[str, str]:
    if draft.version is None:
        return draft.subject, draft.text
    try:
        subject, text = (merging.preview(part, facts, user) for part in (draft.version.subject, draft.version.body))
    except merging.UnknownField:
        return draft.version.subject, draft.version.body
    if not draft.sells:
        return subject, text
    return subject, text + way_out(draft.channel, draft.language, uuid.UUID(int=0))


@dataclass(frozen=True)
class Refused:
    """A customer of a selection who would get nothing, and why."""

    customer_id: str
    name: str
    why: str


@dataclass(frozen=True)
class Survey:
    """A selection tried with a template: how many would get it now, later, or not."""

    asked: int
    tried: int
    now: int = 0
    later: int = 0
    blocked: list[Refused] = field(default_factory=list)
    unmergeable: list[Refused] = field(default_factory=list)
    reasons: list[tuple[str, int]] = field(default_factory=list)
    sample: Preview | None = None
    opens: datetime | None = None

    @property
    def refused(self) -> int:
        """How many would get nothing."""
        return self.tried - self.now - self.later

    @property
    def partly(self) -> bool:
        """Whether only a part of the selection was tried."""
        return self.tried < self.asked


def survey(user: Any, ids: Sequence[str], draft: Draft, at: datetime) -> Survey:
    """Try a template on a selection, at most its first 500 customers."""
    related = ("figures", "manager", "unit")
    tried = list(customers(user).filter(pk__in=list(ids)[:MOST_SURVEYED]).select_related(*related).order_by("pk"))
    verdicts = ask_many(customers=tried, channel=draft.channel, purpose=draft.purpose, at=at, actor=user)
    now = later = 0
    blocked, unmergeable = [], []
    opens: list[datetime] = []
    sample: Preview | None = None
    for facts in merging.facts_of(tried, on=at.astimezone(SHANGHAI).date(), language=draft.language):
        verdict = verdicts[facts.customer.pk]
        if verdict.never:
            blocked.append(_refused(user, facts.customer, verdict.sentence))
            continue
        if problem := _problem(draft, facts):
            unmergeable.append(_refused(user, facts.customer, problem))
            continue
        now, later = now + verdict.allowed, later + verdict.waits
        opens += [verdict.next_at] if verdict.next_at else []
        sample = sample or preview_message(user, facts.customer, draft, at)
    counted = Counter(one.why for one in (*blocked, *unmergeable))
    return Survey(
        asked=len(ids),
        tried=len(tried),
        now=now,
        later=later,
        blocked=blocked,
        unmergeable=unmergeable,
        reasons=counted.most_common(),
        sample=sample,
        opens=min(opens, default=None),
    )


def _problem(draft: Draft, facts: merging.Facts) -> str:
    """Why the message cannot be written, without the customer's number so that equal reasons count together."""
    try:
        subject, text = worded(draft, facts, uuid.UUID(int=0))
        check_words(draft.channel, subject, text, facts.on)
    except merging.MissingValue as error:
        return _("%(field)s is missing") % {"field": error.label}
    except (CannotSend, forbidden.ForbiddenPhrase) as error:
        return str(error)
    if point_of(facts.customer, channels.channel_of(draft.channel).address_kind) is None:
        return _("no valid address for %(channel)s") % {"channel": channels.label_of(draft.channel)}
    return ""


def _refused(user: Any, customer: Customer, why: str) -> Refused:
    return Refused(customer.pk, shown_name(user, customer), why)
