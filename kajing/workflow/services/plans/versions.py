"""Playbooks and their versions: written by one person, put in force by another; some come with the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.customers.lists import CUSTOMERS
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.records.lists import Context, conditions
from kajing.workflow import events, playbooks
from kajing.workflow.models import Playbook, PlaybookVersion
from kajing.workflow.system import System

State = PlaybookVersion.State


class CannotPublish(DomainError):
    """The version has a fault, or is published by who wrote it."""

    status = 422


@transaction.atomic
def new_playbook(*, actor: Person, code: str, name: str, at: datetime) -> Playbook:
    """Make an empty playbook. Raises NotAllowed, CannotPublish when the code is taken."""
    _may(actor, "workflow.edit_process")
    if Playbook.objects.filter(code=code).exists():
        raise CannotPublish(_("There is a playbook with this code already."))
    made = Playbook.objects.create(code=code, name=name, made_by=actor.person_no)
    _tell(made, actor.person_no, "playbook_new", at, {})
    return made


@transaction.atomic
def draft_playbook(
    *,
    actor: Person,
    playbook: Playbook,
    steps: Sequence[Mapping[str, Any]],
    event: str,
    days_before: int,
    exits: Sequence[str],
    at: datetime,
) -> PlaybookVersion:
    """Write the draft of the next version; an existing draft is replaced. Raises NotAllowed, CannotPublish."""
    _may(actor, "workflow.edit_process")
    wrong = playbooks.problems(steps, event=event) + _wrong_rest(event, exits, at)
    if wrong:
        raise CannotPublish(" ".join(wrong))
    playbook.versions.filter(state=State.DRAFT).delete()
    newest = playbook.versions.order_by("-number").first()
    draft = PlaybookVersion.objects.create(
        playbook=playbook, number=newest.number + 1 if newest else 1, steps=[dict(step) for step in steps], event=event,
        days_before=days_before, exits=list(exits), author=actor.person_no, made_at=at,
    )  # fmt: skip
    _tell(playbook, actor.person_no, "playbook_draft", at, {"version": draft.number, "steps": draft.steps})
    return draft


def _wrong_rest(event: str, exits: Sequence[str], at: datetime) -> list[str]:
    found = [_("There is no event of this name.")] if event and events.kind_of(event) is None else []
    for text in exits:
        try:
            conditions.compile(CUSTOMERS, text, Context(System(), timezone.localdate(at)))
        except conditions.ConditionError as error:
            found.append(str(error))
    return found


@transaction.atomic
def publish_playbook(*, actor: Person, version: PlaybookVersion, at: datetime) -> PlaybookVersion:
    """Put a draft in force; running plans keep theirs. Raises NotAllowed, CannotPublish."""
    _may(actor, "workflow.publish_process")
    version = PlaybookVersion.objects.select_for_update(of=("self",)).select_related("playbook").get(pk=version.pk)
    if version.state != State.DRAFT:
        raise CannotPublish(_("Only a draft can be published."))
    if version.author == actor.person_no:
        raise CannotPublish(_("Who wrote a version cannot publish it; ask a colleague."))
    version.playbook.versions.filter(state=State.LIVE).update(state=State.RETIRED)
    version.state, version.published_by, version.published_at = State.LIVE, actor.person_no, at
    version.save()
    _tell(version.playbook, actor.person_no, "playbook_publish", at, {"version": version.number})
    return version


@transaction.atomic
def switch_playbook(*, actor: Person, playbook: Playbook, enabled: bool, at: datetime) -> None:
    """Let events start it, or not; running plans go on. Raises NotAllowed."""
    _may(actor, "workflow.publish_process")
    Playbook.objects.filter(pk=playbook.pk).update(enabled=enabled)
    _tell(playbook, actor.person_no, "playbook_switch", at, {"enabled": enabled})


@transaction.atomic
def load_playbooks(*, at: datetime, enabled: bool = False) -> int:
    """Bring the delivered playbooks in; what is there stays as it is. Repeatable; returns how many there are.

    `enabled` lets events start them at once; otherwise somebody switches each on.
    """
    for one in playbooks.DELIVERED:
        made, new = Playbook.objects.get_or_create(
            code=one["code"], defaults={"name": one["name"], "made_by": "system", "enabled": enabled}
        )
        if new:
            PlaybookVersion.objects.create(
                playbook=made, number=1, steps=one["steps"], event=one["event"], days_before=one["days_before"],
                exits=one["exits"], state=State.LIVE, author="system", made_at=at, published_by="system",
                published_at=at,
            )  # fmt: skip
    return Playbook.objects.count()


def _may(actor: Person, right: str) -> None:
    if not actor.has_perm(right):
        raise NotAllowed(_("Your role may not change playbooks."))


def _tell(playbook: Playbook, actor: str, act: str, at: datetime, changes: dict[str, Any]) -> None:
    record(
        actor=actor, action=f"workflow.{act}", object_kind="playbook", object_id=playbook.code, at=at, changes=changes
    )
