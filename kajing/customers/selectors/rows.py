"""Loading the rows of the customers list: a query for customers, for cards, and for each extra value that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kajing.customers import extensions, words
from kajing.customers.models import Card, Customer, CustomerFigures
from kajing.customers.selectors.people import customers, shown_name
from kajing.products.selectors import product_name

LIVE_CARDS = ("ACTIVE", "ISSUED_INACTIVE", "TEMP_HOLD", "FROZEN", "LOST")


@dataclass
class CustomerRow:
    """A customer as the list shows it; `name` is masked for who may not know it."""

    customer: Customer
    figures: CustomerFigures | None
    name: str
    cards: list[Card] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def pk(self) -> str:
        """The bank's customer id."""
        return self.customer.pk

    def figure(self, name: str) -> Any:
        """A figure of the last night, None before the first."""
        return getattr(self.figures, name) if self.figures else None

    @property
    def change(self) -> float | None:
        """Spend of the last 30 days against the 30 days before, as a share; None where there was none before."""
        now, before = self.figure("spend_30d"), self.figure("spend_prev_30d")
        return (now - before) / before if before and now is not None else None

    @property
    def segment_words(self) -> str:
        """The engine's segment in words."""
        return words.class_words(self.figure("segment") or "")

    @property
    def state_badge(self) -> tuple[str, str]:
        """The state in words and its tone."""
        code = self.figure("state") or ""
        return str(words.STATES.get(code, code)), words.STATE_TONES.get(code, "")

    @property
    def overdue_badge(self) -> tuple[str, str]:
        """The bucket with days past due, and its tone; nothing when not overdue."""
        bucket, dpd = self.figure("bucket") or "", self.figure("dpd")
        if bucket in {"", "M0"}:
            return "", ""
        return _("%(bucket)s, %(days)s d") % {"bucket": bucket, "days": dpd}, words.bucket_tone(bucket)

    @property
    def manager_name(self) -> str:
        """Who manages the customer, empty for the pool."""
        return self.customer.manager.name if self.customer.manager else ""

    @property
    def card_tags(self) -> list[str]:
        """The newest live cards: product and last four digits."""
        return [f"{card.product_name} {card.last4}".strip() for card in self.cards]  # type: ignore[attr-defined]


def load_rows(user: Any, ids: Sequence[str]) -> list[CustomerRow]:
    """Rows of these customers in the given order, as far as the person may see them."""
    found = customers(user).filter(pk__in=ids).select_related("figures", "manager", "unit")
    rows = {one.pk: CustomerRow(one, getattr(one, "figures", None), shown_name(user, one)) for one in found}
    _add_cards(rows)
    page = extensions.PageExtra(user, list(rows))
    for pk, row in rows.items():
        row.extra = extensions.RowExtra(page, pk)
    return [rows[pk] for pk in ids if pk in rows]


def _add_cards(rows: dict[str, CustomerRow]) -> None:
    cards = Card.objects.filter(customer__in=list(rows), status__in=LIVE_CARDS).order_by("-approved_on", "card_id")
    cards = cards.annotate(product_name=product_name("product_id"))
    for card in cards:
        rows[card.customer_id].cards.append(card)
