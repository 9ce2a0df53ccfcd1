"""What complaints add to customers: a mark on the first screen, counts, a filter, the handover pack, the call sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.complaints import choices, panels, selectors
from kajing.complaints.models import Complaint
from kajing.complaints.rows import complaint_rows
from kajing.contact.extensions import Fact, register_facts
from kajing.customers import extensions, handover
from kajing.customers.handover import Line
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.records.lists import Cell, Column, Context, Flag

RIGHT = selectors.VIEW


def has_complaint(context: Context) -> Q:
    """Customers with an open complaint; the list itself is scoped already."""
    return Q(pk__in=Complaint.objects.filter(state__in=choices.OPEN).order_by().values("customer"))


def complained_lately(context: Context) -> Q:
    """Customers who complained within the repeat period."""
    since = context.today - timedelta(days=selectors.limits_of(context.user).repeat)
    return Q(pk__in=Complaint.objects.filter(received_at__date__gte=since).order_by().values("customer"))


def handed(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """Open complaints of handed-over customers, the fewest days left first."""
    found = selectors.with_all(selectors.complaints(user)).filter(
        customer__in=customer_ids, state__in=choices.OPEN
    )  # fmt: skip
    return [
        Line(
            row.complaint.customer_id, f"{row.complaint.number} {row.business_words}",
            f"{row.complaint.get_state_display()}, {row.left_words}", on=row.complaint.due_on, url=row.url,
            tone=row.tone if row.tone in {"warn", "bad"} else "",
        )
        for row in complaint_rows(user, found.order_by("due_on", "pk"))
    ]  # fmt: skip


def call_facts(user: Any, customer: Customer, today: date) -> Iterator[Fact]:
    """The nearest complaint that wants an answer, for the call sheet."""
    found = selectors.with_all(selectors.complaints(user)).filter(
        customer_id=customer.pk, state__in=choices.RUNNING
    )  # fmt: skip
    for row in complaint_rows(user, found.order_by("due_on", "pk")[:2]):
        told = {"number": row.complaint.number, "about": row.business_words, "left": row.left_words}
        said = gettext("Complaint %(number)s: %(about)s, %(left)s") % told
        yield Fact(
            key=f"complaint:{row.pk:012d}", text=said, url=row.url,
            weight=88, icon="message-report", tone=row.tone, topics=frozenset({f"complaint:{row.pk}"}),
        )  # fmt: skip


def register() -> None:
    """Say so to the customers room, and to the call sheet."""
    extensions.register_mark(
        extensions.MarkSource("complaints", panels.first_screen, columns=selectors.on_first_screen(), permission=RIGHT)
    )
    extensions.register_counter(
        extensions.Counter(
            name="open_complaints", label=_("Open complaints"), count=selectors.open_counts, permission=RIGHT,
            url=lambda customer_id: f"{reverse('complaints:list')}?customer={customer_id}&show=open",
        )
    )  # fmt: skip
    extensions.lookups["open_complaints"] = selectors.open_counts
    handover.register(
        handover.Section(
            "complaints", _("Open complaints"), handed, order=12, icon="message-report", permission=RIGHT,
            hint=_("Whose deadline is near: speak with its handler today."),
        )
    )  # fmt: skip
    CUSTOMERS.add_filter(
        Flag(name="has_complaint", label=_("Has an open complaint"), condition=has_complaint, permission=RIGHT)
    )
    CUSTOMERS.add_filter(
        Flag(name="complained", label=_("Complained lately"), condition=complained_lately, permission=RIGHT)
    )
    CUSTOMERS.add_column(
        Column(
            name="open_complaints", label=pgettext_lazy("customers", "Complaints"), cell=Cell.COUNT, permission=RIGHT,
            value=lambda row: row.extra["open_complaints"], default=False,
        )
    )  # fmt: skip
    register_facts("complaints", call_facts, permission=RIGHT)
