"""A rule writes to a customer: an approved template, through the contact gate and the outbox like every message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.contact.drafts import draft_of
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.contact.selectors.previews import preview_message
from kajing.contact.selectors.wordings import usable
from kajing.contact.services.messages import NotNowOrNever, send_message
from kajing.contact.verdicts import ask_many
from kajing.customers.models import Customer
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.ui import formats
from kajing.workflow.rule_people import OWNERS, person_for
from kajing.workflow.rules import Action, HeldBack, Occasion, register_action
from kajing.workflow.services.rules.running import keep_made
from kajing.workflow.subjects import said_without

MOST_ASKED = 500  # customers the test asks the contact gate about


class CannotWrite(DomainError):
    """The message cannot be made for this customer."""


def template_choices() -> list[tuple[int, str]]:
    """Templates that a rule may send: those that ever had an approved version."""
    approved = TemplateVersion.objects.filter(state=TemplateVersion.State.APPROVED).values("template")
    found = MessageTemplate.objects.filter(pk__in=approved).order_by("name")
    return [(one.pk, f"{one.name} ({one.channel_words})") for one in found]


def _wrong(spec: Mapping[str, Any]) -> list[str]:
    known = {pk for pk, _name in template_choices()}
    found = [] if spec.get("template") in known else [_("choose an approved template.")]
    return found if spec.get("sender") in OWNERS else [*found, _("say in whose name it is sent.")]


def _version(spec: Mapping[str, Any], on: date) -> TemplateVersion:
    found = usable(None, on).filter(template=spec["template"]).first()
    if found is None:
        raise CannotWrite(_("The template has no version that is approved for the day."))
    return found


def _plan(spec: Mapping[str, Any], occasion: Occasion) -> str:
    """What would leave now, later or not; nothing is written."""
    version = _version(spec, occasion.at.astimezone(SHANGHAI).date())
    sender = person_for(spec["sender"], occasion)
    found = preview_message(sender, _customer(occasion), draft_of(version), occasion.at)
    if found.verdict.never:
        raise HeldBack(found.verdict.rule, found.verdict.sentence)
    if found.problem:
        raise CannotWrite(found.problem)
    return _said(version, sender.name, found.verdict.next_at if found.verdict.waits else None)


def _customer(occasion: Occasion) -> Customer:
    """Whom it is written to: the contact gate answers for customers only."""
    if occasion.customer is None:
        raise CannotWrite(said_without(occasion.subject))
    return occasion.customer


def _said(version: TemplateVersion, name: str, later: datetime | None) -> str:
    told = {"template": version.template.name, "name": name}
    if later is None:
        return _("message “%(template)s” in the name of %(name)s") % told
    when = formats.when(later)
    return _("message “%(template)s” in the name of %(name)s, not before %(when)s") % {**told, "when": when}


def _run(spec: Mapping[str, Any], occasion: Occasion) -> str:
    version = _version(spec, occasion.at.astimezone(SHANGHAI).date())
    sender = person_for(spec["sender"], occasion)
    try:
        made = send_message(actor=sender, customer=_customer(occasion), draft=draft_of(version), at=occasion.at)
    except NotNowOrNever as error:
        raise HeldBack(error.verdict.rule, str(error)) from error
    keep_made(occasion=occasion, kind="message", object_id=str(made.pk))
    later = made.not_before if made.not_before and made.not_before > occasion.at else None
    return _said(version, sender.name, later)


def _forecast(spec: Mapping[str, Any], customers: Sequence[Customer], at: datetime) -> dict[str, Any]:
    """What the contact gate says today about the first customers of the test: now, later, blocked by which rule."""
    asked = list(customers)[:MOST_ASKED]
    try:
        draft = draft_of(_version(spec, at.astimezone(SHANGHAI).date()))
    except CannotWrite as error:
        return {"asked": 0, "now": 0, "later": 0, "blocked": [], "problem": str(error)}
    verdicts = ask_many(customers=asked, channel=draft.channel, purpose=draft.purpose, at=at, actor=None).values()
    blocked = Counter((one.rule, one.sentence) for one in verdicts if one.never)
    return {
        "asked": len(asked),
        "now": sum(one.allowed for one in verdicts),
        "later": sum(one.waits for one in verdicts),
        "blocked": [{"rule": rule, "said": said, "count": n} for (rule, said), n in blocked.most_common()],
        "problem": "",
    }


def _sender(spec: Mapping[str, Any], occasion: Occasion) -> str:
    return person_for(spec["sender"], occasion).person_no


def register() -> None:
    """Say that rules can send messages."""
    register_action(
        Action(
            name="message", title=gettext_lazy("send a message"), plan=_plan, run=_run, wrong=_wrong, who=_sender,
            falls=True, forecast=_forecast, needs_customer=lambda spec: True,
        )
    )  # fmt: skip
