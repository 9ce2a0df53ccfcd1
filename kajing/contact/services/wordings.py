"""Acts on templates: write, ask, approve or return, withdraw. Nobody approves their own words (platform S13).

Who decides, in which order and how long it may take is an approval chain of the room above: a version that is asked
about is signalled, and what was decided comes back by `settle`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.contact import channels, forbidden, merging, signals
from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.records.states import check_move

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kajing.org.models import Person

WRITE, APPROVE = "contact.write_template", "contact.approve_template"
State = TemplateVersion.State
SYSTEM = "system"
SMS_ROOM = 20  # characters kept free for the way out of a marketing SMS


class CannotWrite(DomainError):
    """The template or its wording is not complete; the sentence says what is missing."""

    status = 422


class CannotDecide(DomainError):
    """The version is in no state to be asked about, approved, returned or withdrawn."""


@transaction.atomic
def write_template(
    *,
    actor: Person,
    name: str,
    kind: str,
    channel: str,
    purpose: str,
    language: str,
    subject: str,
    body: str,
    valid_from: date,
    valid_to: date | None,
    review_id: str,
    at: datetime,
) -> TemplateVersion:
    """A new template with its first version, a draft.

    Raises NotAllowed, CannotWrite, merging.UnknownField, forbidden.ForbiddenPhrase.
    """
    _may(actor, WRITE)
    if MessageTemplate.objects.filter(name=name.strip()).exists():
        raise CannotWrite(_("There is a template of this name already. Choose another name, or write a new version."))
    if channel not in channels.CHANNELS:
        raise CannotWrite(_("Choose a channel of the list."))
    template = MessageTemplate.objects.create(
        name=name.strip(), kind=kind, channel=channel, purpose=purpose, language=language,
        created_by=actor.person_no, created_at=at,
    )  # fmt: skip
    fields = {"subject": subject, "body": body, "valid_from": valid_from, "valid_to": valid_to, "review_id": review_id}
    return _new_version(actor, template, fields, at)


@transaction.atomic
def write_version(
    *,
    actor: Person,
    template: MessageTemplate,
    subject: str,
    body: str,
    valid_from: date,
    valid_to: date | None,
    review_id: str,
    at: datetime,
) -> TemplateVersion:
    """Change the draft, or begin the next version when the newest was asked about. Raises as `write_template`."""
    _may(actor, WRITE)
    fields = {"subject": subject, "body": body, "valid_from": valid_from, "valid_to": valid_to, "review_id": review_id}
    newest = template.versions.select_for_update().first()
    if newest is None or newest.state != State.DRAFT:
        return _new_version(actor, template, fields, at)
    before = {name: getattr(newest, name) for name in ("subject", "body")}
    for name, value in _checked(template, fields, at).items():
        setattr(newest, name, value)
    newest.written_by, newest.written_at = actor.person_no, at
    newest.save()
    changes = {name: [old, getattr(newest, name)] for name, old in before.items() if old != getattr(newest, name)}
    _tell(actor, "contact.change_template", newest, at, changes)
    return newest


@transaction.atomic
def ask_approval(*, actor: Person, version: TemplateVersion, at: datetime) -> TemplateVersion:
    """Lay a draft before who may approve it. Marketing needs the number of its review by consumer protection.

    Raises NotAllowed, CannotDecide, CannotWrite, forbidden.ForbiddenPhrase.
    """
    _may(actor, WRITE)
    version = _locked(version, State.DRAFT)
    _checked(version.template, _fields(version), at)
    if version.template.sells and not version.review_id:
        raise CannotWrite(_("Marketing needs the number of its consumer-protection review (消保审查) first."))
    _pass(version, State.ASKED, actor, at)
    version.state, version.asked_at = State.ASKED, at
    version.save(update_fields=["state", "asked_at"])
    _tell(actor, "contact.ask_template", version, at)
    signals.template_asked.send(sender=TemplateVersion, version=version, actor=actor, at=at)
    return version


@transaction.atomic
def decide(*, actor: Person, version: TemplateVersion, approve: bool, note: str, at: datetime) -> TemplateVersion:
    """Vote on a version: approve it, or return it with a note; the last vote of its chain settles it.

    The author cannot. Raises NotAllowed (also for who has no seat in the chain), CannotDecide.
    """
    version = _locked(version, State.ASKED)
    _may_decide(actor, version)
    if not approve and len(note.strip()) < 2:
        raise CannotDecide(_("Say why it goes back, so that the author can mend it."))
    signals.template_voted.send(
        sender=TemplateVersion, version=version, actor=actor, approve=approve, note=note.strip(), at=at
    )
    version.refresh_from_db()
    return version


@transaction.atomic
def settle(
    *, actor: Person | None, version: TemplateVersion, approve: bool, note: str, at: datetime
) -> TemplateVersion:
    """Write down what the chain decided, by its last vote; `actor` None is the chain itself, such as time run out.

    Approving reads the wording again: a phrase that may not be said by now refuses, and the vote is not counted.
    Raises NotAllowed, CannotDecide, CannotWrite, forbidden.ForbiddenPhrase.
    """
    version = _locked(version, State.ASKED)
    if approve and actor is not None:
        _may_decide(actor, version)
        _checked(version.template, _fields(version), at)
        template = version.template
        template.versions.filter(state=State.APPROVED, valid_from=version.valid_from).update(state=State.RETIRED)
    if actor is not None:
        _pass(version, State.APPROVED if approve else State.RETURNED, actor, at, note)
    version.state = State.APPROVED if approve else State.RETURNED
    version.decided_by = actor.person_no if actor else SYSTEM
    version.decided_at, version.decision_note = at, note.strip()[:200]
    version.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
    _tell(actor, "contact.approve_template" if approve else "contact.return_template", version, at, reason=note)
    return version


@transaction.atomic
def take_back(*, actor: Person, version: TemplateVersion, at: datetime) -> TemplateVersion:
    """Who asked no longer wants it decided: it is a draft again and may be changed. A returned one stays returned."""
    version = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if version.state == State.ASKED:
        version.state, version.asked_at = State.DRAFT, None
        version.save(update_fields=["state", "asked_at"])
        _tell(actor, "contact.take_back_template", version, at)
    return version


@transaction.atomic
def ask_again(*, actor: Person, version: TemplateVersion, at: datetime) -> TemplateVersion:
    """The same words once more before the chain, while no newer version was begun. Raises as `ask_approval`."""
    _may(actor, WRITE)
    version = _locked(version, State.RETURNED)
    if version.template.versions.filter(number__gt=version.number).exists():
        raise CannotDecide(_("There is a newer version of this template. Ask about that one."))
    _checked(version.template, _fields(version), at)
    version.state, version.asked_at = State.ASKED, at
    version.save(update_fields=["state", "asked_at"])
    _tell(actor, "contact.ask_template", version, at)
    return version


def _may_decide(actor: Person, version: TemplateVersion) -> None:
    if not actor.has_perm(APPROVE):
        raise NotAllowed(_("Your role may not approve templates. Hand the vote on to somebody who may."))
    if version.written_by == actor.person_no:
        raise CannotDecide(_("Somebody else must approve what you wrote."))


@transaction.atomic
def retire(*, actor: Person, version: TemplateVersion, at: datetime, reason: str) -> TemplateVersion:
    """Withdraw an approved version: nothing is sent with it from now on. Raises NotAllowed, CannotDecide."""
    _may(actor, APPROVE)
    version = _locked(version, State.APPROVED)
    _pass(version, State.RETIRED, actor, at, reason)
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    _tell(actor, "contact.retire_template", version, at, reason=reason)
    return version


def _pass(version: TemplateVersion, to: str, actor: Person, at: datetime, note: str = "") -> None:
    check_move(kind="template", object_id=str(version.pk), before=version.state, to=to, actor=actor, at=at, note=note)


def _new_version(actor: Person, template: MessageTemplate, fields: dict[str, Any], at: datetime) -> TemplateVersion:
    newest = template.versions.first()
    version = TemplateVersion.objects.create(
        template=template,
        number=newest.number + 1 if newest else 1,
        written_by=actor.person_no,
        written_at=at,
        **_checked(template, fields, at),
    )
    _tell(actor, "contact.write_template", version, at, {"body": version.body})
    return version


def _checked(template: MessageTemplate, fields: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The fields of a version, if it may be said. Raises CannotWrite, UnknownField, ForbiddenPhrase."""
    channel = channels.channel_of(template.channel)
    subject = scrub_card_numbers(fields["subject"].strip()) if channel.has_subject else ""
    body = scrub_card_numbers(fields["body"].strip())
    if not body or (channel.has_subject and not subject):
        raise CannotWrite(_("A mail needs a subject and a text.") if channel.has_subject else _("Write a text."))
    room = channel.longest - (SMS_ROOM if template.sells else 0)
    if len(body) > room:
        raise CannotWrite(_("The text is longer than %(most)s characters; shorten it.") % {"most": room})
    if fields["valid_to"] and fields["valid_to"] < fields["valid_from"]:
        raise CannotWrite(_("The last day lies before the first."))
    merging.fields_of(subject, body)
    forbidden.check_phrases(f"{subject}\n{body}", at.astimezone(SHANGHAI).date())
    return {**fields, "subject": subject, "body": body, "review_id": fields["review_id"].strip()}


def _fields(version: TemplateVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in ("subject", "body", "valid_from", "valid_to", "review_id")}


def _locked(version: TemplateVersion, state: str) -> TemplateVersion:
    found = TemplateVersion.objects.select_for_update().select_related("template").get(pk=version.pk)
    if found.state != state:
        raise CannotDecide(
            _("This version is %(state)s by now; reload the page.") % {"state": found.get_state_display()}
        )
    return found


def _may(actor: Person, right: str) -> None:
    if not actor.has_perm(right):
        raise NotAllowed


def _tell(
    actor: Person | None,
    action: str,
    version: TemplateVersion,
    at: datetime,
    changes: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    told = {"version": version.number, "state": version.state, **(changes or {})}
    record(
        actor=actor.person_no if actor else SYSTEM, action=action, object_kind="message_template",
        object_id=str(version.template_id), reason=reason.strip()[:400], at=at, changes=told,
    )  # fmt: skip
