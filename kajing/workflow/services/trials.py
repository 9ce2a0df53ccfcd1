"""Trials: who is held back is drawn by lot before anybody is contacted; nights watch both groups (reference 5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import ContactHold, Customer, CustomerFigures
from kajing.customers.services import lift_hold, place_hold
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.records.services.bulk import HeldBack
from kajing.records.undo import surrounding
from kajing.reference.selectors import parameter_values
from kajing.workflow.models import Trial, TrialMember
from kajing.workflow.selectors import moment
from kajing.workflow.selectors.trials import may_end

HOLD = "TRIAL"
DELIVERED = {"trial_days": 30, "trial_share_min": 10, "trial_share_max": 50}  # BP785-BP787, before they are loaded


class CannotHoldBack(DomainError):
    """The share is out of the bank's limits, or too small for so few customers."""

    status = 422


class NotRunning(DomainError):
    """The trial is over."""

    def __str__(self) -> str:
        return _("This trial is over already.")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Who gets the task, who is held back, and who is left alone because another trial still watches them."""

    treated: list[str]
    held: dict[str, str]
    busy: dict[str, str]


def check_share(*, share: int, count: int, at: datetime) -> None:
    """Whether this percentage of so many customers can be held back. Raises CannotHoldBack."""
    limits = _limits(at)
    least, most = limits["trial_share_min"], limits["trial_share_max"]
    if not least <= share <= most:
        said = _("Hold back between %(least)s and %(most)s percent, or nobody.")
        raise CannotHoldBack(said % {"least": least, "most": most})
    if _wanted(count, share) == 0:
        said = _("%(share)s percent of %(count)s customers is not one. Choose more customers or a larger share.")
        raise CannotHoldBack(said % {"share": share, "count": count})


def _limits(at: datetime) -> dict[str, int]:
    found = parameter_values(DELIVERED, at.astimezone(SHANGHAI).date())
    return DELIVERED | {key: value for key, value in found.items() if isinstance(value, int)}


def _wanted(count: int, share: int) -> int:
    """At least the share, and nobody where the share is less than one customer."""
    return -(-count * share // 100) if count * share >= 100 else 0


@transaction.atomic
def begin_trial(*, actor: Person, title: str, kind: str, share: int, at: datetime) -> Trial:
    """Open a trial; its customers join chunk by chunk. Both groups are watched for the days of BP785."""
    days = timedelta(days=_limits(at)["trial_days"])
    today = moment(at).today
    trial = Trial.objects.create(
        title=scrub_card_numbers(title)[:200], kind=kind, share=share, made_by=actor.person_no, unit_id=actor.unit_id,
        made_at=at, starts_on=today, ends_on=today + days, held_until=at.astimezone(SHANGHAI).date() + days,
    )  # fmt: skip
    _audit(trial, actor.person_no, "start", at, share=share, ends_on=trial.ends_on.isoformat())
    return trial


def draw(*, customer_ids: Sequence[str], share: int, trial: Trial | None, at: datetime) -> Drawn:
    """Draw by lot among customers who may be contacted. Without a trial it only says what would be drawn.

    The lot of a customer is the same for a whole day, so that trying again until it falls otherwise is of no use.
    """
    busy = _busy(customer_ids, trial)
    free = sorted((pk for pk in customer_ids if pk not in busy), key=lambda pk: _lot(pk, at))
    members, held = _so_far(trial)
    want = max(_wanted(members + len(free), share) - held, 0)
    until = trial.held_until if trial else at.astimezone(SHANGHAI).date() + timedelta(days=_limits(at)["trial_days"])
    said = _("Drawn by lot: held back for comparison until %(day)s.") % {"day": until.isoformat()}
    return Drawn(free[want:], dict.fromkeys(free[:want], HeldBack(said)), busy)


def _lot(pk: str, at: datetime) -> str:
    return settings.KAJING_KEYS.blind("workflow.trial", f"{at.astimezone(SHANGHAI).date()}:{pk}")


def _so_far(trial: Trial | None) -> tuple[int, int]:
    if trial is None:
        return 0, 0
    found = trial.members.aggregate(n=Count("pk"), held=Count("pk", filter=Q(held=True)))
    return found["n"], found["held"]


def _busy(customer_ids: Sequence[str], trial: Trial | None) -> dict[str, str]:
    """Customers that another running trial watches: two at once could not be told apart."""
    rows = TrialMember.objects.filter(customer__in=list(customer_ids), trial__state=Trial.State.RUNNING)
    others = rows.exclude(trial=trial).values_list("customer_id", "trial__ends_on")
    said = _("Takes part in another trial until %(day)s.")
    return {pk: said % {"day": day.isoformat()} for pk, day in others}


@transaction.atomic
def enrol(*, actor: Person, trial: Trial, drawn: Drawn, at: datetime) -> None:
    """Write both groups down; no selling to those held back while the trial runs (BP784)."""
    groups = [(pk, False) for pk in drawn.treated] + [(pk, True) for pk in drawn.held]
    members = TrialMember.objects.bulk_create(
        TrialMember(trial=trial, customer_id=pk, held=held) for pk, held in groups
    )  # fmt: skip
    if log := surrounding():
        log.added(members)
    for customer in Customer.objects.filter(pk__in=list(drawn.held)):
        place_hold(
            actor=actor.person_no, customer=customer, kind=HOLD, source=trial.source, at=at, until=trial.held_until,
            reason=trial.title,
        )  # fmt: skip


@transaction.atomic
def end_trial(*, actor: Person, trial: Trial, reason: str, at: datetime) -> Trial:
    """End it early: what was counted stays, and those held back may be contacted. Raises NotAllowed, NotRunning."""
    found = Trial.objects.select_for_update().get(pk=trial.pk)
    if found.state != Trial.State.RUNNING:
        raise NotRunning
    if not may_end(actor, found):
        raise NotAllowed
    _close(found, Trial.State.ENDED, actor.person_no, at, scrub_card_numbers(reason)[:400])
    for hold in ContactHold.objects.filter(kind=HOLD, source=found.source, lifted_at=None):
        lift_hold(actor=actor.person_no, hold=hold, at=at, reason=found.reason[:200])
    _audit(found, actor.person_no, "end", at, reason=found.reason)
    return found


def _close(trial: Trial, state: str, who: str, at: datetime, reason: str = "") -> None:
    trial.state, trial.ended_by, trial.ended_at, trial.reason = state, who, at, reason
    trial.save(update_fields=["state", "ended_by", "ended_at", "reason"])


@transaction.atomic
def judge_trials(*, as_of: date, at: datetime) -> dict[str, int]:
    """The night: who of the running trials used a card within their days; trials whose days are over are closed.

    A member's day is written once, by the first night that sees a purchase, and not changed by later ones.
    """
    figures = CustomerFigures.objects.filter(pk=OuterRef("customer"))
    rows = TrialMember.objects.filter(
        trial__state=Trial.State.RUNNING, used_on=None,
        customer__figures__last_purchase_on__gte=F("trial__starts_on"),
        customer__figures__last_purchase_on__lte=F("trial__ends_on"),
    )  # fmt: skip
    used = rows.update(used_on=Subquery(figures.values("last_purchase_on")[:1]))
    over = list(Trial.objects.filter(state=Trial.State.RUNNING, ends_on__lte=as_of))
    for trial in over:
        _close(trial, Trial.State.OVER, "system", at)
        _tell_maker(trial, at)
    return {"used": used, "over": len(over)}


def _tell_maker(trial: Trial, at: datetime) -> None:
    for maker in Person.objects.filter(person_no=trial.made_by, is_active=True):
        notify(
            person=maker, kind="trial.over", title=gettext_noop("The days of a trial are over: %(title)s"),
            params={"title": trial.title}, url=f"/trials/{trial.pk}/", group=trial.source, at=at,
        )  # fmt: skip


def _audit(trial: Trial, who: str, act: str, at: datetime, *, reason: str = "", **changes: object) -> None:
    record(
        actor=who, action=f"workflow.trial_{act}", object_kind="trial", object_id=str(trial.pk), reason=reason, at=at,
        changes=dict(changes),
    )  # fmt: skip
