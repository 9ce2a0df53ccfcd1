"""Why a customer got these actions in this order, and what stands against every other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.notifications.wording import worded
from kajing.records.lists import Context
from kajing.sales.judging import Kind, Term, Verdict, all_terms, judge, questions_of
from kajing.sales.selectors.against import against
from kajing.sales.selectors.facts import knowledge, rests, seen
from kajing.sales.selectors.suggestions import actions
from kajing.ui import formats


@dataclass(frozen=True, slots=True)
class Explanation:
    """One action with its verdict in words."""

    verdict: Verdict
    words: str
    conditions: tuple[str, ...] = ()  # of the eligibility: what is not fulfilled

    @property
    def suggested(self) -> bool:
        """Whether it stands among the customer's suggestions."""
        return self.verdict.kind == Kind.SUGGESTED

    @property
    def worth_words(self) -> str:
        """How the value came about."""
        worth = self.verdict.worth
        return worded(worth.said, worth.params) if worth else ""

    @property
    def because(self) -> list[str]:
        """The circumstances that raise or lower it."""
        return [_(text) for text in self.verdict.because]


def explain(user: Any, customer: Customer, today: date, at: datetime) -> list[Explanation]:
    """A verdict on every action for one customer, worked out now from the last night's figures."""
    catalogue = actions()
    (found,) = seen(Customer.objects.filter(pk=customer.pk), all_terms(catalogue), today)
    stops = against({customer.pk: questions_of(catalogue, found)}, at).get(customer.pk, {})
    resting = rests([customer.pk], catalogue, today).get(customer.pk, {})
    context = Context(user, today)
    return [
        Explanation(one, _words(one), tuple(_condition(term, context) for term in one.failed))
        for one in judge(catalogue, found, resting, stops, knowledge(today))
    ]


def _condition(term: Term, context: Context) -> str:
    name, values = term
    found = CUSTOMERS.filter_of(name)
    if found is None:
        return name
    return _("%(what)s: %(why)s") % {"what": found.label, "why": found.words(values, context)}


def _words(one: Verdict) -> str:
    if one.kind == Kind.NO_CONTACT and one.against:
        return one.against.sentence
    until = formats.long_day(one.rest.until) if one.rest and one.rest.until else ""
    return {
        Kind.SUGGESTED: _("Suggested in place %(place)s") % {"place": one.place},
        Kind.LOWER: _("Allowed, but three others rank higher"),
        Kind.OFF: _("Switched off by the bank"),
        Kind.NOT_ELIGIBLE: _("Does not apply. Not fulfilled:"),
        Kind.NO_VALUE: _("Worth nothing for this customer"),
        Kind.REJECTED: _("Marked as not a fit; not before %(day)s") % {"day": until},
        Kind.LATER: _("Put off until %(day)s") % {"day": until},
        Kind.RUNNING: _("Accepted already; the outcome is not known yet"),
    }.get(one.kind, "")
