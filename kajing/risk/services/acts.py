"""Acts of people on an alert: confirm, dismiss with a reason, say what it turned out to be."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.selectors import business_today
from kajing.audit.services import record
from kajing.customers.services.marks import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.records.states import check_move
from kajing.risk.models import Alert
from kajing.risk.rules import rule
from kajing.risk.signals import alert_closed
from kajing.workflow.services import cancel_tasks

OUTCOMES = {"TRUE": _("a real problem"), "FALSE": _("a false alarm"), "UNKNOWN": _("cannot tell")}
DISMISSED = gettext_noop("the alert was dismissed")
_WAYS = {
    Alert.State.CONFIRMED: gettext_noop("Alert confirmed: %(alert)s"),
    Alert.State.DISMISSED: gettext_noop("Alert dismissed: %(alert)s"),
}


class CannotClose(DomainError):
    """The alert is closed already, or needs a reason."""


class ConflictOfInterest(NotAllowed):
    """A severe alert may not be disposed of by the one who brought the customer in (domain §4)."""


@transaction.atomic
def close_alert(*, actor: Person, alert: Alert, state: str, outcome: str, reason: str, at: datetime) -> Alert:
    """Confirm or dismiss an open alert with what it turned out to be.

    A dismissed alert takes its task along; a confirmed one leaves it, because now there is something to do.
    `outcome` is TRUE, FALSE or UNKNOWN and feeds the precision of the rule. Dismissing needs a reason. Raises
    CannotClose, ConflictOfInterest, NotAllowed, and MoveRefused by a gate.
    """
    if not actor.has_perm("risk.handle_alert"):
        raise NotAllowed(_("Your role does not handle alerts."))
    alert = Alert.objects.select_for_update(of=("self",)).select_related("customer").get(pk=alert.pk)
    _check(actor, alert, state, outcome, reason)
    check_move(kind="alert", object_id=str(alert.pk), before=alert.state, to=state, actor=actor, at=at, note=reason)
    alert.state, alert.outcome, alert.close_reason = state, outcome, scrub_card_numbers(reason.strip())
    alert.closed_on, alert.closed_by = business_today(), actor.person_no
    alert.save()
    record(
        actor=actor.person_no, action=f"risk.{'confirm' if state == Alert.State.CONFIRMED else 'dismiss'}",
        object_kind="alert", object_id=str(alert.pk), customer_id=alert.customer_id, at=at,
        reason=alert.close_reason, changes={"state": ["OPEN", state], "outcome": outcome},
    )  # fmt: skip
    mark_timeline(
        customer_id=alert.customer_id, at=at, kind="alert", title=_WAYS[Alert.State(state)], body=alert.close_reason,
        params={"alert": rule(alert.rule).title, "_translate": ["alert"]}, source=f"alert:{alert.pk}",
        actor=actor.person_no, icon="shield-check",
    )  # fmt: skip
    if state == Alert.State.DISMISSED:
        cancel_tasks(sources=[f"alert:{alert.pk}"], reason=DISMISSED, at=at, by=f"alert:{alert.pk}")
    alert_closed.send(sender=Alert, alert=alert, actor=actor, at=at)
    return alert


def _check(actor: Person, alert: Alert, state: str, outcome: str, reason: str) -> None:
    if alert.state != Alert.State.OPEN:
        raise CannotClose(_("This alert is closed already."))
    if state not in _WAYS or outcome not in OUTCOMES:
        raise CannotClose(_("Say whether the alert is confirmed or dismissed, and what it turned out to be."))
    if state == Alert.State.DISMISSED and len(reason.strip()) < 2:
        raise CannotClose(_("Say why the alert is dismissed."))
    if alert.severity >= "L3" and alert.customer.referrer_no == actor.person_no:
        raise ConflictOfInterest(_("You brought this customer in; somebody else must decide about a severe alert."))
