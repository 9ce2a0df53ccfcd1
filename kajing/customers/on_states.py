"""Handover packs as records with states: given, then read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Handover
from kajing.customers.selectors.handovers import handovers
from kajing.customers.services.handovers import acknowledge
from kajing.org.models import Person, Unit
from kajing.records import states
from kajing.records.states import MOST, Fact, Given, StateKind
from kajing.ui import registry as ui

OPEN, READ = "OPEN", "READ"


def state_of(pk: str) -> str | None:
    """Given until the receiver has said that it is read."""
    found = Handover.objects.filter(pk=pk).first()
    return None if found is None else READ if found.acknowledged_at else OPEN


def ids(state: str) -> Sequence[str]:
    """Packs in a state, the oldest first."""
    found = Handover.objects.filter(acknowledged_at__isnull=state == OPEN).order_by("pk")
    return [str(pk) for pk in found.values_list("pk", flat=True)[:MOST]]


def _find(user: Any, pk: str) -> Handover | None:
    if not user.has_perm("customers.handover") or not pk.isdecimal() or len(pk) > 18:
        return None
    return handovers(user).filter(pk=pk).first()


def load(user: Any, pk: str) -> Handover:
    """The pack whose page takes panels. Raises Http404 when the person may not see it."""
    found = _find(user, pk)
    if found is None:
        raise Http404
    return found


def _apply(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    return acknowledge(actor=actor, handover=Handover.objects.get(pk=pk), at=at)


def _may(user: Any, row: Handover, to: str) -> bool:
    return bool(row.receiver_id == user.person_no)


def _place(pk: str) -> Unit | None:
    return Unit.objects.filter(pk__in=Handover.objects.filter(pk=pk).values("unit")).first()


def register() -> None:
    """Make handovers a kind with states, and their page one that takes panels."""
    ui.register_slot(ui.Slot(name="handover", load=load))
    states.register(
        StateKind(
            name="handover", label=_("Handover"), find=_find, state_of=state_of, ids=ids, apply=_apply, place=_place,
            may=_may,
            states=lambda: [
                (OPEN, pgettext_lazy("handover", "given")), (READ, pgettext_lazy("handover", "read by the receiver"))
            ],
            moves=lambda: [(OPEN, READ)], final=frozenset({READ}), since=states.by_moment(Handover, "made_at"),
            url=lambda pk: reverse("customers:handover", args=[pk]),
            facts={"reason": Fact(label=_("Reason"), lacking=states.by_query(Handover, reason=""))},
        )
    )  # fmt: skip
