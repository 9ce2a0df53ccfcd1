"""Reminders of planned calls and visits, each once, to whoever makes them that day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.contact.choices import Channel, State
from kajing.contact.models import Interaction
from kajing.contact.services.telling import REMINDER, reminder_of
from kajing.lib import masks
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import substitutes
from kajing.reference.selectors import parameter_values

MINUTES = "plan_reminder_minutes"
VISIT = gettext_noop("Visit at %(time)s: %(name)s")
OTHER = gettext_noop("Contact at %(time)s: %(name)s")
_AT_ONCE = 500


@transaction.atomic
def remind(*, at: datetime) -> int:
    """Tell people of plans that begin within the minutes of BP780; 0 minutes or no row: no reminders.

    A plan that is moved is told again. The name is masked and the place left out, for the news may leave the house as
    an e-mail. Returns how many.
    """
    minutes = parameter_values([MINUTES], at.astimezone(SHANGHAI).date()).get(MINUTES)
    if not isinstance(minutes, int) or minutes < 1:
        return 0
    until = at + timedelta(minutes=minutes)
    near = Interaction.objects.filter(state=State.PLANNED, reminded_at=None, at__gte=at, at__lte=until)
    near = near.select_related("customer", "person").order_by("at", "pk")
    found = list(near.select_for_update(of=("self",), skip_locked=True)[:_AT_ONCE])
    for contact in found:
        _tell(contact, at)
        contact.reminded_at = at
    Interaction.objects.bulk_update(found, ["reminded_at"])
    return len(found)


def _tell(contact: Interaction, at: datetime) -> None:
    when = contact.at.astimezone(SHANGHAI)
    notify(
        person=_who_makes(contact.person, when), kind=REMINDER,
        title=VISIT if contact.channel == Channel.VISIT else OTHER,
        params={"time": f"{when:%H:%M}", "name": masks.name(contact.customer.name)},
        url=f"/contact/{contact.pk}/", group=reminder_of(contact), at=at,
    )  # fmt: skip


def _who_makes(person: Person, when: datetime) -> Person:
    """The maker, or who stands in for them that day."""
    day = when.date()
    away = substitutes(person, day).filter(first_day__lte=day, last_day__gte=day).first()
    return away.substitute if away else person
