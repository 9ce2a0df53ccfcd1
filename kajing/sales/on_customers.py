"""What this room adds to the customers list: conditions that actions are made of, and who has which suggestion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kajing.customers import extensions, handover
from kajing.customers.handover import Line
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import CardAccount
from kajing.records.lists import Choice, Column, Context, Flag, Range
from kajing.sales.models import Action, Suggestion
from kajing.sales.selectors import suggestions

RIGHT = "sales.act"
SOON = 7  # days
FELL_TO = 0.6  # of the month before
WORTH_A_LOOK = 100_000  # fen of the month before: below it a fall says nothing


def birthday_soon(context: Context) -> Q:
    """A birthday today or in the next seven days; 29 February counts on the 28th too."""
    found = Q(pk__in=[])
    for offset in range(SOON + 1):
        day = context.today + timedelta(days=offset)
        found |= Q(birth_date__month=day.month, birth_date__day=day.day)
        if (day.month, day.day) == (2, 28):
            found |= Q(birth_date__month=2, birth_date__day=29)
    return found


def temporary_limit_ends(context: Context) -> Q:
    """An account whose temporary limit ends within two weeks."""
    ends = CardAccount.objects.filter(
        customer=OuterRef("pk"),
        temp_limit__isnull=False,
        temp_limit_until__range=(context.today, context.today + timedelta(days=2 * SOON)),
    )
    return Q(Exists(ends))


def spend_falls(context: Context) -> Q:
    """Spend of 30 days below 60 % of the 30 days before, which were worth a look."""
    return Q(figures__spend_prev_30d__gte=WORTH_A_LOOK, figures__spend_30d__lt=F("figures__spend_prev_30d") * FELL_TO)


@dataclass(frozen=True, kw_only=True)
class HasAction(Choice):
    """Customers with an open suggestion of an action."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        self._check([value.removeprefix("!") for value in values], context)
        found = Q()
        for value in values:
            has = Q(
                Exists(Suggestion.objects.filter(customer=OuterRef("pk"), action=value.removeprefix("!"), state="OPEN"))
            )
            found = found & ~has if value.startswith("!") else found | has
        return found


def first_actions(user: Any, customer_ids: Sequence[str]) -> dict[str, str]:
    """The title of each customer's first suggestion."""
    rows = suggestions(user).filter(customer__in=customer_ids, state="OPEN", place=1).select_related("action")
    return {one.customer_id: one.action.title_text for one in rows}


def handed_suggestions(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """Open suggestions of handed-over customers, what is worth most first."""
    rows = suggestions(user).filter(customer__in=customer_ids, state=Suggestion.State.OPEN).select_related("action")
    return [
        Line(one.customer_id, one.action.title_text, one.value_words, on=one.as_of)
        for one in rows.order_by("-score", "pk")
    ]


def register() -> None:
    """Say so to the customers room."""
    handover.register(
        handover.Section("suggestions", _("Open suggestions"), handed_suggestions, order=50, icon="bulb",
                         permission="sales.view_actions")
    )  # fmt: skip
    extensions.lookups["next_action"] = first_actions
    CUSTOMERS.add_column(
        Column(
            name="next_action",
            label=_("Next best action"),
            value=lambda row: row.extra.get("next_action", ""),
            default=False,
            permission=RIGHT,
        )
    )
    for name, label, condition in (
        ("birthday", _("Birthday within a week"), birthday_soon),
        ("temporary_limit", _("Temporary limit ends within two weeks"), temporary_limit_ends),
        ("spend_falls", _("Spend fell by more than 40%"), spend_falls),
    ):
        CUSTOMERS.add_filter(Flag(name=name, label=label, condition=condition))
    CUSTOMERS.add_filter(
        Range(
            name="abroad",
            label=_("Share of spend abroad, 90 days"),
            path="figures__cross_border_share_90d",
            scale=Decimal("0.01"),
            unit="%",
            whole=False,
        )
    )
    CUSTOMERS.add_filter(
        HasAction(
            name="action",
            label=_("Next best action"),
            options=lambda context: [(one.code, one.title_text) for one in Action.objects.all()],
            permission=RIGHT,
        )
    )


def page_of(number: str) -> str:
    """Where a suggestion is shown: the explanation of its customer."""
    found = (
        Suggestion.objects.filter(pk=number).values_list("customer_id", flat=True).first() if number.isdigit() else None
    )
    return reverse("sales:why", args=[found]) if found else ""
