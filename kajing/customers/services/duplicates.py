"""Finding duplicates in the whole book, deciding on pairs, and asking at entry whether somebody is here already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.customers.models import ContactPoint, Customer, DuplicatePair
from kajing.customers.selectors.duplicates import SEARCH_JOB, Match, asked, matches, pairs, search_job
from kajing.customers.selectors.likeness import Likeness, Rules, likenesses, name_likeness, rules_on, strength_of, weigh
from kajing.customers.services.feeds import name_initials
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.queue.services import enqueue
from kajing.reference.selectors import NotInForce, parameter

if TYPE_CHECKING:
    from kajing.org.models import Person
    from kajing.queue.models import Job

KEYS_A_STEP = 400  # equal keys, or birthdays, of one step
LARGEST_BLOCK = 30  # customers sharing one phone: beyond that it is a shop's, not a person's
CHECK = "customers.check_duplicate"
CHECKS_PER_DAY = 60
Pair = tuple[str, str]


class AlreadySearching(DomainError):
    """One search of the whole book is enough."""

    def __str__(self) -> str:
        return _("The book is being searched already.")


class TooFewFacts(DomainError):
    """One fact alone finds too many, and tells too much."""

    status = 422

    def __str__(self) -> str:
        return _("Give at least two of these, such as name and mobile number.")


class TooManyChecks(DomainError):
    """Policy allows so many questions a day, so that nobody tries numbers out."""

    status = 429

    def __str__(self) -> str:
        return _("You have asked as often as policy allows for today. Ask your leader.")


# -- the whole book ---------------------------------------------------------------------------------------------------
@transaction.atomic
def start_search(*, actor: Person, at: datetime) -> Job:
    """Search the whole book for duplicates in the background. Raises NotAllowed, AlreadySearching."""
    if not actor.has_perm("customers.merge"):
        raise NotAllowed
    running = search_job()
    if running and not running.is_over:
        raise AlreadySearching
    job = enqueue(SEARCH_JOB, at=at, owner=actor.person_no)
    record(actor=actor.person_no, action="customers.find_duplicates", object_kind="job", object_id=str(job.pk), at=at)
    return job


def blocks(stage: str, after: str) -> tuple[list[list[str]], str]:
    """The next groups of customers who share a key, and the last key; no groups and no key at the end of a stage."""
    if stage == "birth":
        return _born_together(after)
    model: Any
    model, column = {"id": (Customer, "id_number_idx"), "contact": (ContactPoint, "value_idx")}[stage]
    owner = "pk" if stage == "id" else "customer_id"
    rows = model.objects.filter(**{f"{column}__gt": after}).order_by(column).values(column)
    keys = [row[column] for row in rows.annotate(n=Count(owner, distinct=True)).filter(n__gt=1)[:KEYS_A_STEP]]
    if not keys:
        return [], ""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, pk in model.objects.filter(**{f"{column}__in": keys}).values_list(column, owner):
        found[key].add(pk)
    return [sorted(ids) for ids in found.values() if len(ids) <= LARGEST_BLOCK], keys[-1]


def _born_together(after: str) -> tuple[list[list[str]], str]:
    """People of one birthday, grouped by the first letter of their name: only those are compared by name."""
    later = Customer.objects.filter(birth_date__gt=date.fromisoformat(after) if after else date(1, 1, 1))
    ordered = later.order_by("birth_date").values_list("birth_date", flat=True).distinct()
    days = [day for day in ordered[: KEYS_A_STEP // 10] if day]
    if not days:
        return [], ""
    found: defaultdict[tuple[Any, str], list[str]] = defaultdict(list)
    born = Customer.objects.filter(birth_date__in=days).exclude(initials="").order_by("pk")
    for pk, day, initials in born.values_list("pk", "birth_date", "initials"):
        found[(day, initials[0])].append(pk)
    return [ids for ids in found.values() if len(ids) > 1], days[-1].isoformat()


def look_at(stage: str, found: Iterable[Sequence[str]], *, rules: Rules, at: datetime) -> int:
    """Compare the customers of each block and keep the pairs that look like one person; returns how many."""
    candidates = set(_by_name(found, rules) if stage == "birth" else _all_pairs(found))
    people = likenesses({pk for pair in candidates for pk in pair})
    kept = []
    for first, second in sorted(candidates):
        points, reasons = weigh(people[first], people[second], rules)
        strength = strength_of(points, rules)
        if strength:
            kept.append(
                DuplicatePair(
                    first_id=first, second_id=second, points=points, strength=strength, reasons=reasons, found_at=at
                )
            )
    DuplicatePair.objects.bulk_create(
        kept, batch_size=200, update_conflicts=True, unique_fields=["first", "second"],
        update_fields=["points", "strength", "reasons", "found_at"],
    )  # fmt: skip
    return len(kept)


def _all_pairs(found: Iterable[Sequence[str]]) -> Iterator[Pair]:
    for ids in found:
        yield from combinations(sorted(ids), 2)


def _by_name(found: Iterable[Sequence[str]], rules: Rules) -> Iterator[Pair]:
    """Pairs of one birthday whose names are the same or near."""
    blocks_now = [list(ids) for ids in found]
    columns = ("pk", "name", "initials")
    wanted = [pk for ids in blocks_now for pk in ids]
    names: dict[str, Likeness] = {}
    for start in range(0, len(wanted), 500):
        rows = Customer.objects.filter(pk__in=wanted[start : start + 500]).values_list(*columns)
        names |= {pk: Likeness(pk, name, initials) for pk, name, initials in rows}
    for ids in blocks_now:
        for first, second in combinations(sorted(ids), 2):
            if name_likeness(names[first], names[second], rules["similar_name_from"]):
                yield first, second


def forget_old_pairs(*, before: datetime) -> int:
    """After a whole search: open pairs it did not find again are no longer alike."""
    return int(DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN, found_at__lt=before).delete()[0])


@transaction.atomic
def not_a_duplicate(*, actor: Person, pair: DuplicatePair, note: str, at: datetime) -> DuplicatePair:
    """Remember that two customers are two people: no search brings the pair back. Raises NotAllowed."""
    if not actor.has_perm("customers.merge") or not pairs(actor, state=pair.state).filter(pk=pair.pk).exists():
        raise NotAllowed
    pair.state, pair.decided_by, pair.decided_at = DuplicatePair.State.DIFFERENT, actor.person_no, at
    pair.note = scrub_card_numbers(note.strip())[:200]
    pair.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _decided(actor, pair, "customers.not_a_duplicate", at)
    return pair


@transaction.atomic
def doubt_again(*, actor: Person, pair: DuplicatePair, at: datetime) -> DuplicatePair:
    """Take a "not a duplicate" back. Raises NotAllowed."""
    if not actor.has_perm("customers.merge") or not pairs(actor, state=pair.state).filter(pk=pair.pk).exists():
        raise NotAllowed
    pair.state, pair.decided_by, pair.decided_at, pair.note = DuplicatePair.State.OPEN, "", None, ""
    pair.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _decided(actor, pair, "customers.doubt_again", at)
    return pair


def _decided(actor: Person, pair: DuplicatePair, action: str, at: datetime) -> None:
    for pk in (pair.first_id, pair.second_id):
        record(
            actor=actor.person_no, action=action, object_kind="duplicate_pair", object_id=str(pair.pk),
            customer_id=pk, reason=pair.note, at=at, changes={"pair": [pair.first_id, pair.second_id]},
        )  # fmt: skip


# -- at entry ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def check_duplicate(*, actor: Person, who: Likeness, at: datetime) -> list[Match]:
    """Whether somebody is on file already, in the whole bank; audited and counted. Raises NotAllowed, TooManyChecks.

    Of a customer out of the actor's reach only the manager to talk to is told.
    """
    if not actor.has_perm(CHECK):
        raise NotAllowed
    today = at.astimezone(SHANGHAI).date()
    _check_quota(actor, today)
    found = matches(actor, who, today)
    record(
        actor=actor.person_no, action=CHECK, object_kind="customers", object_id="", at=at,
        changes={"found": len(found), "out_of_reach": sum(not one.customer_id for one in found)},
    )  # fmt: skip
    return found


def check_new(*, actor: Person, at: datetime, **facts: Any) -> list[Match]:
    """The same from facts as people know them (`selectors.duplicates.asked`). Raises TooFewFacts besides."""
    if sum(bool(value) for value in facts.values()) < 2:
        raise TooFewFacts
    return check_duplicate(actor=actor, who=asked(initials=name_initials(facts.get("name", "")), **facts), at=at)


def _check_quota(actor: Person, today: date) -> None:
    try:
        quota = parameter("duplicate_checks_per_day", today)
    except NotInForce:
        quota = CHECKS_PER_DAY
    begin = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI)
    before = AuditRow.objects.filter(
        actor=actor.person_no, action=CHECK, at__gte=begin, at__lt=begin + timedelta(days=1)
    ).count()
    if isinstance(quota, int) and before >= quota:
        raise TooManyChecks


def rules_of(at: datetime) -> Rules:
    """The rules in force at a moment."""
    return rules_on(at.astimezone(SHANGHAI).date())
