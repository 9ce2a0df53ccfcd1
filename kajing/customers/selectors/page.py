"""The first screen of a customer's page (capability 1.1), in few queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy

from kajing.customers import extensions, words
from kajing.customers.models import Card, CardAccount, Consent, Customer, CustomerFigures
from kajing.customers.selectors.forwards import survivor_of
from kajing.customers.selectors.people import customers, knows_name, masked_fields, shown_name
from kajing.customers.selectors.rows import LIVE_CARDS
from kajing.products.selectors import product_name

REVEAL_RIGHT = "customers.reveal"
SECTIONS = {
    "cards": gettext_lazy("Cards and accounts"),
    "transactions": gettext_lazy("Transactions"),
    "consents": gettext_lazy("Consents"),
    "relations": gettext_lazy("Household and relations"),
    "history": gettext_lazy("Assignment"),
    "access": gettext_lazy("Access log"),
}


@dataclass
class Record:
    """A customer as their page shows them: what may be seen in clear, what is masked, and the figures."""

    customer: Customer
    figures: CustomerFigures | None
    name: str
    name_known: bool
    masked: dict[str, str]
    may_reveal: bool
    cards: list[Card] = field(default_factory=list)

    @property
    def live_cards(self) -> list[Card]:
        """Cards in force, newest first."""
        return [card for card in self.cards if card.status in LIVE_CARDS]

    @property
    def main_card(self) -> Card | None:
        """The newest primary card in force."""
        own = [card for card in self.live_cards if not card.supplementary]
        return next(iter(own or self.live_cards), None)

    @cached_property
    def main_account(self) -> CardAccount | None:
        """The account of the main card: its statement and due day stand in the header."""
        return self.main_card.account if self.main_card else None

    @property
    def product(self) -> str:
        """The name of the main card's product."""
        card = self.main_card
        return card.product_name if card else ""  # type: ignore[attr-defined]

    @property
    def more_cards(self) -> int:
        """How many cards in force the header does not name."""
        return max(len(self.live_cards) - 1, 0)

    @property
    def sections(self) -> list[tuple[str, str]]:
        """Parts of the page below the first screen, with their headings."""
        return [(name, str(label)) for name, label in SECTIONS.items()]

    @property
    def marketing(self) -> bool | None:
        """The newest word on marketing by any channel or all; None when never asked."""
        found: bool | None = getattr(self.customer, "marketing_given", None)
        return found

    @property
    def state_words(self) -> str:
        """The state in words."""
        code = self.figures.state if self.figures else ""
        return str(words.STATES.get(code, code))

    @property
    def state_tone(self) -> str:
        """The tone of the state's badge."""
        return words.STATE_TONES.get(self.figures.state, "") if self.figures else ""

    @property
    def segment_words(self) -> str:
        """The engine's segment in words."""
        return words.class_words(self.figures.segment) if self.figures else ""

    @property
    def bucket_words(self) -> str:
        """How overdue, in words."""
        return words.bucket_words(self.figures.bucket) if self.figures else ""

    @property
    def bucket_tone(self) -> str:
        """The tone of the bucket's badge."""
        return words.bucket_tone(self.figures.bucket) if self.figures else ""

    @property
    def five_classes(self) -> list[tuple[str, str]]:
        """Both five-class results as (scheme, class in words)."""
        if not self.figures:
            return []
        found = [("CARD_2011", self.figures.five_class_card2011), ("ASSET_2023", self.figures.five_class_asset2023)]
        return [(str(words.SCHEMES[scheme]), str(words.FIVE_CLASSES.get(code, code))) for scheme, code in found if code]


def record_of(user: Any, customer_id: str) -> Record | None:
    """The first screen of one customer, or None: not mine and not there look the same."""
    latest = Consent.objects.filter(customer=OuterRef("pk"), purpose=Consent.Purpose.MARKETING).order_by("-at", "-id")
    rows = (
        customers(user)
        .select_related("unit", "manager", "figures")
        .annotate(**extensions.mark_columns(user))
        .annotate(marketing_given=Subquery(latest.values("given")[:1]))
    )
    found = rows.filter(pk=customer_id).first()
    if found is None and (now := survivor_of(customer_id)):
        found = rows.filter(pk=now).first()
    if found is None:
        return None
    cards = (
        Card.objects.filter(customer=found).select_related("account").annotate(product_name=product_name("product_id"))
    )
    return Record(
        customer=found,
        figures=getattr(found, "figures", None),
        name=shown_name(user, found),
        name_known=knows_name(user, found),
        masked=masked_fields(found),
        may_reveal=user.has_perm(REVEAL_RIGHT),
        cards=list(cards.order_by("-approved_on", "card_id")),
    )
