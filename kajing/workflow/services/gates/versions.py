"""A gate's way: written by one person, tried on the records there are, put in force by another, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.records.fields.states import kind_of
from kajing.records.states import StateKind
from kajing.workflow import gates
from kajing.workflow.models import GateStay, GateVersion
from kajing.workflow.services.gates.testing import report

State = GateVersion.State
EDIT, PUBLISH = "workflow.edit_process", "workflow.publish_process"


class CannotPublish(DomainError):
    """The version has a fault, was not tried, or is published by who wrote it."""

    status = 422


@transaction.atomic
def draft_gate(
    *,
    actor: Person,
    kind: str,
    moves: Sequence[Mapping[str, Any]],
    limits: Mapping[str, int],
    ends: Sequence[str],
    at: datetime,
    note: str = "",
) -> GateVersion:
    """Write the draft of the next version; an existing draft is replaced. Raises NotAllowed, CannotPublish."""
    _may(actor, EDIT)
    wanted = [dict(one) for one in moves]
    if wrong := gates.problems(_known(kind), wanted, dict(limits), list(ends)):
        raise CannotPublish(" ".join(wrong))
    versions = GateVersion.objects.filter(kind=kind)
    versions.filter(state=State.DRAFT).update(state=State.RETIRED, ended_at=at, ended_by=actor.person_no)
    newest = versions.order_by("-number").first()
    draft = GateVersion.objects.create(
        kind=kind, number=newest.number + 1 if newest else 1, moves=wanted, limits=dict(limits), ends=list(ends),
        author=actor.person_no, made_at=at, note=note.strip()[:400],
    )  # fmt: skip
    _tell(draft, actor, "draft", at)
    return draft


@transaction.atomic
def try_gate(*, actor: Person, version: GateVersion, at: datetime) -> GateVersion:
    """What the draft would mean for the records there are; nothing changes. Raises NotAllowed, CannotPublish."""
    _may(actor, EDIT)
    if version.state != State.DRAFT:
        raise CannotPublish(_("Only a draft can be tested."))
    version.test, version.tested_at = report(version, _known(version.kind), at=at), at
    version.save(update_fields=["test", "tested_at"])
    _tell(version, actor, "test", at, stuck=version.test["stuck"])
    return version


@transaction.atomic
def publish_gate(*, actor: Person, version: GateVersion, at: datetime, reason: str = "") -> GateVersion:
    """Put a tested draft in force, in place of the one before; with stuck records only for a reason.

    Raises NotAllowed, CannotPublish.
    """
    _may(actor, PUBLISH)
    version = GateVersion.objects.select_for_update().get(pk=version.pk)
    if version.state != State.DRAFT:
        raise CannotPublish(_("Only a draft can be published."))
    if version.author == actor.person_no:
        raise CannotPublish(_("Who wrote a version cannot publish it; ask a colleague."))
    if version.tested_at is None:
        raise CannotPublish(_("Test the version on the records there are first."))
    if wrong := gates.problems(_known(version.kind), version.moves, version.limits, version.ends):
        raise CannotPublish(" ".join(wrong))
    if version.test["stuck"] and not reason.strip():
        raise CannotPublish(
            _("%(count)s records would be stuck. Give them a way on, or say why not.")
            % {"count": version.test["stuck"]}
        )
    _end(version.kind, actor, at)
    version.state, version.published_by, version.published_at = State.LIVE, actor.person_no, at
    version.save(update_fields=["state", "published_by", "published_at"])
    _tell(version, actor, "publish", at, reason=reason)
    return version


@transaction.atomic
def retire_gate(*, actor: Person, version: GateVersion, at: datetime, reason: str) -> GateVersion:
    """Close a gate: every move of the product's own is open again. Raises NotAllowed, CannotPublish."""
    _may(actor, PUBLISH)
    if version.state != State.LIVE:
        raise CannotPublish(_("Only the version in force can be closed."))
    if len(reason.strip()) < 2:
        raise CannotPublish(_("Say why the gate is closed."))
    _end(version.kind, actor, at)
    version.refresh_from_db()
    _tell(version, actor, "retire", at, reason=reason)
    return version


def restore_gate(*, actor: Person, version: GateVersion, at: datetime) -> GateVersion:
    """Take an earlier version up again: a new draft that says the same. Raises NotAllowed, CannotPublish."""
    return draft_gate(
        actor=actor, kind=version.kind, moves=version.moves, limits=version.limits, ends=version.ends, at=at,
        note=_("As version %(number)s") % {"number": version.number},
    )  # fmt: skip


def _end(kind: str, actor: Person, at: datetime) -> None:
    """The version in force ends; how long records stayed is counted anew by the next one."""
    for live in GateVersion.objects.filter(kind=kind, state=State.LIVE):
        live.state, live.ended_at, live.ended_by = State.RETIRED, at, actor.person_no
        live.save(update_fields=["state", "ended_at", "ended_by"])
    GateStay.objects.filter(kind=kind).delete()


def _known(kind: str) -> StateKind:
    found = kind_of(kind)
    if found is None:
        raise CannotPublish(_("There is no kind of record with states of this name."))
    return found


def _may(actor: Person, right: str) -> None:
    if not actor.has_perm(right):
        raise NotAllowed(_("Your role may not change state gates."))


def _tell(version: GateVersion, actor: Person, act: str, at: datetime, *, reason: str = "", **more: Any) -> None:
    changes = {"version": version.number, "moves": version.moves, "limits": version.limits, **more}
    record(
        actor=actor.person_no, action=f"workflow.gate_{act}", object_kind="gate", object_id=version.kind, at=at,
        reason=reason.strip()[:400], changes=changes,
    )  # fmt: skip
