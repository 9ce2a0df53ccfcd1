"""Taking and giving back many customers of the public pool: judged as a whole first, done in chunks, undone as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer, PoolMove
from kajing.customers.selectors import allowance, customers, kept, left_pool, pool, waiting_until
from kajing.customers.services.pool import (
    RIGHT,
    TAKEN,
    AlreadyTaken,
    CannotReturn,
    by_unit,
    limit_reached,
    note_moves,
    still_waiting,
)
from kajing.customers.services.portfolio import Move, change_hands
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.records.services import bulk
from kajing.records.undo import surrounding
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.records.models import BulkAct

TAKE, GIVE_BACK = "customers.take_many", "customers.give_back_many"
PART = 500  # numbers in one statement
Params = Mapping[str, Any]


def look_at_pool(*, actor: Person, kind: str, ids: Sequence[str], params: Params, at: datetime) -> bulk.Failures:
    """Which of all these customers would be left alone, and why; nothing is written.

    Raises NotAllowed, CannotActOnMany, CannotReturn.
    """
    bulk.check(actor, bulk.KINDS[kind], ids)
    told = _clean(kind, params)
    return JUDGES[kind](actor, ids, date.fromisoformat(told["on"]))


def act_on_pool(*, actor: Person, kind: str, ids: Sequence[str], params: Params, at: datetime) -> BulkAct:
    """Do it, at once or as a job; what is refused is told row by row. Raises as `look_at_pool` does."""
    told = _clean(kind, params)
    return bulk.start(actor=actor, kind=bulk.KINDS[kind], ids=ids, params=told, at=at, until=undo_until(at))


def _clean(kind: str, params: Params) -> dict[str, Any]:
    reason = scrub_card_numbers(str(params.get("reason", "")).strip())
    if kind == GIVE_BACK and len(reason) < 2:
        raise CannotReturn(_("Say why the customers go back to the pool."))
    return {"on": params["on"]} | ({"reason": reason} if kind == GIVE_BACK else {})


def untakeable(actor: Person, ids: Sequence[str], on: date) -> bulk.Failures:
    """Why some of these cannot be taken, in the order in which they would be: a limit meets the last ones."""
    limits, taken = allowance(actor, on), 0
    failed: bulk.Failures = {}
    for part in _parts(ids):
        if said := limit_reached(limits, taken):
            failed |= dict.fromkeys(part, said)
            continue
        barred = _barred(actor, part, on, limits.retake_days)
        for pk in part:
            if said := barred.get(pk) or limit_reached(limits, taken):
                failed[pk] = said
            else:
                taken += 1
    return failed


def _barred(actor: Person, ids: Sequence[str], on: date, apart: int) -> dict[str, str]:
    """Why some cannot be taken whatever the limits: not in a pool of theirs, gone just now, or their own lately."""
    there = set(pool(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True))
    gone = left_pool(actor, ids, on)
    found = {pk: still_waiting(until) for pk, until in waiting_until(actor, ids, on, apart).items() if until > on}
    for pk in ids:
        if pk not in there:
            found[pk] = str(AlreadyTaken()) if pk in gone else _("This customer is not in a pool you may take from.")
    return found


def unreturnable(actor: Person, ids: Sequence[str], on: date) -> bulk.Failures:
    """Why some of these cannot go to the pool: not of the own book, or something open that one must finish first."""
    own, open_matters = set[str](), dict[str, str]()
    for part in _parts(ids):
        found = customers(actor).filter(pk__in=part, manager=actor).order_by().values_list("pk", flat=True)
        own |= set(found)
        open_matters |= kept(part, on)
    failed: bulk.Failures = {pk: _("This customer is not in your own book.") for pk in ids if pk not in own}
    told = {pk: _("Not yet: %(why)s. Finish that first.") % {"why": why} for pk, why in open_matters.items()}
    return failed | {pk: said for pk, said in told.items() if pk in own}


JUDGES: dict[str, Callable[[Person, Sequence[str], date], bulk.Failures]] = {TAKE: untakeable, GIVE_BACK: unreturnable}


def _take(actor: Person, ids: Sequence[str], params: Params, at: datetime) -> bulk.Failures:
    """One chunk. Two at once: each customer goes to exactly one."""
    on = date.fromisoformat(params["on"])
    Person.objects.select_for_update().get(pk=actor.pk)  # two takes of one person are counted one after the other
    failed = untakeable(actor, ids, on)
    free = [pk for pk in ids if pk not in failed]
    found = list(pool(actor).select_for_update(of=("self",)).select_related("figures").filter(pk__in=free))
    log = surrounding()
    if log:  # of locked rows only: undo would take from others whom they took in this moment
        log.before(Customer.objects.filter(pk__in=[one.pk for one in found]))
    # A row is taken by a condition, not by what was read: whoever comes second changes nothing.
    won = [one for one in found if Customer.objects.filter(pk=one.pk, manager=None).update(manager=actor)]
    if won:
        note_moves(won, PoolMove.Kind.TAKE, actor.person_no, on, at, "")
        move = Move(actor, actor.unit, on, at, actor.person_no, TAKEN, "take", "customers.take")
        change_hands(won, move, log)
    mine = {one.pk for one in won}
    return failed | {pk: str(AlreadyTaken()) for pk in free if pk not in mine}


def _give_back(actor: Person, ids: Sequence[str], params: Params, at: datetime) -> bulk.Failures:
    """One chunk, each to the pool of its unit."""
    on, reason = date.fromisoformat(params["on"]), params["reason"]
    failed = unreturnable(actor, ids, on)
    own = customers(actor).filter(pk__in=[pk for pk in ids if pk not in failed], manager=actor)
    found = list(own.select_for_update(of=("self",)).select_related("figures", "unit"))
    note_moves(found, PoolMove.Kind.RETURN, actor.person_no, on, at, reason)
    for unit, group in by_unit(found):
        move = Move(None, unit, on, at, actor.person_no, reason, "return", "customers.give_back")
        change_hands(group, move, surrounding())
    gone = set(ids) - set(failed) - {one.pk for one in found}
    return failed | {pk: _("This customer is not in your own book.") for pk in ids if pk in gone}


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[first : first + PART] for first in range(0, len(ids), PART))


POOL_KINDS = (
    bulk.BulkKind(
        name=TAKE, title=gettext_noop("Customers taken from the public pool: %(count)s"), list="pool", right=RIGHT,
        do=_take,
    ),
    bulk.BulkKind(
        name=GIVE_BACK, title=gettext_noop("Customers given back to the public pool: %(count)s"), list="customers",
        right=RIGHT, do=_give_back,
    ),
)  # fmt: skip
