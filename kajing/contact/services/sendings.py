"""One message to many customers: a job in small steps, a row for every customer, undo for what still waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact import forbidden, merging
from kajing.contact.drafts import CannotSend, Draft, NoAddress, check_draft, draft_of
from kajing.contact.models import Message, Sending, TemplateVersion
from kajing.contact.services.messages import SEND, cancel_many, plan, thread_for
from kajing.contact.signals import message_changed
from kajing.contact.verdicts import ask
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.queue import services as queue
from kajing.queue.models import Job

if TYPE_CHECKING:
    from kajing.org.models import Person

JOB = "contact.send"
TITLE = gettext_noop("Send “%(template)s” to %(count)s customers")
MOST = 5000
CHUNK = 50
State = Message.State

# Message ids: why a customer of the selection gets nothing.
NO_VALUE = gettext_noop("%(field)s is missing")
NO_ADDRESS = gettext_noop("no valid address for this channel")
PHRASE = gettext_noop("“%(phrase)s” may not be said")
NOT_WRITTEN = gettext_noop("the text does not fit the channel")


@transaction.atomic
def send_to_selection(*, actor: Person, ids: Sequence[str], version: TemplateVersion, at: datetime) -> Sending:
    """Queue a template for many customers at once. Raises NotAllowed, CannotSend."""
    if not actor.has_perm(SEND):
        raise NotAllowed
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise CannotSend(_("Choose at least one customer."))
    if len(chosen) > MOST:
        raise CannotSend(_("Choose at most %(most)s customers at a time.") % {"most": MOST})
    check_draft(draft_of(version), at.astimezone(SHANGHAI).date())
    sending = Sending.objects.create(sender=actor, unit=actor.unit, version=version, created_at=at, asked=len(chosen))
    title = _(TITLE) % {"template": version.template.name, "count": len(chosen)}
    kwargs = {"sending": sending.pk, "ids": chosen}
    sending.job_id = queue.enqueue(JOB, at=at, kwargs=kwargs, owner=actor.person_no, title=title[:200]).pk
    sending.save(update_fields=["job_id"])
    record(
        actor=actor.person_no, action="contact.send_many", object_kind="sending", object_id=str(sending.pk), at=at,
        changes={"template": str(version), "customers": len(chosen)},
    )  # fmt: skip
    return sending


def plan_chunk(*, sending: Sending, ids: Sequence[str], at: datetime) -> int:
    """One step of the job: a message, or a row that says why not, for each customer; those written before are left."""
    actor, draft = sending.sender, draft_of(sending.version)
    done = set(sending.messages.filter(customer__in=ids).values_list("customer_id", flat=True))
    related = ("figures", "manager", "unit")
    seen = customers(actor).select_for_update(of=("self",)).select_related(*related)
    found = seen.filter(pk__in=set(ids) - done).order_by("pk")
    on = at.astimezone(SHANGHAI).date()
    for facts in merging.facts_of(list(found), on=on, language=draft.language):
        _plan_one(actor, facts, draft, sending, at)
    return len(ids)


def _plan_one(actor: Person, facts: merging.Facts, draft: Draft, sending: Sending, at: datetime) -> None:
    verdict = ask(customer=facts.customer, channel=draft.channel, purpose=draft.purpose, at=at, actor=actor)
    if verdict.never:
        _refuse(facts.customer, sending, State.BLOCKED, verdict.rule, verdict.text, dict(verdict.params), at)
        return
    try:
        with transaction.atomic():
            plan(actor=actor, facts=facts, draft=draft, verdict=verdict, at=at, when=at, thread=None, sending=sending)
    except DomainError as error:
        rule, reason, params = why_not(error)
        _refuse(facts.customer, sending, State.FAILED, rule, reason, params, at)


def why_not(error: DomainError) -> tuple[str, str, dict[str, Any]]:
    """A refusal as it is kept: rule, message id and parameters."""
    if isinstance(error, merging.MissingValue):
        return "merge.missing", NO_VALUE, {"field": merging.FIELDS[error.field].name}
    if isinstance(error, forbidden.ForbiddenPhrase):
        return "phrase.forbidden", PHRASE, {"phrase": error.hit.phrase}
    if isinstance(error, NoAddress):
        return "address.missing", NO_ADDRESS, {}
    return "message.invalid", NOT_WRITTEN, {}


def _refuse(
    customer: Customer, sending: Sending, state: str, rule: str, reason: str, params: dict[str, Any], at: datetime
) -> None:
    """A row without a text: nothing was written to this customer, and here is why."""
    version = sending.version
    message = Message.objects.create(
        customer=customer, thread=thread_for(customer, version.template.channel, "", at), sending=sending,
        channel=version.template.channel, purpose=version.template.purpose, version=version, sender=sending.sender,
        state=state, rule=rule[:60], reason=reason[:400], params=params, planned_at=at, ended_at=at,
    )  # fmt: skip
    message_changed.send(sender=Message, message=message, state=state, at=at)


@transaction.atomic
def finish(*, sending: Sending, at: datetime) -> None:
    """Every customer of the selection has a row."""
    Sending.objects.filter(pk=sending.pk, finished_at=None).update(finished_at=at)


@transaction.atomic
def cancel_sending(*, actor: Person, sending: Sending, at: datetime) -> int:
    """Undo: stop the job and call off every message that still waits; returns how many. Raises NotAllowed."""
    if not actor.has_perm(SEND):
        raise NotAllowed
    job = Job.objects.filter(pk=sending.job_id).first() if sending.job_id else None  # also of somebody one leads
    if job is not None and not job.is_over:
        queue.cancel(actor=actor.person_no, job=job, at=at)
    waiting = sending.messages.filter(state__in=[State.PLANNED, State.WAITING])
    count = cancel_many(actor=actor, pks=list(waiting.values_list("pk", flat=True)), at=at)
    Sending.objects.filter(pk=sending.pk, cancelled_at=None).update(cancelled_at=at)
    record(
        actor=actor.person_no, action="contact.cancel_sending", object_kind="sending", object_id=str(sending.pk),
        at=at, changes={"called_off": count},
    )  # fmt: skip
    return count
