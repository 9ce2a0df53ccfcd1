"""The act of a merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Customer, MergedCustomer, TimelineMark
from kajing.customers.selectors import customers
from kajing.customers.selectors import merging as fields
from kajing.customers.services.merging import moving
from kajing.customers.signals import customers_merged
from kajing.lib.errors import DomainError, NotAllowed
from kajing.records.undo import journal
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.org.models import Person

MOST = 5  # customers in one merge
ACTION = "customers.merge"
TITLE = gettext_noop("Customers merged into %(survivor)s: %(others)s")
MARK = gettext_noop("Merged with %(others)s")


class CannotMerge(DomainError):
    """Too few or too many customers, one out of reach, or a field chosen from somebody else."""

    status = 422


@dataclass(frozen=True)
class Merged:
    """The one customer that is left, rows that moved and that gave way by table, and the number for undo."""

    survivor: Customer
    moved: Mapping[str, int]
    dropped: Mapping[str, int]
    undo: int | None


@transaction.atomic
def merge_customers(
    *, actor: Person, survivor: str, losers: Sequence[str], choices: Mapping[str, str], reason: str, at: datetime
) -> Merged:
    """Merge customers (numbers) into one; `choices` says for each field whose value is kept, by number.

    Everything that belongs to the losers moves. Their numbers lead to the survivor, also those of the nightly feed.
    The whole can be undone for the days of policy. Raises NotAllowed, CannotMerge.
    """
    if not actor.has_perm(ACTION):
        raise NotAllowed
    by_id = _members(actor, survivor, losers)
    if len(reason.strip()) < 2:
        raise CannotMerge(_("Say how you know that they are one person."))
    left, others = by_id[survivor], [by_id[pk] for pk in losers]
    parts = _choices(by_id, fields.proposal(left, others) | dict(choices))
    params = {"survivor": survivor, "others": ", ".join(losers)}
    with journal(kind=ACTION, title=TITLE, params=params, actor=actor, at=at, until=undo_until(at)) as log:
        context = moving.Context(log, left, others, actor, at)
        moving.prepare(context)
        moving.move_everything(context)
        moving.remove(context)
        for name, value in fields.values(parts, by_id).items():
            setattr(left, name, value)
        left.save()
        _forward(others, left, parts, actor, at, reason.strip())
        _tell(context, reason.strip())
    return Merged(left, dict(context.moved), dict(context.dropped), log.undo)


def _members(actor: Person, survivor: str, losers: Sequence[str]) -> dict[str, Customer]:
    wanted = {survivor, *losers}
    if len(wanted) != len(losers) + 1 or len(wanted) < 2:
        raise CannotMerge(_("Choose at least two different customers, and which of them stays."))
    if len(wanted) > MOST:
        raise CannotMerge(_("Merge at most %(most)s customers at a time.") % {"most": MOST})
    found = customers(actor).filter(pk__in=wanted).select_for_update(of=("self",))
    by_id = {one.pk: one for one in found}
    if len(by_id) != len(wanted):
        raise CannotMerge(_("One of these customers is not in your area. Ask the leader who sees all of them."))
    return by_id


def _choices(by_id: Mapping[str, Customer], choices: Mapping[str, str]) -> dict[str, str]:
    if set(choices) - set(fields.FIELDS) or set(choices.values()) - set(by_id):
        raise CannotMerge(_("A field can only be taken from one of the customers that are merged."))
    return dict(choices)


def _forward(
    others: Sequence[Customer], left: Customer, parts: Mapping[str, str], actor: Person, at: datetime, reason: str
) -> None:
    for one in others:
        MergedCustomer.objects.create(
            old_id=one.pk, survivor=left, fields=sorted(field for field, pk in parts.items() if pk == one.pk),
            feed_date=one.feed_date, merged_at=at, merged_by=actor.person_no, reason=reason[:200],
        )  # fmt: skip


def _tell(context: moving.Context, reason: str) -> None:
    left, others = context.survivor, [one.pk for one in context.losers]
    TimelineMark.objects.create(
        customer=left, at=context.at, kind="merge", title=MARK, body=reason[:400], params={"others": ", ".join(others)},
        source=f"merge:{context.log.reversal.pk}", actor=context.actor.person_no, icon="arrows-join",
    )  # fmt: skip
    for pk in [left.pk, *others]:
        record(
            actor=context.actor.person_no, action=ACTION, object_kind="customer", object_id=pk, customer_id=pk,
            reason=reason[:400], at=context.at,
            changes={"survivor": left.pk, "others": others, "moved": dict(context.moved)},
        )  # fmt: skip
    customers_merged.send(
        sender=Customer, survivor=left.pk, old_ids=others, actor=context.actor.person_no, at=context.at
    )
