"""What the night does: judge what came of accepted actions, then suggest anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.sales.judging import Kind, Verdict, all_terms, judge, questions_of, terms_of
from kajing.sales.models import Action, Suggestion
from kajing.sales.selectors import facts
from kajing.sales.selectors.against import against

MORNING = time(10)  # contact is asked for at this hour of the day that follows the night
CHUNK = 500  # customers a transaction (platform R3: at most about 100 ms held)
State = Suggestion.State
Say = Callable[[int, int], None]


def suggest(*, as_of: date, say: Say | None = None) -> dict[str, int]:
    """Replace every open suggestion by tonight's; decided ones stay. The same call again gives the same rows.

    Customers are read on the morning after `as_of`. Counts: suggested, customers (with at least one), judged.
    """
    today = as_of + timedelta(days=1)
    morning = datetime.combine(today, MORNING, SHANGHAI)
    catalogue = list(Action.objects.all())
    known = facts.knowledge(today)
    terms = all_terms(catalogue)
    counts: Counter[str] = Counter()
    total = Customer.objects.filter(status=Customer.Status.ACTIVE).count()
    for ids in _chunks():
        rows = facts.seen(Customer.objects.filter(pk__in=ids), terms, today)
        resting = facts.rests(ids, catalogue, today)
        asked = {one.customer_id: questions for one in rows if (questions := questions_of(catalogue, one))}
        stops = against(asked, morning)
        found = [
            _suggestion(verdict, one.customer_id, one.tier, as_of)
            for one in rows
            for verdict in judge(
                catalogue, one, resting.get(one.customer_id, {}), stops.get(one.customer_id, {}), known
            )
            if verdict.kind == Kind.SUGGESTED
        ]
        _replace(ids, found)
        counts.update(suggested=len(found), customers=len({one.customer_id for one in found}), judged=len(rows))
        if say:
            say(counts["judged"], total)
    _drop_of_leavers()
    return {name: counts[name] for name in ("suggested", "customers", "judged")}


def _chunks() -> Iterator[list[str]]:
    """Ids of active customers in order, a chunk at a time, each by key so that no read is held open."""
    last = ""
    while True:
        rows = Customer.objects.filter(status=Customer.Status.ACTIVE, pk__gt=last).order_by("pk")
        ids = list(rows.values_list("pk", flat=True)[:CHUNK])
        if not ids:
            return
        yield ids
        last = ids[-1]


def _suggestion(verdict: Verdict, customer_id: str, tier: str, as_of: date) -> Suggestion:
    terms, worth = verdict.terms, verdict.worth
    if terms is None or worth is None:  # a suggestion always carries both
        raise ValueError(verdict.kind)
    return Suggestion(
        customer_id=customer_id,
        action=verdict.action,
        action_version=verdict.action.version,
        as_of=as_of,
        place=verdict.place,
        tier=tier,
        propensity=terms.propensity,
        context=terms.context,
        value=terms.value,
        lever=terms.lever,
        score=verdict.score,
        facts={"said": worth.said, "params": worth.params, "because": list(verdict.because)},
    )


@transaction.atomic
def _replace(ids: Sequence[str], found: Sequence[Suggestion]) -> None:
    Suggestion.objects.filter(customer__in=ids, state=State.OPEN).delete()
    Suggestion.objects.bulk_create(found, batch_size=CHUNK)


def _drop_of_leavers() -> None:
    Suggestion.objects.filter(state=State.OPEN).exclude(customer__status=Customer.Status.ACTIVE).delete()


def judge_outcomes(*, as_of: date) -> dict[str, int]:
    """Say of each accepted action whose time is over whether it succeeded, by its own condition, on tonight's figures.

    What the ranking learns from is only this: judged, succeeded.
    """
    today = as_of + timedelta(days=1)
    counts: Counter[str] = Counter()
    for action in Action.objects.all():
        for ids in _waiting(action, today):
            counts.update(_judge(action, ids, today))
    return {name: counts[name] for name in ("judged", "succeeded")}


def _waiting(action: Action, today: date) -> Iterator[list[int]]:
    decided = today - timedelta(days=action.success_days)
    rows: QuerySet[Suggestion] = Suggestion.objects.filter(
        action=action, state=State.ACCEPTED, succeeded=None, decided_at__date__lte=decided
    ).order_by("pk")
    last = 0
    while ids := list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:CHUNK]):
        yield ids
        last = ids[-1]


@transaction.atomic
def _judge(action: Action, ids: Sequence[int], today: date) -> Mapping[str, int]:
    rows = Suggestion.objects.filter(pk__in=ids)
    terms = terms_of(action.success)
    customers: Any = Customer.objects.filter(pk__in=list(rows.values_list("customer_id", flat=True)))
    well = [one.customer_id for one in facts.seen(customers, terms, today) if one.true.issuperset(terms)]
    succeeded = rows.filter(customer__in=well).update(succeeded=True, judged_on=today)
    failed = rows.filter(succeeded=None).update(succeeded=False, judged_on=today)
    return {"judged": succeeded + failed, "succeeded": succeeded}
