"""What a row or card of a lead says, in the reader's language and masked by right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.products.selectors import product_names
from kajing.records.fields.listing import VALUES
from kajing.records.lists import Card
from kajing.records.selectors import PageTags, PageValues
from kajing.records.selectors.tags import PAGE
from kajing.sales.models import Lead
from kajing.sales.selectors.leads import Policy, can_work, is_free, leads, loss_words, policy, shown_name
from kajing.sales.selectors.leads.reading import personal_value
from kajing.sales.stages import BY_HAND, KNOWN_LATER, OPEN, RETURNING
from kajing.ui import formats
from kajing.workflow.selectors import present_of

TONES = {"LOST": "bad", "SUBMITTED": "warn", "APPROVED": "ok", "ISSUED": "ok", "ACTIVATED": "ok", "FIRST_SPEND": "ok",
         "ACTIVE90": "ok"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One lead as lists, cards and its page show it."""

    lead: Lead
    name: str
    today: date
    rules: Policy
    mine: bool  # the person may act on it
    product: str
    extra: dict[str, Any]

    @property
    def pk(self) -> int:
        """The lead's key."""
        return self.lead.pk

    @property
    def heading(self) -> str:
        """What the row is called in sentences."""
        return self.name

    @property
    def detail_url(self) -> str:
        """The lead's own page."""
        return reverse("leads:detail", args=[self.lead.pk])

    @property
    def phone(self) -> str:
        """The phone number under its mask."""
        return masks.phone(personal_value(self.lead, "phone"))

    @property
    def is_open(self) -> bool:
        """Whether it is still to be won."""
        return self.lead.stage in OPEN

    @property
    def won(self) -> bool:
        """Whether it has become a card."""
        return self.lead.stage in KNOWN_LATER

    @property
    def is_lost(self) -> bool:
        """Whether it is lost."""
        return self.lead.stage == Lead.Stage.LOST

    @property
    def by_hand(self) -> bool:
        """Whether people set its stage."""
        return self.lead.stage in BY_HAND

    @property
    def free(self) -> bool:
        """Whether it belongs to nobody and may be claimed."""
        return self.is_open and is_free(self.lead, self.today)

    @property
    def stage_badge(self) -> tuple[str, str]:
        """The stage in words."""
        return str(self.lead.get_stage_display()), TONES.get(self.lead.stage, "pri")

    @property
    def days(self) -> int:
        """Whole days in this stage, on the page's calendar."""
        return max((self.today - self.lead.stage_since.astimezone(SHANGHAI).date()).days, 0)

    @property
    def stuck(self) -> bool:
        """Whether it stands longer in its stage than policy expects."""
        most = self.rules.stuck_days.get(self.lead.stage)
        return self.is_open and most is not None and self.days > most

    @property
    def days_badge(self) -> tuple[str, str]:
        """How long it has been in this stage; amber when that is too long."""
        words = ngettext("%(days)s day", "%(days)s days", self.days) % {"days": self.days}
        return words, "warn" if self.stuck else ""

    @property
    def owner_words(self) -> str:
        """Whose it is."""
        return self.lead.owner.name if self.lead.owner else _("Pool")

    @property
    def returns(self) -> bool:
        """Whether its owner loses it when the time is over."""
        return self.lead.owner_id is not None and self.lead.stage in RETURNING

    @property
    def until_badge(self) -> tuple[str, str]:
        """The last day of its owner, red when over, amber when near."""
        until = self.lead.owned_until
        if until is None or not self.returns:
            return "", ""
        left = (until - self.today).days
        return formats.day(until, self.today), "bad" if left < 0 else "warn" if left <= self.rules.notice_days else ""

    @property
    def source_words(self) -> str:
        """Where it comes from."""
        detail = self.lead.source_detail or self.lead.code_owner_no
        word = str(self.lead.get_source_display())
        return _("%(source)s: %(detail)s") % {"source": word, "detail": detail} if detail else word

    @property
    def loss(self) -> str:
        """Why it is lost, with the rival."""
        rival = " ".join(part for part in (self.lead.rival, self.lead.rival_card) if part)
        words = loss_words(self.lead.loss_reason)
        return _("%(reason)s: %(rival)s") % {"reason": words, "rival": rival} if rival else words


def lead_card(row: LeadRow, ways: Sequence[str]) -> Card:
    """The same as a card of the board; `ways` are the stages that are open from its own."""
    moving = row.mine and row.by_hand
    return Card(
        pk=row.pk, name=row.name, url=row.detail_url, version=row.lead.version, badge=row.days_badge,
        lines=[row.product], amount=row.lead.expected_limit or 0, by=row.owner_words, to=ways if moving else (),
        dialog=reverse("leads:move", args=[row.pk]) if moving else "",
        dialog_label=_("Move lead %(name)s") % {"name": row.name},
    )  # fmt: skip


def load_leads(user: Any, ids: Sequence[Any]) -> list[LeadRow]:
    """Rows of these leads in the given order, as far as the person sees them, with own fields and tags at hand."""
    found = leads(user).filter(pk__in=list(ids)).select_related("owner", "unit", "customer")
    rows = {row.pk: row for row in lead_rows(user, found, [str(pk) for pk in ids])}
    return [rows[pk] for pk in ids if pk in rows]


def lead_rows(user: Any, found: Iterable[Lead], keys: Sequence[str] | None = None) -> list[LeadRow]:
    """Rows for leads that carry their owner and unit."""
    rows = list(found)
    today = present_of(user).today
    rules, names = policy(today), product_names({str(one.product_id) for one in rows if one.product_id})
    names_by: Mapping[str, str] = names
    ids = [str(one.pk) for one in rows] if keys is None else list(keys)
    extra = {VALUES: PageValues("lead", user, ids), PAGE: PageTags("lead", ids)}
    return [
        LeadRow(
            one, shown_name(user, one), today, rules, can_work(user, one), names_by.get(str(one.product_id), ""), extra
        )
        for one in rows
    ]


def lead_row(user: Any, one: Lead) -> LeadRow:
    """The row of one lead."""
    return lead_rows(user, [one])[0]
