"""What the list of leads is filtered by. Days are those of the page's calendar; `mine` means who looks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers import personal
from kajing.customers.lists import InUnit
from kajing.customers.selectors.search import starts_with
from kajing.lib.periods import SHANGHAI
from kajing.products.selectors import products
from kajing.records.lists import Choice, Context, Filter, Flag, Moments, Period, Range, Text
from kajing.sales.models import Lead
from kajing.sales.selectors.leads import clean_phone, is_id_number, lead_units, loss_words, owners_here, policy
from kajing.sales.selectors.leads.duplicates import id_index, phone_index
from kajing.sales.selectors.leads.policy import LOSS
from kajing.sales.stages import KNOWN_LATER, OPEN, RETURNING
from kajing.workflow.selectors import owners_of

WHOSE = {"mine": _("Mine"), "pool": pgettext_lazy("leads", "In the pool"), "all": _("All I see")}
SHOWS = {
    "open": pgettext_lazy("leads", "Open"), "won": pgettext_lazy("leads", "Card issued"),
    "lost": pgettext_lazy("leads", "Lost"), "all": pgettext_lazy("leads", "All"),
}  # fmt: skip
STAGES = {"open": list(OPEN), "won": list(KNOWN_LATER), "lost": [Lead.Stage.LOST.value], "all": list(Lead.Stage.values)}
_NUMBER = re.compile(r"[Ll]?0*(\d{1,9})")
_TAIL = re.compile(r"\d{4}")
_INITIALS = re.compile(r"[A-Za-z]{1,10}")


@dataclass(frozen=True, kw_only=True)
class Whose(Choice):
    """Mine are my own leads and those of people I stand in for today; the pool belongs to nobody."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """`all` leaves nothing out: the list itself holds no more than one may see."""
        self._check(values, context)
        if "all" in values:
            return Q()
        found = Q(owner=None) if "pool" in values else Q(pk__in=[])
        return found | Q(owner__person_no__in=owners_of(context.user)) if "mine" in values else found


@dataclass(frozen=True, kw_only=True)
class Shown(Choice):
    """Open, won or lost; one of several is enough."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """By the stages these words stand for."""
        self._check(values, context)
        return Q(stage__in={stage for value in values for stage in STAGES[value]})


def search_condition(text: str, context: Context) -> Q:
    """Name, pinyin initials, number, phone, its last four digits, or ID number."""
    found = Q(name__contains=text) if len(text) > 1 else starts_with("name", text)
    if _INITIALS.fullmatch(text):
        found |= starts_with("initials", text.lower())
    if number := _NUMBER.fullmatch(text):
        found |= Q(pk=int(number[1]))
    if _TAIL.fullmatch(text):
        found |= Q(tail_idx=personal.blind_tail(text))
    if phone := clean_phone(text):
        found |= Q(phone_idx=phone_index(phone))
    if is_id_number(text.upper()):
        found |= Q(id_number_idx=id_index(text))
    return found


def _stuck(context: Context) -> Q:
    """Open leads that stand longer in their stage than policy expects."""
    midnight = datetime.combine(context.today, time.min, SHANGHAI)
    found = Q(pk__in=[])
    for stage, days in policy(context.today).stuck_days.items():
        if stage in OPEN:
            found |= Q(stage=stage, stage_since__lt=midnight - timedelta(days=days))
    return found


def _ending(context: Context) -> Q:
    """Leads whose owner loses them within the days of notice, or has lost them but for the night."""
    last = context.today + timedelta(days=policy(context.today).notice_days)
    return Q(stage__in=RETURNING, owned_until__lte=last) & ~Q(owner=None)


def _words(table: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(code, str(label)) for code, label in table.items()]


def _choices(choices: Any) -> Any:
    return lambda context: [(code, str(label)) for code, label in choices]


def _losses(context: Context) -> list[tuple[str, str]]:
    """The reasons in force and those that ship: a reason that was taken out still names old losses."""
    codes = dict.fromkeys([*policy(context.today).loss_reasons, *LOSS])
    return [(code, loss_words(code)) for code in codes]


def _products(context: Context) -> list[tuple[str, str]]:
    return [(one.pk, one.name_zh) for one in products()]


FILTERS: list[Filter] = [
    Text(name="search", label=_("Search"), match=search_condition, choosable=False),
    Whose(name="whose", label=_("Whose"), options=lambda context: _words(WHOSE)),
    Shown(name="show", label=_("Where it stands"), options=lambda context: _words(SHOWS)),
    Choice(name="stage", label=pgettext_lazy("lead", "Stage"), path="stage", options=_choices(Lead.Stage.choices)),
    Choice(name="source", label=_("Comes from"), path="source", options=_choices(Lead.Source.choices)),
    Choice(
        name="owner", label=pgettext_lazy("lead", "Owner"), path="owner_id", open_ended=True,
        options=lambda context: owners_here(context.user),
    ),
    InUnit(
        name="unit", label=_("Unit"), path="unit_id", open_ended=True, options=lambda context: lead_units(context.user)
    ),
    Choice(name="product", label=_("Product"), path="product_id", options=_products, open_ended=True),
    Range(name="expected", label=_("Expected limit"), path="expected_limit", scale=Decimal(100), unit=_(" yuan")),
    Flag(name="stuck", label=_("Too long in its stage"), condition=_stuck),
    Flag(name="ending", label=_("Soon back in the pool"), condition=_ending),
    Period(name="until", label=_("Owned until"), path="owned_until", also="owned_until"),
    Moments(name="since", label=_("In this stage since"), path="stage_since", also="stage_since"),
    Moments(name="touched", label=_("Last activity"), path="touched_at"),
    Moments(name="created", label=pgettext_lazy("lead", "Came in"), path="created_at", also="created_at"),
    Choice(name="reason", label=_("Why lost"), path="loss_reason", options=_losses, open_ended=True),
    Text(
        name="rival", label=_("Rival bank"), path="rival", match=lambda text, context: Q(rival__icontains=text)
    ),
    Text(
        name="customer", label=_("Customer number"), path="customer_id",
        match=lambda text, context: Q(customer_id=text),
    ),
]  # fmt: skip

FIELDS: list[Filter] = [
    Text(name="code", label=_("Code or activity"), path="source_detail",
         match=lambda text, context: Q(source_detail__icontains=text)),
    Flag(name="is_customer", label=_("Is a customer"), condition=lambda context: Q(customer__isnull=False)),
    Flag(name="has_id_number", label=_("ID number known"), condition=lambda context: ~Q(id_number_idx="")),
]  # fmt: skip
