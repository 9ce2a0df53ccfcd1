"""What contacts tell the receiver of a book: what was agreed lately, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.contact.choices import Outcome, State
from kajing.contact.models import Interaction
from kajing.customers import handover
from kajing.customers.handover import Line
from kajing.lib.periods import SHANGHAI

LATELY = timedelta(days=90)
TITLE = gettext_lazy("Said in the last contacts")
REFUSALS = (Outcome.REFUSED, Outcome.NEVER)
AGREED = (Outcome.PROMISED, Outcome.LATER, *REFUSALS)


def handed_words(user: Any, customer_ids: Sequence[str], today: date) -> list[Line]:
    """What was agreed in the last contacts, and what comes next."""
    since = today - LATELY
    rows = Interaction.objects.visible_to(user).filter(customer__in=customer_ids, at__date__gte=since)
    agreed = rows.filter(Q(outcome__in=AGREED) | Q(state=State.PLANNED)).select_related("person").order_by("-at")
    return [_line(one) for one in agreed]


def _line(one: Interaction) -> Line:
    what = one.get_outcome_display() if one.outcome else one.get_state_display()
    said = _("%(channel)s by %(name)s: %(what)s") % {
        "channel": one.get_channel_display(), "name": one.person.name, "what": what
    }  # fmt: skip
    day = (one.next_at or one.at).astimezone(SHANGHAI).date()
    return Line(one.customer_id, said, one.note[:200], on=day, tone="bad" if one.outcome in REFUSALS else "")


def register() -> None:
    """Say so to the customers room."""
    handover.register(
        handover.Section("words", TITLE, handed_words, order=35, icon="message", permission="contact.view")
    )
