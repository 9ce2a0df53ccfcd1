"""Telling people of a handover."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.customers.models import Handover
from kajing.notifications.services import notify
from kajing.org.models import Person, Role

KIND = "handover.made"
TO_YOU = gettext_noop("%(count)s customers handed to you: read the handover and acknowledge it")
TO_ANOTHER = gettext_noop("%(count)s customers handed to %(name)s")


@transaction.atomic
def announce(*, handover: Handover, at: datetime) -> None:
    """Tell the receiver, and the leaders of both units, once the customers have moved; an empty handover goes away."""
    count = handover.items.count()
    if not count:
        handover.delete()
        return
    units = {handover.unit_id, *handover.items.order_by().values_list("unit_id", flat=True).distinct()}
    leaders = Person.objects.filter(role=Role.LEADER, unit__in=units, is_active=True).exclude(
        person_no__in=[handover.made_by, handover.receiver_id]
    )
    for person in [handover.receiver, *leaders]:
        title = TO_YOU if person.person_no == handover.receiver_id else TO_ANOTHER
        notify(
            person=person, kind=KIND, title=title, at=at, url=f"/customers/handovers/{handover.pk}/",
            params={"count": count, "name": handover.receiver.name}, group=f"handover:{handover.pk}",
        )  # fmt: skip
