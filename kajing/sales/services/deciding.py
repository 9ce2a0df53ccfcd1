"""What a manager decides about a suggestion: do it, later, not a fit; and taking that back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.customers.services.marks import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.sales.models import Suggestion
from kajing.sales.selectors import suggestions
from kajing.sales.selectors.suggestions import recently_decided
from kajing.workflow.contacting import kind_for, refused_one
from kajing.workflow.models import Task
from kajing.workflow.selectors import moment
from kajing.workflow.services import cancel_task, open_task

State = Suggestion.State
RIGHT = "sales.act"
EVENING = time(18)  # when an accepted action is due, unless said otherwise
LONGEST_WAIT = timedelta(days=3)  # a customer who may not be contacted for longer is refused, not put off

# Why an action does not fit, in the words people choose from; the codes are kept.
REJECTIONS: dict[str, Any] = {
    "NOT_INTERESTED": _("The customer is not interested"),
    "HAS_IT": _("The customer has it already, or elsewhere"),
    "WRONG_TIME": _("The wrong time in the customer's life"),
    "DATA_WRONG": _("The figures are wrong"),
    "HARMFUL": _("Not in the customer's interest"),
    "OTHER": _("Another reason"),
}


class AlreadyDecided(DomainError):
    """Somebody decided this suggestion, or a night replaced it."""

    def __str__(self) -> str:
        return str(_("This suggestion was decided already. Reload the page."))


class CannotDecide(DomainError):
    """The decision is not complete; the sentence says what is missing."""

    status = 422


@transaction.atomic
def accept(*, actor: Person, suggestion: Suggestion, due_at: datetime | None, at: datetime) -> Task:
    """Take the action on: a task for the customer's manager, or for the actor.

    Without a due time it is due this evening, or the evening of the day on which the customer may be contacted next.
    Raises AlreadyDecided, NotAllowed, ContactRefused.
    """
    one = _locked(actor, suggestion)
    manager = one.customer.manager or actor
    owner = manager if actor.has_perm("workflow.reassign_task") else actor
    kind = kind_for(one.action.channel, one.action.purpose)
    task = open_task(
        actor=actor,
        owner=owner,
        customer=one.customer,
        kind=kind,
        title=one.action.title,
        reason=one.action.pitch,
        params={"_translate": []},
        source=f"suggestion:{one.pk}",
        value_at_stake=one.score,
        due_at=due_at or _next_evening(one.customer, owner, kind, at),
        at=at,
    )
    one.task = task
    _decide(one, State.ACCEPTED, actor, at, gettext_noop("Action accepted: %(action)s"))
    return task


def _next_evening(customer: Customer, owner: Person, kind: str, at: datetime) -> datetime:
    """This evening; where the hours of contact are over by now, the evening of the next day that has some."""
    evening = datetime.combine(moment(at).today, EVENING, SHANGHAI)
    closed = refused_one(customer, owner, kind=kind, due_at=evening, at=at)
    if closed is None or closed.next_allowed_at is None:
        return evening
    wait = closed.next_allowed_at.astimezone(SHANGHAI).date() - at.astimezone(SHANGHAI).date()
    return evening + wait if wait <= LONGEST_WAIT else evening


@transaction.atomic
def put_off(*, actor: Person, suggestion: Suggestion, until: date, at: datetime) -> Suggestion:
    """Not before a day. Raises CannotDecide for a day that is not ahead, AlreadyDecided, NotAllowed."""
    if until <= moment(at).today:
        raise CannotDecide(_("Choose a day that lies ahead."))
    one = _locked(actor, suggestion)
    one.until = until
    return _decide(one, State.LATER, actor, at, gettext_noop("Action put off: %(action)s"))


@transaction.atomic
def reject(*, actor: Person, suggestion: Suggestion, reason: str, at: datetime, note: str = "") -> Suggestion:
    """Not a fit, with the reason (a code of REJECTIONS). Raises CannotDecide, AlreadyDecided, NotAllowed."""
    if reason not in REJECTIONS:
        raise CannotDecide(_("Choose why it does not fit."))
    if reason == "OTHER" and not note.strip():
        raise CannotDecide(_("Say in a few words why it does not fit."))
    one = _locked(actor, suggestion)
    one.reason, one.note = reason, scrub_card_numbers(note.strip())[:200]
    return _decide(one, State.REJECTED, actor, at, gettext_noop("Action not a fit: %(action)s"))


@transaction.atomic
def take_back(*, actor: Person, suggestion: Suggestion, at: datetime) -> Suggestion:
    """Undo one's own decision within half an hour; a task that came of it is called off. Raises AlreadyDecided."""
    one = _locked(actor, suggestion, decided=True)
    if one.decided_by != actor.person_no or not recently_decided(one, at):
        raise AlreadyDecided(_("This can no longer be taken back."))
    if one.task and one.task.state == Task.State.OPEN:
        cancel_task(actor=actor, task=one.task, reason=str(_("The suggestion was taken back")), at=at)
    Suggestion.objects.filter(customer=one.customer_id, action=one.action_id, state=State.OPEN).delete()
    one.task, one.until, one.reason, one.note = None, None, "", ""
    _decide(one, State.OPEN, actor, at, gettext_noop("Decision taken back: %(action)s"))
    one.decided_by, one.decided_at = "", None
    one.save(update_fields=["decided_by", "decided_at"])
    return one


def _locked(actor: Person, suggestion: Suggestion, *, decided: bool = False) -> Suggestion:
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    rows = suggestions(actor).select_for_update(of=("self",)).select_related("customer__manager", "action", "task")
    one = rows.filter(pk=suggestion.pk).first()
    if one is None or (one.state != State.OPEN) is not decided:
        raise AlreadyDecided
    return one


def _decide(one: Suggestion, state: str, actor: Person, at: datetime, said: str) -> Suggestion:
    before, one.state = one.state, state
    one.decided_by, one.decided_at = actor.person_no, at
    one.save()
    record(
        actor=actor.person_no,
        action=f"sales.{state.lower()}",
        object_kind="suggestion",
        object_id=str(one.pk),
        customer_id=one.customer_id,
        reason=one.reason,
        at=at,
        changes={
            "action": one.action_id,
            "state": [before, state],
            "until": one.until.isoformat() if one.until else "",
        },
    )
    mark_timeline(
        customer_id=one.customer_id,
        at=at,
        kind="suggestion",
        title=said,
        body=one.note,
        params={"action": one.action.title, "_translate": ["action"]},
        source=f"suggestion:{one.pk}",
        actor=actor.person_no,
        icon=one.action.icon,
    )
    return one
