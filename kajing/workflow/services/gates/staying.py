"""Records that stay in a state beyond its time limit: the leader of their place hears of each once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_noop

from kajing.notifications.services import notify
from kajing.org.selectors import leader_of
from kajing.records.fields.states import kind_of
from kajing.records.states import StateKind
from kajing.workflow.clock import after_hours
from kajing.workflow.models import GateStay, GateVersion

MOST = 500  # records a round


@transaction.atomic
def sweep(at: datetime) -> int:
    """Count the stay of records that came there before the gate, then tell of those that are late; how many were told.

    What was in a state when the gate came in force is counted from then.
    """
    told = 0
    for gate in GateVersion.objects.filter(state=GateVersion.State.LIVE).exclude(limits={}):
        kind = kind_of(gate.kind)
        if kind is None:
            continue
        for state, hours in gate.limits.items():
            _count(gate, kind, state, hours)
        late = GateStay.objects.filter(kind=gate.kind, escalated_at=None, due_at__lte=at).order_by("due_at")
        told += sum(_tell(kind, stay, at) for stay in late[:MOST])
    return told


def _count(gate: GateVersion, kind: StateKind, state: str, hours: int) -> None:
    known = set(GateStay.objects.filter(kind=gate.kind, state=state).values_list("object_id", flat=True))
    fresh = [pk for pk in kind.ids(state) if pk not in known][:MOST]
    since, begun = kind.since(fresh), gate.published_at or gate.made_at
    GateStay.objects.filter(kind=gate.kind, object_id__in=fresh).delete()  # of another state, left without the gate
    moments = {pk: max(since.get(pk, begun), begun) for pk in fresh}
    GateStay.objects.bulk_create(
        GateStay(kind=gate.kind, object_id=pk, state=state, since=when, due_at=after_hours(when, hours))
        for pk, when in moments.items()
    )


def _tell(kind: StateKind, stay: GateStay, at: datetime) -> int:
    if kind.state_of(stay.object_id) != stay.state:
        stay.delete()
        return 0
    stay.escalated_at = at
    stay.save(update_fields=["escalated_at"])
    unit = kind.place(stay.object_id)
    leader = leader_of(unit) if unit else None
    if leader is None:
        return 0
    with translation.override(leader.language or None):
        told = {"kind": str(kind.label), "state": kind.words(stay.state)}
    notify(
        person=leader, kind="gate.late", title=gettext_noop("Too long in a state: %(kind)s, %(state)s"), at=at,
        params=told, url=kind.url(stay.object_id),
        group=f"gate:{kind.name}:{stay.state}"[:100],
    )  # fmt: skip
    return 1
