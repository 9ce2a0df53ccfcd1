"""The parts of a customer's page below the first screen; each is fetched when it scrolls into view."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.audit.models import AuditRow
from kajing.customers import words
from kajing.customers.models import Card, CardAccount, Consent, ContactHold, Customer, Relation
from kajing.customers.selectors.forwards import numbers_of
from kajing.customers.selectors.people import customers, shown_name
from kajing.org.selectors import names
from kajing.products.selectors import product_names
from kajing.reference.selectors import engine_parameters, is_workday
from kajing.ui import formats

LOG_ROWS = 50


# -- cards and accounts ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class AccountCards:
    """An account with its cards as chains: the card in force first, then those it replaced, newest first."""

    account: CardAccount
    product: str
    status: str
    tone: str
    chains: list[list[Card]]


def accounts(customer: Customer) -> list[AccountCards]:
    """The customer's accounts, open ones first, each with its chains of cards."""
    own: list[CardAccount] = list(customer.accounts.all())
    rows = sorted(own, key=lambda one: (one.closed_on is not None, one.opened_on))
    cards = list(Card.objects.filter(customer=customer).order_by("-approved_on", "card_id"))
    held: list[CardAccount | Card] = [*rows, *cards]
    products = product_names({one.product_id for one in held if one.product_id})
    for card in cards:
        card.product_name = products.get(card.product_id, "")  # type: ignore[attr-defined]
        card.status_words = words.CARD_STATUS.get(card.status, card.status)  # type: ignore[attr-defined]
        card.tone = words.STATUS_TONES.get(card.status, "")  # type: ignore[attr-defined]
    return [
        AccountCards(
            account=one,
            product=products.get(one.product_id, ""),
            status=str(words.ACCOUNT_STATUS.get(one.status, one.status)),
            tone=words.STATUS_TONES.get(one.status, ""),
            chains=chains([card for card in cards if card.account_id == one.pk]),
        )
        for one in rows
    ]


def chains(cards: list[Card]) -> list[list[Card]]:
    """Cards grouped by replacement: each chain starts with the card nobody replaced (domain §1.2)."""
    by_id = {card.pk: card for card in cards}
    replaced = {card.replaces_card_id for card in cards}
    return [list(_back(card, by_id)) for card in cards if card.pk not in replaced]


def _back(card: Card | None, by_id: dict[str, Card]) -> Iterable[Card]:
    seen: set[str] = set()
    while card is not None and card.pk not in seen:
        seen.add(card.pk)
        yield card
        card = by_id.get(card.replaces_card_id)


# -- household -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Tie:
    """A relation from this customer's side: who the other is, as far as the person may see."""

    relation: Relation
    code: str
    role: str
    name: str
    customer_id: str
    visible: bool


# Read from the other end, a role turns round; a guarantor's or referrer's other end has no word of its own.
_MIRRORED = {Relation.Role.PARENT: Relation.Role.CHILD, Relation.Role.CHILD: Relation.Role.PARENT}


def relations(user: Any, customer: Customer) -> list[Tie]:
    """Relations from both ends. An other end that is out of reach is counted but not named."""
    rows = [*customer.relations.all(), *customer.relations_of.all()]
    ends = {row.pk: row.other_id if row.customer_id == customer.pk else row.customer_id for row in rows}
    reachable = {one.pk: one for one in customers(user).filter(pk__in=ends.values()).select_related("manager")}
    return [_tie(user, row, customer, reachable.get(ends[row.pk]), ends[row.pk]) for row in rows]


def _tie(user: Any, row: Relation, customer: Customer, other: Customer | None, other_id: str) -> Tie:
    mine = row.customer_id == customer.pk
    role = Relation.Role(row.role)
    shown = role if mine else _MIRRORED.get(role, role)
    return Tie(
        relation=row,
        code=shown.value,
        role=str(shown.label),
        name=shown_name(user, other) if other else "",
        customer_id=other_id if other else "",
        visible=other is not None,
    )


def relation_of(customer: Customer) -> QuerySet[Relation]:
    """The customer's relations from both ends, to act on one of them."""
    return Relation.objects.filter(Q(customer=customer) | Q(other=customer))


# -- consents and contact rules --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Word:
    """The newest word on a purpose and channel: given, withdrawn, or never asked (None)."""

    purpose: str
    channel: str
    given: bool | None
    entry: Consent | None


def consent_entries(customer: Customer) -> list[Consent]:
    """The ledger, newest first."""
    return list(customer.consents.all())


def consent_given(customer: Customer, purpose: str, channel: str) -> bool | None:
    """Whether the customer agrees to this purpose by this channel now; None when never asked.

    The newest entry for the channel or for any channel decides, so that withdrawing all also withdraws each.
    """
    latest = customer.consents.filter(purpose=purpose, channel__in={channel, Consent.Channel.ANY}).first()
    return latest.given if latest else None


def consent_words(entries: Iterable[Consent]) -> list[Word]:
    """The newest word for every purpose and channel of a ledger (newest first), by purpose."""
    newest: dict[tuple[str, str], Consent] = {}
    for entry in entries:
        newest.setdefault((entry.purpose, entry.channel), entry)
    order = {code: place for place, code in enumerate(Consent.Purpose.values)}
    found = sorted(newest.values(), key=lambda entry: (order[entry.purpose], entry.channel != "ANY", entry.channel))
    return [Word(entry.get_purpose_display(), entry.get_channel_display(), entry.given, entry) for entry in found]


@dataclass(frozen=True)
class ContactRules:
    """What binds contact today: hours and caps in force, holds, and the word on marketing by channel."""

    workday: bool
    hours: str
    caps: list[tuple[str, int]]
    holds: list[ContactHold]
    channels: list[str]
    refused: bool | None

    @property
    def hold_words(self) -> list[tuple[str, str]]:
        """Each hold in words with its reason."""
        return [(_(words.HOLDS.get(hold.kind, hold.kind)), hold.reason) for hold in self.holds]


def contact_rules(customer: Customer, today: date) -> ContactRules:
    """The rules of domain §2.10 for one customer on a day, each from a dated parameter."""
    workday, limits = is_workday(today), engine_parameters(today)
    latest = consent_words(customer.consents.filter(purpose=Consent.Purpose.MARKETING))
    every = next((word for word in latest if word.entry and word.entry.channel == Consent.Channel.ANY), None)
    return ContactRules(
        workday=workday,
        hours=_spans(limits.get("contact_hours_workday" if workday else "contact_hours_other_day")),
        caps=[(str(label), value) for key, label in CAPS.items() if isinstance(value := limits.get(key), int)],
        holds=open_holds(customer, today),
        channels=[word.channel for word in latest if word.given],
        refused=None if not latest else bool(every and every.given is False) or not any(word.given for word in latest),
    )


CAPS = {
    "contacts_per_day": gettext_lazy("Contacts a day, at most"),
    "contacts_per_7_days": gettext_lazy("Contacts in 7 days, at most"),
    "contacts_per_30_days": gettext_lazy("Contacts in 30 days, at most"),
}


def open_holds(customer: Customer, today: date) -> list[ContactHold]:
    """Holds in force on a day."""
    return [hold for hold in customer.holds.filter(lifted_at=None) if hold.until is None or hold.until >= today]


def _spans(value: Any) -> str:
    if value is None:
        return ""
    spans = value if isinstance(value, tuple) and not hasattr(value, "low") else (value,)
    return formats.listed(f"{span.low:%H:%M}–{span.high:%H:%M}" for span in spans)


# -- history ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Stay:
    """A span in one manager's book, or in the pool."""

    manager: str
    unit: str
    valid_from: date
    valid_to: date | None
    reason: str
    overdue_when_taken: bool


def assignments(customer: Customer) -> list[Stay]:
    """Who managed the customer, newest first."""
    rows = list(customer.assignments.select_related("unit").order_by("-valid_from"))
    people = names({row.manager_no for row in rows if row.manager_no})
    return [
        Stay(
            manager=people.get(row.manager_no, row.manager_no),
            unit=row.unit.name,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            reason=_(row.reason) if row.reason else "",  # the night's own words are message ids
            overdue_when_taken=row.overdue_when_taken,
        )
        for row in rows
    ]


def access_log(user: Any, customer: Customer) -> list[tuple[AuditRow, str]]:
    """Who did or saw what of this customer, newest first, with names; one's own acts unless one reads audit."""
    rows = AuditRow.objects.filter(customer_id__in=numbers_of(customer))
    if not user.has_perm("audit.view"):
        rows = rows.filter(actor=user.person_no)
    found = list(rows.order_by("-at")[:LOG_ROWS])
    people = names({row.actor for row in found})
    return [(row, people.get(row.actor, row.actor)) for row in found]
