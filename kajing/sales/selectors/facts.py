"""What must be known to judge actions, read for many customers at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.records.lists import Context, NotUnderstood
from kajing.reference.selectors import engine_parameters
from kajing.sales.judging import Kind, Knowledge, Rest, Seen, Term
from kajing.sales.models import Action, Suggestion
from kajing.sales.ranking import Record
from kajing.sales.values import FIGURES, Rates

State = Suggestion.State
_KINDS = {State.REJECTED: Kind.REJECTED, State.LATER: Kind.LATER, State.ACCEPTED: Kind.RUNNING}


def condition(term: Term, context: Context) -> Q:
    """One part of a condition as a filter of the customers list. Raises NotUnderstood for an unknown filter."""
    name, values = term
    found = CUSTOMERS.filter_of(name)
    if found is None:
        raise NotUnderstood(name)
    return found.q(values, context)


def seen(rows: QuerySet[Customer], terms: Sequence[Term], today: date) -> list[Seen]:
    """Figures and fulfilled terms of customers, in one query. Terms see the whole bank: nobody looks through them."""
    context = Context(user=None, today=today)
    marks = {
        f"t{number}": Case(When(condition(term, context), then=Value(True)), default=Value(False), output_field=_BOOL)
        for number, term in enumerate(terms)
    }
    names = [f"figures__{name}" for name in (*FIGURES, "value_tier")]
    found = rows.order_by().annotate(**marks).values("pk", *names, *marks)
    return [_seen(row, terms) for row in found]


_BOOL = BooleanField()


def _seen(row: dict[str, Any], terms: Sequence[Term]) -> Seen:
    figures = {name: row[f"figures__{name}"] for name in FIGURES}
    true = frozenset(term for number, term in enumerate(terms) if row[f"t{number}"])
    return Seen(str(row["pk"]), row["figures__value_tier"] or "", figures, true)


def rests(customer_ids: Sequence[str], actions: Sequence[Action], today: date) -> dict[str, dict[str, Rest]]:
    """Earlier decisions that still stand, by customer and action."""
    rest_days = {one.code: one.rest_days for one in actions}
    decided = (
        Suggestion.objects.filter(customer__in=customer_ids).exclude(state=State.OPEN).order_by("decided_at", "pk")
    )
    found: dict[str, dict[str, Rest]] = defaultdict(dict)
    for one in decided:
        rest = _rest(one, rest_days.get(one.action_id, 0), today)
        if rest is not None:
            found[one.customer_id][one.action_id] = rest
        else:
            found[one.customer_id].pop(one.action_id, None)
    return found


def _rest(one: Suggestion, rest_days: int, today: date) -> Rest | None:
    """Whether a decision still stands; the newest one of an action counts."""
    decided = one.decided_at.astimezone(SHANGHAI).date() if one.decided_at else today
    if one.state == State.ACCEPTED and one.succeeded is None:
        return Rest(Kind.RUNNING, None)
    until = one.until if one.state == State.LATER else decided + timedelta(days=rest_days)
    if until is None or until <= today:
        return None
    return Rest(_KINDS[State(one.state)], until)


def knowledge(today: date) -> Knowledge:
    """Rates in force, track records and which terms are switched on."""
    parameters = engine_parameters(today)
    switched_on = parameters["sales_ranking_terms"]
    return Knowledge(
        rates=Rates.of(parameters),
        records=records(),
        switched_on=tuple(str(one) for one in switched_on) if isinstance(switched_on, tuple) else (str(switched_on),),
    )


def records() -> dict[tuple[str, str], Record]:
    """Judged actions by (action, value tier), and by (action, "") over all tiers."""
    judged = Suggestion.objects.filter(state=State.ACCEPTED).exclude(succeeded=None).order_by()
    found: dict[tuple[str, str], Record] = {}
    for row in judged.values("action_id", "tier").annotate(n=Count("pk"), hits=Count("pk", filter=Q(succeeded=True))):
        _add(found, (row["action_id"], ""), row["n"], row["hits"])
        if row["tier"]:
            _add(found, (row["action_id"], row["tier"]), row["n"], row["hits"])
    return found


def _add(found: dict[tuple[str, str], Record], key: tuple[str, str], tried: int, succeeded: int) -> None:
    before = found.get(key, Record())
    found[key] = Record(before.tried + tried, before.succeeded + succeeded)
