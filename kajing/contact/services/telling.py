"""What every act on a contact leaves behind: an audit row, a line of the timeline, word to the leader."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact.choices import Channel, Direction, Outcome, names_of_blocks
from kajing.contact.models import Interaction
from kajing.customers.services import mark_timeline
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import leader_of

AGAINST = "contact.against_rules"
ASKED = "contact.override_asked"
REMINDER = "contact.reminder"
_TITLES = {
    "PHONE": gettext_noop("Call: %(outcome)s"),
    "VISIT": gettext_noop("Visit: %(outcome)s"),
    "BRANCH": gettext_noop("At a branch: %(outcome)s"),
}
_OTHER = gettext_noop("Contact by %(channel)s: %(outcome)s")
_FROM_CUSTOMER = gettext_noop("The customer called: %(outcome)s")
_AGAINST_BODY = gettext_noop("Not allowed by the contact rules. %(note)s")
_KINDS = {"PHONE": "call", "VISIT": "visit", "BRANCH": "visit"}
_ICONS = {"call": "phone-call", "visit": "map-pin", "message": "message"}
# The message ids behind the labels of the choices: marks are translated when they are shown.
_OUTCOMES = {
    "REACHED": "reached", "LATER": "call later", "REFUSED": "refused", "NEVER": "never again", "NO_ANSWER": "no answer",
    "WRONG_NUMBER": "wrong number", "PROMISED": "promised to pay", "MISSED": "missed call",
}  # fmt: skip
_CHANNELS = {"EMAIL": "e-mail", "SMS": "SMS", "WECOM": "WeCom", "APP": "app"}


def audit(contact: Interaction, actor: Person, act: str, at: datetime, *, reason: str = "", **changes: Any) -> None:
    """One audit row about a contact."""
    record(
        actor=actor.person_no, action=f"contact.{act}", object_kind="interaction", object_id=str(contact.pk),
        customer_id=contact.customer_id, at=at, reason=reason, changes=changes,
    )  # fmt: skip


def mark(contact: Interaction, actor: Person) -> None:
    """The line of the timeline about a contact that ended."""
    kind = _KINDS.get(contact.channel, "message")
    title = _TITLES.get(contact.channel, _OTHER)
    if contact.direction == Direction.IN and contact.channel == Channel.PHONE:
        title = _FROM_CUSTOMER
    mark_timeline(
        customer_id=contact.customer_id,
        at=contact.at,
        kind=kind,
        title=title,
        body=contact.note if contact.allowed else _AGAINST_BODY,
        params={
            "outcome": _OUTCOMES.get(contact.outcome, Outcome.REACHED.value),
            "channel": _CHANNELS.get(contact.channel, contact.channel),
            "note": "" if contact.allowed else contact.note[:300],
            "_translate": ["outcome", "channel"],
        },
        source=f"interaction:{contact.pk}",
        actor=actor.person_no,
        icon=_ICONS[kind],
    )


def tell_leader(contact: Interaction, actor: Person, at: datetime) -> None:
    """Word to the leader that a contact was made against the rules; a leader's own goes to the next one up."""
    leader = leader_of(contact.customer.unit, but=actor)
    if leader is None:
        return
    notify(
        person=leader,
        kind=AGAINST,
        title=gettext_noop("%(who)s contacted a customer against the contact rules"),
        body=gettext_noop("Blocked by: %(codes)s"),
        params={"who": actor.name, "codes": {"listed": names_of_blocks(contact.blocked_by)}},
        url=f"/contact/{contact.pk}/",
        group=f"interaction:{contact.pk}",
        at=at,
    )


def reminder_of(contact: Interaction) -> str:
    """The group of the reminders of one plan: moved or called off, they leave the inbox."""
    return f"plan:{contact.pk}"
