"""Leads carry the bank's own fields, tags and files, go from state to state, and set off rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.services.reveals import check_quota
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Unit
from kajing.records import kinds, states
from kajing.records.kinds import is_key
from kajing.records.states import Fact, Given, Input, StateKind
from kajing.sales.models import Lead, LeadStay
from kajing.sales.selectors import leads as selectors
from kajing.sales.selectors.leads.policy import LOSS
from kajing.sales.selectors.leads.reading import VIEW
from kajing.sales.services.leads import lose, move, reopen
from kajing.sales.services.leads.common import today_at
from kajing.sales.stages import KNOWN_LATER, MOVES
from kajing.ui import registry as ui
from kajing.workflow import events, rules, sources
from kajing.workflow.events import Event, EventKind
from kajing.workflow.selectors import day_bounds

Stage = Lead.Stage
# For rules: acts on a lead that is a customer (cross-selling, or linked by now).
ACTS = {
    "sales.lead_created": _("a lead about the customer came in"),
    "sales.lead_changed": _("a lead about the customer was changed"),
    "sales.lead_moved": _("a lead about the customer went to another stage"),
    "sales.lead_lost": _("a lead about the customer was lost"),
    "sales.lead_reopened": _("a lost lead about the customer was opened again"),
    "sales.lead_assigned": _("a lead about the customer was assigned"),
    "sales.lead_claimed": _("a lead about the customer was claimed"),
    "sales.lead_linked": _("a lead became this customer"),
}


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


# -- events of rules and playbooks -----------------------------------------------------------------------------------
def _stays(stages: list[str] | None) -> Callable[[date, date], Iterator[Event]]:
    """Stages that leads about customers entered in a span of days; None: all but the first."""

    def between(first: date, last: date) -> Iterator[Event]:
        rows = LeadStay.objects.filter(
            entered_at__gte=day_bounds(first)[0], entered_at__lt=day_bounds(last)[1], lead__customer__isnull=False
        )
        rows = rows.exclude(stage=Stage.LEAD) if stages is None else rows.filter(stage__in=stages)
        columns = ("pk", "lead_id", "lead__customer_id", "stage", "entered_at", "lead__source", "lead__loss_reason")
        for pk, lead, customer, stage, at, source, reason in rows.values_list(*columns).iterator():
            about = {"object": "lead", "object_id": str(lead), "stage": stage, "source": source, "reason": reason}
            yield Event(customer, at.astimezone(SHANGHAI).date(), f"lead:{lead}:{pk}", about)

    return between


def _labels(choices: Any) -> Callable[[], Mapping[str, Any]]:
    return lambda: dict(choices)


def _register_events() -> None:
    source = {"source": _labels(Lead.Source.choices)}
    stage = {"stage": _labels(Lead.Stage.choices)}
    events.register(
        EventKind(
            name="lead_created", title=_("A lead about the customer came in"), between=_stays([Stage.LEAD]),
            known_ahead=False, facets=source,
        ),
        EventKind(
            name="lead_stage", title=_("A lead about the customer entered a stage"), between=_stays(None),
            known_ahead=False, facets=source | stage,
        ),
        EventKind(
            name="lead_lost", title=_("A lead about the customer was lost"), between=_stays([Stage.LOST]),
            known_ahead=False, facets={**source, "reason": lambda: dict(LOSS)},
        ),
    )  # fmt: skip


def register() -> None:
    """Make leads a kind of record and of states, and tell rules what may happen to them."""
    ui.register_slot(ui.Slot(name="lead", load=load))
    kinds.register(
        kinds.Kind(
            name="lead", label=pgettext_lazy("record", "Lead"), visible=selectors.leads, view=VIEW, numeric=True,
            customer_of=customer_of, place=place, url=page_of, check_reveal=check_quota,
        ),
        slot="lead",
    )  # fmt: skip
    _register_states()
    _register_events()
    rules.register_acts(ACTS)
    sources.register("lead", page_of)
