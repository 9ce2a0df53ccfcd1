"""Rules about leads: with or without a customer, their conditions are those of the list of leads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.lib.periods import SHANGHAI
from kajing.lib.registers import Source
from kajing.org.models import Person
from kajing.records.kinds import is_key
from kajing.records.models import FieldDefinition, FieldValue
from kajing.sales.lead_list import LEADS
from kajing.sales.models import Lead, LeadOwnership, LeadStay
from kajing.sales.on_leads import page_of
from kajing.sales.selectors.leads.policy import LOSS, policy
from kajing.sales.services.leads import assign, lose, move
from kajing.sales.services.leads.common import CannotOwn, today_at
from kajing.sales.stages import BY_HAND, OPEN, RETURNING
from kajing.workflow import events, rules, subjects
from kajing.workflow.events import Event, EventKind
from kajing.workflow.models import Task
from kajing.workflow.rule_records import NoSuchRecord, Standard, register_standard
from kajing.workflow.rules import Occasion
from kajing.workflow.selectors import day_bounds
from kajing.workflow.subjects import Pair, Subject, SubjectKind

KIND = "lead"
Stage = Lead.Stage
ACTS = {
    "sales.lead_created": _("a lead came in"),
    "sales.lead_changed": _("a lead was changed"),
    "sales.lead_moved": _("a lead went to another stage"),
    "sales.lead_lost": _("a lead was lost"),
    "sales.lead_reopened": _("a lost lead was opened again"),
    "sales.lead_assigned": _("a lead was assigned"),
    "sales.lead_claimed": _("a lead was claimed"),
    "sales.lead_released": _("a lead was given to the pool"),
    "sales.lead_returned": _("a lead went back to the pool, its time was over"),
    "sales.lead_activity": _("something was done about a lead"),
    "sales.lead_linked": _("a lead became a customer"),
}


# -- what a rule is about --------------------------------------------------------------------------------------------
def _load(keys: Iterable[str]) -> dict[str, Subject]:
    rows = Lead.objects.select_related("owner", "unit", "customer", "customer__manager", "customer__unit")
    found = rows.in_bulk([int(key) for key in keys if is_key(key)])
    return {str(pk): Subject(KIND, str(pk), one.number, one.customer, one.owner, one.unit) for pk, one in found.items()}


def _of_acts(pairs: Iterable[Pair]) -> Mapping[Pair, str]:
    """Acts on leads are about these; acts on tasks about the lead the task came from."""
    told = list(pairs)
    found = {(kind, pk): pk for kind, pk in told if kind == KIND and is_key(pk)}
    tasks = [pk for kind, pk in told if kind == "task" and is_key(pk)]
    for first in range(0, len(tasks), 500):
        rows = Task.objects.filter(pk__in=tasks[first : first + 500], source__startswith=f"{KIND}:")
        found |= {("task", str(pk)): source.partition(":")[2] for pk, source in rows.values_list("pk", "source")}
    return found


def _assign(about: Subject, owner: Person, leader: Person, on: date, at: datetime, reason: str) -> None:
    one = _lead(about.pk)
    if one.owner_id is not None:  # claimed since the rule looked
        raise CannotOwn(gettext("This lead belongs to somebody else."))
    assign(actor=leader, lead=one, owner=owner, at=at, reason=reason, version=one.version)


def _turns(reason: str, numbers: Sequence[str]) -> dict[str, int]:
    rows = LeadOwnership.objects.filter(reason=reason, owner_no__in=numbers).order_by().values("owner_no")
    return {row["owner_no"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _lead(pk: str) -> Lead:
    found = Lead.objects.filter(pk=pk).first()
    if found is None:
        raise NoSuchRecord(gettext("The lead is not there any more."))
    return found


# -- what rules set --------------------------------------------------------------------------------------------------
def _set_stage(pk: str, value: str, occasion: Occasion) -> None:
    """To a stage that people set too, past its gate; LOST:PRICE closes the lead with the reason."""
    to, _colon, reason = value.partition(":")
    said = f"rule:{occasion.rule}"
    if to == Stage.LOST:
        lose(actor=None, lead=_lead(pk), reason=reason, note=said, at=occasion.at)
    else:
        move(actor=None, lead=_lead(pk), to=to, note=said, at=occasion.at)


def _wrong_stage(value: str) -> list[str]:
    to, colon, reason = value.partition(":")
    if to == Stage.LOST:
        told = _losses()
        said = gettext("write LOST with its reason, one of: %(known)s.")
        return [] if reason in told else [said % {"known": ", ".join(f"{Stage.LOST}:{code}" for code in told)}]
    known = ", ".join(BY_HAND)
    return [] if to in BY_HAND and not colon else [gettext("write one of %(known)s.") % {"known": f"{known}, LOST:…"}]


def _losses() -> list[str]:
    """The reasons in force that a rule may give: not those that name the rival bank and its card."""
    now = policy(today_at(timezone.now()))
    return [code for code in now.loss_reasons if code not in now.rival_reasons]


# -- events ----------------------------------------------------------------------------------------------------------
Between = Callable[[date, date], Iterator[Event]]


def _stays(stages: list[str] | None, *, all_leads: bool) -> Between:
    """Stages that leads entered in a span of days; None: all but the first. Of customers only, or of all leads."""

    def between(first: date, last: date) -> Iterator[Event]:
        rows = LeadStay.objects.filter(entered_at__gte=day_bounds(first)[0], entered_at__lt=day_bounds(last)[1])
        rows = rows if all_leads else rows.filter(lead__customer__isnull=False)
        rows = rows.exclude(stage=Stage.LEAD) if stages is None else rows.filter(stage__in=stages)
        columns = ("pk", "lead_id", "lead__customer_id", "stage", "entered_at", "lead__source", "lead__loss_reason")
        for pk, lead, customer, stage, at, source, reason in rows.values_list(*columns).iterator():
            about = _about(lead, stage=stage, source=source, reason=reason)
            yield Event(customer or "", at.astimezone(SHANGHAI).date(), f"lead:{lead}:{pk}", about)

    return between


def _ends(*, all_leads: bool) -> Between:
    """The last day a lead belongs to its owner, of those that the night will take to the pool."""

    def between(first: date, last: date) -> Iterator[Event]:
        rows = Lead.objects.filter(stage__in=RETURNING, owned_until__gte=first, owned_until__lte=last)
        rows = rows if all_leads else rows.filter(customer__isnull=False)
        columns = ("pk", "customer_id", "owned_until", "stage", "source")
        for pk, customer, day, stage, source in (
            rows.exclude(owner=None).order_by("pk").values_list(*columns).iterator()
        ):
            if day is not None:
                yield Event(customer or "", day, f"lead_until:{pk}:{day}", _about(pk, stage=stage, source=source))

    return between


def _about(pk: int, **more: str) -> dict[str, str]:
    return {"object": KIND, "object_id": str(pk), **more}


def _days(field: FieldDefinition, *, all_leads: bool) -> Between:
    """Days in an own field of leads."""

    def between(first: date, last: date) -> Iterator[Event]:
        rows = FieldValue.objects.filter(field=field, day__gte=first, day__lte=last).values_list("object_id", "day")
        days = {int(pk): day for pk, day in rows.iterator() if day is not None}
        keys = list(days)
        for start in range(0, len(keys), 500):
            found = Lead.objects.filter(pk__in=keys[start : start + 500], stage__in=OPEN).order_by("pk")
            found = found if all_leads else found.filter(customer__isnull=False)
            for pk, customer in found.values_list("pk", "customer_id"):
                yield Event(customer or "", days[pk], f"lead.{field.name}:{pk}:{days[pk]}", _about(pk))

    return between


def _of_field(field: FieldDefinition) -> EventKind:
    label = pgettext("record", "Lead")
    return EventKind(
        name=f"{KIND}.{field.name}", title=f"{label}: {field.label}",
        between=_days(field, all_leads=False), of={KIND: _days(field, all_leads=True)},
    )  # fmt: skip


def _day_fields() -> QuerySet[FieldDefinition]:
    return FieldDefinition.objects.filter(kind=KIND, type="DAY", archived_at=None)


def _own(name: str) -> EventKind | None:
    """A day field of leads, as `lead.wanted_on`."""
    kind, _dot, field = name.partition(".")
    found = _day_fields().filter(name=field).first() if kind == KIND and field else None
    return _of_field(found) if found else None


def _labels(choices: Any) -> Callable[[], Mapping[str, Any]]:
    return lambda: dict(choices)


def _events() -> list[EventKind]:
    source = {"source": _labels(Lead.Source.choices)}
    stage = {"stage": _labels(Stage.choices)}

    def both(stages: list[str] | None) -> dict[str, Any]:
        return {"between": _stays(stages, all_leads=False), "of": {KIND: _stays(stages, all_leads=True)}}

    return [
        EventKind(
            name="lead_created", title=_("A lead came in"), known_ahead=False, facets=source, **both([Stage.LEAD])
        ),
        EventKind(
            name="lead_stage", title=_("A lead entered a stage"), known_ahead=False, facets=source | stage, **both(None)
        ),
        EventKind(
            name="lead_lost", title=_("A lead was lost"), known_ahead=False,
            facets={**source, "reason": lambda: dict(LOSS)}, **both([Stage.LOST]),
        ),
        EventKind(
            name="lead_until", title=_("Last day of a lead with its owner"), facets=source | stage,
            between=_ends(all_leads=False), of={KIND: _ends(all_leads=True)},
        ),
    ]  # fmt: skip


def register() -> None:
    """Let rules be about leads, and tell what may happen to them."""
    subjects.register(
        SubjectKind(
            name=KIND, label=pgettext_lazy("rule", "leads"), list=LEADS.name, rows=Lead.objects.all,
            standing=lambda rows: rows.filter(stage__in=OPEN), load=_load, of_acts=_of_acts,
            acts_on=frozenset({KIND, "task"}), assign=_assign, turns=_turns, url=page_of,
            number=lambda pk: Lead(pk=int(pk)).number if is_key(pk) else pk,
            has_owner=_("stays: the lead has an owner"), goes_to=_("lead goes to %(name)s"),
        )
    )  # fmt: skip
    events.register(*_events())
    events.KINDS.sources.append(Source(_own, lambda: [_of_field(one) for one in _day_fields()]))
    rules.register_acts(ACTS)
    register_standard(
        Standard(
            kind=KIND, name="stage", title=pgettext_lazy("lead", "stage"), wrong=_wrong_stage, set=_set_stage,
            hint=_("a stage, or LOST:reason"),
        )
    )  # fmt: skip
