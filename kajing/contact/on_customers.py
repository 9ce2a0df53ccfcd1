"""What contacts tell the customers room: when somebody last spoke with a customer, whom one may sell to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from kajing.contact.choices import Outcome, State
from kajing.contact.models import Interaction
from kajing.customers import extensions
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Consent, ContactHold
from kajing.records.lists import Context, Flag

NOBODY = (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER, Outcome.MISSED)


def last_spoken(customer_ids: Sequence[str]) -> dict[str, datetime]:
    """When a contact with each customer last took place; one that reached nobody does not count."""
    rows = Interaction.objects.filter(customer__in=customer_ids, state=State.DONE)
    told = rows.exclude(outcome__in=NOBODY).order_by().values("customer_id").annotate(last=Max("at"))
    return {row["customer_id"]: row["last"] for row in told}


def agrees(context: Context) -> Q:
    """Customers whose newest word on marketing, by whichever channel, is yes."""
    words = Consent.objects.filter(customer=OuterRef("customer"), purpose=Consent.Purpose.MARKETING)
    newest = words.order_by("-at", "-id").values("pk")[:1]
    yes = Consent.objects.filter(customer=OuterRef("pk"), purpose=Consent.Purpose.MARKETING, given=True)
    return Q(Exists(yes.filter(pk=Subquery(newest))))


def on_hold(context: Context) -> Q:
    """Customers with a hold on contact in force today."""
    held = ContactHold.objects.filter(customer=OuterRef("pk"), lifted_at=None)
    return Q(Exists(held.filter(Q(until=None) | Q(until__gte=context.today))))


def register() -> None:
    """Say so to the customers room."""
    extensions.contacts["interactions"] = last_spoken
    CUSTOMERS.add_filter(Flag(name="agrees_marketing", label=_("Agrees to marketing"), condition=agrees))
    CUSTOMERS.add_filter(Flag(name="on_hold", label=_("Contact on hold"), condition=on_hold))
