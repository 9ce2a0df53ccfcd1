"""Leads carry the bank's own fields, tags and files, and go from state to state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.services.reveals import check_quota
from kajing.lib.errors import DomainError
from kajing.org.models import Person, Unit
from kajing.records import kinds, states
from kajing.records.kinds import is_key
from kajing.records.states import Fact, Given, Input, StateKind
from kajing.sales.models import Lead
from kajing.sales.selectors import leads as selectors
from kajing.sales.selectors.leads.reading import VIEW
from kajing.sales.services.leads import lose, move, reopen
from kajing.sales.services.leads.common import today_at
from kajing.sales.stages import KNOWN_LATER, MOVES
from kajing.ui import registry as ui
from kajing.workflow import sources

Stage = Lead.Stage


def page_of(number: str) -> str:
    """The address of a lead, for tasks that come from one."""
    return reverse("leads:detail", args=[number]) if is_key(number) else ""


def customer_of(pk: str) -> str:
    """The customer of a lead, for the audit trail; empty while there is none."""
    found = Lead.objects.filter(pk=pk).values_list("customer_id", flat=True).first()
    return str(found) if found else ""


def place(pk: str) -> Unit | None:
    """The unit a lead belongs to."""
    return Unit.objects.filter(pk__in=Lead.objects.filter(pk=pk).values("unit")).first()


def load(user: Any, pk: str) -> Lead:
    """The lead whose page takes panels. Raises Http404."""
    found = _find(user, pk)
    if found is None:
        raise Http404
    return found


def _find(user: Any, pk: str) -> Lead | None:
    if not user.has_perm(VIEW) or not is_key(pk):
        return None
    return selectors.lead(user, int(pk))


def _apply(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    one = Lead.objects.get(pk=pk)
    if to == Stage.LOST:
        told: dict[str, Any] = {name: given.get(name, "") for name in ("reason", "rival", "rival_card")}
        return lose(actor=actor, lead=one, note=note, at=at, **told)
    if to in KNOWN_LATER:
        raise DomainError(_("This stage becomes known from the bank's files; nobody sets it by hand."))
    if one.stage == Stage.LOST:
        return reopen(actor=actor, lead=one, to=to, note=note, at=at)
    return move(actor=actor, lead=one, to=to, note=note, at=at)


def _inputs(to: str) -> tuple[Input, ...]:
    """A loss asks why, and where the customer went instead."""
    if to != Stage.LOST:
        return ()
    from django.utils import timezone

    rules_now = selectors.policy(today_at(timezone.now()))
    return (
        Input(name="reason", label=_("Why lost"), choices=rules_now.losses),
        Input(name="rival", label=_("Rival bank"), required=False),
        Input(name="rival_card", label=_("Card of the rival"), required=False),
    )


def _register_states() -> None:
    states.register(
        StateKind(
            name="lead", label=pgettext_lazy("record", "Lead"), moves=lambda: list(MOVES), find=_find, apply=_apply,
            inputs=_inputs, may=lambda user, row, to: selectors.can_work(user, row) and to not in KNOWN_LATER,
            final=frozenset({Stage.ACTIVE90, Stage.LOST, *KNOWN_LATER}), place=place, customer_of=customer_of,
            url=page_of, since=states.by_moment(Lead, "stage_since"), carrier=lambda pk: ("lead", pk),
            carrier_kind="lead",
            facts={
                "id_number": Fact(label=_("ID number"), lacking=states.by_query(Lead, id_number_idx="")),
                "employer": Fact(label=_("Employer"), lacking=states.by_query(Lead, employer_enc=None)),
                "product": Fact(label=_("Product"), lacking=states.by_query(Lead, product=None)),
                "limit": Fact(label=_("Expected limit"), lacking=states.by_query(Lead, expected_limit=None)),
                "activity": Fact(label=_("An activity"), lacking=states.by_query(Lead, touched_at=None)),
            },
            **states.by_column(Lead, "stage"),
        )
    )  # fmt: skip


def register() -> None:
    """Make leads a kind of record and of states, and what tasks come from."""
    ui.register_slot(ui.Slot(name="lead", load=load))
    kinds.register(
        kinds.Kind(
            name="lead", label=pgettext_lazy("record", "Lead"), visible=selectors.leads, view=VIEW, numeric=True,
            customer_of=customer_of, place=place, url=page_of, check_reveal=check_quota,
        ),
        slot="lead",
    )  # fmt: skip
    _register_states()
    sources.register("lead", page_of)
