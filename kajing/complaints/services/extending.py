"""More time: asked with reason and notice, approved by a chain, told to the complainant (domain §2.6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.complaints import choices, clocks, recusal
from kajing.complaints.models import Complaint, Extension
from kajing.complaints.services import writing
from kajing.complaints.services.acts import CannotAct
from kajing.complaints.services.writing import clean, day_of, locked, must_handle, must_stand, save, tell
from kajing.org.models import Person
from kajing.workflow import approvals
from kajing.workflow.approvals import Act, Change
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import ask_approval

NAME = "complaints.extend"
_LONG = 31  # days in all; above them a branch head or compliance signs too


@transaction.atomic
def extend(
    *, actor: Person, complaint: Complaint, reason: str, notice: str, at: datetime, version: int | None = None
) -> Extension:
    """Ask for the next longer period: 15 days become 30, 30 become 60, by the dated rows; others decide.

    `notice` is what the complainant is told. It must be asked for before the deadline. Raises NotOpen, NotAllowed,
    CannotAct, CannotAsk, Stale.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, *choices.RUNNING)
    stage = clocks.NEXT.get(choices.Stage(row.stage))
    if stage is None:
        raise CannotAct(_("There is no longer period: it must be answered by %(day)s.") % {"day": row.due_on})
    if day_of(at) > row.due_on:
        raise CannotAct(_("The deadline has passed: more time must be asked for before it. Answer at once."))
    if len(reason.strip()) < 4 or len(notice.strip()) < 4:
        raise CannotAct(_("Write why it takes longer, and what the complainant is told."))
    due_on = clocks.legal_due(row.clock_from, stage)
    if row.regulator_due_on and row.regulator_due_on < due_on:
        raise CannotAct(_("The regulator set its own last day; ask the regulator for more time."))
    made = Extension.objects.create(
        complaint=row, stage=stage, before_on=row.due_on, due_on=due_on, reason=clean(reason, 400),
        notice=clean(notice, 1000), asked_by=actor.person_no, asked_at=at,
    )  # fmt: skip
    ask_approval(
        actor=actor, act=NAME, object_id=str(row.pk), amount=(due_on - row.clock_from).days, reason=reason, at=at,
        customer_id=row.customer_id,
        payload={"extension": made.pk, "complaint": row.pk, "number": row.number,
                 "before": row.due_on.isoformat(), "after": due_on.isoformat(), "notice": made.notice},
    )  # fmt: skip
    tell(row, "ask_extension", gettext_noop("More time asked for, until %(day)s"), actor=actor, at=at, note=reason,
         params={"day": due_on.isoformat()})  # fmt: skip
    return made


def describe(payload: Mapping[str, Any]) -> list[Change]:
    """The deadline as it is and as it shall be, and what the complainant is told."""
    return [
        Change(gettext_lazy("Complaint"), "", str(payload.get("number", ""))),
        Change(gettext_lazy("Last day by law"), str(payload["before"]), str(payload["after"])),
        Change(gettext_lazy("What the complainant is told"), "", str(payload["notice"])),
    ]


def grant(request: ApprovalRequest, at: datetime) -> None:
    """Carried out by the last vote. Raises NotOpen when it was answered meanwhile, CannotAct for a recused voter."""
    made = Extension.objects.select_related("complaint").get(pk=request.payload["extension"])
    row = Complaint.objects.select_for_update(of=("self",)).get(pk=made.complaint_id)
    must_stand(row, *choices.RUNNING)
    by = _decided_by(request)
    if by is not None and (said := recusal.why_not(by, row)):
        raise CannotAct(said)
    row.stage, row.due_on = made.stage, clocks.legal_due(row.clock_from, made.stage, row.regulator_due_on)
    row.told_overdue_on = row.warned_on = None
    save(row)
    made.state, made.due_on, made.decided_at = Extension.State.GRANTED, row.due_on, at
    made.decided_by = by.person_no if by else ""
    made.save()
    asker = Person.objects.filter(person_no=made.asked_by).first()
    tell(
        row, "extend", gettext_noop("More time granted, until %(day)s"), actor=by, at=at, note=made.reason,
        params={"day": row.due_on.isoformat()}, timeline=True,
        changes={"due_on": [made.before_on.isoformat(), row.due_on.isoformat()], "stage": row.stage},
    )  # fmt: skip
    if asker is not None:
        writing.tell_handler(row, gettext_noop("More time for %(number)s: tell the complainant now"), actor=None, at=at)


def _decided_by(request: ApprovalRequest) -> Person | None:
    """Who gave the last vote."""
    voted = request.events.filter(kind="APPROVED").order_by("-pk").values_list("actor", flat=True).first()
    return Person.objects.filter(person_no=voted).first() if voted else None


def _mark(state: str) -> Any:
    def write(request: ApprovalRequest, at: datetime) -> None:
        Extension.objects.filter(pk=request.payload["extension"]).update(
            state=state, decided_at=None if state == Extension.State.ASKED else at
        )

    return write


@transaction.atomic
def tell_complainant(*, actor: Person, extension: Extension, way: str, at: datetime) -> Extension:
    """Keep the proof that the complainant was told of a granted extension. Raises NotAllowed, CannotAct."""
    row = locked(actor, extension.complaint)
    must_handle(actor, row)
    made = Extension.objects.select_for_update().get(pk=extension.pk)
    if made.state != Extension.State.GRANTED or made.told_at is not None:
        raise CannotAct(_("Only a granted extension that nobody told of yet is noted as told."))
    if way not in choices.Way.values:
        raise CannotAct(_("Say how the complainant was told."))
    made.told_at, made.told_way, made.told_by = at, way, actor.person_no
    made.save()
    tell(row, "told_extension", gettext_noop("The complainant was told of the extension"), actor=actor, at=at,
         note=made.notice, changes={"way": way})  # fmt: skip
    return made


def register_act() -> None:
    """Say that more time is an act that needs consent."""
    approvals.register(
        Act(
            name=NAME, title=gettext_noop("More time for a complaint"), icon="hourglass",
            permission="complaints.handle",
            describe=describe, apply=grant, returned=_mark(Extension.State.RETURNED),
            taken_back=_mark(Extension.State.TAKEN_BACK), sent_again=_mark(Extension.State.ASKED), amount="count",
            amount_label=gettext_lazy("Days in all"),
            policies=("simple_deadline", "complex_deadline", "max_deadline_after_approval"),
            url=lambda payload: reverse("complaints:detail", args=[payload["complaint"]]),
            chain=(
                {"name": gettext_noop("Leader"), "way": "ANY", "who": [{"leader": True}, {"role": "COMPLIANCE"}]},
                {"name": gettext_noop("Higher unit or head office"), "way": "ANY",
                 "who": [{"role": "BRANCH_HEAD"}, {"role": "COMPLIANCE"}], "from_amount": _LONG},
            ),
        )
    )  # fmt: skip
