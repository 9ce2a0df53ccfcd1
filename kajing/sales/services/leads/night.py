"""What the night does with leads: those whose time is over go to the pool, those who became customers are followed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers import personal
from kajing.customers.models import Card, ContactPoint, Customer, CustomerFigures
from kajing.customers.selectors import customers
from kajing.lib.errors import NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.sales.models import Lead, LeadOwnership
from kajing.sales.selectors.leads import policy
from kajing.sales.selectors.leads.reading import personal_value
from kajing.sales.services.leads.common import CannotOwn, locked, save, tell
from kajing.sales.services.leads.moving import enter
from kajing.sales.services.leads.owning import hand_over
from kajing.sales.stages import KNOWN_LATER, OPEN, RETURNING, place

Stage = Lead.Stage
CHUNK = 500
RETURNED_AT_ONCE = 100
ACTIVE_AFTER = timedelta(days=90)
RETURNED = gettext_noop("%(count)s leads went back to the pool: their time was over")
ENDING = gettext_noop("%(count)s leads go back to the pool on %(day)s unless their application is in")


def run_night(*, as_of: date, at: datetime) -> dict[str, int]:
    """Every step for the morning after `as_of`; the same night again changes nothing."""
    today = as_of + timedelta(days=1)
    counts: Counter[str] = Counter(linked=link_new(at=at))
    counts.update(moved=follow_cards(today=today, at=at))
    counts.update(returned=return_ended(today=today, at=at), warned=warn(today=today, at=at))
    return {name: counts[name] for name in ("returned", "warned", "linked", "moved")}


# -- whose they are -------------------------------------------------------------------------------------------------
def return_ended(*, today: date, at: datetime) -> int:
    """Open leads whose owner's last day has passed go to the pool of their unit; the owner hears of all in one item."""
    count = 0
    while found := _return_some(today, at):
        count += found
    return count


@transaction.atomic
def _return_some(today: date, at: datetime) -> int:
    """One chunk with its news: a night that is killed leaves nobody without a word."""
    ended = Lead.objects.filter(stage__in=RETURNING, owned_until__lt=today).exclude(owner=None)
    rows = list(ended.select_for_update(of=("self",)).select_related("owner", "unit").order_by("pk")[:RETURNED_AT_ONCE])
    owners = {one.owner for one in rows if one.owner is not None}
    for one in rows:
        hand_over(one, None, one.unit, LeadOwnership.Way.NIGHT, None, at, "", on=today)
    for owner in sorted(owners, key=lambda person: person.pk):
        back = LeadOwnership.objects.filter(way=LeadOwnership.Way.NIGHT, since=today).values("lead")
        lost = LeadOwnership.objects.filter(owner_no=owner.person_no, ended_on=today, lead__in=back)
        _news(owner, RETURNED, {"count": lost.count()}, f"leads-back:{today}", at)
    return len(rows)


@transaction.atomic
def warn(*, today: date, at: datetime) -> int:
    """Owners hear some days ahead, once a period of ownership."""
    last = today + timedelta(days=policy(today).notice_days)
    near = Lead.objects.filter(stage__in=RETURNING, owned_until__gte=today, owned_until__lte=last).exclude(owner=None)
    groups: defaultdict[tuple[Person, date], list[int]] = defaultdict(list)
    for one in near.select_related("owner").order_by("pk"):
        if one.owner is not None and one.owned_until is not None and one.warned_for != one.owned_until:
            groups[(one.owner, one.owned_until)].append(one.pk)
    for (owner, until), ids in groups.items():
        Lead.objects.filter(pk__in=ids).update(warned_for=until)
        day = (until + timedelta(days=1)).isoformat()
        _news(owner, ENDING, {"count": len(ids), "day": day}, f"leads-end:{until}", at)
    return sum(map(len, groups.values()))


def _news(owner: Person, title: str, params: Mapping[str, Any], group: str, at: datetime) -> None:
    notify(person=owner, kind="lead.owned", title=title, params=params, url="/leads/", group=group, at=at)


# -- who became a customer ------------------------------------------------------------------------------------------
@transaction.atomic
def link(*, actor: Person, lead: Lead, customer_id: str, at: datetime, version: int | None = None) -> Lead:
    """Say by hand whom a lead became: a customer the actor sees. Raises NotAllowed, StaleLead, CannotOwn."""
    one = locked(actor, lead, version)
    found = customers(actor).filter(pk=customer_id).first()
    if found is None:
        raise NotAllowed(_("There is no such customer in your area."))
    if one.customer_id and one.customer_id != found.pk:
        raise CannotOwn(_("This lead belongs to another customer already."))
    if one.customer_id is None:
        _link(one, found.pk, actor, at)
    return one


def _link(one: Lead, customer_id: str, actor: Person | None, at: datetime) -> None:
    one.customer_id = customer_id
    save(one)
    tell(one, actor, "lead_linked", at, changes={"customer": ["", customer_id]})


def link_new(*, at: datetime) -> int:
    """Open leads whose ID number or phone a customer of the feeds has now, where it is one customer only."""
    count = 0
    for rows in _chunks(Lead.objects.filter(customer=None, stage__in=OPEN)):
        with transaction.atomic():
            found = _customers_of(rows)
            for one in rows:
                if pk := found.get(one.pk):
                    _link(one, pk, None, at)
                    count += 1
    return count


def _customers_of(rows: Sequence[Lead]) -> dict[int, str]:
    """The one customer of each lead: by ID number first, else by phone; leads that several fit are left out."""
    by_id: defaultdict[str, set[str]] = defaultdict(set)
    numbers = [one.id_number_idx for one in rows if one.id_number_idx]
    for index, pk in Customer.objects.filter(id_number_idx__in=numbers).values_list("id_number_idx", "pk"):
        by_id[index].add(pk)
    by_phone: defaultdict[str, set[str]] = defaultdict(set)
    phones = {one.pk: _phones(one) for one in rows}
    wanted = [value for values in phones.values() for value in values]
    points = ContactPoint.objects.filter(value_idx__in=wanted, valid=True)
    for index, pk in points.values_list("value_idx", "customer_id"):
        by_phone[index].add(pk)
    found = {}
    for one in rows:
        fits = by_id.get(one.id_number_idx) or {pk for value in phones[one.pk] for pk in by_phone.get(value, ())}
        if len(fits) == 1:
            found[one.pk] = next(iter(fits))
    return found


def _phones(one: Lead) -> tuple[str, str]:
    """The lead's number as a mobile number and as a phone of customers."""
    return one.phone_idx, personal.blind("phone", personal_value(one, "phone"))


def _chunks(rows: Any) -> Iterator[list[Lead]]:
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield found
        last = found[-1].pk


# -- what the files tell ---------------------------------------------------------------------------------------------
def follow_cards(*, today: date, at: datetime) -> int:
    """Later stages from cards and figures; each is entered on the day it happened, so that dwell times are true."""
    count = 0
    waiting = Lead.objects.exclude(customer=None).filter(stage__in=[*OPEN, *KNOWN_LATER[:-1]])
    for rows in _chunks(waiting):
        with transaction.atomic():
            reached = _reached(rows, today)
            for one in rows:
                for stage, day in reached.get(one.pk, ()):
                    if place(stage) > place(one.stage):
                        moment = max(one.stage_since, datetime.combine(day, time.min, SHANGHAI))
                        enter(one, stage, None, at, "", act="lead_moved", follows=True, since=moment)
                        count += 1
    return count


def _reached(rows: Sequence[Lead], today: date) -> dict[int, list[tuple[str, date]]]:
    ids = [str(one.customer_id) for one in rows]
    cards: defaultdict[str, list[Card]] = defaultdict(list)
    for card in Card.objects.filter(customer__in=ids, supplementary=False).order_by("approved_on", "pk"):
        cards[card.customer_id].append(card)
    figures = {one.customer_id: one for one in CustomerFigures.objects.filter(customer__in=ids)}
    return {one.pk: _way(one, cards[str(one.customer_id)], figures.get(str(one.customer_id)), today) for one in rows}


def _way(one: Lead, cards: Sequence[Card], known: CustomerFigures | None, today: date) -> list[tuple[str, date]]:
    """The stages a lead has reached with the days, from the first card approved since it came in.

    Purchases are figures of the customer, not of the card: they speak for the card where it is the customer's first.
    """
    since = one.created_at.astimezone(SHANGHAI).date()
    fits = [card for card in cards if card.approved_on >= since and not card.replaces_card_id]
    if one.product_id and any(card.product_id == one.product_id for card in fits):
        fits = [card for card in fits if card.product_id == one.product_id]
    if not fits:
        return []
    card, found = fits[0], [(str(Stage.ISSUED), fits[0].approved_on)]
    if card.activated_on is None:
        return found
    found.append((Stage.ACTIVATED, card.activated_on))
    bought = known.last_purchase_on if known else None
    if known is None or card != cards[0] or bought is None or bought < card.approved_on:
        return found
    found.append((Stage.FIRST_SPEND, bought))
    day = card.activated_on + ACTIVE_AFTER
    if day <= today and (known.txn_count_90d or 0) > 0:
        found.append((Stage.ACTIVE90, day))
    return found
