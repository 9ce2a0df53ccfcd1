"""The facts the gate decides by, for one customer or for thousands, in the same few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from kajing.contact import extensions
from kajing.contact.choices import UNANSWERED, Channel, Direction, Outcome, State
from kajing.contact.gate import KEYS, Asker, Facts, Hold, Pass, Rule, Rulebook, Touch, Word
from kajing.contact.models import Interaction, Override
from kajing.customers.models import CardAccount, Consent, ContactHold, Customer, CustomerFigures
from kajing.org.models import Person
from kajing.org.selectors import licences_recorded
from kajing.reference.selectors import calendar, rows_of, typed

_LOOK_BACK = timedelta(days=31)  # the longest cap counts 30 days
_LOOK_AHEAD = timedelta(days=800)
_CHUNK = 2_000  # customers a query
COLLECTS = "contact.collect"
_BUCKETS = frozenset({"M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"})
_ACCOUNT_HOLDS = {"HARDSHIP_PLAN": "HARDSHIP", "DECEASED": "DECEASED"}
_LOST = "M6+"  # where a written-off debt stands, whatever the last night says


def rulebook(at: datetime) -> Rulebook:
    """The gate's rules with all their dated values, and the workdays from a moment on; 2 queries."""
    rules = (
        Rule(row.key, typed(row.value, row.unit), row.rule_id, row.source, row.article, row.valid_from, row.valid_to)
        for row in rows_of(KEYS)
    )
    day = timezone.localdate(at)
    return Rulebook.of(rules, calendar(day, day + _LOOK_AHEAD))


def asker(person: Person | None) -> Asker | None:
    """Who asks, with their licences; None for the system."""
    if person is None:
        return None
    licences: list[tuple[str, date, date | None]] = list(
        person.licences.order_by().values_list("code", "granted_on", "last_day")
    )
    any_recorded = bool(licences) or licences_recorded()
    return Asker(person.person_no, person.has_perm(COLLECTS), tuple(licences), any_recorded)


def facts(
    customer_ids: Iterable[str], at: datetime, *, person_no: str = "", without: str = ""
) -> Iterator[tuple[str, Facts]]:
    """Facts by customer, about 7 queries for every 2,000. `without` names a contact that does not count itself."""
    ids = list(dict.fromkeys(customer_ids))
    for start in range(0, len(ids), _CHUNK):
        yield from _of_chunk(ids[start : start + _CHUNK], at, person_no, without)


def _of_chunk(ids: Sequence[str], at: datetime, person_no: str, without: str) -> Iterator[tuple[str, Facts]]:
    consents, holds, touches = _consents(ids), _holds(ids, at), _touches(ids, at, without)
    passes = _passes(ids, at, person_no, without) if person_no else {}
    buckets = dict(CustomerFigures.objects.filter(pk__in=ids).values_list("pk", "bucket"))
    lost = _accounts(ids, holds)
    for pk in ids:
        bucket = _LOST if pk in lost else buckets.get(pk, "")
        yield (
            pk,
            Facts(
                pk,
                bucket if bucket in _BUCKETS else "",
                tuple(consents.get(pk, ())),
                tuple(holds.get(pk, ())),
                tuple(touches.get(pk, ())),
                tuple(passes.get(pk, ())),
            ),
        )


def _consents(ids: Sequence[str]) -> dict[str, list[Word]]:
    found: dict[str, list[Word]] = defaultdict(list)
    rows = Consent.objects.filter(customer__in=ids).order_by("-at", "-id")
    for pk, purpose, channel, given, at in rows.values_list("customer_id", "purpose", "channel", "given", "at"):
        found[pk].append(Word(purpose, channel, given, at))
    return found


def _holds(ids: Sequence[str], at: datetime) -> dict[str, list[Hold]]:
    found: dict[str, list[Hold]] = defaultdict(list)
    rows = ContactHold.objects.filter(customer__in=ids, lifted_at=None).order_by()
    for pk, kind, purpose, until in rows.values_list("customer_id", "kind", "purpose", "until"):
        found[pk].append(Hold(kind, purpose, until))
    dead = Customer.objects.filter(pk__in=ids, status=Customer.Status.DECEASED).order_by()
    for pk in dead.values_list("pk", flat=True):
        found[pk].append(Hold("DECEASED"))
    return found


def _accounts(ids: Sequence[str], holds: dict[str, list[Hold]]) -> set[str]:
    """Add what accounts say of plans and deaths to the holds; returns whose debt is written off."""
    lost = set()
    telling = [*_ACCOUNT_HOLDS, "WRITTEN_OFF"]
    rows = CardAccount.objects.filter(customer__in=ids, status__in=telling).order_by()
    for pk, status in rows.values_list("customer_id", "status").distinct():
        if status == "WRITTEN_OFF":
            lost.add(pk)
        else:
            holds[pk].append(Hold(_ACCOUNT_HOLDS[status]))
    return lost


def _touches(ids: Sequence[str], at: datetime, without: str) -> dict[str, list[Touch]]:
    found: dict[str, list[Touch]] = defaultdict(list)
    for source in extensions.touch_sources.values():
        for name, pk, touch in source(ids, at - _LOOK_BACK):
            if name != without:
                found[pk].append(touch)
    return found


def interaction_touches(ids: Sequence[str], since: datetime) -> Iterator[tuple[str, str, Touch]]:
    """Contacts of this room to these customers: what happened and what is still planned; a wrong number is not one."""
    rows = Interaction.objects.filter(customer__in=ids, at__gte=since, direction=Direction.OUT).order_by()
    rows = rows.exclude(Q(state__in=[State.CANCELLED, State.MISSED]) | Q(outcome=Outcome.WRONG_NUMBER))
    for pk, customer, at, purpose, channel, outcome in rows.values_list(
        "pk", "customer_id", "at", "purpose", "channel", "outcome"
    ):
        vain = outcome in UNANSWERED and channel == Channel.PHONE
        yield f"interaction:{pk}", customer, Touch(at, purpose, channel, vain)


def _passes(ids: Sequence[str], at: datetime, person_no: str, without: str) -> dict[str, list[Pass]]:
    """Overrides that are free, and the one that a contact on its way was planned with."""
    found: dict[str, list[Pass]] = defaultdict(list)
    free = Q(used_at=None) | Q(used_for=without) if without else Q(used_at=None)
    rows = Override.objects.filter(free, customer__in=ids, person_id=person_no, expires_at__gt=at)
    for row in rows:
        one = Pass(row.pk, row.channel, row.purpose, frozenset(row.codes), row.granted_at, row.expires_at)
        found[row.customer_id].append(one)
    return found
