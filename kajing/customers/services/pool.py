"""The public pool 公海: take, give back, and the night that recycles customers nobody speaks with (capability 1.12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kajing.customers import extensions
from kajing.customers.models import Assignment, Customer, PoolMove, RecycleNotice, TimelineMark
from kajing.customers.selectors import Allowance, allowance, customers, kept, pool, waiting_until
from kajing.customers.services.portfolio import Move, change_hands
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.scoping import subtree
from kajing.records.undo import surrounding
from kajing.reference.selectors import parameter_values

RIGHT = "customers.take"
TAKEN = gettext_noop("Taken from the public pool")
CHUNK = 1000
TIERS = ("V1", "V2", "V3", "V4", "V5")
SPOKEN = ("call", "visit", "message")  # kinds of timeline marks that are a contact
NIGHT_POLICIES = ("pool_recycle_units", "pool_recycle_days", "pool_warning_days")
SILENT = gettext_noop("no contact for a long time")
NAMED = 5  # customers a notice names by number; the list has them all


class CannotTake(DomainError):
    """A limit is reached, or the customer was one's own a short while ago."""


class AlreadyTaken(DomainError):
    """Somebody else was faster."""

    def __str__(self) -> str:
        return _("Somebody else has just taken this customer. Choose another one.")


class CannotReturn(DomainError):
    """Something open must be finished by the present manager."""


@transaction.atomic
def take(*, actor: Person, customer_id: str, on: date, at: datetime) -> Customer:
    """Take a customer from the pool into the own book. Two at once: exactly one wins.

    Raises NotAllowed, CannotTake (limit of the person, of the day, or given back lately), AlreadyTaken.
    """
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    Person.objects.select_for_update().get(pk=actor.pk)  # two takes of one person are counted one after the other
    _check_limits(actor, customer_id, on)
    found = pool(actor).select_for_update(of=("self",)).select_related("figures").filter(pk=customer_id).first()
    # The row is taken by a condition, not by what was read: whoever comes second changes nothing.
    if found is None or not Customer.objects.filter(pk=customer_id, manager=None).update(manager=actor):
        raise AlreadyTaken
    move = Move(actor, actor.unit, on, at, actor.person_no, TAKEN, "take", "customers.take")
    note_moves([found], PoolMove.Kind.TAKE, actor.person_no, on, at, "")
    change_hands([found], move)
    return Customer.objects.select_related("unit", "manager").get(pk=customer_id)


def _check_limits(actor: Person, customer_id: str, on: date) -> None:
    limits = allowance(actor, on)
    if said := limit_reached(limits, 0):
        raise CannotTake(said)
    until = waiting_until(actor, [customer_id], on, limits.retake_days).get(customer_id)
    if until and until > on:
        raise CannotTake(still_waiting(until))


def limit_reached(limits: Allowance, more: int) -> str:
    """The sentence that keeps a person from one more after they have taken so many more; empty while there is room."""
    if limits.held + more >= limits.most:
        said = _("No more than %(most)s customers from the pool may be held. Give some back first.")
        return said % {"most": limits.most}
    if limits.today + more >= limits.a_day:
        said = _("No more than %(most)s customers may be taken from the pool in a day. Go on tomorrow.")
        return said % {"most": limits.a_day}
    return ""


def still_waiting(until: date) -> str:
    """The sentence about a customer of one's own of a short while ago."""
    said = _("This customer was yours a short while ago; you may take them again from %(day)s.")
    return said % {"day": date_format(until, "Y-m-d")}


@transaction.atomic
def give_back(*, actor: Person, customer_ids: Sequence[str], reason: str, on: date, at: datetime) -> int:
    """Give customers of the own book to the pool of their unit; returns how many.

    Raises NotAllowed, CannotReturn (no reason, not one's own, or something open that one must finish first).
    """
    if not actor.has_perm(RIGHT):
        raise NotAllowed
    reason = scrub_card_numbers(reason.strip())
    if len(reason) < 2:
        raise CannotReturn(_("Say why the customers go back to the pool."))
    own = customers(actor).filter(pk__in=customer_ids, manager=actor)
    found = list(own.select_for_update(of=("self",)).select_related("figures", "unit"))
    if not found or len(found) != len(set(customer_ids)):
        raise CannotReturn(_("Only customers of your own book can go back to the pool; reload the list."))
    if open_matters := kept([one.pk for one in found], on):
        pk, why = next(iter(open_matters.items()))
        raise CannotReturn(_("%(number)s cannot go back yet: %(why)s. Finish that first.") % {"number": pk, "why": why})
    note_moves(found, PoolMove.Kind.RETURN, actor.person_no, on, at, reason)
    for unit, group in by_unit(found):
        change_hands(group, Move(None, unit, on, at, actor.person_no, reason, "return", "customers.give_back"))
    return len(found)


def by_unit(found: Iterable[Customer]) -> Iterator[tuple[Any, list[Customer]]]:
    """Customers in groups by the unit whose pool takes them."""
    groups: dict[str, list[Customer]] = {}
    for one in found:
        groups.setdefault(one.unit_id, []).append(one)
    for group in groups.values():
        yield group[0].unit, group


def note_moves(found: Iterable[Customer], kind: str, manager_no: str, on: date, at: datetime, reason: str) -> None:
    """Remember who took or gave back whom; an act around this one takes it back with the rest."""
    made = PoolMove.objects.bulk_create(
        PoolMove(
            customer=one, kind=kind, manager_no=manager_no or str(one.manager_id), unit_id=one.unit_id, on=on, at=at,
            reason=reason[:200],
        )
        for one in found
    )  # fmt: skip
    if log := surrounding():
        log.added(made)


# -- the night -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Rules:
    """The switch and the days of one night."""

    units: frozenset[str] | None  # None: all
    days: tuple[int, ...]
    warning: int

    def silence(self, tier: str) -> int:
        """How many days without contact a customer of this value tier may have."""
        place = TIERS.index(tier) if tier in TIERS else len(TIERS) - 1
        return self.days[min(place, len(self.days) - 1)]


def recycle(*, as_of: date, at: datetime) -> dict[str, int]:
    """Warn managers of customers without contact, and move those whose day has come to the pool of their unit.

    Counts from the morning after `as_of`; the same night again changes nothing. Nobody goes without a warning, and
    never with an open complaint, hold, must-do task or promise.
    """
    today = as_of + timedelta(days=1)
    rules = _rules(today)
    if rules is None:
        gone, _by_model = RecycleNotice.objects.all().delete()
        return {"recycled": 0, "warned": 0, "withdrawn": gone}
    counts = {"recycled": 0, "warned": 0, "withdrawn": _withdraw_outside(rules)}
    warned: dict[str, list[str]] = {}
    for chunk in _books(rules):
        with transaction.atomic():
            _judge(chunk, rules, today, at, counts, warned)
    with transaction.atomic():
        _warn(warned, today + timedelta(days=rules.warning), today, at)
    return counts


def _rules(today: date) -> _Rules | None:
    values = parameter_values(NIGHT_POLICIES, today)
    switch, days = values.get("pool_recycle_units", "NONE"), values.get("pool_recycle_days")
    if switch == "NONE" or days is None:
        return None
    codes = switch if isinstance(switch, tuple) else (switch,)
    units = None if "ALL" in codes else frozenset().union(*(subtree(str(code)) for code in codes))
    each = days if isinstance(days, tuple) else (days,)
    return _Rules(units, tuple(int(str(one)) for one in each), int(str(values.get("pool_warning_days", 7))))


def _withdraw_outside(rules: _Rules) -> int:
    """Notices of units that were switched off are void."""
    if rules.units is None:
        return 0
    gone, _by_model = RecycleNotice.objects.exclude(customer__unit__in=rules.units).delete()
    return gone


def _books(rules: _Rules) -> Iterator[list[Customer]]:
    """Managed customers of the units that are switched on, a chunk at a time, by key."""
    rows = Customer.objects.filter(status=Customer.Status.ACTIVE).exclude(manager=None).order_by("pk")
    if rules.units is not None:
        rows = rows.filter(unit__in=rules.units)
    last = ""
    while chunk := list(rows.filter(pk__gt=last).select_related("figures", "unit")[:CHUNK]):
        yield chunk
        last = chunk[-1].pk


def _judge(
    chunk: list[Customer],
    rules: _Rules,
    today: date,
    at: datetime,
    counts: dict[str, int],
    warned: dict[str, list[str]],
) -> None:
    silent = _silent_since(chunk)
    notices = {one.customer_id: one for one in RecycleNotice.objects.filter(customer__in=[c.pk for c in chunk])}
    near = [one for one in chunk if _goes_on(one, silent[one.pk], rules) <= today + timedelta(days=rules.warning)]
    staying = kept([one.pk for one in near], today)
    due = {one.pk: one for one in near if one.pk not in staying}
    void = [pk for pk, notice in notices.items() if pk not in due or notice.manager_no != due[pk].manager_id]
    counts["withdrawn"] += RecycleNotice.objects.filter(customer__in=void).delete()[0]
    going = [due[pk] for pk, notice in notices.items() if pk not in void and notice.goes_on <= today]
    fresh = [one for pk, one in due.items() if pk not in notices or pk in void]
    RecycleNotice.objects.bulk_create(_notice(one, silent[one.pk], rules, today) for one in fresh)
    for one in fresh:
        warned.setdefault(str(one.manager_id), []).append(one.pk)
    _let_go(going, today, at)
    counts["recycled"] += len(going)
    counts["warned"] += len(fresh)


def _let_go(going: Sequence[Customer], today: date, at: datetime) -> None:
    note_moves(going, PoolMove.Kind.RECYCLE, "", today, at, SILENT)
    for unit, group in by_unit(going):
        change_hands(group, Move(None, unit, today, at, "system", SILENT, "night", "customers.recycle"))


def _notice(one: Customer, silent: date, rules: _Rules, today: date) -> RecycleNotice:
    """Due long ago or soon: the manager always has the whole warning time."""
    return RecycleNotice(
        customer=one, manager_no=str(one.manager_id), silent_since=silent, warned_on=today,
        goes_on=max(_goes_on(one, silent, rules), today + timedelta(days=rules.warning)),
    )  # fmt: skip


def _goes_on(one: Customer, silent: date, rules: _Rules) -> date:
    figures = getattr(one, "figures", None)
    return silent + timedelta(days=rules.silence(figures.value_tier if figures else ""))


def _silent_since(chunk: Sequence[Customer]) -> dict[str, date]:
    """The day of the last contact, or else the day the present manager took over."""
    ids = [one.pk for one in chunk]
    found = {one.pk: one.opened_on for one in chunk}
    moments: list[tuple[str, date]] = list(
        Assignment.objects.filter(customer__in=ids, valid_to=None).values_list("customer_id", "valid_from")
    )
    spoken = TimelineMark.objects.filter(customer__in=ids, kind__in=SPOKEN).order_by()
    moments += [(pk, moment.date()) for pk, moment in spoken.values_list("customer_id", "at")]
    for lookup in extensions.contacts.values():
        moments += [(pk, moment.date()) for pk, moment in lookup(ids).items()]
    for pk, day in moments:
        found[pk] = max(found[pk], day)
    return found


def _warn(warned: dict[str, list[str]], goes_on: date, today: date, at: datetime) -> None:
    """One notification a manager, naming the first few by number: names do not leave the house by e-mail."""
    people = {one.person_no: one for one in Person.objects.filter(person_no__in=list(warned), is_active=True)}
    for number, ids in warned.items():
        if number in people:
            notify(
                person=people[number], kind="pool.warning", title=WARNING, at=at, url="/customers/?leaving=1",
                params={"count": len(ids), "day": {"date": goes_on.isoformat()}, "numbers": ", ".join(ids[:NAMED])},
                body=gettext_noop("A contact that is recorded before then keeps them. Among them: %(numbers)s"),
                group=f"pool:{today.isoformat()}",
            )  # fmt: skip


WARNING = gettext_noop("%(count)s customers go to the public pool from %(day)s")
KIND_LABEL = gettext_lazy("Customers who will go to the public pool")
