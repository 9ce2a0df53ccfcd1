"""Help with words, made on this machine from rows alone: a summary, a note to begin with, the text that fits.

Every sentence names the row it is read from. Nothing is invented and nothing leaves the bank; no model is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.contact.choices import Channel, Direction, State
from kajing.contact.extensions import Fact, apart, facts_of
from kajing.contact.models import Interaction, TemplateVersion
from kajing.contact.selectors.contacts import of_customer
from kajing.contact.selectors.wordings import usable
from kajing.contact.steps import STEPS
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.ui.formats import long_day, when

DAYS = 90
_NOTED = 3  # facts a note begins with


def summary(user: Any, customer: Customer, *, today: date, at: datetime) -> list[Fact]:
    """Everything that matters now, the heaviest first, then what was said in the last 90 days."""
    return [*apart(facts_of(user, customer, today)), *_contacts(user, customer, at)]


def _contacts(user: Any, customer: Customer, at: datetime) -> Iterator[Fact]:
    over = [State.DONE, State.MISSED]
    found = of_customer(user, customer.pk).filter(at__gte=at - timedelta(days=DAYS), at__lte=at, state__in=over)
    rows = list(found)
    url = reverse("contact:list") + f"?customer={customer.pk}&show=all"
    if not rows:
        yield Fact(
            key="contacts", text=_("No contact in %(days)s days.") % {"days": DAYS}, url=url, weight=0, icon="phone-off"
        )
        return
    yield Fact(key="contacts", text=_counted(rows), url=url, weight=0, icon="phone-call")
    newest = rows[0]
    said = newest.note or newest.subject
    told = [when(newest.at), newest.get_channel_display(), newest.get_outcome_display(), newest.person.name, said]
    text = _("Last: %(what)s") % {"what": _list(told)}
    yield Fact(key="last", text=text, url=reverse("contact:detail", args=[newest.pk]), weight=0, icon="history")


def _counted(rows: Sequence[Interaction]) -> str:
    ways = Counter(str(Channel(row.channel).label) for row in rows)
    parts = ", ".join(f"{way} {count}" for way, count in ways.most_common())
    begun = sum(row.direction == Direction.IN for row in rows)
    text = ngettext("%(n)s contact in %(days)s days", "%(n)s contacts in %(days)s days", len(rows))
    text = text % {"n": len(rows), "days": DAYS} + f" ({parts})"
    by_customer = ngettext("%(n)s begun by the customer", "%(n)s begun by the customer", begun) % {"n": begun}
    return f"{text}, {by_customer}" if begun else text


def draft_note(user: Any, contact: Interaction, *, today: date) -> str:
    """A note to begin with: when, how, where, how it ended, what it was about, what follows; to be corrected."""
    moment = (contact.started_at or contact.at).astimezone(SHANGHAI)
    heading = [f"{long_day(moment.date())} {moment:%H:%M}", contact.get_channel_display(), contact.place]
    lines = [_list(heading)]
    if contact.subject:
        lines.append(_("About: %(what)s") % {"what": contact.subject})
    if contact.outcome:
        lines.append(_("Result: %(what)s") % {"what": contact.get_outcome_display()})
    facts = apart(facts_of(user, contact.customer, today))[:_NOTED]
    lines += [_("On file: %(what)s") % {"what": fact.text} for fact in facts]
    if contact.next_step in STEPS and contact.next_step != "none":
        lines.append(_("Next: %(what)s") % {"what": STEPS[contact.next_step].label})
    return "\n".join(lines)


def fitting_template(user: Any, customer: Customer, *, today: date, channel: str = "") -> TemplateVersion | None:
    """The approved template for what weighs most with this customer now; None when none was written for any of it."""
    by_purpose: dict[str, TemplateVersion] = {}
    for version in usable(user, today, channel=channel).order_by("template__name", "pk"):
        by_purpose.setdefault(version.template.purpose, version)
    purposes = (fact.purpose for fact in facts_of(user, customer, today) if fact.purpose)
    return next((by_purpose[purpose] for purpose in purposes if purpose in by_purpose), None)


def _list(parts: Sequence[str]) -> str:
    return " · ".join(part for part in parts if part)
